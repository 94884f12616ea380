package bench.peer;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;

/** H2's MVStore. The keys are numbers from 0 on. It buffers records that are not committed. */
public final class MvStore implements Peer {
  @Override
  public Store open(Path folder, Use use) {
    MVStore store = new MVStore.Builder().fileName(tail(folder).toString()).open();
    return new Map(store, store.openMap("log",
        new MVMap.Builder<Long, byte[]>().keyType(LongDataType.INSTANCE).valueType(ByteArrayDataType.INSTANCE)));
  }

  @Override
  public Path tail(Path folder) {
    return folder.resolve("bench.mv");
  }

  private record Map(MVStore store, MVMap<Long, byte[]> map) implements Store {
    @Override
    public void appendBulk(byte[][] records) {
      long next = next();
      for (byte[] record : records) map.append(next++, record);
      store.commit();
    }

    private long next() {
      Long last = map.lastKey();
      return last == null ? 0 : last + 1;
    }

    @Override
    public void appendForced(byte[] record) {
      synchronized (this) {
        map.append(next(), record);
      }
      store.commit();
      store.sync();
    }

    @Override
    public int scan(int limit) {
      return sum(map.cursor(null), limit);
    }

    @Override
    public int reverse(int limit) {
      return sum(map.cursor(null, null, true), limit);
    }

    private static int sum(Cursor<Long, byte[]> at, int limit) {
      int sum = 0;
      for (int i = 0; i < limit && at.hasNext(); i++) {
        at.next();
        sum += Sum.of(at.getValue());
      }
      return sum;
    }

    @Override
    public long[] keys() {
      long[] keys = new long[map.size()];
      Iterator<Long> at = map.keyIterator(null);
      Arrays.setAll(keys, i -> at.next());
      return keys;
    }

    @Override
    public Getter getter() {
      return number -> Sum.of(map.get(number));
    }

    @Override
    public void close() {
      store.close(0);
    }
  }
}
