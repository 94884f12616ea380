package flumelog.kafka;

import flumelog.error.LogException;
import flumelog.error.TopicFailures;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** How far the log has got: the offset of the last record, and the end of the known records. */
final class Following implements Tail.Taker {
  /** The time after which the log checks again that the topic is the same, and set as it must be. */
  private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(15);
  /** A broker that has just started again may say for a moment that the topic ends earlier. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Calls calls;
  private final Topic topic;
  private final Reader reader;
  private final KafkaSince since;
  private final Tail tail;
  /** The end of the known records, exclusive. Changed only under the monitor. */
  private volatile long end;
  private volatile long checkedAt = System.nanoTime();
  private volatile boolean isClosed;

  /** @param isAlone whether nobody else appends */
  Following(Calls calls, ClientSettings clients, Topic topic, Reader reader, boolean isAlone) {
    this.calls = calls;
    this.topic = topic;
    this.reader = reader;
    this.tail = new Tail(clients, topic, this);
    this.since = new KafkaSince(calls.path(), isAlone ? null : this::look, tail::begin);
    this.end = reader.begin();
    reach(topic.end());
  }

  KafkaSince since() {
    return since;
  }

  @Override
  public long end() {
    return end;
  }

  /** Takes in what others have appended up to now. */
  void look() {
    if (isClosed) return;
    calls.doInTime(this::lookInTime);
    since.tell();
  }

  private void lookInTime() {
    long now = topic.end();
    if (now < end) now = endAgain();
    checkSometimes();
    reach(now);
  }

  /** Asks for a while again, since the topic seems to end before records that were seen. */
  private long endAgain() {
    topic.check();
    long giveUp = System.nanoTime() + PATIENCE_NANOS;
    long now = topic.end();
    while (now < end && System.nanoTime() < giveUp) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      now = topic.end();
    }
    if (now < end) throw TopicFailures.lost(calls.path(), since.lastSeen(), now);
    return now;
  }

  /**
   * Checks now and then that it is still the same topic.
   *
   * @throws LogException as {@link Topic#check}
   */
  void checkSometimes() {
    if (System.nanoTime() - checkedAt < CHECK_NANOS) return;
    check();
  }

  /** Checks that it is still the same topic, and begins where it should. */
  void check() {
    calls.doInTime(() -> {
      topic.check();
      reader.lookAtBegin();
    });
    checkedAt = System.nanoTime();
  }

  private void reach(long now) {
    long from = end;
    if (now <= from) return;
    reached(reader.lastRecord(from, now), now);
  }

  private synchronized void reached(long last, long now) {
    if (last >= 0) since.moveTo(last);
    end = Math.max(end, now);
  }

  /** A stretch that the brokers have pushed. */
  @Override
  public void take(Stretch stretch) {
    if (isClosed) return;
    reader.cache().add(stretch);
    reached(stretch.size() == 0 ? -1 : stretch.offset(stretch.size() - 1), stretch.to());
    since.tell();
  }

  /**
   * This log has appended a record. The watches are told later, since the caller must not wait for them.
   *
   * @throws LogException {@code CORRUPT} if the offset is not above the last one, in a log that has one writer
   */
  void appended(long offset, boolean isAlone) {
    if (isAlone && offset <= since.lastSeen()) {
      topic.check();
      throw TopicFailures.lost(calls.path(), since.lastSeen(), offset);
    }
    reached(offset, isAlone ? offset + 1 : end);
  }

  void tell() {
    since.tell();
  }

  void close() {
    isClosed = true;
    tail.close();
    since.close();
  }
}
