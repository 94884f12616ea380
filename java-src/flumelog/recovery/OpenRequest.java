package flumelog.recovery;

import flumelog.error.FormatFailures;
import flumelog.error.IdentityFailures;
import flumelog.error.KeyFailures;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Framing;
import flumelog.frame.LegacyFraming;
import flumelog.protect.GivenKey;
import flumelog.protect.GivenSeal;
import flumelog.protect.Protected;
import java.util.Arrays;

/**
 * The options that matter for opening a log.
 *
 * @param writable false if the log is opened for reading
 * @param create whether a missing file is created
 * @param bufferBytes the largest number of appended bytes in the write buffer; 0 for no write buffer
 * @param roomBytes bytes of room behind the end of the log; 0 for no room
 * @param framing {@code ":flume"} or {@code ":legacy"}; null if the options name none
 * @param bits how wide the trailers are; 0 if the options name no width
 * @param maxRecordBytes a longer record can't be a torn append of flumelog
 * @param protect how the log is to be protected, {@code ":none"}, {@code ":checked"} {@code ":sealed"} or {@code ":encrypted"}; null for the protection that the file has
 * @param key of an encrypted log; null if none was given
 * @param seal how the log is sealed, and what of its seals is checked
 * @param id that the log must have; null for any
 * @param report is called while the file is read, about every MiB; null for no reports
 */
public record OpenRequest(
    boolean writable, boolean create, int bufferBytes, int roomBytes, String framing, int bits,
    long maxRecordBytes, String protect, GivenKey key, GivenSeal seal, LogId id, Report report) {
  /** The names of protections. */
  public static final String NONE = ":none";
  public static final String CHECKED = ":checked";
  public static final String SEALED = ":sealed";
  public static final String ENCRYPTED = ":encrypted";

  /** Receives how far the reading of a file has come, and how far it goes. May throw to stop it. */
  public interface Report {
    void at(long position, long size);
  }

  /** Whether the options name a framing, a width or a protection. */
  boolean namesFormat() {
    return framing != null || bits != 0 || isProtected();
  }

  /** Whether the options name a protection for a new file. */
  public boolean isProtected() {
    return protect != null && !protect.equals(NONE);
  }

  /** Whether the options leave room for a file of that framing. */
  boolean allows(Framing found) {
    if (framing != null && !framing.equals(":" + found.framingName())) return false;
    return bits == 0 || found instanceof FlumeFraming flume && flume.bits() == bits;
  }

  /** The framing of a file that has no record yet. */
  public Framing otherwise() {
    if (":legacy".equals(framing)) return new LegacyFraming();
    return new FlumeFraming(bits == 0 ? 53 : bits);
  }

  /** Whether a protected file is read as its bytes are. Then it needs no key. */
  boolean isRawReader() {
    return NONE.equals(protect) && !writable;
  }

  /** The protection of a new file, if it is to have one; also of one whose head was only begun. */
  public Protected newProtection(Framing of, LogId id, String path) {
    if (seal.trust() != null && seal.signer() == null) throw KeyFailures.missingSigner(path);
    return Protected.ofNew(of, id.high(), id.low(), path, key, seal);
  }

  /** Refuses a file whose protection is not the one that the options name. {@code by} is null for a file without protection. */
  void checkProtection(String path, Protected by) {
    checkId(path, by);
    String found = by == null ? NONE : ":" + by.protectionName();
    if (isProtected() && !isAsNamed(by, found)) {
      throw FormatFailures.otherProtection(path, by == null ? "not protected" : described(by), found, protect);
    }
    if (by == null || !by.isSealed() || isRawReader()) return;
    SealChecks.checkTrust(path, by, seal);
    byte[] signs = by.head().signer();
    if (seal.signer() != null && !Arrays.equals(signs, seal.signer().publicKey())) throw KeyFailures.wrongSigner(path);
    if (writable && signs != null && seal.signer() == null && !NONE.equals(protect)) throw KeyFailures.missingSigner(path);
  }

  /** Refuses a file of another log than the one that the options name. */
  void checkId(String path, Protected by) {
    LogId found = by == null ? null : LogId.of(by.head());
    if (id != null && !id.equals(found)) throw IdentityFailures.otherLog(path, found == null ? null : found.toString(), id.toString());
  }

  /** A description of the file for an error: its protection, and what the options name that it does not have. */
  private String described(Protected by) {
    boolean isUnsigned = seal.signer() != null && by.head().signer() == null;
    return by.protectionName() + (seal.isSealed() && !by.isSealed() ? " and not sealed" : isUnsigned ? " and not signed" : "");
  }

  private boolean isAsNamed(Protected by, String found) {
    if (by == null || seal.isSealed() && !by.isSealed()) return false;
    if (seal.signer() != null && by.head().signer() == null) return false;
    return found.equals(protect) || protect.equals(SEALED) && by.lacksKey();
  }
}
