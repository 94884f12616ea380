package flumelog.engine;

import flumelog.block.Blocks;
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
import flumelog.recovery.Recovery;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Takes into a log that is only read what another process does to its file: appends, an append that failed and was cut back,
 * another file under its path. One thread at a time looks.
 */
public final class Follower {
  /** What takes a call more of the system is looked at so seldom. */
  private static final long SELDOM_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  /** A write that is cut back took less than this, so a place that is older is none of its records. */
  private static final long WRITE_NANOS = TimeUnit.SECONDS.toNanos(1);
  /** So long the file may be shorter than it was while its writer cuts back and writes again what fits. */
  private static final long CUT_BACK_MILLIS = 300;

  private final LogFiles files;
  private final String path;
  private final ReadableFile file;
  private final Framing framing;
  private final Blocks blocks;
  private final Starts starts;
  private final Watermark since;
  /** The position above which the records of a dead writer may have holes: as opening decided, until a writer has cut them. */
  private long trusted;
  private Anchor first;
  private Anchor last;
  private Anchor earlier;
  private Anchor earliest;
  private long lookedSeldom;
  private long keptPlace;
  /** Why the log is not followed any more, or null. */
  private volatile LogException lost;

  /** What was opened is closed where it can't be followed. */
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
    this.trusted = files.found().watermark() < 0 ? Long.MAX_VALUE : files.checkpoint().mark().trustedUpTo(files.log().folder().boot());
    Blocks now = LogFiles.toScan(path, file, blocks.end());
    this.last = Anchor.of(framing, now, files.found().last(), now.end());
    this.first = Anchor.ofFirst(framing, now);
    this.earlier = last;
    this.earliest = last;
    this.lookedSeldom = System.nanoTime();
    this.keptPlace = lookedSeldom;
  }

  /** Takes in what has changed since the last look. */
  public void look() throws IOException {
    long now = System.nanoTime();
    boolean looksWell = now - lookedSeldom >= SELDOM_NANOS;
    if (looksWell) {
      lookedSeldom = now;
      lookAtPath();
    }
    long size = file.size();
    if (size < blocks.end()) size = sizeAgain();
    if (size < blocks.end()) goBack(size);
    else if (looksWell && !isLastThere(size)) goBack(size);
    else if (size > blocks.end() && !isRoom(blocks.end())) grow(size, looksWell);
  }

  /** For who waits for records that others append: there will be none where the path leads to another file by now. */
  public void checkFollowed() {
    LogException why = lost;
    if (why != null) throw why;
  }

  /** What another process is writing may be seen in part for a moment, where the file lies behind a daemon. */
  public <T> T patiently(Supplier<T> reading) {
    for (Patience patience = new Patience(Patience.READ_MILLIS); ; ) {
      try {
        return reading.get();
      } catch (LogException e) {
        if (e.kind() != LogException.Kind.CORRUPT || !patience.again()) throw e;
      }
    }
  }

  /** A file that was copied while it was open, as overlay file systems do for the first writer, is the same log. */
  private void lookAtPath() throws IOException {
    ReadableFile now = file.nowUnderItsName();
    if (now == file) {
      lost = null;
    } else if (now == null) {
      lost = IdentityFailures.removed(path);
    } else if (isSameLog(now)) {
      file.exchangeFor(now);
      blocks.goBackTo(blocks.end());
      lost = null;
    } else {
      now.close();
      lost = IdentityFailures.replaced(path);
    }
  }

  private boolean isSameLog(ReadableFile other) throws IOException {
    if (last == null) return true;
    long size = other.size();
    if (size < last.end()) return false;
    Blocks there = LogFiles.toScan(path, other, size);
    return first.fits(framing, there) && last.fits(framing, there);
  }

  private long sizeAgain() throws IOException {
    Patience patience = new Patience(CUT_BACK_MILLIS);
    long size = file.size();
    while (size < blocks.end() && patience.again()) size = file.size();
    return size;
  }

  private boolean isLastThere(long size) {
    if (last == null) return true;
    try {
      return last.fits(framing, LogFiles.toScan(path, file, size)) || isLastThereLater(size);
    } catch (LogException e) {
      return true; // it was cut at this moment, and the next look sees how short it is
    }
  }

  /** Where a file lies behind a daemon, what is there may read as zeros for a moment while the end is written. */
  private boolean isLastThereLater(long size) {
    Patience patience = new Patience(Patience.READ_MILLIS);
    while (patience.again()) {
      if (last.fits(framing, LogFiles.toScan(path, file, size))) return true;
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
      // It is shorter than it was a moment ago: an append was cut back, of which nothing was taken in.
      if (e.kind() != LogException.Kind.CORRUPT) throw e;
    }
  }

  private void takeIn(Blocks growth, long size) {
    long start = -1;
    long end = blocks.end();
    for (Frame frame = framing.at(growth, end, size); frame != null; frame = framing.at(growth, end, size)) {
      if (frame.start() >= trusted && frame.hasHole(growth)) break;
      starts.add(frame.start());
      start = frame.start();
      end = frame.end();
    }
    if (start >= 0) moveTo(growth, start, end);
    else if (end == 0) Recovery.checkNotOf(path, growth, framing);
  }

  private void moveTo(Blocks growth, long start, long end) {
    blocks.extendTo(end);
    since.set(start, end);
    last = Anchor.of(framing, growth, start, end);
    if (first == null) first = Anchor.ofFirst(framing, growth);
    if (lookedSeldom - keptPlace < WRITE_NANOS) return;
    keptPlace = lookedSeldom;
    earliest = earlier;
    earlier = last;
  }

  /** Where a writer has opened the log since, it has cut the holes; another machine's writer says how far it has got. */
  private long trustedNow() throws IOException {
    Mark mark = LogFiles.markOf(files.log(), LogFiles.toScan(path, file, file.size()));
    return mark == null ? trusted : mark.trustedUpTo(files.log().folder().boot());
  }

  /**
   * Some records that were taken in are no records: they were the first of an append that failed. Goes back to a place that
   * is surely the same, and on from there.
   */
  private void goBack(long size) throws IOException {
    if (LogFiles.markedEnd(files.log()) > size) throw FormatFailures.shrunk(path, size, blocks.end());
    Blocks now = LogFiles.toScan(path, file, size);
    Anchor place = placeStillThere(now, LogFiles.markOf(files.log(), now));
    long from = place == null ? 0 : place.end();
    long start = place == null ? -1 : place.start();
    long end = from;
    for (Frame frame = framing.at(now, end, size); frame != null; frame = framing.at(now, end, size)) {
      start = frame.start();
      end = frame.end();
    }
    if (end < size && size < blocks.end()) throw FormatFailures.shrunk(path, size, blocks.end());
    System.getLogger("flumelog").log(System.Logger.Level.WARNING,
        "{0} was cut back by its writer after an append had failed: some of the records seen here from {1} on no longer exist",
        path, String.valueOf(from));
    startAgain(now, from, start, end);
  }

  private Anchor placeStillThere(Blocks now, Mark mark) {
    if (earlier != null && earlier.fits(framing, now)) return earlier;
    if (earliest != null && earliest.fits(framing, now)) return earliest;
    boolean isKnown = mark != null && mark.end() > 0 && mark.end() <= Math.min(now.end(), blocks.end())
        && mark.framing().describe().equals(framing.describe());
    return isKnown ? Anchor.of(framing, now, mark.last(), mark.end()) : null;
  }

  private void startAgain(Blocks now, long from, long start, long end) {
    blocks.goBackTo(from);
    starts.forgetFrom(from);
    for (long at = from; at < end; at += framing.sizeAt(now, at)) starts.add(at);
    blocks.extendTo(end);
    last = Anchor.of(framing, now, start, end);
    first = Anchor.ofFirst(framing, now);
    earlier = last;
    earliest = last;
    since.goBack(from, start, end);
  }

  /** Whether no frame begins there, but zeros: a writer's room, in which its next append is not there as a whole. */
  private boolean isRoom(long position) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(framing.overhead());
    int read = file.readAt(position, start);
    for (int i = 0; i < read; i++) {
      if (start.get(i) != 0) return false;
    }
    return true;
  }
}
