package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.error.DiskFailures;
import flumelog.error.FormatFailures;
import flumelog.error.IdentityFailures;
import flumelog.error.LogException;
import flumelog.file.Patience;
import flumelog.file.ReadableFile;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.recovery.Anchor;
import flumelog.recovery.LogFiles;
import flumelog.recovery.Mark;
import flumelog.recovery.NoRecord;
import flumelog.recovery.ProvedWalk;
import flumelog.recovery.WritersCheckpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Updates a log that is opened for reading when another process changes its file: by appends, by cutting back an append
 * that failed, or by putting another file under its path. Only one thread may use it at a time.
 */
public final class Follower {
  /** Checks that need one more system call are made at this interval. */
  private static final long SELDOM_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  /** How long the file may stay shorter than it was, while its writer cuts back and writes again what fits. */
  private static final long CUT_BACK_MILLIS = 300;

  private final LogFiles files;
  private final String path;
  private final ReadableFile file;
  private final Framing framing;
  private final Blocks blocks;
  private final Starts starts;
  private final Watermark since;
  /** Above this position records of a dead writer may have holes, until another writer has cut these. */
  private long trusted;
  private final Anchors anchors;
  /** When the path and the last frame were checked, which a look does only every {@code SELDOM_NANOS}. */
  private volatile long lookedThoroughly;
  /** Whether the last look has ended, and without an error. */
  private volatile boolean isSound = true;
  /** Why the file can't be followed any more; null if it can. */
  private volatile LogException lost;

  /** Closes the files if this fails. */
  public static Follower of(LogFiles files, Blocks blocks, Starts starts, Watermark since) {
    try {
      return new Follower(files, blocks, starts, since);
    } catch (IOException e) {
      files.close();
      throw DiskFailures.cannotOpen(files.path(), e);
    } catch (LogException e) {
      files.close();
      throw e;
    }
  }

  private Follower(LogFiles files, Blocks blocks, Starts starts, Watermark since) throws IOException {
    this.files = files;
    this.path = files.path();
    this.file = files.file();
    this.framing = files.found().framing();
    this.blocks = blocks;
    this.starts = starts;
    this.since = since;
    this.trusted = files.found().durableEnd() < 0 ? Long.MAX_VALUE : files.checkpoint().mark().trustedUpTo(files.log().folder().boot());
    this.lookedThoroughly = System.nanoTime();
    this.anchors = new Anchors(framing);
    anchors.startAgain(LogFiles.toScan(path, file, blocks.end()), files.found().last(), blocks.end(), lookedThoroughly);
  }

  /**
   * Whether a record at the offset can be read without a look before, which takes a lock and system calls. The offset is below the end
   * as it was seen, and the last thorough look was a moment ago, and found nothing wrong. If the file was cut since, the record is not
   * whole.
   */
  public boolean knows(long offset) {
    return isSound && offset >= 0 && offset < blocks.end() && System.nanoTime() - lookedThoroughly < SELDOM_NANOS;
  }

  /** Takes in the changes since the last look. */
  public void look() throws IOException {
    isSound = false;
    long now = System.nanoTime();
    boolean isThorough = now - lookedThoroughly >= SELDOM_NANOS;
    if (isThorough) {
      lookedThoroughly = now;
      lookAtPath();
    }
    long size = file.size();
    if (size < blocks.end()) size = sizeAgain();
    if (size < blocks.end()) goBack(size);
    else if (isThorough && !isLastThere(size)) goBack(size);
    else if (size > blocks.end() && !isRoom(blocks.end())) grow(size, isThorough);
    isSound = true;
  }

  /** Throws if the path leads to another file now, so that waiting for records of others is in vain. */
  public void checkFollowed() {
    LogException why = lost;
    if (why != null) throw why;
  }

  /** Checks the path. A copy of the file is the same log: overlay file systems make one for its first writer. */
  private void lookAtPath() throws IOException {
    ReadableFile now = file.nowUnderItsName();
    if (now == file) {
      lost = null;
    } else if (now == null) {
      lost = IdentityFailures.removed(path);
    } else if (anchors.isSameLog(LogFiles.toScan(path, now, now.size()))) {
      file.exchangeFor(now);
      blocks.goBackTo(blocks.end());
      lost = null;
    } else {
      now.close();
      lost = IdentityFailures.replaced(path);
    }
  }

  private long sizeAgain() throws IOException {
    Patience patience = new Patience(CUT_BACK_MILLIS);
    long size = file.size();
    while (size < blocks.end() && patience.again()) size = file.size();
    return size;
  }

  private boolean isLastThere(long size) {
    try {
      return anchors.isLastIn(LogFiles.toScan(path, file, size)) || isLastThereLater(size);
    } catch (LogException e) {
      return true; // the file was cut at this moment; the next look sees its size
    }
  }

  /** Reads again for a while: with some FUSE file systems, bytes are zeros for a moment while the end is written. */
  private boolean isLastThereLater(long size) {
    Patience patience = new Patience(Patience.READ_MILLIS);
    while (patience.again()) {
      if (anchors.isLastIn(LogFiles.toScan(path, file, size))) return true;
    }
    return false;
  }

  private void grow(long size, boolean isLastKnownThere) throws IOException {
    if (!isLastKnownThere && !isLastThere(size)) {
      goBack(size);
      return;
    }
    if (trusted < Long.MAX_VALUE) trusted = trustedNow();
    try {
      takeIn(LogFiles.toScan(path, file, size), size);
    } catch (LogException e) {
      // The file is shorter than a moment ago: an append was cut back before any of it was taken in.
      if (e.kind() != LogException.Kind.CORRUPT) throw e;
    }
  }

  private void takeIn(Blocks growth, long size) {
    if (blocks.end() == 0 && files.protection() == null && !files.learnProtection(growth)) return;
    if (files.protection() != null) {
      takeInProved(growth, size);
      return;
    }
    long start = -1;
    long end = blocks.end();
    for (Frame frame = framing.at(growth, end, size); frame != null; frame = framing.at(growth, end, size)) {
      if (frame.start() >= trusted && frame.hasHole(growth)) break;
      starts.add(frame.start());
      start = frame.start();
      end = frame.end();
    }
    if (start >= 0) moveTo(growth, start, start, end);
    else if (end == 0) NoRecord.checkNotOfOtherFraming(path, growth, framing);
  }

  /** Takes in whole batches of proved frames. */
  private void takeInProved(Blocks growth, long size) {
    ProvedWalk walk = new ProvedWalk(
        files.protection(), blocks.end(), anchors.lastStart(), since.offset(), 0, trusted, starts::add).following();
    Window window = growth.windowToScan();
    walk.run(window, size, null);
    window.release();
    if (walk.end() > blocks.end()) moveTo(growth, walk.last(), files.isRaw() ? walk.last() : walk.lastRecord(), walk.end());
  }

  private void moveTo(Blocks growth, long start, long lastRecord, long end) {
    blocks.extendTo(end);
    since.set(lastRecord, end);
    anchors.moveTo(growth, start, end, lookedThoroughly);
  }

  /** Reads the mark again: a writer that has opened the log since has cut records with holes. */
  private long trustedNow() throws IOException {
    Mark mark = WritersCheckpoint.markOf(files.log(), LogFiles.toScan(path, file, file.size()));
    return mark == null ? trusted : mark.trustedUpTo(files.log().folder().boot());
  }

  /**
   * Some records that were taken in don't exist any more: they were the first of an append that failed. Goes back to an
   * anchor that still fits, and reads on from there.
   */
  private void goBack(long size) throws IOException {
    if (WritersCheckpoint.markedEnd(files.log()) > size) throw FormatFailures.shrunk(path, size, blocks.end());
    Blocks now = LogFiles.toScan(path, file, size);
    Anchor place = anchors.placeStillIn(now, WritersCheckpoint.markOf(files.log(), now), blocks.end());
    long from = place == null ? 0 : place.end();
    long start = place == null ? -1 : place.start();
    long end = from;
    if (files.protection() != null) {
      goBackToWholeBatch(now, from, start, size);
      return;
    }
    for (Frame frame = framing.at(now, end, size); frame != null; frame = framing.at(now, end, size)) {
      start = frame.start();
      end = frame.end();
    }
    if (end < size && size < blocks.end()) throw FormatFailures.shrunk(path, size, blocks.end());
    startAgain(now, from, start, start, end);
  }

  private void goBackToWholeBatch(Blocks now, long from, long start, long size) {
    long before = ProvedWalk.lastRecordBelow(files.protection(), now, from);
    ProvedWalk walk = new ProvedWalk(files.protection(), from, start, before, 0, trusted, ignored -> {}).following();
    walk.run(now.windowToScan(), size, null);
    if (walk.at() < size && size < blocks.end()) throw FormatFailures.shrunk(path, size, blocks.end());
    startAgain(now, from, walk.last(), files.isRaw() ? walk.last() : walk.lastRecord(), walk.end());
  }

  private void startAgain(Blocks now, long from, long start, long lastRecord, long end) {
    System.getLogger("flumelog").log(System.Logger.Level.WARNING,
        "{0} was cut back by its writer after an append had failed: some of the records seen here from {1} on no longer exist",
        path, String.valueOf(from));
    blocks.goBackTo(from);
    starts.forgetFrom(from);
    for (long at = from; at < end; at += framing.sizeAt(now, at)) starts.add(at);
    blocks.extendTo(end);
    anchors.startAgain(now, start, end, lookedThoroughly);
    since.goBack(from, lastRecord, end);
  }

  /** Whether zeros are at the position: a writer's room, whose next append is not complete yet. */
  private boolean isRoom(long position) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(framing.overhead());
    int read = file.readAt(position, start);
    for (int i = 0; i < read; i++) {
      if (start.get(i) != 0) return false;
    }
    return true;
  }
}
