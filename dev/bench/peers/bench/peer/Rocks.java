package bench.peer;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicLong;
import org.rocksdb.CompressionType;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB with its write-ahead log, uncompressed. The keys are numbers from 0 on, with 1,000 in a batch. */
public final class Rocks implements Peer {
  private static final int BATCH = 1000;

  @Override
  public Store open(Path folder, Use use) throws RocksDBException {
    RocksDB.loadLibrary();
    Options options = new Options().setCreateIfMissing(true).setCompressionType(CompressionType.NO_COMPRESSION);
    return new Database(RocksDB.open(options, folder.toString()), use == Use.FORCED);
  }

  /** The write-ahead log. */
  @Override
  public Path tail(Path folder) {
    File[] logs = folder.toFile().listFiles((in, name) -> name.endsWith(".log"));
    return Arrays.stream(logs).max(Comparator.comparing(File::getName)).orElseThrow().toPath();
  }

  private static byte[] key(long number) {
    return ByteBuffer.allocate(8).putLong(number).array();
  }

  private static final class Database implements Store {
    private final RocksDB db;
    private final WriteOptions writing;
    private final AtomicLong next = new AtomicLong();

    Database(RocksDB db, boolean forced) {
      this.db = db;
      this.writing = new WriteOptions().setSync(forced);
      try (RocksIterator last = db.newIterator()) {
        last.seekToLast();
        if (last.isValid()) next.set(ByteBuffer.wrap(last.key()).getLong() + 1);
      }
    }

    @Override
    public void appendBulk(byte[][] records) throws RocksDBException {
      for (int i = 0; i < records.length; i += BATCH) {
        try (WriteBatch batch = new WriteBatch()) {
          for (int j = i; j < Math.min(i + BATCH, records.length); j++) batch.put(key(next.getAndIncrement()), records[j]);
          db.write(writing, batch);
        }
      }
    }

    @Override
    public void appendEach(byte[][] records) throws RocksDBException {
      for (byte[] record : records) appendForced(record);
    }

    @Override
    public void appendForced(byte[] record) throws RocksDBException {
      db.put(writing, key(next.getAndIncrement()), record);
    }

    @Override
    public int scan(int limit) {
      int sum = 0;
      try (RocksIterator at = db.newIterator()) {
        at.seekToFirst();
        for (int i = 0; i < limit && at.isValid(); i++, at.next()) sum += Sum.of(at.value());
      }
      return sum;
    }

    @Override
    public int reverse(int limit) {
      int sum = 0;
      try (RocksIterator at = db.newIterator()) {
        at.seekToLast();
        for (int i = 0; i < limit && at.isValid(); i++, at.prev()) sum += Sum.of(at.value());
      }
      return sum;
    }

    @Override
    public long[] keys() {
      long[] keys = new long[(int) next.get()];
      Arrays.setAll(keys, i -> i);
      return keys;
    }

    @Override
    public Getter getter() {
      return number -> Sum.of(db.get(key(number)));
    }

    @Override
    public void close() {
      writing.close();
      db.close();
    }
  }
}
