package bench.peer;

import java.nio.file.Path;
import java.util.Arrays;

/** The payload itself, in memory. Its sums are those that all other peers must give. */
public final class Memory implements Peer {
  private final byte[][] records;

  public Memory(byte[][] records) {
    this.records = records;
  }

  @Override
  public Store open(Path folder, Use use) {
    return new Store() {
      @Override
      public int scan(int limit) {
        return Sum.ofAll(Arrays.copyOf(records, Math.min(limit, records.length)));
      }

      @Override
      public int reverse(int limit) {
        return Sum.ofAll(Arrays.copyOfRange(records, Math.max(0, records.length - limit), records.length));
      }

      @Override
      public long[] keys() {
        long[] keys = new long[records.length];
        Arrays.setAll(keys, i -> i);
        return keys;
      }

      @Override
      public Getter getter() {
        return key -> Sum.of(records[(int) key]);
      }

      @Override
      public void close() {}
    };
  }
}
