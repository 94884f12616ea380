package flumelog.kafka;

import flumelog.kafka.ClientSettings.Reading;
import flumelog.log.Cursor;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** A cursor over the records of a topic. It holds the stretch of records around its place. */
final class KafkaCursor implements Cursor {
  /** The first step backwards, in offsets. The next ones are longer and longer. */
  private static final long FIRST_STEP = 16;
  private static final long MOST_STEP = 20 * Reading.SCAN.records;
  /** A little less than a fetch, so that one fetch has a whole step. */
  private static final long MOST_BYTES_OF_A_STEP = Reading.SCAN.bytes - (Reading.SCAN.bytes >> 5);
  /** About how many bytes a fetch has for each record besides its data. */
  private static final long BYTES_AROUND = 10;
  /** A backward cursor reads ahead from this step on, since it has shown that it goes on. */
  private static final long STEP_AHEAD = 1 << 10;

  private final KafkaLog log;
  private final Reader reader;
  private final long end;
  private long low;
  /** The place: before the first record at this offset or above. */
  private long at;
  private Stretch stretch = Stretch.EMPTY;
  /** The index of the current record in the stretch; -1 if there is none. */
  private int index = -1;
  private boolean hasRead;
  private long step = FIRST_STEP;
  private final Ahead ahead;

  /** @param end the end of the records that the cursor sees, exclusive */
  KafkaCursor(KafkaLog log, Reader reader, long end) {
    this.log = log;
    this.reader = reader;
    this.end = end;
    this.ahead = new Ahead(log.path());
    this.low = Math.min(reader.begin(), end);
    this.at = low;
  }

  @Override
  public boolean next() {
    log.checkOpen();
    int guess = index + 1;
    index = -1;
    while (at < end) {
      if (!stretch.covers(at)) readForward();
      if (stretch == Stretch.EMPTY) continue;
      int next = stretch.indexFrom(at, guess);
      if (next < stretch.size()) return stepOver(next);
      at = Math.min(end, stretch.to());
    }
    return false;
  }

  private boolean stepOver(int next) {
    if (stretch.offset(next) >= end) {
      at = end;
      return false;
    }
    index = next;
    at = stretch.offset(next) + 1;
    return true;
  }

  /** The first reading is a small one, since a few records may be all that is wanted. */
  private void readForward() {
    Stretch read = ahead.take(true, at);
    if (read == null) read = reader.forward(at, hasRead ? Math.min(end, at + mostStep()) : at + 1);
    stretch = read;
    if (stretch == Stretch.EMPTY) beginLater();
    else if (hasRead) readOnForward();
    hasRead = true;
  }

  private void readOnForward() {
    for (long from = ahead.reached(stretch.to()); from < end && !ahead.isFull(); from = ahead.reached(from)) {
      long begin = from;
      long to = Math.min(end, from + mostStep());
      ahead.begin(true, begin, to, () -> reader.forward(begin, to));
    }
  }

  /** How many offsets one reading takes, by the size of the records in the stretch. It is a whole number of polls, so that little is read twice. */
  private long mostStep() {
    long fits = MOST_BYTES_OF_A_STEP * Math.max(1, stretch.size()) / Math.max(1, stretch.bytes() + BYTES_AROUND * stretch.size());
    long whole = fits < Reading.SCAN.records ? fits : fits - fits % Reading.SCAN.records;
    return Math.min(MOST_STEP, Math.max(FIRST_STEP, whole));
  }

  /** Moves up to the new start of the topic: the records here were forgotten since this cursor was made. */
  private void beginLater() {
    low = Math.min(reader.begin(), end);
    at = Math.max(at, low);
  }

  @Override
  public boolean prev() {
    log.checkOpen();
    int guess = index;
    index = -1;
    while (at > low) {
      if (!stretch.coversBefore(at)) readBackward();
      if (stretch == Stretch.EMPTY) return false;
      int previous = stretch.indexFrom(at, guess) - 1;
      if (previous >= 0) {
        index = previous;
        at = stretch.offset(previous);
        return true;
      }
      at = Math.max(low, stretch.from());
    }
    return false;
  }

  private void readBackward() {
    Stretch read = ahead.take(false, at);
    stretch = read != null ? read : reader.backward(at, low, step);
    step = Math.min(mostStep(), step * 4);
    if (stretch == Stretch.EMPTY) beginLater();
    else if (step >= STEP_AHEAD) readOnBackward();
  }

  private void readOnBackward() {
    for (long to = ahead.reached(stretch.from()); to > low && !ahead.isFull(); to = ahead.reached(to)) {
      long end = to;
      long begin = low;
      long next = step;
      ahead.begin(false, Math.max(low, to - step), to, () -> reader.backward(end, begin, next));
    }
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
    return index < 0 ? -1 : stretch.offset(index);
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
    return stretch.record(index);
  }

  @Override
  public void release() {
    stretch = index < 0 ? Stretch.EMPTY : stretch;
    ahead.clear();
    step = FIRST_STEP;
  }
}
