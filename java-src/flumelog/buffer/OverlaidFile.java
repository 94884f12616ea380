package flumelog.buffer;

import flumelog.error.DiskFailures;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.file.ReaderFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.locks.StampedLock;

/**
 * A log's file for readers, together with the bytes in the writer's write buffer: all that the log has at the moment. The
 * writer may be at work or may have been killed. Writers may come and go while this is open.
 */
public final class OverlaidFile implements ReadableFile {
  private static final int MOST_LOOKS = 1000;

  private final LogPath log;
  private final ReadableFile file;
  /** Locked for writing while the buffer is exchanged for another one; locked for reading while the buffer is read. */
  private final StampedLock exchanging = new StampedLock();
  /** The buffer, or null while there is none that belongs to the log. */
  private BufferFile buffer;
  /** All bytes below this position were in the log's file when {@link #size} last looked. */
  private volatile long base;
  /** The header of a buffer that does not belong to the log, remembered so that the buffer is checked only once. */
  private BufferFile.Held refused;

  /**
   * @param log where the log is
   * @param file the open file of that log; closed together with this
   */
  public OverlaidFile(LogPath log, ReadableFile file) {
    this.log = log;
    this.file = file;
  }

  /**
   * Opens the file of a log.
   *
   * @param log where it is
   * @return the file
   * @throws IOException if it can't be opened, or does not exist
   */
  public static OverlaidFile openForReading(LogPath log) throws IOException {
    return new OverlaidFile(log, new ReaderFile(log));
  }

  /** Looks for the buffer too. The size includes all that was appended before the call. */
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

  /** Returns null while there is a write buffer, since the mapped file would lack its bytes. */
  @Override
  public synchronized ByteBuffer map(long position, int bytes) throws IOException {
    return buffer == null ? file.map(position, bytes) : null;
  }

  @Override
  public ReadableFile nowUnderItsName() throws IOException {
    ReadableFile now = file.nowUnderItsName();
    return now == file ? this : now;
  }

  @Override
  public void exchangeFor(ReadableFile other) {
    file.exchangeFor(other);
  }

  @Override
  public synchronized void close() throws IOException {
    try (file) {
      replace(null);
    }
  }

  /**
   * Writes the bytes that a killed writer left in its buffer to the log's file, and deletes the buffer. The next writer calls
   * this before it changes anything. Afterwards this reads the log's file alone.
   *
   * @param target the log's file, open for writing
   * @param durable all bytes of the log below this position are on disk in the log's file
   * @return what was done with the buffer
   * @throws IOException if a system call fails; no bytes are lost then
   */
  public synchronized LeftBuffer settle(LogFile target, long durable) throws IOException {
    if (buffer != null) replace(null);
    return LeftBuffer.settle(log, target, durable);
  }

  /** {@return the path of the buffer if it was checked and does not belong to the log; otherwise null} */
  public synchronized String refused() {
    return refused == null || refused.bytes() == 0 ? null : log.pathOf(log.buffer());
  }

  /** Closes the current buffer, which has no valid bytes any more, and looks for another one. Returns null if there is none. */
  private BufferFile.Held exchange() throws IOException {
    if (buffer != null) replace(null);
    LogFolder folder = log.folder();
    String name = log.buffer();
    if (!folder.exists(name)) return null;
    BufferFile found;
    try {
      found = new BufferFile(folder.openForReading(name));
    } catch (NoSuchFileException | FileNotFoundException e) {
      return null; // the writer has just closed the log, which deletes its buffer
    }
    try {
      BufferFile.Held held = found.held();
      if (held == null || held.equals(refused) || !belongs(found, held)) return null;
      replace(found);
      found = null;
      return buffer.held();
    } catch (IOException e) {
      throw DiskFailures.io(folder.path(name), "reading", e); // it may have records in it, so it must not be ignored
    } finally {
      if (found != null) found.close();
    }
  }

  /** Whether the buffer belongs to the log. Checks again if the writer has changed the buffer during the check. */
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
