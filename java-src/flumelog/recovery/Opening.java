package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.buffer.LeftBuffer;
import flumelog.buffer.OverlaidFile;
import flumelog.buffer.WriteBuffer;
import flumelog.error.DiskFailures;
import flumelog.error.OptionFailures;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.Room;
import flumelog.file.Stamp;
import flumelog.file.WriterLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens the file of a log. {@link #toWrite} is the protocol, in the order in which a crash at any moment loses nothing: until
 * the lock is confirmed nothing is written, so a log that is refused stays as it is; then what a dead writer left is brought
 * into the file, or kept beside it; at last the file is on disk, and a mark says so.
 */
final class Opening {
  private static final int REWRITE_BYTES = 1 << 16;

  final LogPath log;
  final String path;
  private final LogFolder folder;
  private final OpenRequest request;
  /** What lies beside the log and is not used. */
  final List<GivenUp> givenUp = new ArrayList<>(0);

  // What the steps open and find, each field set by one of them.
  private LogFile file;
  private OverlaidFile overlaid;
  /** Null where the log is only read, as are the deletions. */
  WriterLock lock;
  Deletions deletions;
  private Stamp stamp;
  Checkpoint checkpoint;
  Recovery found;
  /** What became of the write buffer of a dead writer; null where the log is only read. */
  LeftBuffer left;
  /** The path of the file with the torn tail, or null. */
  String kept;
  Deletions.Redone redone = Deletions.Redone.NONE;
  boolean hasLandmarks;
  private boolean makesRoom;
  // Of the log as the dead writer knew it.
  private LogId knownId;
  private long knownInode;
  private Mark knownMark;
  private boolean keepsCheckpoint;

  Opening(LogPath log, OpenRequest request) {
    this.log = log;
    this.path = log.path();
    this.folder = log.folder();
    this.request = request;
  }

  /** Takes no lock and writes nothing. */
  LogFiles toRead() throws IOException {
    try {
      overlaid = OverlaidFile.openForReading(log);            // 1  the file, with what its writer holds back laid over it
      stamp = log.stamp();                                    // 2  what the file system says of it
      checkpoint = Checkpoint.openForReading(log, givenUp);   // 3  the marks, where there are any
      inspect();                                              // 4  the framing, where it ends, and what the rest is
      giveUpRefusedBuffer();                                  // 5  a write buffer that is not of this log
      hasLandmarks = checkpoint.hasLandmarksOf(stamp);
      return new LogFiles(this, overlaid);
    } catch (Throwable t) {
      closeAfter(t, checkpoint, overlaid);
      throw t;
    }
  }

  /** Locks the file, finishes or undoes what a dead writer has left, and leaves all of it on disk. */
  LogFiles toWrite() throws IOException {
    checkMayOpen();                                           // 1  a file may be made here, and have others beside it
    file = folder.openForWriting(log.name());                 // 2  the file, which is made where it is missing
    try {
      lock = folder.lock(log.name(), file);                   // 3  the kernel's lock of it; nothing is written yet
      stamp = log.stamp();                                    // 4  what the file system says of the file
      deletions = new Deletions(log);
      checkpoint = Checkpoint.openExisting(log, givenUp);     // 5  the marks, where there are any
      overlaid = new OverlaidFile(log, file);                 // 6  the file, with a dead writer's buffer laid over it
      inspect();                                              // 7  the framing, the end, the rest; a corrupt log is refused
      lock.confirm();                                         // 8  from here on files are written: the lock's is the first
      drainBuffer();                                          // 9  what a dead writer held back goes into the file
      deleteCompactPart();                                    // 10 what an interrupted compaction wrote is deleted
      readCheckpointAgain();                                  // 11 a compaction may have set it until the lock was taken
      adopt();                                                // 12 from here on marks are of the file as it was found
      checkpoint.distrust(found.framing(), found.end());      // 13 what is above the mark may be in memory only
      cutTornTail();                                          // 14 the torn tail is kept beside the log, and cut
      cutRoom();                                              // 15 zeros behind the end are cut
      rewriteAfterFailedForce();                              // 16 what a failed force may have lost is written again
      redoDeletions();                                        // 17 deletions that were under way are finished
      markAsDurable();                                        // 18 all of it is forced, and a durable mark says so
      return new LogFiles(this, toAppend());                  // 19 appends go through the lock's guard, room and buffer
    } catch (Throwable t) {
      closeAfter(t, deletions, checkpoint, overlaid, file, lock);
      throw t;
    }
  }

  private void checkMayOpen() {
    if (!log.exists()) {
      if (!request.create()) log.checkExists();
      log.checkName();
    }
    if (request.bufferBytes() > 0) checkNotMountedAlone();
  }

  /** What a killed process leaves in the buffer would be beside the log here, and nowhere for those who have its folder. */
  private void checkNotMountedAlone() {
    if (!folder.isMountedAlone(log.name())) return;
    throw OptionFailures.badOption(":write-buffer-bytes", request.bufferBytes(),
        "absent for " + path + ", which is mounted as a single file: its buffer would lie in another folder"
            + " than the log does elsewhere; mount the folder of the log instead");
  }

  private void inspect() throws IOException {
    Blocks blocks = LogFiles.toScan(path, overlaid, overlaid.size());
    if (checkpoint != null) checkpoint.bind(blocks, stamp, givenUp);
    Mark mark = checkpoint == null ? null : checkpoint.believed();
    long boot = mark != null && mark.dirty() ? folder.boot() : 0; // which is not asked for in vain
    found = Recovery.inspect(path, blocks, mark, boot, request);
    if (checkpoint != null) found = found.orCutBelow(checkpoint.cutBelow());
    if (request.writable() && found.tail() == Recovery.Tail.CORRUPT) throw LogFiles.corrupt(path, found);
  }

  private void giveUpRefusedBuffer() {
    String refused = overlaid.refused();
    if (refused != null) givenUp.add(GivenUp.told(refused, "it does not belong to the log as it is now"));
  }

  private void drainBuffer() {
    try {
      left = overlaid.settle(file, checkpoint == null || checkpoint.believed() == null ? 0 : checkpoint.believed().end());
    } catch (IOException e) {
      throw DiskFailures.io(path, "draining the write buffer of", e);
    }
    if (left.kept() == null) return;
    String keptBuffer = log.pathOf(left.kept());
    System.getLogger("flumelog").log(System.Logger.Level.WARNING,
        "the write buffer of {0} does not belong to it as it is now: kept in {1}", path, keptBuffer);
    left = new LeftBuffer(left.bytes(), keptBuffer);
  }

  private void deleteCompactPart() throws IOException {
    if (folder.exists(log.compactPart())) folder.delete(log.compactPart());
  }

  private void readCheckpointAgain() throws IOException {
    if (checkpoint == null) checkpoint = Checkpoint.openForWriting(log, givenUp);
    else checkpoint.readAgain(LogFiles.toScan(path, file, file.size()), stamp, givenUp);
  }

  private void adopt() {
    knownId = checkpoint.id();
    knownInode = checkpoint.inodeOr(stamp.inode());
    knownMark = checkpoint.believed();
    keepsCheckpoint = checkpoint.adopt(file, stamp, found.end() == 0);
    deletions.setId(checkpoint.id());
  }

  private void cutTornTail() throws IOException {
    if (found.tail() != Recovery.Tail.TORN) return;
    long size = found.end() + found.tailBytes();
    kept = log.pathOf(TornTail.cut(log, file, found.end(), size, TornTail.MAX_KEPT_BYTES));
    System.getLogger("flumelog").log(System.Logger.Level.WARNING,
        "{0} ended with {1} bytes of an unfinished append: cut back to {2}, kept in {3}",
        path, String.valueOf(found.tailBytes()), String.valueOf(found.end()), kept);
  }

  private void cutRoom() throws IOException {
    if (found.room() > 0) file.truncate(found.end());
  }

  /** After a force that failed, what is read may be in memory only and counted as written. */
  private void rewriteAfterFailedForce() throws IOException {
    if (knownMark == null || !knownMark.failed()) return;
    ByteBuffer buffer = ByteBuffer.allocate(REWRITE_BYTES);
    for (long at = knownMark.end(); at < found.end(); at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), found.end() - at));
      file.readAt(at, buffer);
      file.overwrite(at, buffer.flip());
    }
  }

  private void redoDeletions() throws IOException {
    Blocks blocks = LogFiles.toMend(path, file, found.end());
    redone = deletions.redo(knownId, knownInode, found.framing(), blocks, file, givenUp);
  }

  /** Where the log is as it was when it was closed, at most what is known of it better now is written. */
  private void markAsDurable() throws IOException {
    if (keepsCheckpoint && isAsItWasClosed()) {
      checkpoint.refresh();
    } else {
      file.force();
      checkpoint.writeDurably(mark());
    }
    hasLandmarks = checkpoint.hasLandmarksOf(stamp);
  }

  private boolean isAsItWasClosed() {
    return !knownMark.dirty() && !knownMark.failed() && knownMark.end() == found.end() && knownMark.last() == found.last();
  }

  private LogFile toAppend() throws IOException {
    makesRoom = request.roomBytes() > 0;
    LogFile guarded = lock.guard(file);
    LogFile roomy = makesRoom ? new Room(guarded, found.end(), request.roomBytes()) : guarded;
    return request.bufferBytes() > 0 ? new WriteBuffer(log, roomy, found.end(), request.bufferBytes()) : roomy;
  }

  /** What was found, as a mark: all of it is on disk. */
  Mark mark() {
    return new Mark(found.framing(), found.end(), found.last(), found.frames(), false, false, makesRoom, 0, true);
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
