package bench.peer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** {@link Limit} with system calls: one write for each record, one read for each get, and forces of a growing file. */
public final class LimitPlain extends Limit {
  @Override
  public Store open(Path folder, Use use) throws IOException {
    return new Frames(folder, open(tail(folder))) {
      @Override
      public void appendEach(byte[][] records) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        for (byte[] record : records) {
          frame(buffer, record, end);
          write(buffer);
        }
      }

      @Override
      boolean isPreallocated() {
        return false;
      }

      @Override
      public Getter getter() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 11);
        return key -> get(file, buffer, key);
      }
    };
  }

  /** The size of one read, in which most records are whole. */
  private static int get(FileChannel file, ByteBuffer buffer, long key) throws IOException {
    file.read(buffer.clear(), key);
    byte[] data = new byte[buffer.getInt(0)];
    buffer.get(4, data);
    return Sum.of(data);
  }
}
