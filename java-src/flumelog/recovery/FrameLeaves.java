package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.error.DiskFailures;
import flumelog.file.ReadableFile;
import flumelog.frame.Frame;
import flumelog.protect.Protected;
import flumelog.protect.Tree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * The leaves of the frames of a sealed log: the hash of the data, or for a deleted record what its note says. The notes are looked for
 * when the first deleted record is met. A record that a reader can still read has the hash of its data, whatever a note says. For one
 * thread at a time.
 */
public final class FrameLeaves {
  private final Protected by;
  private final Blocks blocks;
  private final Supplier<Blocks> now;
  private final NotedLeaves noted;
  /** The leaves in notes that have come behind the blocks meanwhile; null until they are asked for. */
  private NotedLeaves later;
  private final Tree tree = new Tree();

  /**
   * @param blocks of the frames
   * @param now gives all blocks of the log as they are when it is asked, for a log that others write; null for any other
   */
  public FrameLeaves(Protected by, Blocks blocks, Supplier<Blocks> now) {
    this(by, blocks, now, new NotedLeaves());
  }

  /** @param noted what is known of the notes already */
  FrameLeaves(Protected by, Blocks blocks, Supplier<Blocks> now, NotedLeaves noted) {
    this.by = by;
    this.blocks = blocks;
    this.now = now;
    this.noted = noted;
  }

  /** All blocks of a file that others may write, as they are when it is asked. */
  public static Supplier<Blocks> now(String path, ReadableFile file) {
    return () -> {
      try {
        return LogFiles.toScan(path, file, file.size());
      } catch (IOException e) {
        throw DiskFailures.io(path, "reading", e);
      }
    };
  }

  /** The leaf of a frame whose data the window has; null if it is zeros of which no note tells. A damaged frame has the leaf of its data. */
  public byte[] leaf(Window window, Frame frame) {
    return leaf(window, frame, !isZero(window, frame) && (noted.of(frame.start()) == null || by.kindOf(window, frame) >= 0));
  }

  /** The leaf of a frame whose data the window has; null if it is zeros or damaged, and no note tells of it. */
  byte[] provedLeaf(Window window, Frame frame) {
    return leaf(window, frame, !isZero(window, frame) && by.kindOf(window, frame) >= 0);
  }

  /** @param isProved whether the frame is one that was written to this log at this offset, and is not zeros */
  public byte[] leaf(Window window, Frame frame, boolean isProved) {
    return isProved ? hash(window, frame) : noted(frame.start());
  }

  private static boolean isZero(Window window, Frame frame) {
    return frame.length() == 0 || window.uint(frame.data(), 1) == 0;
  }

  /** The leaf that a note has for a frame; null if no note has one. */
  private byte[] noted(long start) {
    byte[] told = noted.of(start);
    if (told != null) return told;
    readNotes();
    told = noted.of(start);
    return told != null || now == null ? told : notedLater(start);
  }

  /** A reader that sees the zeros of a deletion can also see its note, even if the note lies behind the blocks. */
  private byte[] notedLater(long start) {
    if (later == null) later = noted.behind();
    later.readAll(by, now.get());
    return later.of(start);
  }

  /** The hash of the data as it is. */
  private byte[] hash(Window window, Frame frame) {
    int length = (int) frame.length();
    ByteBuffer data = window.view(frame.data(), length);
    if (data != null) return tree.leaf(frame.start(), data);
    byte[] copy = window.read(frame.data(), length);
    return tree.leaf(frame.start(), copy, 0, length);
  }

  /** From here on also a record that is half overwritten has the leaf that its note says. */
  void readNotes() {
    noted.readAll(by, blocks);
  }
}
