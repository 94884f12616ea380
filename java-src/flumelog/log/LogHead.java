package flumelog.log;

import flumelog.error.OptionFailures;
import flumelog.protect.Protected;
import flumelog.protect.Signatures;
import flumelog.protect.Tree;
import flumelog.protect.TreeHead;
import flumelog.recovery.LogFiles;
import flumelog.recovery.LogTree;
import java.io.IOException;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a sealed log is at a moment, in 72 bytes, or 136 with a signature: keep it elsewhere, and it tells later whether the log was cut
 * back, replaced by an older copy, or changed. It is also a map of its facts by their names in Clojure: {@code id size end root time
 * signature}.
 */
public final class LogHead extends Facts {
  private static final int ID_BYTES = 16;

  private LogHead(Map<String, Object> facts) {
    super(facts);
  }

  static LogHead of(TreeHead state, byte[] id) {
    HexFormat hex = HexFormat.of();
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("id", hex.formatHex(id));
    facts.put("size", state.size());
    facts.put("end", state.end());
    facts.put("root", hex.formatHex(state.root()));
    facts.put("time", new Date(state.time()));
    if (state.signature() != null) facts.put("signature", hex.formatHex(state.signature()));
    return new LogHead(facts);
  }

  /** The head of a log that is about to be left; null if it is not sealed, or is signed by others and has no seal. */
  static LogHead lastOf(LogFiles files) throws IOException {
    Protected by = files.protection();
    if (by == null || !by.isSealed() || files.isRaw()) return null;
    LogTree tree = files.treeToWrite() != null ? files.treeToWrite() : files.treeOf(LogFiles.toScan(files.path(), files.file(), files.found().end()));
    boolean isSeal = tree.unsealed() == 0 || by.head().signer() != null && by.signer() == null;
    TreeHead state = isSeal ? tree.lastSeal() : by.signed(tree.state());
    return state == null ? null : of(state, by.head().id());
  }

  /**
   * A head that was kept as a map.
   *
   * @param facts {@code id}, {@code size}, {@code end}, {@code root}, {@code time} as a {@link Date}, and {@code signature} if it has one
   * @return the head
   * @throws flumelog.error.LogException {@code BAD_OPTION} if the map is none
   */
  public static LogHead of(Map<String, ?> facts) {
    LogHead head = ofAny(facts);
    if (head == null) throw OptionFailures.badOption(":head", "head", facts, "a head of a log, as OffsetLog.head gives it");
    return head;
  }

  /** Null if the map is no head. Its keys may be keywords. */
  static LogHead ofAny(Map<?, ?> map) {
    Map<String, Object> facts = new LinkedHashMap<>();
    map.forEach((key, value) -> facts.put(Option.name(key).substring(1), value));
    byte[] id = bytes(facts.get("id"), ID_BYTES);
    byte[] root = bytes(facts.get("root"), Tree.HASH_BYTES);
    Object given = facts.get("signature");
    byte[] signature = bytes(given, Signatures.BYTES);
    boolean isOne = id != null && root != null && (given == null) == (signature == null) && facts.get("time") instanceof Date
        && isNatural(facts.get("size")) && isNatural(facts.get("end"));
    if (!isOne) return null;
    return of(new TreeHead(((Number) facts.get("size")).longValue(), ((Number) facts.get("end")).longValue(), root,
        ((Date) facts.get("time")).getTime(), signature), id);
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static boolean isNatural(Object number) {
    return (number instanceof Long || number instanceof Integer) && ((Number) number).longValue() >= 0;
  }

  /** The bytes of a text; null if it is none, or has another number of bytes. */
  static byte[] bytes(Object hex, int count) {
    if (!(hex instanceof String text) || text.length() != 2 * count) return null;
    try {
      return HexFormat.of().parseHex(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  TreeHead state() {
    return new TreeHead(size0(), end(), bytes(root(), Tree.HASH_BYTES), time().getTime(), bytes(get("signature"), Signatures.BYTES));
  }

  byte[] logId() {
    return bytes(id(), ID_BYTES);
  }

  private long size0() {
    return number("size");
  }

  /** {@return the id of the log, 32 hexadecimal digits} */
  public String id() {
    return text("id");
  }

  /** {@return how many frames the log has, with deleted records and the frames of its own} */
  public long frames() {
    return size0();
  }

  /** {@return where the frames end} */
  public long end() {
    return number("end");
  }

  /** {@return the root of the tree of hashes, 64 hexadecimal digits} */
  public String root() {
    return text("root");
  }

  /** {@return when that was} */
  public Date time() {
    return (Date) get("time");
  }

  /** {@return the signature, 128 hexadecimal digits; empty if the log is not signed} */
  public Optional<String> signature() {
    return textIfAny("signature");
  }

  /**
   * Whether the head is signed.
   *
   * @param publicKey the 32 bytes of the key that is trusted
   * @return whether the owner of that key has signed this head
   */
  public boolean isSignedBy(byte[] publicKey) {
    return state().isSignedBy(publicKey, logId());
  }
}
