package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.protect.GivenSeal;
import flumelog.protect.Protected;
import flumelog.protect.TreeHead;
import java.util.Arrays;
import java.util.function.Supplier;

/** Checks at opening that a trusted key has signed the seals of a log, and that the log goes on from a head that was kept. */
final class SealChecks {
  private SealChecks() {}

  /**
   * The tree of a sealed log that is opened; null for any other.
   *
   * @throws LogException {@code CORRUPT} if it is not as it was sealed, or not as the request has it
   */
  static LogTree tree(LogPath log, Protected by, Recovery found, ReadableFile file, OpenRequest request) {
    TreeHead kept = request.seal().kept();
    boolean isSealed = by != null && by.isSealed() && !OpenRequest.NONE.equals(request.protect());
    if (!isSealed && kept != null) throw notSealed(log.path(), found.end(), kept);
    if (!isSealed) return null;
    Blocks blocks = LogFiles.toScan(log.path(), file, found.end());
    Supplier<Blocks> now = request.writable() ? null : FrameLeaves.now(log.path(), file);
    LogTree tree = LogTree.of(log, by, blocks, found, kept != null, now);
    check(log.path(), by, tree, blocks, request.seal());
    return tree;
  }

  /**
   * Refuses a policy for the seals of a log that has none.
   *
   * @param by null if the log has no head
   * @param end of its frames; a log without any is one that is still to be made
   */
  static void checkPolicy(String path, Protected by, long end, OpenRequest request) {
    boolean isSealed = by != null ? by.isSealed() : end == 0 && request.seal().isSealed();
    if (isSealed || !request.seal().hasOwnPolicy()) return;
    throw OptionFailures.uselessOption(":seal", path, "that log is not sealed; leave it out, or make a log with :protect :sealed, or with :sign");
  }

  private static void check(String path, Protected by, LogTree tree, Blocks blocks, GivenSeal given) {
    byte[] signer = by.head().signer();
    TreeHead seal = tree.lastSeal();
    boolean isSigned = signer == null || seal == null || seal.isSignedBy(signer, by.head().id());
    if (!isSigned) throw FormatFailures.unproved(path, seal.end(), Proved.SIGNATURE, "it is a seal, and the signer of this log has not signed it");
    TreeHead kept = given.kept();
    if (kept == null) return;
    if (!Arrays.equals(given.keptId(), by.head().id())) {
      throw FormatFailures.notFromHead(path, Proved.HEAD, kept.size(), kept.end(), "is another log than that of the head that was kept");
    }
    if (given.trust() != null && kept.signature() != null && !kept.isSignedBy(given.trust(), by.head().id())) {
      throw FormatFailures.notFromHead(path, Proved.SIGNATURE, kept.size(), kept.end(), "was given a head that the trusted key has not signed");
    }
    if (!new TreeProofs(tree, blocks).goesOnFrom(kept)) {
      throw FormatFailures.notFromHead(path, Proved.ROLLED_BACK, kept.size(), kept.end(), "does not go on from the head that was kept: it was cut"
          + " back, replaced by an older copy, or changed");
    }
  }

  /** A file that is empty has lost what it had; any other file without seals was never the log of the head. */
  static LogException notSealed(String path, long end, TreeHead kept) {
    return end == 0
        ? FormatFailures.notFromHead(path, Proved.ROLLED_BACK, kept.size(), kept.end(), "is empty, and not the log of the head that was kept")
        : FormatFailures.notFromHead(path, Proved.HEAD, kept.size(), kept.end(), "is not sealed, and not the log of the head that was kept");
  }

  /** Refuses a log that another key signs than the trusted one. */
  static void checkTrust(String path, Protected by, GivenSeal given) {
    if (given.trust() == null || Arrays.equals(given.trust(), by.head().signer())) return;
    throw FormatFailures.unproved(path, 0, Proved.SIGNATURE, "it is the head record, and names another signer than the trusted one");
  }
}
