package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.block.Bytes;
import flumelog.block.Window;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.frame.Framing;
import flumelog.frame.Landmarks;
import flumelog.recovery.LogFiles;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Knows where the frames of an open log start. The landmarks below the position at which opening began to read are
 * loaded on first use: from the checkpoint, or by a walk.
 */
// start-up: implements Supplier itself, because one more class makes the first open of a process a fifth slower.
public final class Starts implements Supplier<Landmarks> {
  /** So far below the known starts of frames others are found by walking down. Beyond, all lengths are read. */
  private static final long NEAR_BYTES = 1L << 24;

  /** A walk down goes on for so long beyond what is asked for, since more is often asked for next. */
  private static final long STEP_BYTES = 1L << 20;

  private final LogFiles files;
  private final Framing framing;
  private final Blocks blocks;
  private final Landmarks landmarks;
  /**
   * Whether the lower landmarks are from the checkpoint. They may be of another log, if its file imitates the stamp.
   */
  private volatile boolean wereKept;
  /** The start of a frame, or the position at which opening began to read: landmarks are known from here on. */
  private volatile long lowest;
  /** Whether the lower landmarks were read from the log by a walk. */
  private volatile boolean wereRead;

  public Starts(LogFiles files, Blocks blocks) {
    this.files = files;
    this.framing = files.found().framing();
    this.blocks = blocks;
    this.landmarks = files.found().landmarks();
    this.lowest = files.found().scannedFrom();
    if (lowest > 0) landmarks.setEarlier(this);
  }

  /** Adds a start, which must be above all others. */
  void add(long start) {
    landmarks.add(start);
  }

  /** Adds starts in ascending order, which must be above all others. */
  void addAll(long[] all) {
    landmarks.addAll(all);
  }

  /** Removes the starts at or above a position. */
  void forgetFrom(long position) {
    landmarks.forgetFrom(position);
  }

  /** The last known start of a frame at or below the position. */
  public long landmark(long position) {
    if (position < lowest && !landmarks.isComplete() && !files.hasLandmarks()) walkDownTo(position);
    return landmarks.floor(position);
  }

  /**
   * Finds the frames down to the position from those above it, if it is not far below them. So a look-up of the newest records of a
   * long log need not wait until all its lengths were read.
   */
  private synchronized void walkDownTo(long position) {
    if (position >= lowest || lowest - position > NEAR_BYTES || lowest > blocks.end()) return;
    Blocks scanned = LogFiles.toScan(files.path(), files.file(), lowest);
    long[] found = new long[1024];
    int count = 0;
    long target = Math.max(0, position - STEP_BYTES);
    for (long start = lowest; start > target; ) {
      start = framing.startOf(scanned, start, 0);
      if (start < 0) return;                                  // damage: the walk upwards tells where
      if (count == found.length) found = Arrays.copyOf(found, 2 * count);
      found[count++] = start;
    }
    Landmarks lower = Landmarks.from(found[count - 1]);
    for (int i = count - 1; i >= 0; i--) lower.add(found[i]);
    landmarks.addBelow(lower);
    lowest = found[count - 1];
  }

  /** Whether a frame is known to start at the position. If not, a frame may start there all the same. */
  boolean isLandmark(long position) {
    return landmarks.has(position);
  }

  /** A known start of a frame above the position, perhaps the next one; -1 if none is known. */
  long landmarkAbove(long position) {
    return landmarks.above(position);
  }

  /** The first start of a frame at or above the position; {@code end} if there is none below {@code end}. */
  public long first(long position, long end) {
    if (position >= end) return end;
    try {
      return first(blocks, landmark(position), position, end);
    } catch (LogException e) {
      if (!readAgain()) throw e;
      return first(blocks, landmark(position), position, end);
    }
  }

  /** As {@link #first(long, long)}. What it reads of a long log it reads into the window, where a walk goes on then. */
  public long first(Window window, long position, long end) {
    if (blocks.fitInCache() || position >= end || isLandmark(position)) return first(position, end);
    try {
      long from = landmark(position);
      window.walkFrom(from);
      window.coverUpwards(from, Math.min(end - from, framing.overhead()));
      return first(window, from, position, end);
    } catch (LogException e) {
      if (!readAgain()) throw e;
      return first(position, end);
    }
  }

  /** The start of the frame that ends at the position, at or below {@code end}; -1 if none ends there. */
  public long before(long position, long end) {
    if (position <= 0 || position > end) return -1;
    try {
      return before(landmark(position - 1), position, end);
    } catch (LogException e) {
      if (!readAgain()) throw e;
      return before(landmark(position - 1), position, end);
    }
  }

  private long before(long from, long position, long end) {
    long start = from;
    long to = from;
    while (to < position) {
      start = to;
      to += framing.sizeAt(blocks, start);
    }
    checkWithin(end, to, position);
    return to == position ? start : -1;
  }

  /**
   * The first start of a frame at or above the position, by a walk over the given bytes from a start at or below it.
   */
  long first(Bytes bytes, long from, long position, long end) {
    long start = from;
    while (start < position) start += framing.sizeAt(bytes, start);
    checkWithin(end, start, position);
    return start;
  }

  private void checkWithin(long end, long start, long position) {
    if (start <= end) return;
    throw FormatFailures.corrupt(files.path(), position, "the lengths before it don't lead to the end " + end);
  }

  /**
   * The landmarks to store for the next open. They are empty if a part is unknown: a walk over it would make closing
   * slow.
   */
  Landmarks toKeep() {
    return landmarks.isComplete() || files.hasLandmarks() ? landmarks : new Landmarks();
  }

  /**
   * Whether the part of the log below the position where opening began was read. The next open need not read it again.
   */
  boolean wereRead() {
    return wereRead;
  }

  /**
   * After a look-up that found damage: if the landmarks are from the checkpoint, replaces them by a walk over the log.
   *
   * @return whether they were replaced, so that the look-up should be repeated
   */
  synchronized boolean readAgain() {
    if (!wereKept) return false;
    wereKept = false;
    landmarks.replaceBy(this::read);
    return true;
  }

  /** The landmarks below the position where opening began: those of the checkpoint if they fit, completed by a walk. */
  @Override
  public Landmarks get() {
    long position = files.found().scannedFrom();
    Landmarks below = files.hasLandmarks() ? kept() : new Landmarks();
    wereKept = below.floor(position) > 0;
    wereRead = !wereKept;
    return walk(below, position);
  }

  private Landmarks read() {
    wereRead = true;
    return walk(new Landmarks(), blocks.end());
  }

  private Landmarks walk(Landmarks below, long position) {
    Blocks scanned = LogFiles.toScan(files.path(), files.file(), position);
    for (long start = below.floor(position); start < position; start += framing.sizeAt(scanned, start)) {
      below.add(start);
    }
    return below;
  }

  /** The landmarks of the checkpoint; none if it can't be read. */
  private Landmarks kept() {
    try {
      return files.checkpoint().landmarks();
    } catch (IOException e) {
      return new Landmarks();
    }
  }
}
