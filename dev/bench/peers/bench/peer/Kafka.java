package bench.peer;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.checkpoint.LeaderEpochCheckpointFile;
import org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache;
import org.apache.kafka.storage.internals.log.FetchDataInfo;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;

/**
 * A segment of Kafka's log without the broker around it. Bulk appends are batches of 16 KiB, as producers make them.
 * As the broker does, it leaves a mark when it is closed, and recovers the segment if there is no mark.
 */
public final class Kafka implements Peer {
  private static final int BATCH_BYTES = 16 << 10;
  private static final int READ_BYTES = 1 << 20;
  private static final String CLEAN = ".kafka_cleanshutdown";

  @Override
  public Store open(Path folder, Use use) throws IOException {
    File dir = folder.toFile();
    boolean exists = Files.exists(tail(folder));
    boolean clean = !exists || Files.exists(folder.resolve(CLEAN));
    LogConfig config = new LogConfig(Map.of("segment.bytes", Integer.MAX_VALUE));
    LogSegment segment = LogSegment.open(dir, 0, config, Time.SYSTEM, exists, 0, false, "");
    if (!clean) recover(segment, dir);
    if (use != Use.READ) {
      segment.resizeIndexes(config.maxIndexSize);      // space for appends, as the broker reserves in its last segment
      Files.deleteIfExists(folder.resolve(CLEAN));
    }
    return new Segment(folder, segment, use != Use.READ || !clean);
  }

  @Override
  public Path tail(Path folder) {
    return folder.resolve("00000000000000000000.log");
  }

  private static void recover(LogSegment segment, File dir) throws IOException {
    TopicPartition partition = new TopicPartition("bench", 0);
    LeaderEpochCheckpointFile checkpoint = new LeaderEpochCheckpointFile(new File(dir, "leader-epoch-checkpoint"), new LogDirFailureChannel(1));
    segment.recover(
        new ProducerStateManager(partition, dir, 900_000, new ProducerStateManagerConfig(86_400_000, false), Time.SYSTEM),
        new LeaderEpochFileCache(partition, checkpoint, new KafkaScheduler(1)));
  }

  private static final class Segment implements Store {
    private final Path folder;
    private final LogSegment segment;
    private final boolean writes;
    private final ByteBuffer batch = ByteBuffer.allocate(1 << 21);
    private long next;

    Segment(Path folder, LogSegment segment, boolean writes) throws IOException {
      this.folder = folder;
      this.segment = segment;
      this.writes = writes;
      this.next = segment.size() == 0 ? 0 : segment.readNextOffset();
    }

    @Override
    public void appendBulk(byte[][] records) throws IOException {
      for (int i = 0; i < records.length; ) {
        int to = i;
        for (int bytes = 0; to < records.length && bytes < BATCH_BYTES; to++) bytes += records[to].length;
        append(records, i, to);
        i = to;
      }
    }

    @Override
    public void appendEach(byte[][] records) throws IOException {
      for (int i = 0; i < records.length; i++) append(records, i, i + 1);
    }

    @Override
    public synchronized void appendForced(byte[] record) throws IOException {
      append(new byte[][] {record}, 0, 1);
      segment.flush();
    }

    private void append(byte[][] records, int from, int to) throws IOException {
      long now = System.currentTimeMillis();
      try (MemoryRecordsBuilder builder =
          MemoryRecords.builder(batch.clear(), Compression.NONE, TimestampType.CREATE_TIME, next)) {
        for (int i = from; i < to; i++) builder.append(now, null, records[i]);
        next += to - from;
        segment.append(next - 1, builder.build());
      }
    }

    @Override
    public int scan(int limit) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
      int sum = 0;
      int seen = 0;
      for (long at = 0; seen < limit && at < next; ) {
        for (RecordBatch one : read(segment.read(at, READ_BYTES), buffer).batches()) {
          for (Record record : one) {
            if (seen++ < limit) sum += Sum.of(record.value());
          }
          at = one.nextOffset();
        }
      }
      return sum;
    }

    private static MemoryRecords read(FetchDataInfo found, ByteBuffer into) throws IOException {
      FileRecords records = (FileRecords) found.records;
      records.readInto(into.clear().limit(Math.min(into.capacity(), records.sizeInBytes())), 0);
      return MemoryRecords.readableRecords(into);
    }

    @Override
    public long[] keys() {
      long[] keys = new long[(int) next];
      Arrays.setAll(keys, i -> i);
      return keys;
    }

    @Override
    public Getter getter() {
      ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
      return new Getter() {
        @Override
        public int get(long offset) throws IOException {
          FetchDataInfo found = segment.read(offset, 1, Optional.of((long) segment.size()), true);
          for (Record record : read(found, buffer).records()) {
            if (record.offset() == offset) return Sum.of(record.value());
          }
          throw new IllegalStateException("no record " + offset);
        }
      };
    }

    @Override
    public void close() throws IOException {
      if (writes) segment.onBecomeInactiveSegment();   // cuts the indexes to their content
      segment.close();
      if (!Files.exists(folder.resolve(CLEAN))) Files.createFile(folder.resolve(CLEAN));
    }
  }
}
