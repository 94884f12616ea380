package bench.peer;

import java.nio.file.Path;
import java.util.Arrays;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.SyncMode;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.TailerDirection;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;

/** Chronicle Queue: each record is copied into a mapped file, so it survives a kill of the process. */
public final class Chronicle implements Peer {
  @Override
  public Store open(Path folder, Use use) {
    // Without this, sync only makes the system begin to write.
    SyncMode sync = use == Use.FORCED ? SyncMode.SYNC : SyncMode.NONE;
    return new Queue(SingleChronicleQueueBuilder.binary(folder).syncMode(sync).build());
  }

  private static int sum(DocumentContext document) {
    Bytes<?> bytes = document.wire().bytes();
    int length = (int) bytes.readRemaining();
    long at = bytes.readPosition();
    return Sum.mix(length, bytes.readByte(at), bytes.readByte(at + length / 2), bytes.readByte(at + length - 1));
  }

  private record Queue(SingleChronicleQueue queue) implements Store {
    /** Appends record by record, since Chronicle Queue has no batches. */
    @Override
    public void appendBulk(byte[][] records) {
      appendEach(records);
    }

    @Override
    public void appendEach(byte[][] records) {
      try (ExcerptAppender appender = queue.createAppender()) {
        for (byte[] record : records) append(appender, record);
      }
    }

    private static void append(ExcerptAppender appender, byte[] record) {
      try (DocumentContext document = appender.writingDocument()) {
        document.wire().bytes().write(record);
      }
    }

    @Override
    public void append(byte[] record) {
      append(queue.acquireAppender(), record);
    }

    @Override
    public void appendForced(byte[] record) {
      ExcerptAppender appender = queue.acquireAppender();
      append(appender, record);
      appender.sync();
    }

    @Override
    public int scan(int limit) {
      try (ExcerptTailer tailer = queue.createTailer()) {
        return read(tailer.toStart(), limit);
      }
    }

    @Override
    public int reverse(int limit) {
      try (ExcerptTailer tailer = queue.createTailer()) {
        return read(tailer.direction(TailerDirection.BACKWARD).toEnd(), limit);
      }
    }

    private static int read(ExcerptTailer tailer, int limit) {
      int sum = 0;
      for (int i = 0; i < limit; i++) {
        try (DocumentContext document = tailer.readingDocument()) {
          if (!document.isPresent()) return sum;
          sum += sum(document);
        }
      }
      return sum;
    }

    @Override
    public long[] keys() {
      long[] keys = new long[1 << 10];
      int n = 0;
      try (ExcerptTailer tailer = queue.createTailer()) {
        while (true) {
          try (DocumentContext document = tailer.readingDocument()) {
            if (!document.isPresent()) return Arrays.copyOf(keys, n);
            if (n == keys.length) keys = Arrays.copyOf(keys, 2 * n);
            keys[n++] = document.index();
          }
        }
      }
    }

    /** Asks again and again, as is usual with Chronicle Queue. */
    @Override
    public Follower follower() {
      ExcerptTailer tailer = queue.createTailer().toStart();
      return () -> {
        while (true) {
          try (DocumentContext document = tailer.readingDocument()) {
            if (document.isPresent()) return document.wire().bytes().toByteArray();
          }
          Thread.onSpinWait();
        }
      };
    }

    @Override
    public Getter getter() {
      ExcerptTailer tailer = queue.createTailer();
      return new Getter() {
        @Override
        public int get(long index) {
          tailer.moveToIndex(index);
          try (DocumentContext document = tailer.readingDocument()) {
            return sum(document);
          }
        }

        @Override
        public void close() {
          tailer.close();
        }
      };
    }

    @Override
    public void close() {
      queue.close();
    }
  }
}
