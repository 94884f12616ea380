package flumelog.recovery;

import flumelog.block.BlockStore;
import flumelog.block.Blocks;
import flumelog.block.ClockCache;
import flumelog.error.DiskFailures;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.file.WriterLock;
import flumelog.protect.GivenSeal;
import flumelog.protect.HeadRecord;
import flumelog.protect.Protected;
import java.io.IOException;
import java.util.Map;

/** The open file of a log, with its open side files. {@link Opening} makes them. */
public final class LogFiles implements AutoCloseable {
  private static final int SCAN_BLOCK_BYTES = 1 << 16;

  private final LogPath log;
  private final String path;
  private final ReadableFile file;
  // Null if the log is opened for reading.
  private final LogFile appending;
  private final WriterLock lock;
  private final Checkpoint checkpoint;
  private final Deletions deletions;
  private final Opening opening;

  /** The files of a log that is opened for reading. */
  LogFiles(Opening opening, ReadableFile file) {
    this(opening, file, null);
  }

  /** @param appending the file of the log, with the layers through which appends go */
  LogFiles(Opening opening, LogFile appending) {
    this(opening, appending, appending);
  }

  private LogFiles(Opening opening, ReadableFile file, LogFile appending) {
    this.log = opening.log;
    this.path = opening.path;
    this.file = file;
    this.appending = appending;
    this.lock = opening.lock;
    this.checkpoint = opening.checkpoint;
    this.deletions = opening.deletions;
    this.opening = opening;
  }

  /** Opens a log for reading or writing, as the request says. */
  public static LogFiles open(LogPath log, OpenRequest request) {
    try {
      return request.writable() ? new Opening(log, request).toWrite() : SecondLook.open(log, request);
    } catch (IOException e) {
      throw log.cannotOpen(e);
    }
  }

  /** The blocks of an open log. They can be written if the log is open for writing. */
  public Blocks blocks(int blockBytes, BlockStore cache) {
    return appending == null ? Blocks.toRead(path, file, blockBytes, cache, found().end())
        : new Blocks(path, appending, blockBytes, cache, found().end());
  }

  /** Blocks for reading a file once from start to end. They have a small cache of their own. */
  public static Blocks toScan(String path, ReadableFile file, long size) {
    return Blocks.toRead(path, file, SCAN_BLOCK_BYTES, new ClockCache(4L * SCAN_BLOCK_BYTES), size);
  }

  /** Blocks for reading a file once from start to end, and for overwriting bytes in it. */
  public static Blocks toMend(String path, LogFile file, long size) {
    return new Blocks(path, file, SCAN_BLOCK_BYTES, new ClockCache(4L * SCAN_BLOCK_BYTES), size);
  }

  public LogPath log() {
    return log;
  }

  /** The path of the log, for messages. */
  public String path() {
    return path;
  }

  /** The file of the log, for reading. */
  public ReadableFile file() {
    return file;
  }

  /** The file of the log, with the layers through which appends go; null if the log is opened for reading. */
  public LogFile appending() {
    return appending;
  }

  /** The checkpoint; an empty one if the log is opened for reading and has none. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** Null if the log is opened for reading. */
  public Deletions deletions() {
    return deletions;
  }

  /** The result of inspecting the file. */
  public Recovery found() {
    return opening.found;
  }

  /** The protection of the log; null if it has none. */
  public Protected protection() {
    return opening.protection;
  }

  /** The protection by which records are read; null if the log has none, or if its bytes are to be read as they are. */
  public Protected protectionOfRecords() {
    return isRaw() ? null : opening.protection;
  }

  /** Whether the bytes of a protected log are read as they are. */
  public boolean isRaw() {
    return OpenRequest.NONE.equals(opening.request.protect());
  }

  /**
   * For a reader of a file that was empty when it was opened: takes the protection from the head, if it has one now.
   *
   * @return false while a part of the head is missing
   */
  public boolean learnProtection(Blocks grown) {
    if (!HeadRecord.isAtStartOf(grown)) {
      opening.request.checkProtection(path, null);
      return true;
    }
    Protected by = Protected.atStartOf(grown, path, opening.request.key(), seal());
    if (by == null) return false;
    if (by.envelope() == null && opening.request.isRawReader()) return true;
    opening.request.checkProtection(path, by);
    if (by.envelope() == null) throw by.unusable(path);
    if (by.framing().equals(found().framing())) opening.protection = by;
    return true;
  }

  /** The tree of a sealed log that is open for writing; null for any other. */
  public LogTree treeToWrite() {
    return appending == null ? null : opening.tree;
  }

  /** The tree of the frames in these blocks of a sealed log that is open for reading. */
  public LogTree treeOf(Blocks blocks) throws IOException {
    opening.tree = LogTree.grown(opening.tree, log, protection(), blocks, found(), FrameLeaves.now(path(), file()));
    return opening.tree;
  }

  /** How the log is sealed, and what of its seals is checked. */
  public GivenSeal seal() {
    return opening.request.seal();
  }

  /** The start of the last record; -1 if there is none. */
  public long lastRecord() {
    return isRaw() ? found().last() : found().lastRecord();
  }

  /** Whether a note says that the record at the offset is to be deleted, and its deletion may not be finished. */
  public boolean isNoted(long offset) {
    if (found().proved() == null) return false;
    for (long noted : found().proved().noted()) {
      if (noted == offset) return true;
    }
    return false;
  }

  /** The mark of the log as it was found, when all of it is on disk. */
  public Mark mark() {
    return opening.mark();
  }

  /** Whether the landmarks in the checkpoint are those of the file. */
  public boolean hasLandmarks() {
    return opening.hasLandmarks;
  }

  /** How many frames were deleted, or were no records, when the log was opened for writing; -1 if that is not known. */
  public long deleted() {
    return opening.deleted;
  }

  /** The id of the log, which no other log has. */
  public LogId id() {
    if (protection() != null) return LogId.of(protection().head());
    if (checkpoint.id() == null) checkpoint.findId(toScan(path, file, found().end()));
    return checkpoint.id();
  }

  /** The report of what opening found and did, as facts by name. */
  public Map<String, Object> report() {
    return OpeningReport.of(opening);
  }

  /** The error for a damaged log. Opening for writing throws it; a reader sees the records before the damage. */
  public LogException corrupt() {
    return corrupt(path, found());
  }

  static LogException corrupt(String path, Recovery found) {
    Recovery.Rest rest = found.rest();
    return found.proved() == null
        ? FormatFailures.corruptMiddle(path, found.end(), found.size(), found.durableEnd(), rest.nextGood(), rest.damage())
        : FormatFailures.corruptMiddle(path, found.end(), found.size(), found.durableEnd(), rest.nextGood(), rest.damage(), found.proved().why());
  }

  /** Closes all files, even if closing one of them fails. */
  @Override
  public void close() {
    LogTree tree = opening.tree;
    try (lock; file; checkpoint; deletions; tree) {
      // The last resource is closed first, and the lock last: no other writer may start before the file is closed.
    } catch (IOException e) {
      throw DiskFailures.io(path, "closing", e);
    } finally {
      if (protection() != null) protection().close();
    }
  }
}
