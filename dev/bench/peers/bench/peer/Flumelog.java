package bench.peer;

import flumelog.log.Cursor;
import flumelog.log.LiveCursor;
import flumelog.log.LiveOptions;
import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** flumelog through its Java API. */
public final class Flumelog implements Peer {
  private static final int BATCH = 1000;

  @Override
  public Store open(Path folder, Use use) {
    return open(tail(folder), use, Map.of());
  }

  static Store open(Path path, Use use, Map<String, ?> more) {
    Map<String, Object> options = new HashMap<>(more);
    if (use == Use.FOLLOW) options.put(":mode", ":read");
    else options.put(":sync", use == Use.FORCED ? ":each" : ":none");
    return new Log(OffsetLog.open(path, LogOptions.of(options)));
  }

  @Override
  public Path tail(Path folder) {
    return folder.resolve("bench.log");
  }

  private record Log(OffsetLog log) implements Store {
    @Override
    public void appendBulk(byte[][] records) {
      List<byte[]> all = Arrays.asList(records);
      for (int i = 0; i < records.length; i += BATCH) {
        log.appendAll(all.subList(i, Math.min(i + BATCH, records.length)));
      }
    }

    @Override
    public void appendEach(byte[][] records) {
      for (byte[] record : records) log.append(record);
    }

    @Override
    public void appendForced(byte[] record) {
      log.append(record);
    }

    @Override
    public int scan(int limit) {
      int sum = 0;
      Cursor cursor = log.cursor();
      for (int i = 0; i < limit && cursor.next(); i++) sum += Sum.of(cursor.view());
      return sum;
    }

    @Override
    public int reverse(int limit) {
      int sum = 0;
      Cursor cursor = log.cursor().seek(Long.MAX_VALUE);
      for (int i = 0; i < limit && cursor.prev(); i++) sum += Sum.of(cursor.view());
      return sum;
    }

    @Override
    public long[] keys() {
      long[] keys = new long[1 << 10];
      int n = 0;
      for (Cursor cursor = log.cursor(); cursor.next(); ) {
        if (n == keys.length) keys = Arrays.copyOf(keys, 2 * n);
        keys[n++] = cursor.offset();
      }
      return Arrays.copyOf(keys, n);
    }

    @Override
    public Follower follower() {
      LiveCursor cursor = new LiveCursor(log, LiveOptions.all());
      return () -> {
        cursor.next();
        return cursor.data();
      };
    }

    @Override
    public Getter getter() {
      return new Getter() {
        @Override
        public int get(long offset) {
          return Sum.of(log.get(offset));
        }
      };
    }

    @Override
    public void close() {
      log.close();
    }
  }
}
