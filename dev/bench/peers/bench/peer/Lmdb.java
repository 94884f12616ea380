package bench.peer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.PutFlags;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/** LMDB. The keys are numbers from 0 on, appended in order, with 1,000 in a transaction. */
public final class Lmdb implements Peer {
  private static final long MAP_BYTES = 16L << 30;
  private static final int BATCH = 1000;

  @Override
  public Store open(Path folder, Use use) {
    EnvFlags[] flags = use == Use.FORCED ? new EnvFlags[0] : new EnvFlags[] {EnvFlags.MDB_NOSYNC};
    Env<ByteBuffer> env = Env.create().setMapSize(MAP_BYTES).setMaxDbs(1).open(folder.toFile(), flags);
    return new Database(env, env.openDbi("log", DbiFlags.MDB_CREATE));
  }

  private static final class Database implements Store {
    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> dbi;
    private final ByteBuffer key = ByteBuffer.allocateDirect(8);
    private final ByteBuffer value = ByteBuffer.allocateDirect(1 << 16);
    private long next;

    Database(Env<ByteBuffer> env, Dbi<ByteBuffer> dbi) {
      this.env = env;
      this.dbi = dbi;
      try (Txn<ByteBuffer> txn = env.txnRead(); Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
        next = cursor.seek(SeekOp.MDB_LAST) ? cursor.key().getLong(0) + 1 : 0;
      }
    }

    @Override
    public void appendBulk(byte[][] records) {
      for (int i = 0; i < records.length; i += BATCH) {
        try (Txn<ByteBuffer> txn = env.txnWrite(); Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
          for (int j = i; j < Math.min(i + BATCH, records.length); j++) put(cursor, records[j]);
          cursor.close();   // must be closed before its transaction
          txn.commit();
        }
      }
    }

    private void put(Cursor<ByteBuffer> cursor, byte[] record) {
      cursor.put(key.putLong(0, next++), value.clear().put(record).flip(), PutFlags.MDB_APPEND);
    }

    @Override
    public synchronized void appendForced(byte[] record) {
      appendBulk(new byte[][] {record});
    }

    @Override
    public int scan(int limit) {
      int sum = 0;
      try (Txn<ByteBuffer> txn = env.txnRead(); Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
        boolean there = cursor.seek(SeekOp.MDB_FIRST);
        for (int i = 0; i < limit && there; i++, there = cursor.next()) sum += Sum.of(cursor.val());
      }
      return sum;
    }

    @Override
    public int reverse(int limit) {
      int sum = 0;
      try (Txn<ByteBuffer> txn = env.txnRead(); Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
        boolean there = cursor.seek(SeekOp.MDB_LAST);
        for (int i = 0; i < limit && there; i++, there = cursor.prev()) sum += Sum.of(cursor.val());
      }
      return sum;
    }

    @Override
    public long[] keys() {
      long[] keys = new long[(int) next];
      Arrays.setAll(keys, i -> i);
      return keys;
    }

    @Override
    public Getter getter() {
      Txn<ByteBuffer> txn = env.txnRead();
      ByteBuffer wanted = ByteBuffer.allocateDirect(8);
      return new Getter() {
        @Override
        public int get(long number) {
          return Sum.of(dbi.get(txn, wanted.putLong(0, number)));
        }

        @Override
        public void close() {
          txn.close();
        }
      };
    }

    @Override
    public void close() {
      env.close();
    }
  }
}
