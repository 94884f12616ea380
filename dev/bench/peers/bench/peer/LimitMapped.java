package bench.peer;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/** {@link Limit} with the log itself mapped: appends write to the mapping, and reads use it without a copy. */
public final class LimitMapped extends Limit {
  private static final int MAPPED_BYTES = 64 << 20;

  @Override
  public Store open(Path folder, Use use) throws IOException {
    return new Frames(folder, open(tail(folder))) {
      @Override
      public void appendEach(byte[][] records) throws IOException {
        MappedByteBuffer map = file.map(MapMode.READ_WRITE, end, MAPPED_BYTES);
        for (byte[] record : records) {
          if (map.remaining() < record.length + OVERHEAD) map = file.map(MapMode.READ_WRITE, end, MAPPED_BYTES);
          frame(map, record, end);
          end += record.length + OVERHEAD;
        }
        file.truncate(end);
      }

      @Override
      public Getter getter() throws IOException {
        Mapped map = map();
        return key -> {
          MappedByteBuffer part = map.part(key);
          return Sum.of(part, Mapped.index(key) + 4, part.getInt(Mapped.index(key)));
        };
      }
    };
  }
}
