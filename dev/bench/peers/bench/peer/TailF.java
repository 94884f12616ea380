package bench.peer;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A file of frames to which a process writes each record by a call, and {@code tail -f}, which the system wakes. */
public final class TailF extends Limit {
  private static final int AFTER = OVERHEAD - 4;

  @Override
  public Store open(Path folder, Use use) throws IOException {
    return new Frames(folder, open(tail(folder))) {
      private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

      @Override
      public void append(byte[] record) throws IOException {
        frame(buffer, record, end);
        write(buffer);
      }

      @Override
      public Follower follower() throws IOException {
        Process tail = new ProcessBuilder("tail", "-c", "+1", "-f", tail(folder).toString()).start();
        DataInputStream in = new DataInputStream(new BufferedInputStream(tail.getInputStream()));
        return new Follower() {
          @Override
          public byte[] next() throws IOException {
            byte[] record = in.readNBytes(in.readInt());
            in.skipNBytes(AFTER);
            return record;
          }

          @Override
          public void close() {
            tail.destroyForcibly();
          }
        };
      }
    };
  }
}
