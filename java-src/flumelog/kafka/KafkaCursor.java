package flumelog.kafka;

import flumelog.log.Cursor;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** A place between two records of a topic. It holds the run of records around it. */
final class KafkaCursor implements Cursor {
  private static final long FIRST_STEP = 16;
  private static final long MOST_STEP = 1 << 14;
  private static final long MOST_BYTES_OF_A_STEP = 3 << 20;

  /** A cursor that has come to this step will go on. */
  private static final long STEP_AHEAD = 1 << 10;

  private final KafkaLog log;
  private final Reader reader;
  private final long end;
  private long low;
  /** It stands before the first record at this offset or above. */
  private long at;
  private Run run = Run.EMPTY;
  /** The index of the current record in the run; -1 if there is none. */
  private int index = -1;
  private boolean hasRead;
  private long step = FIRST_STEP;
  /** The run that is being read for later; null if there is none. */
  private @Nullable Ahead ahead;

  /** @param end where the records end that it sees, exclusive */
  KafkaCursor(KafkaLog log, Reader reader, long end) {
    this.log = log;
    this.reader = reader;
    this.end = end;
    this.low = Math.min(reader.begin(), end);
    this.at = low;
  }

  @Override
  public boolean next() {
    log.checkOpen();
    index = -1;
    while (at < end) {
      if (!run.covers(at)) readForward();
      int next = run.indexFrom(at);
      if (next < run.size()) return stepOver(next);
      at = Math.min(end, run.to());
    }
    return false;
  }

  private boolean stepOver(int next) {
    if (run.offset(next) >= end) {
      at = end;
      return false;
    }
    index = next;
    at = run.offset(next) + 1;
    return true;
  }

  private void readForward() {
    run = readAhead(true);
    if (run == null) run = reader.forward(at, end, !hasRead);
    if (run == Run.EMPTY) beginLater();
    else if (hasRead && run.to() < end) beginAhead(true, run.to());
    hasRead = true;
  }

  /** The run that was read ahead; null if there is none for where the cursor is. */
  private @Nullable Run readAhead(boolean isForward) {
    Ahead begun = ahead;
    ahead = null;
    return begun == null ? null : begun.take(isForward, at);
  }

  private void beginAhead(boolean isForward, long from) {
    long lowest = low;
    long next = step;
    ahead = Ahead.of(isForward, from, () -> isForward ? reader.forward(from, end, false) : reader.backward(from, lowest, next), log.path());
  }

  /** The records here were forgotten since this cursor was made. */
  private void beginLater() {
    low = Math.min(reader.begin(), end);
    at = Math.max(at, low);
  }

  @Override
  public boolean prev() {
    log.checkOpen();
    index = -1;
    while (at > low) {
      if (!run.coversBefore(at)) readBackward();
      int previous = run.indexFrom(at) - 1;
      if (run == Run.EMPTY) return false;
      if (previous >= 0) {
        index = previous;
        at = run.offset(previous);
        return true;
      }
      at = Math.max(low, run.from());
    }
    return false;
  }

  private void readBackward() {
    run = readAhead(false);
    if (run == null) run = reader.backward(at, low, step);
    long most = Math.max(FIRST_STEP, MOST_BYTES_OF_A_STEP * Math.max(1, run.size()) / Math.max(1, run.bytes()));
    step = Math.min(Math.min(MOST_STEP, most), step * 4);
    if (run == Run.EMPTY) beginLater();
    else if (step >= STEP_AHEAD && run.from() > low) beginAhead(false, run.from());
  }

  @Override
  public KafkaCursor seek(long position) {
    log.checkOpen();
    at = Math.max(low, Math.min(position, end));
    index = -1;
    return this;
  }

  @Override
  public long offset() {
    return index < 0 ? -1 : run.offset(index);
  }

  @Override
  public byte @Nullable [] data() {
    return log.copyOf(current());
  }

  @Override
  public @Nullable ByteBuffer view() {
    return log.seen(current());
  }

  private ConsumerRecord<byte[], byte[]> current() {
    log.checkOpen();
    if (index < 0) throw new IllegalStateException("the cursor has no current record; call next or prev first");
    return run.record(index);
  }

  @Override
  public void release() {
    run = index < 0 ? Run.EMPTY : run;
    ahead = null;
    step = FIRST_STEP;
  }
}
