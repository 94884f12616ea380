package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.block.Bytes;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.frame.Framing;
import flumelog.frame.Landmarks;
import flumelog.recovery.LogFiles;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * Knows where the frames of an open log start. The landmarks below the position at which opening began to read are loaded on
 * first use: from the checkpoint, or by a walk.
 */
// start-up: implements Supplier itself, because one more class makes the first open of a process a fifth slower.
public final class Starts implements Supplier<Landmarks> {
  private final LogFiles files;
  private final Framing framing;
  private final Blocks blocks;
  private final Landmarks landmarks;
  /** Whether those below came from the checkpoint: then they may be of another log after all, if it imitates the stamp. */
  private volatile boolean wereKept;
  /** Whether those below were read from the lengths of a long log. */
  private volatile boolean wereRead;

  public Starts(LogFiles files, Blocks blocks) {
    this.files = files;
    this.framing = files.found().framing();
    this.blocks = blocks;
    this.landmarks = files.found().landmarks();
    if (files.found().scannedFrom() > 0) landmarks.setEarlier(this);
  }

  /** Notes a start above all others. */
  void add(long start) {
    landmarks.add(start);
  }

  /** Notes starts above all others, ascending. */
  void addAll(long[] all) {
    landmarks.addAll(all);
  }

  /** Forgets those at or above a position. */
  void forgetFrom(long position) {
    landmarks.forgetFrom(position);
  }

  /** The last known start of a frame at or below the position. */
  public long landmark(long position) {
    return landmarks.floor(position);
  }

  /** Whether a frame is known to start at the position; that it is not known says nothing. */
  boolean isLandmark(long position) {
    return landmarks.has(position);
  }

  /** A known start of a frame above the position, perhaps the next one; -1 when none is known there. */
  long landmarkAbove(long position) {
    return landmarks.above(position);
  }

  /** The first start of a frame at or above the position, or {@code end} when there is none below that. */
  public long first(long position, long end) {
    if (position >= end) return end;
    try {
      return first(blocks, landmark(position), position, end);
    } catch (LogException e) {
      if (!readAgain()) throw e;
      return first(blocks, landmark(position), position, end);
    }
  }

  /** The same, by a walk over bytes that the caller has at hand, from a start at or below the position. */
  long first(Bytes bytes, long from, long position, long end) {
    long start = from;
    while (start < position) start += framing.sizeAt(bytes, start);
    if (start <= end) return start;
    throw FormatFailures.corrupt(files.path(), position, "the lengths before it don't lead to the end " + end);
  }

  /** What the next open is to know; a walk over all that this one has not read would make closing slow. */
  Landmarks toKeep() {
    return landmarks.isComplete() || files.hasLandmarks() ? landmarks : new Landmarks();
  }

  /** Whether the lengths below where opening began were read, which the next open need not do again. */
  boolean wereRead() {
    return wereRead;
  }

  /**
   * After a look-up that ended in damage: where landmarks were kept, the lengths of the log are read instead.
   *
   * @return whether they were read, so that it is worth to look again
   */
  synchronized boolean readAgain() {
    if (!wereKept) return false;
    wereKept = false;
    landmarks.replaceBy(this::read);
    return true;
  }

  /** Those that were kept where they are of this file, or none; and from there by a walk. */
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

  /** The checkpoint is disposable: where it can't be read all lengths are. */
  private Landmarks kept() {
    try {
      return files.checkpoint().landmarks();
    } catch (IOException e) {
      return new Landmarks();
    }
  }
}
