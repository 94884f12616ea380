package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.buffer.LeftBuffer;
import flumelog.buffer.OverlaidFile;
import flumelog.buffer.WriteBuffer;
import flumelog.error.DiskFailures;
import flumelog.error.OptionFailures;
import flumelog.event.Recorder;
import flumelog.event.RecoveryEvent;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.Room;
import flumelog.file.Stamp;
import flumelog.file.WriterLock;
import flumelog.protect.Protected;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens the file of a log. {@link #toWrite} is the protocol. With its order of steps a crash at any moment loses
 * nothing. Nothing is written to an existing file until the lock is confirmed, so a log that is refused stays as it is.
 * Then the work of a dead writer is finished in the file, or kept beside it. At the end the file is forced, and a mark
 * says so.
 */
final class Opening {
  private static final int REWRITE_BYTES = 1 << 16;

  final LogPath log;
  final String path;
  private final LogFolder folder;
  final OpenRequest request;
  /** The files beside the log that are not used. */
  final List<GivenUp> givenUp = new ArrayList<>(0);

  // The results of the steps. Each field is set by one step.
  private LogFile file;
  private OverlaidFile overlaid;
  /** Null if the log is opened for reading; so are the deletions. */
  WriterLock lock;
  Deletions deletions;
  private Stamp stamp;
  Checkpoint checkpoint;
  Recovery found;
  /** The protection of the log; null if it has none. A reader of an empty file may learn it later. */
  volatile Protected protection;
  /** The tree of a sealed log; null if the log has none, or if it is not needed yet. */
  LogTree tree;
  /** The outcome of draining a dead writer's write buffer; null if the log is opened for reading. */
  LeftBuffer left;
  /** How many bytes of a torn tail were cut, and the path of the file with them, or null. */
  long cutBytes;
  String kept;
  Deletions.Redone redone = Deletions.Redone.NONE;
  boolean hasLandmarks;
  /** How many frames are deleted, or are no records; -1 if that is not known. */
  long deleted = -1;
  private boolean makesRoom;
  // The facts of the log as the last writer left them.
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

  /** Opens the file for reading. Takes no lock and writes nothing. */
  LogFiles toRead() throws IOException {
    try {
      overlaid = OverlaidFile.openForReading(log);            // 1  the file, overlaid with what its writer holds back
      stamp = log.stamp();                                    // 2  the inode, size and times of the file
      checkpoint = Checkpoint.openForReading(log, givenUp);   // 3  the checkpoint, or an empty one
      inspect();                                              // 4  the framing, the end and the tail of the file
      if (request.seal().isChecking()) readTree();            // 5  the tree of a sealed log, if its seals are to be checked
      giveUpRefusedBuffer();                                  // 6  notes a write buffer that is not of this log
      hasLandmarks = checkpoint.hasLandmarksOf(stamp);
      return new LogFiles(this, overlaid);
    } catch (Throwable t) {
      closeAfter(t, tree, checkpoint, overlaid);
      throw t;
    }
  }

  /** Opens the file for writing: locks it, finishes or undoes the work of a dead writer, and forces the file. */
  LogFiles toWrite() throws IOException {
    checkMayOpen();                                           // 1  whether the file may be created, and have side files
    file = folder.openForWriting(log.name());                 // 2  the file, which is created if it is missing
    try {
      lock = folder.lock(log.name(), file);                   // 3  the kernel's lock of the file; writes nothing yet
      stamp = log.stamp();                                    // 4  the inode, size and times of the file
      deletions = new Deletions(log);
      checkpoint = Checkpoint.openExisting(log, givenUp);     // 5  the checkpoint, if there is one
      overlaid = new OverlaidFile(log, file);                 // 6  the file, overlaid with a dead writer's buffer
      inspect();                                              // 7  framing, end and tail; refuses a corrupt log
      readTree();                                             // 8  the tree of a sealed log; refuses one that was changed
      lock.confirm();                                         // 9  from here on files are written, first the lock file
      drainBuffer();                                          // 10 writes a dead writer's buffer to the file
      deleteCompactParts();                                   // 11 deletes an interrupted compaction's new files
      readCheckpointAgain();                                  // 12 the checkpoint as it is now: from here on no other writer changes it
      adopt();                                                // 13 from here on the checkpoint describes this file
      checkpoint.distrust(found.framing(), found.end());      // 14 notes that bytes above the mark may not be on disk
      cutTornTail();                                          // 15 keeps the torn tail beside the log, and cuts it
      cutRoom();                                              // 16 cuts the zeros behind the end
      writeHead();                                            // 17 writes the head of a new log that is to be protected
      rewriteAfterFailedForce();                              // 18 writes again what a failed force may have lost
      redoDeletions();                                        // 19 finishes deletions that were under way
      markAsDurable();                                        // 20 forces the file, and writes a durable mark
      return new LogFiles(this, toAppend());                  // 21 appends go through buffer, room and the lock's guard
    } catch (Throwable t) {
      closeAfter(t, tree, deletions, checkpoint, overlaid, file, lock);
      throw t;
    }
  }

  private void checkMayOpen() {
    if (!log.exists()) {
      if (!request.create() || request.seal().kept() != null || request.id() != null) log.checkExists();
      log.checkName();
      SealChecks.checkPolicy(path, null, 0, request);
    }
    if (request.bufferBytes() > 0 && folder.isMountedAlone(log.name())) refuseBuffer();
  }

  /** If the file is mounted alone, other processes that open the log would look for its buffer in another folder. */
  private void refuseBuffer() {
    throw OptionFailures.badOption(":write-buffer-bytes", "write-buffer-bytes", request.bufferBytes(),
        "absent for " + path + ", which is mounted as a single file: its buffer would lie in another folder"
            + " than the log does elsewhere; mount the folder of the log instead");
  }

  private void inspect() throws IOException {
    // start-up: the property is asked for here, so that Recorder is not loaded for nothing.
    RecoveryEvent event = System.getProperty(Recorder.STARTED) != null && Recorder.look() ? RecoveryEvent.start() : null;
    inspectFile();
    if (event != null) event.end(path, found.scannedFrom(), found.end(), found.tail().name(), found.tailBytes());
    if (request.writable() && found.tail() == Recovery.Tail.CORRUPT) throw LogFiles.corrupt(path, found);
  }

  private void inspectFile() throws IOException {
    Blocks blocks = LogFiles.toScan(path, overlaid, overlaid.size());
    if (checkpoint != null) checkpoint.bind(blocks, stamp, givenUp);
    Mark mark = checkpoint == null ? null : checkpoint.believed();
    long boot = mark != null && mark.dirty() ? folder.boot() : 0; // costs time, so it is read only if needed
    found = Recovery.inspect(path, blocks, mark, boot, request);
    if (checkpoint != null) found = found.corruptIfCutBelow(checkpoint.cutBelow());
    if (found.proved() != null) protection = found.proved().by();
    SealChecks.checkPolicy(path, protection, found.end(), request);
    if (checkpoint != null && protection != null) found = found.corruptIfChangedBelow(checkpoint.onDisk(LogId.of(protection.head())));
    if (protection != null && request.writable()) protection.chooseKeyNumber(blocks, found.end(), path, request.key());
  }

  private void readTree() {
    tree = SealChecks.tree(log, protection, found, overlaid, request);
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

  private void deleteCompactParts() throws IOException {
    if (folder.exists(log.compactPart())) folder.delete(log.compactPart());
    if (folder.exists(log.movesPart())) folder.delete(log.movesPart());
  }

  private void readCheckpointAgain() throws IOException {
    if (checkpoint == null) checkpoint = Checkpoint.openForWriting(log, givenUp);
    checkpoint.readAgain(LogFiles.toScan(path, file, file.size()), stamp, givenUp);
    if (tree != null) tree.startWriting();
  }

  private void adopt() throws IOException {
    knownId = checkpoint.id();
    knownInode = checkpoint.inodeOr(stamp.inode());
    knownMark = checkpoint.believed();
    keepsCheckpoint = checkpoint.adopt(file, stamp, found.end() == 0, protection == null ? null : LogId.of(protection.head()));
    deletions.setId(checkpoint.id());
  }

  private void cutTornTail() throws IOException {
    if (found.tail() != Recovery.Tail.TORN) return;
    cutBytes = found.tailBytes();
    kept = log.pathOf(TornTail.cut(log, file, found.end(), found.end() + cutBytes, TornTail.MAX_KEPT_BYTES));
    System.getLogger("flumelog").log(System.Logger.Level.WARNING,
        "{0} ended with {1} bytes of an unfinished append: cut back to {2}, kept in {3}",
        path, String.valueOf(cutBytes), String.valueOf(found.end()), kept);
  }

  private void cutRoom() throws IOException {
    if (found.rest().room() > 0) file.truncate(found.end());
  }

  private void writeHead() throws IOException {
    if (found.end() > 0 || !request.isProtected() && found.proved() != Proved.TORN_HEAD) return;
    if (kept != null) file.force(); // so that a power loss leaves nothing of the tail behind the head
    protection = request.newProtection(found.framing(), checkpoint.id(), path);
    found = ProtectedOpening.writeHead(path, file, found, protection);
    if (!protection.isSealed()) return;
    tree = LogTree.of(log, protection, LogFiles.toScan(path, file, found.end()), found, true, null);
    tree.startWriting();
  }

  /** Writes the bytes above the mark again: after a failed force the kernel may wrongly count them as written. */
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
    redone = protection != null ? ProtectedOpening.redoDeletions(found, blocks) : deletions.redo(knownId, knownInode, found.framing(), blocks, file, givenUp);
  }

  /** If the log is as it was closed, and no tail was cut, only the checkpoint is written, and only if it can be made more exact. */
  private void markAsDurable() throws IOException {
    if (found.lastRecord() < 0) deleted = found.frames();
    if (keepsCheckpoint && isAsItWasClosed()) {
      if (redone.isNone()) deleted = checkpoint.deletedOf(stamp);
      checkpoint.refresh();
    } else {
      file.force();
      checkpoint.writeDurably(mark());
    }
    hasLandmarks = checkpoint.hasLandmarksOf(stamp);
  }

  private boolean isAsItWasClosed() {
    return kept == null && !knownMark.dirty() && !knownMark.failed() && knownMark.end() == found.end() && knownMark.last() == found.last();
  }

  private LogFile toAppend() throws IOException {
    makesRoom = request.roomBytes() > 0;
    LogFile guarded = lock.guard(file);
    LogFile roomy = makesRoom ? new Room(guarded, found.end(), request.roomBytes()) : guarded;
    return request.bufferBytes() > 0 ? new WriteBuffer(log, roomy, found.end(), request.bufferBytes()) : roomy;
  }

  /** The mark of the log as it was found, when all of it is on disk. */
  Mark mark() {
    return new Mark(found.framing(), found.end(), found.last(), found.frames(), false, false, makesRoom, 0, true);
  }

  private void closeAfter(Throwable cause, Closeable... resources) {
    if (protection != null) protection.close();
    for (Closeable resource : resources) {
      try {
        if (resource != null) resource.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }
}
