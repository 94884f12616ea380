package flumelog.log;

import flumelog.protect.Paths;
import flumelog.protect.SealedEnvelope;
import flumelog.protect.Tree;
import flumelog.protect.TreeHead;
import flumelog.recovery.TreeProofs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A proof about a sealed log, which holds without the log: that a record is in the log of a head, or that the log of one head is the
 * beginning of that of another. It is also a map of its facts by their names in Clojure.
 */
public final class LogProof extends Facts {
  private LogProof(Map<String, Object> facts) {
    super(facts);
  }

  /** @param data of the frame; null if the record is deleted */
  static LogProof ofRecord(long offset, TreeProofs.OfFrame proof, byte[] data, boolean isEncrypted, LogHead head) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("offset", offset);
    facts.put("index", proof.index());
    facts.put("leaf", LogHead.hex(proof.leaf()));
    if (data != null && isEncrypted) {
      facts.put("data", LogHead.hex(data));
    } else if (data != null) {
      facts.put("kind", (long) (data[0] & 0xFF));
      facts.put("blind", LogHead.hex(java.util.Arrays.copyOfRange(data, 1, 1 + SealedEnvelope.BLIND_BYTES)));
    }
    facts.put("path", path(proof.path()));
    facts.put("head", head);
    return new LogProof(facts);
  }

  static LogProof ofOlder(LogHead from, LogHead to, List<byte[]> path) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("from", from);
    facts.put("to", to);
    facts.put("path", path(path));
    return new LogProof(facts);
  }

  private static List<String> path(List<byte[]> hashes) {
    return hashes.stream().map(LogHead::hex).toList();
  }

  /** {@return the head in whose log the proof is: of a record the head that has it, of two heads the newer one} */
  public LogHead head() {
    return (LogHead) (containsKey("to") ? get("to") : get("head"));
  }

  /**
   * Whether the proof leads to its head.
   *
   * @param publicKey the 32 bytes of the key that must have signed the head; null for any head, which the caller then compares with one
   *     that it knows
   * @return false for a proof that does not hold
   */
  public boolean holds(byte @Nullable [] publicKey) {
    if (publicKey != null && !head().isSignedBy(publicKey)) return false;
    return containsKey("to") ? holdsOfOlder() : holdsOf(leaf());
  }

  /**
   * Whether the proof is one of a record with this data, and leads to its head. The proof of a record of an encrypted log shows its data
   * only with the key: {@code flumelog.core/proves?} takes one.
   *
   * @param record the data of the record
   * @param publicKey as for {@link #holds}
   * @return false for a proof that does not hold, or is of something else
   */
  public boolean proves(byte[] record, byte @Nullable [] publicKey) {
    Objects.requireNonNull(record, "record");
    byte[] blind = LogHead.bytes(get("blind"), SealedEnvelope.BLIND_BYTES);
    if (blind == null || !holds(publicKey)) return false;
    byte[] leaf = SealedEnvelope.leafOf(head().logId(), number("offset"), (int) number("kind"), blind, record);
    return java.util.Arrays.equals(leaf, leaf()) && holdsOf(leaf);
  }

  private byte[] leaf() {
    return LogHead.bytes(get("leaf"), Tree.HASH_BYTES);
  }

  private List<byte[]> path() {
    return ((List<?>) get("path")).stream().map(hash -> LogHead.bytes(hash, Tree.HASH_BYTES)).toList();
  }

  private boolean holdsOf(byte[] leaf) {
    TreeHead head = head().state();
    return number("offset") < head.end() && new Paths(new Tree()).provesLeaf(leaf, number("index"), head.size(), head.root(), path());
  }

  private boolean holdsOfOlder() {
    LogHead from = (LogHead) get("from");
    TreeHead old = from.state();
    TreeHead now = head().state();
    return from.id().equals(head().id()) && old.end() <= now.end() && old.time() <= now.time()
        && new Paths(new Tree()).provesOlder(old.size(), old.root(), now.size(), now.root(), path());
  }
}
