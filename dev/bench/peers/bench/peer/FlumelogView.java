package bench.peer;

import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import java.nio.file.Path;

/** flumelog with single records read in place. */
public final class FlumelogView implements Peer {
  @Override
  public Store open(Path folder, Use use) {
    return new Views(OffsetLog.open(tail(folder), LogOptions.defaults()));
  }

  @Override
  public Path tail(Path folder) {
    return folder.resolve("bench.log");
  }

  private record Views(OffsetLog log) implements Store {
    @Override
    public void appendBulk(byte[][] records) {
      for (byte[] record : records) log.append(record);
    }

    @Override
    public int scan(int limit) {
      return (int) log.stream().limit(limit).mapToLong(entry -> Sum.of(entry.data())).sum();
    }

    @Override
    public long[] keys() {
      return log.stream().mapToLong(entry -> entry.offset()).toArray();
    }

    @Override
    public Getter getter() {
      return key -> log.view(key, Sum::of);
    }

    @Override
    public void close() {
      log.close();
    }
  }
}
