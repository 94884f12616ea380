package flumelog.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/** The file of a log that is only read. While it is open, it can be exchanged for another file that has the same log in it. */
public final class ReaderFile implements ReadableFile {
  private final LogPath log;
  private final List<ReadableFile> before = new ArrayList<>();
  private volatile ReadableFile file;

  public ReaderFile(LogPath log) throws IOException {
    this.log = log;
    this.file = log.folder().openForReading(log.name());
  }

  @Override
  public ReadableFile nowUnderItsName() throws IOException {
    if (file.hasItsName()) return this;
    try {
      return log.folder().openForReading(log.name());
    } catch (NoSuchFileException | FileNotFoundException e) {
      return null;
    }
  }

  /** Reads that are going on still use the previous file, so it stays open. */
  @Override
  public synchronized void exchangeFor(ReadableFile other) {
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
  public synchronized void close() throws IOException {
    try {
      file.close();
    } finally {
      for (ReadableFile other : before) other.close();
    }
  }
}
