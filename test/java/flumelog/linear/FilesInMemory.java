package flumelog.linear;

import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.WriterLock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A folder in memory, for a log that lives as long as one short scenario. Its files take no locks, so that they don't
 * put in order what the log should have put in order; like a real one, a file that was closed says so to those who read.
 */
final class FilesInMemory implements LogFolder {
  private static final int CAPACITY = 1 << 13;

  private static final class MemoryFile implements LogFile {
    private final byte[] bytes = new byte[CAPACITY];
    private volatile int size;
    private volatile boolean closed;

    @Override
    public int readAt(long position, ByteBuffer into) throws IOException {
      checkOpen();
      int n = (int) Math.max(0, Math.min(into.remaining(), size - position));
      into.put(bytes, (int) position, n);
      return n;
    }

    @Override
    public void append(long end, ByteBuffer from) throws IOException {
      overwrite(end, from);
    }

    @Override
    public void overwrite(long position, ByteBuffer from) throws IOException {
      checkOpen();
      int n = from.remaining();
      from.get(bytes, (int) position, n);
      size = Math.max(size, (int) position + n);
    }

    @Override
    public void truncate(long newSize) {
      size = (int) newSize;
    }

    @Override
    public void force() throws IOException {
      checkOpen();
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void close() {
      closed = true;
    }

    private void checkOpen() throws IOException {
      if (closed) throw new java.nio.channels.ClosedChannelException();
    }
  }

  private final Map<String, MemoryFile> files = new ConcurrentHashMap<>();

  @Override
  public LogFile openForReading(String name) throws IOException {
    if (exists(name)) return files.get(name);
    throw new java.io.FileNotFoundException(name);
  }

  @Override
  public LogFile openForWriting(String name) {
    files.putIfAbsent(name, new MemoryFile());
    return files.get(name);
  }

  @Override
  public boolean exists(String name) {
    return files.containsKey(name);
  }

  @Override
  public void rename(String from, String to) {
    files.put(to, files.remove(from));
  }

  @Override
  public long identity(String name) {
    return name.hashCode();
  }

  @Override
  public long boot() {
    return 1;
  }

  @Override
  public WriterLock lock(String name, LogFile file) {
    return new WriterLock() {
      @Override
      public void confirm() {}

      @Override
      public void close() {}
    };
  }

  @Override
  public String path(String name) {
    return name;
  }
}
