package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.error.Reason;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The journal of deletions under way, a small file beside the log, so that a crash leaves no record half deleted.
 * Before the first byte of a record is overwritten, the journal says on disk that it will be. When the log is opened, a
 * record of the journal that is partly zeros is made all zeros. A whole record is left as it is: its deletion had not
 * begun, or the log was replaced by an older copy.
 * {@link Intent} shows the format.
 */
public final class Deletions implements Closeable {
  /** The largest number of records in one intent. */
  public static final int MOST_AT_ONCE = 1 << 14;

  /** From this size on the file should be emptied before the next intent. */
  private static final int FULL_BYTES = 1 << 18;

  /**
   * The deletions that opening has finished.
   *
   * @param finished how many records were partly zeros and are all zeros now
   * @param left how many records are as they were
   */
  public record Redone(long finished, long left) {
    public static final Redone NONE = new Redone(0, 0);

    // start-up: not equals, which a record makes at run time with some forty classes.
    boolean isNone() {
      return finished == 0 && left == 0;
    }
  }

  private final LogPath log;
  private final LogFolder folder;
  private final String name;
  private LogId id;
  private LogFile file;
  private long end;
  private long lastWrite;

  /** @param log whose records are deleted */
  public Deletions(LogPath log) {
    this.log = log;
    this.folder = log.folder();
    this.name = log.deletions();
  }

  /**
   * Writes and forces the intents to delete records, at most {@link #MOST_AT_ONCE}.
   *
   * @param write the number of the log's write that will be the deletion
   */
  public synchronized void intend(long write, Blocks blocks, List<Frame> records) throws IOException {
    if (file == null) file = open();
    ByteBuffer intents = Intent.toBytes(id, blocks, records);
    file.append(end, intents);
    file.force();
    end += intents.limit();
    lastWrite = write;
  }

  /** Opens the file. One that can't be opened is replaced: its deletions could not be finished anyway. */
  private LogFile open() throws IOException {
    try {
      return folder.openBeside(name, log.name());
    } catch (IOException e) {
      if (!folder.exists(name)) throw e;
      folder.delete(name);
      return folder.openBeside(name, log.name());
    }
  }

  /**
   * Whether the file is so large that the log should be forced before the next intent, so that the file can be emptied.
   */
  public synchronized boolean isFull() {
    return end >= FULL_BYTES;
  }

  /** Empties the file, if all intended deletions are among the writes of the log that are on disk. */
  public synchronized void done(long writes) throws IOException {
    if (end == 0 || writes < lastWrite) return;
    file.truncate(0);
    end = 0;
  }

  /** Sets the id of the log for later intents. */
  public synchronized void setId(LogId id) {
    this.id = id;
  }

  /**
   * Finishes the deletions that a crash may have left half done. They are on disk when this returns.
   *
   * @param id of the log before it was opened
   * @param inode of the log's file, for intents of earlier versions
   * @param givenUp gets an entry if the file is empty and can't be read, or is of another log
   * @throws LogException {@code FAILED} if the file has intents, or may have some, and can't be read
   */
  public synchronized Redone redo(
      LogId id, long inode, Framing framing, Blocks blocks, LogFile log, List<GivenUp> givenUp) throws IOException {
    if (!folder.exists(name)) return Redone.NONE;
    List<Intent> intents;
    try {
      file = folder.openForWriting(name);
      if (file.size() == 0) return Redone.NONE;
      intents = Intent.read(file, id, inode);
    } catch (IOException e) {
      if (file != null) file.close();
      file = null;
      if (mayHaveIntents()) throw DiskFailures.io(folder.path(name), "reading", e);
      givenUp.add(GivenUp.told(folder.path(name), "it can't be read (" + Reason.of(e) + ")"));
      return Redone.NONE;
    }
    if (intents.isEmpty() && file.size() >= Integer.BYTES) {
      givenUp.add(GivenUp.told(folder.path(name), "no deletion in it is whole and of this log"));
    }
    Redone done = redoIn(intents, framing, blocks);
    log.force();
    file.truncate(0);
    file.force();
    return done;
  }

  /** Whether the file is not empty. If it can't be read, a record could stay half deleted. A folder is no journal of ours. */
  private boolean mayHaveIntents() throws IOException {
    return !folder.isFolder(name) && folder.stamp(name).size() > 0;
  }

  private static Redone redoIn(List<Intent> intents, Framing framing, Blocks blocks) {
    long finished = 0;
    long left = 0;
    for (Intent intent : intents) {
      Frame frame = framing.at(blocks, intent.offset(), blocks.end());
      if (frame != null && framing.isDeleted(blocks, frame)) {
        blocks.zero(frame.data(), frame.length()); // again: they may be in memory only
      } else if (frame != null && intent.isHalfDone(blocks, frame)) {
        blocks.zero(frame.data(), frame.length());
        finished++;
      } else {
        left++;
      }
    }
    return new Redone(finished, left);
  }

  /**
   * Finishes, in a copy of the log, deletions that may have been half done while it was copied.
   *
   * @param copy the bytes of the copy
   * @param log the original, whose records are being deleted
   * @param id of the log
   */
  public static void redoIn(Blocks copy, LogPath log, LogId id, Framing framing) throws IOException {
    if (id == null || !log.folder().exists(log.deletions())) return;
    try (ReadableFile file = log.folder().openForReading(log.deletions())) {
      redoIn(Intent.read(file, id, 0), framing, copy);
    }
  }

  /** Whether the journal of the log with this id has an intent to delete the record at the offset. */
  static boolean isIntended(LogPath log, LogId id, long offset) throws IOException {
    if (id == null || !log.folder().exists(log.deletions())) return false;
    try (ReadableFile file = log.folder().openForReading(log.deletions())) {
      return Intent.read(file, id, 0).stream().anyMatch(intent -> intent.offset() == offset);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (file != null) file.close();
  }
}
