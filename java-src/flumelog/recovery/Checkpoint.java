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
 * A small file beside the log with a {@link Mark} and the identity of the log. It may be deleted at any time: then the
 * log is scanned, and gets a new id. {@link CheckpointFile} shows its format.
 *
 * <p>The checkpoint identifies the log by two frames, the first one and the one that ends at the mark, each with a
 * checksum of its data, as in {@link Anchor}. If the log's file has other frames there, the checkpoint is of another
 * log, or of an older or newer copy.
 */
public final class Checkpoint implements Closeable {
  private final LogPath log;
  private final CheckpointFile file;
  /** Whether the newest slot is of this log: it was written by this process, or it is believed. */
  private boolean isOurs;

  /** The sequence of the slot that was compared with the file; 0 if none was. */
  private long boundSequence;
  /** The mark of the newest slot, if it is believed; else null. */
  private Mark believed;
  private boolean keepsId;
  private long cutBelow = -1;

  /** The contents of the next slots. */
  private ReadableFile content;
  private LogId id;
  private long endOfFirst;
  private int crcOfFirst;
  private Stamp stamp = Stamp.NONE;

  private Checkpoint(LogPath log, CheckpointFile file) {
    this.log = log;
    this.file = file;
  }

  /** The checkpoint of a log for reading; an empty one if none can be read. {@code givenUp} may be null. */
  public static Checkpoint openForReading(LogPath log, List<GivenUp> givenUp) {
    return new Checkpoint(log, CheckpointFile.openForReading(log, givenUp));
  }

  /** The checkpoint of a log for writing; null if there is none, or if it can't be read. Nothing is written. */
  public static Checkpoint openExisting(LogPath log, List<GivenUp> givenUp) {
    if (!log.folder().exists(log.checkpoint())) return null;
    CheckpointFile file = CheckpointFile.openExisting(log, givenUp);
    return file == null ? null : new Checkpoint(log, file);
  }

  /** The checkpoint of a log for writing. It is created if it is missing, and replaced if it can't be used. */
  public static Checkpoint openForWriting(LogPath log, List<GivenUp> givenUp) {
    return new Checkpoint(log, CheckpointFile.openForWriting(log, givenUp));
  }

  /** The checkpoint of a log in an open file, which is closed together with it, also if this throws. */
  public static Checkpoint of(LogPath log, LogFile file) throws IOException {
    return new Checkpoint(log, CheckpointFile.of(file));
  }

  /** Reads the file. It can be read again, since another process may have written it. */
  public synchronized void read() throws IOException {
    file.read();
  }

  private Slot newest() {
    return file.newest();
  }

  /** Reads it again. If another writer has written it since, checks whether it is of the log's file. */
  public synchronized void readAgain(Blocks blocks, Stamp now, List<GivenUp> givenUp) throws IOException {
    read();
    if (newest() != null && newest().sequence() != boundSequence) bind(blocks, now, givenUp);
  }

  /** The newest mark, whether it is believed or not; null if there is none. */
  public synchronized Mark mark() {
    return newest() == null ? null : newest().mark();
  }

  /**
   * Checks whether the checkpoint is of the file that has the log's name now.
   *
   * @param blocks the file
   * @param now the stamp of the file
   * @param givenUp gets an entry if the checkpoint is not believed; may be null
   */
  public synchronized void bind(Blocks blocks, Stamp now, List<GivenUp> givenUp) throws IOException {
    if (newest() == null) return;
    boundSequence = newest().sequence();
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
    // Cutting a short log logs a line of its own.
    boolean isTold = cutBelow >= 0 && cutBelow <= Recovery.ALWAYS_SCANNED_BYTES;
    givenUp.add(isTold ? new GivenUp(path, bound.why()) : GivenUp.told(path, bound.why()));
  }

  /** The mark, if it is of this file; else null. */
  public synchronized Mark believed() {
    return believed;
  }

  /** Up to where the log was on disk once, if its first record fits although the mark is not believed; else -1. */
  public synchronized long cutBelow() {
    return cutBelow;
  }

  /** Up to where the log with this id was on disk, whether its last record fits or not; -1 if the checkpoint is of another log. */
  synchronized long onDisk(LogId ofHead) {
    return newest() != null && ofHead.equals(newest().id()) ? newest().mark().end() : -1;
  }

  /** The id of the log: a new one, or that of the checkpoint if it is of this file; else null. */
  public synchronized LogId id() {
    return id != null ? id : keepsId ? newest().id() : null;
  }

  /**
   * Finds the id for a reader of a log that was empty and has a record now. The writer may have made a checkpoint
   * meanwhile. If there is no checkpoint of the file, the id is a new one that only this reader has.
   */
  public synchronized void findId(Blocks blocks) {
    if (id() != null) return;
    try (Checkpoint now = openForReading(log, null)) {
      now.bind(blocks, Stamp.NONE, null);
      id = now.id();
    } catch (IOException e) {
      // There is no readable checkpoint.
    }
    if (id == null) id = MovesFile.idOrRandom(log, blocks);
  }

  /** The id in the newest slot, whether it is of this file or not; null if there is none. */
  synchronized LogId newestId() {
    return newest() == null ? null : newest().id();
  }

  /** The inode number of the log's file, from a checkpoint of an earlier version; else {@code now}. */
  public synchronized long inodeOr(long now) {
    return newest() != null && newest().id() == null ? newest().stamp().inode() : now;
  }

  /** Whether the landmarks in the checkpoint are those of the file, as it is before the first append. */
  public synchronized boolean hasLandmarksOf(Stamp now) {
    return file.tableBytes() > 0 && believed != null && newest().stamp().matches(now)
        && !newest().mark().dirty() && (now.isSettled() || newest().stamp().isSettled());
  }

  private boolean isSettled() {
    return !newest().mark().dirty() && newest().stamp().isSettled();
  }

  /**
   * From here on the checkpoint is of the log that was found. If the old checkpoint is not of that log, or no record of
   * the log is left, the log gets a new id with the next mark, unless an interrupted compaction has told its id.
   *
   * @param file of the log
   * @param now its stamp
   * @param isEmpty whether no record is left
   * @param ofHead the id in the head of a protected log; null for any other log
   * @return whether the checkpoint on disk is already of this log
   */
  public synchronized boolean adopt(ReadableFile file, Stamp now, boolean isEmpty, LogId ofHead) throws IOException {
    content = file;
    stamp = now;
    boolean isKept = keepsId && newest().id() != null && !(isEmpty && newest().endOfFirst() > 0)
        && (ofHead == null || ofHead.equals(newest().id()));
    if (isKept) {
      isOurs = true;
      id = newest().id();
      endOfFirst = newest().endOfFirst();
      crcOfFirst = newest().crcOfFirst();
    } else if (ofHead != null) {
      id = ofHead;
    } else {
      id = keepsId ? LogId.random() : MovesFile.idOrRandom(log, LogFiles.toScan(log.path(), file, file.size()));
    }
    boolean mayHaveLandmarks = isKept && !newest().mark().dirty() && newest().stamp().matches(now)
        && (now.isSettled() || newest().stamp().isSettled());
    if (!mayHaveLandmarks) forgetLandmarks();
    return isKept;
  }

  /** From here on the checkpoint is of this copy of a log. {@code now} is the stamp of the copy. */
  public synchronized void adoptCopy(LogId idOfLog, ReadableFile copy, Stamp now) {
    id = idOfLog;
    content = copy;
    stamp = now;
    forgetLandmarks();
  }

  /**
   * Writes the flag {@code failed} before the first force of a file that is longer than its mark. If that force fails,
   * or the process ends meanwhile, the bytes above the mark may be in memory only, and yet the next open's force
   * succeeds. So the next open must write them again.
   */
  public synchronized void distrust(Framing framing, long end) throws IOException {
    if (end == 0 || believed != null && (believed.failed() || believed.end() >= end)) return;
    write(believed == null ? new Mark(framing, 0, -1, 0, false, true, false, 0, true) : believed.asFailed());
  }

  /** Writes the mark of an unchanged log again, if the stamp is settled now and the stamp on disk is not. */
  public synchronized void refresh() throws IOException {
    boolean hasBetter = stamp.isSettled() && !(newest().stamp().matches(stamp) && newest().stamp().isSettled());
    if (hasBetter) writeSlot(newest().mark(), false, deletedOf(stamp));
  }

  /**
   * How many frames below the newest mark are deleted; -1 if that is not known for a file with that stamp. Only a clean mark tells it:
   * a writer that deletes writes a dirty one first.
   */
  public synchronized long deletedOf(Stamp now) {
    boolean isUnchanged = believed != null && !newest().mark().dirty() && newest().stamp().matches(now)
        && (now.isSettled() || newest().stamp().isSettled());
    return isUnchanged ? newest().deleted() : Slot.UNKNOWN;
  }

  public synchronized void write(Mark mark) throws IOException {
    writeSlot(mark, false, Slot.UNKNOWN);
  }

  /** Writes a mark and makes it durable. */
  public synchronized void writeDurably(Mark mark) throws IOException {
    writeSlot(mark, true, Slot.UNKNOWN);
    file.force();
  }

  /**
   * Writes the mark of a log that is being closed, together with the landmarks below it.
   *
   * @param deleted how many frames below it are deleted; -1 if that is not known
   */
  public synchronized void write(Mark mark, Landmarks landmarks, long deleted) throws IOException {
    if (!file.isWritable()) return;
    stamp = log.stamp();
    ByteBuffer cells = landmarks.cells().toBytes();
    // Writes a slot without a table first, so that no slot names the old table while it is overwritten.
    forgetLandmarks();
    write(mark);
    file.writeTable(cells);
    writeSlot(mark, false, deleted);
  }

  /** From the next mark on the checkpoint has no landmarks, because the log has changed. */
  public synchronized void forgetLandmarks() {
    file.forgetTable();
  }

  /** The landmarks in the checkpoint, all below an older mark. Empty if the table is missing or not whole. */
  public synchronized Landmarks landmarks() throws IOException {
    return file.readTable();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void writeSlot(Mark mark, boolean isForced, long deleted) throws IOException {
    if (!file.isWritable()) return;
    if (endOfFirst == 0 || mark.end() == 0) anchorFirst(mark);
    file.write(new Slot(file.nextSequence(), mark, id, crcOfLast(mark), endOfFirst, crcOfFirst, stamp, file.tableBytes(),
        file.tableCrc(), deleted), isForced);
    isOurs = true;
  }

  /** The checksum of the frame that ends at the mark. Reads the data, unless the newest slot has the checksum. */
  private int crcOfLast(Mark mark) throws IOException {
    if (mark.end() == 0) return 0;
    if (isOurs && newest().endsWith(mark)) return newest().crcOfLast();
    return Anchor.of(mark.framing(), content, mark.last(), mark.end()).crc();
  }

  /** Sets the anchor of the first frame, also before the first force, so that it identifies a killed process's log. */
  private void anchorFirst(Mark mark) throws IOException {
    Anchor first = Anchor.ofFirst(mark.framing(), content, mark.end() == 0 ? content.size() : mark.end());
    endOfFirst = first == null ? 0 : first.end();
    crcOfFirst = first == null ? 0 : first.crc();
  }
}
