package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.file.LogFile;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.file.Stamp;
import flumelog.frame.Framing;
import flumelog.frame.Landmarks;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A small file beside the log that remembers a {@link Mark}, and which log it is. It may be deleted at any time: the log is
 * then scanned, and gets another id. {@link CheckpointFile} says what is in it.
 *
 * <p>The log is known by its content: its first frame, and the one that ends at the mark, with the checksums of their data as
 * in {@link Anchor}. Where the file has other ones there, the checkpoint is of another log, or of an older or a newer copy.
 */
public final class Checkpoint implements Closeable {
  private final LogPath log;
  private final CheckpointFile file;
  /** Whether the newest slot is of this log: written by us, or believed. */
  private boolean isOurs;

  /** What is believed of the newest slot. */
  private Mark believed;
  private boolean keepsId;
  private long cutBelow = -1;

  /** What the next slots say. */
  private ReadableFile content;
  private LogId id;
  private long endOfFirst;
  private int crcOfFirst;
  private Stamp stamp = Stamp.NONE;

  private Checkpoint(LogPath log, CheckpointFile file) {
    this.log = log;
    this.file = file;
  }

  /** The checkpoint of a log for reading; where there is none, or none that can be read, one that says nothing. {@code givenUp} may be null. */
  public static Checkpoint openForReading(LogPath log, List<GivenUp> givenUp) {
    return new Checkpoint(log, CheckpointFile.openForReading(log, givenUp));
  }

  /** The checkpoint of a log for writing where there is one; null when there is none. One that can't be used is replaced. */
  public static Checkpoint openExisting(LogPath log, List<GivenUp> givenUp) {
    if (!log.folder().exists(log.checkpoint())) return null;
    return new Checkpoint(log, CheckpointFile.openForWriting(log, true, givenUp));
  }

  /** The checkpoint of a log for writing, which is made where it is missing or can't be used. */
  public static Checkpoint openForWriting(LogPath log, List<GivenUp> givenUp) {
    return new Checkpoint(log, CheckpointFile.openForWriting(log, false, givenUp));
  }

  /** The checkpoint of a log in a file that is open; it is closed together with that, also where this throws. */
  public static Checkpoint of(LogPath log, LogFile file) throws IOException {
    return new Checkpoint(log, CheckpointFile.of(file));
  }

  /** Reads the file, also again where another process may have written it meanwhile. */
  public synchronized void read() throws IOException {
    file.read();
  }

  private Slot newest() {
    return file.newest();
  }

  /** Reads it again, and looks again whether it is of the file, where another writer has written it since. */
  public synchronized void readAgain(Blocks blocks, Stamp now, List<GivenUp> givenUp) throws IOException {
    long sequence = newest() == null ? 0 : newest().sequence();
    read();
    if (newest() != null && newest().sequence() != sequence) bind(blocks, now, givenUp);
  }

  /** The newest mark, whether it is believed or not; null when there is none. */
  public synchronized Mark mark() {
    return newest() == null ? null : newest().mark();
  }

  /**
   * Looks whether it is of the file that has the log's name now.
   *
   * @param blocks the file
   * @param now the stamp of the file
   * @param givenUp is told where the checkpoint is not believed; null where nobody is
   */
  public synchronized void bind(Blocks blocks, Stamp now, List<GivenUp> givenUp) throws IOException {
    if (newest() == null) return;
    boolean isUnchanged = newest().id() != null && isSettled() && newest().stamp().matches(now) && newest().mark().end() > 0
        && newest().mark().end() <= blocks.end() && newest().mark().fits(blocks);
    if (isUnchanged) {
      believed = newest().mark();
      keepsId = true;
    } else {
      bindByContent(blocks, now, givenUp);
    }
  }

  private void bindByContent(Blocks blocks, Stamp now, List<GivenUp> givenUp) throws IOException {
    Binding bound = Binding.of(newest(), blocks, now, log);
    believed = bound.mark();
    keepsId = bound.keepsId();
    cutBelow = bound.cutBelow();
    if (bound.why() == null || givenUp == null) return;
    String path = log.pathOf(log.checkpoint());
    // What is cut of a short log is told by a line of its own.
    boolean isTold = cutBelow >= 0 && cutBelow <= Recovery.ALWAYS_SCANNED_BYTES;
    givenUp.add(isTold ? new GivenUp(path, bound.why()) : GivenUp.told(path, bound.why()));
  }

  /** The mark where it is of this file; null otherwise. */
  public synchronized Mark believed() {
    return believed;
  }

  /** Up to where the log was on disk once, where it is by its first record the same and the mark is not believed; else -1. */
  public synchronized long cutBelow() {
    return cutBelow;
  }

  /** The id of the log where the checkpoint is of this file, or was told another one; null otherwise. */
  public synchronized LogId id() {
    return id != null ? id : keepsId ? newest().id() : null;
  }

  /**
   * Finds the id for a reader of a log that has got a record. Its writer may have come after the reader; where there is no
   * checkpoint of the file, the id is one that nobody else knows.
   */
  public synchronized void findId(Blocks blocks) {
    if (id() != null) return;
    try (Checkpoint now = openForReading(log, null)) {
      now.bind(blocks, Stamp.NONE, null);
      id = now.id();
    } catch (IOException e) {
      // Nothing beside the log tells.
    }
    if (id == null) id = LogId.random();
  }

  /** The number of the log's file to which an earlier version bound what it left; the other one where this version was. */
  public synchronized long inodeOr(long now) {
    return newest() != null && newest().id() == null ? newest().stamp().inode() : now;
  }

  /** Whether the landmarks that are kept are those of the file, as it is before anything is appended. */
  public synchronized boolean hasLandmarksOf(Stamp now) {
    return file.tableBytes() > 0 && believed != null && newest().stamp().matches(now) && isSettled();
  }

  private boolean isSettled() {
    return !newest().mark().dirty() && newest().stamp().isSettled();
  }

  /**
   * From here on marks are of the log that was found. Where what was kept is not of it, or nothing is left of it, the log
   * gets a new id with the next mark.
   *
   * @param file of the log, which has all that is forced
   * @param now its stamp
   * @param isEmpty whether no record is left
   * @return whether what is on disk says all this already
   */
  public synchronized boolean adopt(ReadableFile file, Stamp now, boolean isEmpty) {
    content = file;
    stamp = now;
    boolean isKept = keepsId && newest().id() != null && !(isEmpty && newest().endOfFirst() > 0);
    if (isKept) {
      isOurs = true;
      id = newest().id();
      endOfFirst = newest().endOfFirst();
      crcOfFirst = newest().crcOfFirst();
    } else {
      id = LogId.random();
    }
    boolean mayHaveLandmarks = isKept && !newest().mark().dirty() && newest().stamp().matches(now)
        && (now.isSettled() || newest().stamp().isSettled());
    if (!mayHaveLandmarks) forgetLandmarks();
    return isKept;
  }

  /** From here on marks are of a file that is a copy of a log, whatever was kept before; {@code now} is its stamp. */
  public synchronized void adoptCopy(LogId idOfLog, ReadableFile copy, Stamp now) {
    id = idOfLog;
    content = copy;
    stamp = now;
    forgetLandmarks();
  }

  /**
   * Before the first force of a file that has more than its mark: where that fails, or the process ends meanwhile, what the
   * next open reads may be in memory only, and its force succeed all the same. So it is told to write that again.
   */
  public synchronized void distrust(Framing framing, long end) throws IOException {
    if (end == 0 || believed != null && (believed.failed() || believed.end() >= end)) return;
    write(believed == null ? new Mark(framing, 0, -1, 0, false, true, false, 0, true) : believed.withState(believed.dirty(), true));
  }

  /** Keeps what was found of a log that nobody has changed, where that is known better than what is on disk. */
  public synchronized void refresh() throws IOException {
    boolean hasBetter = stamp.isSettled() && !(newest().stamp().matches(stamp) && newest().stamp().isSettled());
    if (hasBetter) write(newest().mark());
  }

  public synchronized void write(Mark mark) throws IOException {
    writeSlot(mark, false);
  }

  /** Writes a mark and makes it durable. */
  public synchronized void writeDurably(Mark mark) throws IOException {
    writeSlot(mark, true);
    file.force();
  }

  /** Writes the mark of a log that is being closed, together with the landmarks below it. */
  public synchronized void write(Mark mark, Landmarks landmarks) throws IOException {
    if (!file.isWritable()) return;
    stamp = log.stamp();
    ByteBuffer cells = landmarks.cells().toBytes();
    // No slot names the old table when that is overwritten.
    forgetLandmarks();
    write(mark);
    file.writeTable(cells);
    write(mark);
  }

  /** From the next mark on no landmarks are kept, since the log is not what it was. */
  public synchronized void forgetLandmarks() {
    file.forgetTable();
  }

  /** The landmarks that were kept: starts below an older mark; none when there are none, or not whole. */
  public synchronized Landmarks landmarks() throws IOException {
    return file.readTable();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void writeSlot(Mark mark, boolean isForced) throws IOException {
    if (!file.isWritable()) return;
    if (endOfFirst == 0 || mark.end() == 0) anchorFirst(mark);
    file.write(new Slot(file.nextSequence(), mark, id, crcOfLast(mark), endOfFirst, crcOfFirst, stamp, file.tableBytes(),
        file.tableCrc()), isForced);
    isOurs = true;
  }

  /** The data of the frame that ends at the mark is read back, where that was not done before. */
  private int crcOfLast(Mark mark) throws IOException {
    if (mark.end() == 0) return 0;
    if (isOurs && newest().endsWith(mark)) return newest().crcOfLast();
    return Anchor.of(mark.framing(), content, mark.last(), mark.end()).crc();
  }

  /** Also before anything is on disk, so that the log is known by what a killed process has left of it. */
  private void anchorFirst(Mark mark) throws IOException {
    Anchor first = Anchor.ofFirst(mark.framing(), content, mark.end() == 0 ? content.size() : mark.end());
    endOfFirst = first == null ? 0 : first.end();
    crcOfFirst = first == null ? 0 : first.crc();
  }
}
