package flumelog.buffer;

import flumelog.error.DiskFailures;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.ReaderFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.locks.StampedLock;

/**
 * A log's file, and over it what its writer has in a write buffer: what the log holds as of now, for those who only read.
 * The writer may be at work, have been killed, come, or go.
 */
public final class OverlaidFile implements LogFile {
  private static final int MOST_LOOKS = 1000;

  private final LogPath log;
  private final LogFile file;
  /** Held for writing while the buffer is exchanged for another one. */
  private final StampedLock exchanging = new StampedLock();
  /** The buffer, or null while there is none that belongs to the log. */
  private BufferFile buffer;
  /** Everything below was in the log's file when that was last looked at. */
  private volatile long base;
  /** What did not belong to the log, so that it is looked at once. */
  private BufferFile.Held refused;

  /**
   * @param log where the log is
   * @param file the same, open; closed together with this
   */
  public OverlaidFile(LogPath log, LogFile file) {
    this.log = log;
    this.file = file;
  }

  /**
   * Opens the file of a log.
   *
   * @param log where it is
   * @return the file
   * @throws IOException also when there is no such file
   */
  public static OverlaidFile openForReading(LogPath log) throws IOException {
    return new OverlaidFile(log, new ReaderFile(log));
  }

  /** Looks for the buffer too: what is appended before the call is counted. */
  @Override
  public synchronized long size() throws IOException {
    BufferFile.Held held = buffer == null ? null : buffer.held();
    if (held == null) held = exchange();
    if (held == null) return file.size();
    base = held.base();
    return Math.max(held.end(), file.size());
  }

  @Override
  public int readAt(long position, ByteBuffer into) throws IOException {
    if (position + into.remaining() <= base) return file.readAt(position, into);
    long stamp = exchanging.readLock();
    try {
      return buffer == null ? file.readAt(position, into) : buffer.readOver(file, position, into);
    } finally {
      exchanging.unlockRead(stamp);
    }
  }

  /** Not where a writer holds something back. */
  @Override
  public synchronized ByteBuffer map(long position, int bytes) throws IOException {
    return buffer == null ? file.map(position, bytes) : null;
  }

  @Override
  public LogFile nowUnderItsName() throws IOException {
    LogFile now = file.nowUnderItsName();
    return now == file ? this : now;
  }

  @Override
  public void exchangeFor(LogFile other) {
    file.exchangeFor(other);
  }

  @Override
  public void append(long end, ByteBuffer bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void overwrite(long position, ByteBuffer bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void truncate(long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void force() {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized void close() throws IOException {
    try (file) {
      replace(null);
    }
  }

  /**
   * Puts into the log's file what a killed writer has left in its buffer, which is gone then: for the next writer, before
   * it changes anything. From here on the log's file is all there is.
   *
   * @param durable everything below is on disk in the log's file
   * @return what became of the buffer
   * @throws IOException when the system says no; nothing is lost then
   */
  public synchronized LeftBuffer settle(long durable) throws IOException {
    if (buffer != null) replace(null);
    return LeftBuffer.settle(log, file, durable);
  }

  /** {@return the path of a buffer that was looked at last and does not belong to the log; null where there is none} */
  public synchronized String refused() {
    return refused == null || refused.bytes() == 0 ? null : log.pathOf(log.buffer());
  }

  /** Lets go of a buffer that holds nothing any more, and looks for the next one. */
  private BufferFile.Held exchange() throws IOException {
    if (buffer != null) replace(null);
    LogFolder folder = log.folder();
    String name = log.buffer();
    if (!folder.exists(name)) return null;
    BufferFile found;
    try {
      found = new BufferFile(folder.openForReading(name));
    } catch (NoSuchFileException | FileNotFoundException e) {
      return null; // its writer has closed the log at this moment
    }
    try {
      BufferFile.Held held = found.held();
      if (held == null || held.equals(refused) || !belongs(found, held)) return null;
      replace(found);
      found = null;
      return buffer.held();
    } catch (IOException e) {
      throw DiskFailures.io(folder.path(name), "reading", e); // it may hold records, so it can't be passed over
    } finally {
      if (found != null) found.close();
    }
  }

  /** Looks again where its writer is at work and has handed over what it held meanwhile. */
  private boolean belongs(BufferFile found, BufferFile.Held first) throws IOException {
    BufferFile.Held held = first;
    for (int i = 0; i < MOST_LOOKS; i++) {
      if (found.belongsTo(file, held, log)) return true;
      BufferFile.Held now = found.held();
      if (now == null) return false;
      if (now.equals(held)) {
        refused = held;
        return false;
      }
      held = now;
    }
    return false;
  }

  private void replace(BufferFile other) throws IOException {
    BufferFile before = buffer;
    long stamp = exchanging.writeLock();
    buffer = other;
    exchanging.unlockWrite(stamp);
    if (before != null) before.close();
  }
}
