package flumelog.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/** The file of a log that is only read. While it is open, it can be exchanged for another file that has the same log in it. */
public final class ReaderFile implements LogFile {
  private final LogPath log;
  private final List<LogFile> before = new ArrayList<>();
  private volatile LogFile file;

  public ReaderFile(LogPath log) throws IOException {
    this.log = log;
    this.file = log.folder().openForReading(log.name());
  }

  @Override
  public LogFile nowUnderItsName() throws IOException {
    if (file.hasItsName()) return this;
    try {
      return log.folder().openForReading(log.name());
    } catch (NoSuchFileException | FileNotFoundException e) {
      return null;
    }
  }

  /** Reads that are going on still use the previous file, so it stays open. */
  @Override
  public synchronized void exchangeFor(LogFile other) {
    before.add(file);
    file = other;
  }

  @Override
  public int readAt(long position, ByteBuffer into) throws IOException {
    return file.readAt(position, into);
  }

  @Override
  public ByteBuffer map(long position, int bytes) throws IOException {
    return file.map(position, bytes);
  }

  @Override
  public long size() throws IOException {
    return file.size();
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
    try {
      file.close();
    } finally {
      for (LogFile other : before) other.close();
    }
  }
}
