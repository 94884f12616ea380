package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.file.LogPath;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.GivenSeal;
import flumelog.protect.HeadRecord;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import java.io.IOException;
import java.util.List;

/**
 * Finds out how a file is protected whose first frame may be damaged: by a later copy of the head, or by the id in the checkpoint. It
 * serves to inspect a damaged file and to save its records, not to open it.
 */
public final class HeadSearch {
  private static final List<Framing> FRAMINGS = List.of(new FlumeFraming(53), new FlumeFraming(48), new FlumeFraming(32));
  /** How many frames are tried with an id that may be the right one. */
  private static final int TRIED_FRAMES = 100;

  private HeadSearch() {}

  /**
   * The protection of a file; null if the file is not protected.
   *
   * @param request has the key of an encrypted log
   * @throws flumelog.error.LogException {@code CORRUPT} if the file is protected and its id can't be found
   */
  public static Protected of(LogPath log, Blocks blocks, OpenRequest request) throws IOException {
    Protected by = search(log, blocks, request);
    if (by != null && by.envelope() == null) throw by.unusable(log.path());
    return by;
  }

  /** As {@link #of}. The seals of an encrypted log can be checked without its key, if the public key for them is known. */
  public static Protected toVerify(LogPath log, Blocks blocks, OpenRequest request) throws IOException {
    Protected by = search(log, blocks, request);
    if (by == null && request.seal().isChecking()) throw notSealed(log.path(), null, blocks.end(), request.seal());
    if (by == null || by.envelope() != null) return by;
    if (by.lacksKey() && by.isSealed() && request.seal().trust() != null) return by.locked();
    throw by.unusable(log.path());
  }

  /** The error of a log that has no seals that could be checked. */
  public static LogException notSealed(String path, Protected by, long end, GivenSeal given) {
    String found = by == null ? OpenRequest.NONE : ":" + by.protectionName();
    return given.kept() != null ? SealChecks.notSealed(path, end, given.kept())
        : FormatFailures.otherProtection(path, by == null ? "not protected" : by.protectionName(), found, OpenRequest.SEALED);
  }

  private static Protected search(LogPath log, Blocks blocks, OpenRequest request) throws IOException {
    boolean isHead = HeadRecord.isAtStartOf(blocks);
    if (!isHead && request.id() == null && !NoRecord.isIn(blocks)) return null;
    Protected by = isHead ? Protected.atStartOf(blocks, log.path(), request.key(), request.seal()) : null;
    if (by == null) by = ofCopy(log.path(), blocks, request);
    if (by == null) by = ofCheckpoint(log, blocks, request);
    if (by == null) by = ofGivenId(log.path(), blocks, request);
    request.checkId(log.path(), by);
    if (by == null && isHead) {
      throw FormatFailures.unproved(log.path(), 0, Proved.HEAD, "it is the head record, which has the id of the log, and no copy of it was found");
    }
    return by;
  }

  private static Protected ofCopy(String path, Blocks blocks, OpenRequest request) {
    for (Framing framing : FRAMINGS) {
      for (Frame frame = next(framing, blocks, 0); frame != null; frame = next(framing, blocks, frame.end())) {
        HeadRecord head = HeadRecord.read(blocks, frame.data(), frame.length(), frame.start());
        if (head != null) return Protected.of(head, framing, path, request.key(), request.seal());
      }
    }
    return null;
  }

  /** The whole frame that starts at the position, or the first one that seems to lie behind it; null if there is none. */
  private static Frame next(Framing framing, Blocks blocks, long position) {
    Frame frame = framing.at(blocks, position, blocks.end());
    long found = frame != null ? position : framing.search(blocks, position);
    return found < 0 ? null : framing.at(blocks, found, blocks.end());
  }

  private static Protected ofCheckpoint(LogPath log, Blocks blocks, OpenRequest request) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.openForReading(log, null)) {
      LogId id = checkpoint.newestId();
      if (id == null) return null;
      return ofId(checkpoint.mark().framing(), id, log.path(), blocks, request);
    }
  }

  private static Protected ofGivenId(String path, Blocks blocks, OpenRequest request) {
    if (request.id() == null) return null;
    for (Framing framing : FRAMINGS) {
      Protected by = ofId(framing, request.id(), path, blocks, request);
      if (by != null) return by;
    }
    return null;
  }

  /** The protection of the log with the id; null if it proves no frame. A sealed log is known by its seals, or by what the options name. */
  private static Protected ofId(Framing framing, LogId id, String path, Blocks blocks, OpenRequest request) {
    Protected unsealed = Protected.ofNew(framing, id.high(), id.low(), path, request.key(), request.seal().ofKind(false));
    boolean isOfLog = provesOne(unsealed, blocks);
    if (isOfLog && !request.seal().isSealed() && !hasSeal(unsealed, blocks)) return unsealed;
    unsealed.close();
    return isOfLog ? Protected.ofNew(framing, id.high(), id.low(), path, request.key(), request.seal().ofKind(true)) : null;
  }

  private static boolean hasSeal(Protected by, Blocks blocks) {
    for (Frame frame = next(by.framing(), blocks, 0); frame != null; frame = next(by.framing(), blocks, frame.end())) {
      boolean seemsOne = frame.length() > 0 && blocks.uint(frame.data(), 1) == Kind.SEAL;
      if (seemsOne && by.kindOf(blocks, frame) == Kind.SEAL) return true;
    }
    return false;
  }

  private static boolean provesOne(Protected by, Blocks blocks) {
    Frame frame = next(by.framing(), blocks, 0);
    for (int i = 0; i < TRIED_FRAMES && frame != null; i++) {
      if (by.kindOf(blocks, frame) > Kind.DELETED) return true;
      frame = next(by.framing(), blocks, frame.end());
    }
    return false;
  }
}
