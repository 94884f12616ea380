package bench.peer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A bound of the speed: flumelog's frames, without anything that makes a log safe. Bulk appends write frames into a
 * direct buffer of 256 KiB. For single appends that buffer is a mapped side file. Scans walk blocks of 1 MiB in place.
 * A get copies out of a mapping. Forced appends go into room of zeros, with one force for all waiting threads.
 */
public class Limit implements Peer {
  static final int BUFFER_BYTES = 256 << 10;
  static final int OVERHEAD = 16;

  @Override
  public Store open(Path folder, Use use) throws IOException {
    return new Frames(folder, open(tail(folder)));
  }

  @Override
  public Path tail(Path folder) {
    return folder.resolve("bench.log");
  }

  static FileChannel open(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
  }

  static void frame(ByteBuffer into, byte[] data, long start) {
    into.putInt(data.length).put(data).putInt(data.length).putLong(start + OVERHEAD + data.length);
  }

  /** The store. The other limits override the methods that they do in another way. */
  static class Frames implements Store {
    final Path folder;
    final FileChannel file;
    long end;

    Frames(Path folder, FileChannel file) throws IOException {
      this.folder = folder;
      this.file = file;
      this.end = lastWholeEnd();
    }

    /**
     * Opening a cleanly closed log needs one small read of the tail. After a crash, the end of the last frame is
     * searched.
     */
    private long lastWholeEnd() throws IOException {
      long size = file.size();
      if (size == 0) return 0;
      int length = (int) Math.min(size, 1 << 17);
      ByteBuffer tail = ByteBuffer.allocate(length);
      file.read(tail, size - length);
      for (int at = length; at >= 8; at--) {
        long position = size - length + at;
        if (tail.getLong(at - 8) == position) return position;
      }
      return 0;
    }

    @Override
    public void appendBulk(byte[][] records) throws IOException {
      append(records, ByteBuffer.allocateDirect(BUFFER_BYTES));
    }

    @Override
    public void appendEach(byte[][] records) throws IOException {
      try (FileChannel side = open(folder.resolve("bench.side"))) {
        append(records, side.map(MapMode.READ_WRITE, 0, BUFFER_BYTES));
      }
    }

    private void append(byte[][] records, ByteBuffer buffer) throws IOException {
      for (byte[] record : records) {
        if (buffer.remaining() < record.length + OVERHEAD) write(buffer);
        frame(buffer, record, end + buffer.position());
      }
      write(buffer);
    }

    final void write(ByteBuffer buffer) throws IOException {
      buffer.flip();
      while (buffer.hasRemaining()) end += file.write(buffer, end);
      buffer.clear();
    }

    private Forcing forcing;

    @Override
    public void appendForced(byte[] record) throws IOException {
      Forcing to;
      synchronized (this) {
        if (forcing == null) forcing = new Forcing(file, isPreallocated());
        to = forcing;
      }
      to.append(record);
    }

    boolean isPreallocated() {
      return true;
    }

    @Override
    public int scan(int limit) throws IOException {
      return Walking.forward(file, end, limit);
    }

    @Override
    public int reverse(int limit) throws IOException {
      return Walking.backward(file, end, limit);
    }

    private Mapped map;

    final synchronized Mapped map() throws IOException {
      if (map == null) map = new Mapped(file, end);
      return map;
    }

    @Override
    public long[] keys() throws IOException {
      return map().starts();
    }

    @Override
    public Getter getter() throws IOException {
      Mapped map = map();
      return new Getter() {
        @Override
        public int get(long key) throws IOException {
          MappedByteBuffer part = map.part(key);
          int at = Mapped.index(key);
          byte[] data = new byte[part.getInt(at)];
          part.get(at + 4, data);
          return Sum.of(data);
        }
      };
    }

    @Override
    public void close() throws IOException {
      if (forcing != null) forcing.close();
      file.close();
    }
  }
}
