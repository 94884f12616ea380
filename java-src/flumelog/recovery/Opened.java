package flumelog.recovery;

import flumelog.block.BlockCache;
import flumelog.block.Blocks;
import flumelog.buffer.LeftBuffer;
import flumelog.buffer.OverlaidFile;
import flumelog.buffer.WriteBuffer;
import flumelog.error.DiskFailures;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.NewFile;
import flumelog.file.Room;
import flumelog.file.Stamp;
import flumelog.file.WriterLock;
import flumelog.frame.Framing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A file that is open, locked, looked through and cut to its last good state: what a log starts from.
 *
 * @param lock null where the log is only read
 * @param checkpoint null where the log is only read and has none
 * @param deletions null where the log is only read
 * @param left what became of the write buffer of a killed writer, or null where the log is only read
 * @param kept path of the file with the torn tail, or null
 * @param redone what was done of the deletions of a killed writer
 * @param givenUp what lies beside the log and is not used
 * @param hasLandmarks whether the landmarks in the checkpoint are those of the file
 * @param makesRoom whether {@code file} gets {@link Room}
 * @param folder where the log is
 * @param name of the log in the folder
 */
public record Opened(
    String path, LogFile file, WriterLock lock, Checkpoint checkpoint, Deletions deletions, Recovery found,
    LeftBuffer left, String kept, Deletions.Redone redone, List<GivenUp> givenUp, boolean hasLandmarks, boolean makesRoom,
    LogFolder folder, String name) implements AutoCloseable {
  private static final int SCAN_BLOCK_BYTES = 1 << 16;

  public static Opened open(LogFolder folder, String name, OpenRequest request) {
    try {
      return request.writable() ? openToWrite(folder, name, request) : openToRead(folder, name, request);
    } catch (IOException e) {
      throw cannotOpen(folder, name, e);
    }
  }

  /** Why a file can't be opened; where it is missing with the name of one that is much like it. */
  public static LogException cannotOpen(LogFolder folder, String name, IOException e) {
    boolean isMissing = e instanceof NoSuchFileException && !folder.exists(name);
    return isMissing ? DiskFailures.noSuchFile(folder.path(name), folder.nearest(name))
        : DiskFailures.cannotOpen(folder.path(name), e);
  }

  /** Blocks to read a file through once, that leave the caches of readers alone. */
  public static Blocks toScan(String path, LogFile file, long size) {
    return new Blocks(path, file, SCAN_BLOCK_BYTES, new BlockCache(4L * SCAN_BLOCK_BYTES), size);
  }

  /** What the checkpoint says now of the file to who only looks, or null. */
  public static Mark markOf(LogFolder folder, String name, Blocks blocks) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.openForReading(folder, name, null)) {
      checkpoint.bind(blocks, folder.stamp(name), null);
      return checkpoint.believed();
    }
  }

  /** The end of the newest mark in the checkpoint, whatever the file is; -1 where there is none. */
  public static long markedEnd(LogFolder folder, String name) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.openForReading(folder, name, null)) {
      return checkpoint.mark() == null ? -1 : checkpoint.mark().end();
    }
  }

  /** What was found, as a mark: all of it is on disk. */
  public Mark mark() {
    return new Mark(found.framing(), found.end(), found.last(), found.frames(), false, false, makesRoom, 0, true);
  }

  /** What tells the log from others. */
  public LogId id() {
    if (checkpoint.id() == null) checkpoint.findId(toScan(path, file, found.end()));
    return checkpoint.id();
  }

  /** Names of facts and their values, as the log gives them of its opening. */
  public Map<String, Object> report() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("tail", found.tail().name().toLowerCase(Locale.ROOT));
    report.put("frames", found.frames());
    report.put("end", found.end());
    report.put("size", found.size());
    report.put("cut-bytes", lock == null ? 0L : found.tailBytes());
    if (found.room() > 0) report.put("room-bytes", found.room());
    report.put("scanned-from", found.scannedFrom());
    if (found.watermark() >= 0) report.put("watermark", found.watermark());
    if (kept != null) report.put("kept", kept);
    if (left != null && left.bytes() > 0) report.put("buffered-bytes", left.bytes());
    if (left != null && left.kept() != null) report.put("kept-buffer", left.kept());
    if (redone.finished() > 0) report.put("deletions-finished", redone.finished());
    if (redone.left() > 0) report.put("deletions-left", redone.left());
    if (!givenUp.isEmpty()) report.put("given-up", givenUp.stream().map(Opened::facts).toList());
    if (found.what() != null) report.put("damage", found.what());
    if (found.nextGood() >= 0) report.put("next-good", found.nextGood());
    return report;
  }

  private static Map<String, Object> facts(GivenUp one) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("file", one.file());
    facts.put("why", one.why());
    return facts;
  }

  /** Closes all that is open, whatever goes wrong meanwhile. */
  @Override
  public void close() {
    try (lock; file; checkpoint; deletions) {
      // The last resource is closed first; nobody else may write before the file is as it stays.
    } catch (IOException e) {
      throw DiskFailures.io(path, "closing", e);
    }
  }

  private static Opened openToRead(LogFolder folder, String name, OpenRequest request) throws IOException {
    String path = folder.path(name);
    OverlaidFile file = OverlaidFile.openForReading(folder, name);
    List<GivenUp> givenUp = new ArrayList<>(0);
    Checkpoint checkpoint = null;
    try {
      Stamp stamp = folder.stamp(name);
      checkpoint = Checkpoint.openForReading(folder, name, givenUp);
      Recovery found = inspect(folder, path, file, checkpoint, stamp, request, givenUp);
      if (file.refused() != null) givenUp.add(GivenUp.told(file.refused(), "it does not belong to the log as it is now"));
      return new Opened(path, file, null, checkpoint, null, found, null, null, Deletions.Redone.NONE, givenUp,
          checkpoint.hasLandmarksOf(stamp), false, folder, name);
    } catch (Throwable t) {
      closeAfter(t, checkpoint, file);
      throw t;
    }
  }

  private static Opened openToWrite(LogFolder folder, String name, OpenRequest request) throws IOException {
    String path = folder.path(name);
    if (!folder.exists(name)) {
      if (!request.create()) throw DiskFailures.noSuchFile(path, folder.nearest(name));
      NewFile.checkName(folder, name);
    }
    if (request.bufferBytes() > 0) checkNotMountedAlone(folder, name, request);
    LogFile file = folder.openForWriting(name);
    List<GivenUp> givenUp = new ArrayList<>(0);
    OverlaidFile overlaid = null;
    WriterLock lock = null;
    Checkpoint checkpoint = null;
    Deletions deletions = null;
    try {
      lock = folder.lock(name, file);
      Stamp stamp = folder.stamp(name);
      deletions = new Deletions(folder, name);
      checkpoint = Checkpoint.openExisting(folder, name, givenUp);
      overlaid = new OverlaidFile(folder, name, file);
      Recovery found = inspect(folder, path, overlaid, checkpoint, stamp, request, givenUp);
      lock.confirm();
      LeftBuffer left = settle(folder, path, overlaid, checkpoint);
      if (folder.exists(partName(name))) folder.delete(partName(name)); // whoever wrote it was killed
      // Only now nobody else writes it: whoever compacts the log has the lock until then.
      if (checkpoint == null) checkpoint = Checkpoint.openForWriting(folder, name, givenUp);
      else checkpoint.readAgain(toScan(path, file, file.size()), stamp, givenUp);
      LogId known = checkpoint.id();
      long inode = checkpoint.inodeOr(stamp.inode());
      Mark before = checkpoint.believed();
      boolean isKept = checkpoint.adopt(file, stamp, found.end() == 0);
      deletions.setId(checkpoint.id());
      distrust(checkpoint, found.framing(), found.end());
      String kept = found.tail() == Recovery.Tail.TORN ? cut(folder, name, file, found) : null;
      if (found.room() > 0) file.truncate(found.end());
      if (before != null && before.failed()) rewrite(file, before.end(), found.end());
      Deletions.Redone redone = deletions.redo(known, inode, found.framing(), toScan(path, file, found.end()), file, givenUp);
      Opened opened = new Opened(path, file, lock, checkpoint, deletions, found, left, kept, redone, givenUp, false, false,
          folder, name);
      opened.markAsDurable(isKept, before);
      return opened.toAppend(name, checkpoint.hasLandmarksOf(stamp), request);
    } catch (Throwable t) {
      closeAfter(t, deletions, checkpoint, overlaid, file, lock);
      throw t;
    }
  }

  /** What a killed process leaves in the buffer would be beside the log here, and nowhere for those who have its folder. */
  private static void checkNotMountedAlone(LogFolder folder, String name, OpenRequest request) {
    if (!folder.isMountedAlone(name)) return;
    throw OptionFailures.badOption(":write-buffer-bytes", request.bufferBytes(),
        "absent for " + folder.path(name) + ", which is mounted as a single file: its buffer would lie in another folder"
            + " than the log does elsewhere; mount the folder of the log instead");
  }

  /**
   * Before the first force of a file that has more than its mark: where that fails, or the process ends meanwhile, what the
   * next open reads may be in memory only, and its force succeed all the same. So it is told to write that again.
   */
  public static void distrust(Checkpoint checkpoint, Framing framing, long end) throws IOException {
    Mark mark = checkpoint.believed();
    if (end == 0 || mark != null && (mark.failed() || mark.end() >= end)) return;
    checkpoint.write(mark == null ? new Mark(framing, 0, -1, 0, false, true, false, 0, true) : mark.as(mark.dirty(), true));
  }

  /** Where the log is as it was when it was closed, at most what is known of it better now is written. */
  private void markAsDurable(boolean isKept, Mark before) throws IOException {
    if (isKept && !before.dirty() && !before.failed() && before.end() == found.end() && before.last() == found.last()) {
      checkpoint.refresh();
    } else {
      file.force();
      checkpoint.writeDurably(mark());
    }
  }

  /** The file is as it was left; from here on appends go the way that the options ask for. */
  private Opened toAppend(String name, boolean hasKept, OpenRequest request) throws IOException {
    boolean makesRoom = request.roomBytes() > 0;
    LogFile guarded = lock.guard(file);
    LogFile roomy = makesRoom ? new Room(guarded, found.end(), request.roomBytes()) : guarded;
    LogFile appending = request.bufferBytes() > 0
        ? new WriteBuffer(folder, name, roomy, found.end(), request.bufferBytes()) : roomy;
    return new Opened(path, appending, lock, checkpoint, deletions, found, left, kept, redone, givenUp, hasKept, makesRoom,
        folder, name);
  }

  /** The damage that makes {@code open} refuse a log, or shows only what is before it, as an error. */
  public LogException corrupt() {
    return corrupt(path, found);
  }

  private static LogException corrupt(String path, Recovery found) {
    return FormatFailures.corruptMiddle(
        path, found.end(), found.size(), found.watermark(), found.nextGood(), found.what());
  }

  /** The file that is to take the place of the log, while it is being written. */
  public static String partName(String log) {
    return log + ".compact-part";
  }

  private static Recovery inspect(LogFolder folder, String path, LogFile file, Checkpoint checkpoint, Stamp stamp,
      OpenRequest request, List<GivenUp> givenUp) throws IOException {
    Blocks blocks = toScan(path, file, file.size());
    if (checkpoint != null) checkpoint.bind(blocks, stamp, givenUp);
    Mark mark = checkpoint == null ? null : checkpoint.believed();
    long boot = mark != null && mark.dirty() ? folder.boot() : 0; // which is not asked for in vain
    Recovery found = Recovery.inspect(path, blocks, mark, boot, request);
    if (checkpoint != null) found = found.orCutBelow(checkpoint.cutBelow());
    if (request.writable() && found.tail() == Recovery.Tail.CORRUPT) throw corrupt(path, found);
    return found;
  }

  private static LeftBuffer settle(LogFolder folder, String path, OverlaidFile file, Checkpoint checkpoint) {
    try {
      LeftBuffer left = file.settle(checkpoint == null || checkpoint.believed() == null ? 0 : checkpoint.believed().end());
      if (left.kept() == null) return left;
      String kept = folder.path(left.kept());
      System.getLogger("flumelog").log(System.Logger.Level.WARNING,
          "the write buffer of {0} does not belong to it as it is now: kept in {1}", path, kept);
      return new LeftBuffer(left.bytes(), kept);
    } catch (IOException e) {
      throw DiskFailures.io(path, "draining the write buffer of", e);
    }
  }

  private static String cut(LogFolder folder, String name, LogFile file, Recovery found) throws IOException {
    String kept = folder.path(
        TornTail.cut(folder, name, file, found.end(), found.end() + found.tailBytes(), TornTail.MAX_KEPT_BYTES));
    System.getLogger("flumelog").log(System.Logger.Level.WARNING,
        "{0} ended with {1} bytes of an unfinished append: cut back to {2}, kept in {3}",
        folder.path(name), String.valueOf(found.tailBytes()), String.valueOf(found.end()), kept);
    return kept;
  }

  /** After a force that failed, what is read may be in memory only and counted as written: it is written again. */
  private static void rewrite(LogFile file, long start, long end) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(SCAN_BLOCK_BYTES);
    for (long at = start; at < end; at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
      file.readAt(at, buffer);
      file.overwrite(at, buffer.flip());
    }
  }

  private static void closeAfter(Throwable cause, Closeable... resources) {
    for (Closeable resource : resources) {
      try {
        if (resource != null) resource.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }
}
