package flumelog.kafka;

import flumelog.error.TopicFailures;
import flumelog.error.UseFailures;
import flumelog.kafka.ClientSettings.Reading;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/** Reads runs of records in both directions, and single ones. Knows where the topic begins. */
final class Reader {
  /** A reading of no more offsets than this is a small one. */
  private static final long SMALL = 128;
  /** The first step back from the end, when the last record is looked for. */
  private static final long FIRST_STEP_BACK = 8;

  private final Topic topic;
  private final Fetchers fetchers;
  private final Calls calls;
  private final RunCache cache = new RunCache();
  /** The first offset of the topic, as far as is known. */
  private volatile long begin;

  Reader(Topic topic, Fetchers fetchers, Calls calls) {
    this.topic = topic;
    this.fetchers = fetchers;
    this.calls = calls;
    this.begin = topic.begin();
  }

  long begin() {
    return begin;
  }

  RunCache cache() {
    return cache;
  }

  /**
   * Asks where the topic begins.
   *
   * @throws flumelog.error.LogException {@code CORRUPT} if its start was moved, and not by {@code forgetBefore}
   */
  void lookAtBegin() {
    long now = topic.begin();
    if (now > begin && topic.forgotten() < now) throw TopicFailures.startMoved(calls.path(), begin, now);
    if (now < begin) topic.check();
    beginAt(now);
  }

  /** The topic begins at that offset now, on purpose. */
  synchronized void beginAt(long offset) {
    if (offset <= begin) return;
    begin = offset;
    cache.dropBelow(offset);
  }

  /** The record at the offset; null if there is none. The offset is below the end of the log. */
  @Nullable ConsumerRecord<byte[], byte[]> record(long offset) {
    if (offset < begin) return null;
    Run cached = cache.covering(offset);
    Run run = cached != null ? cached : read(Reading.POINT, offset, offset);
    return run.at(offset);
  }

  /** A run that begins at an offset, and reaches up to another one or beyond. Its range may be empty: where the topic begins later. */
  Run forward(long from, long to) {
    Run cached = cache.covering(from);
    if (cached != null) return cached;
    return read(to - from <= SMALL ? Reading.POINT : Reading.SCAN, from, to - 1);
  }

  /** A run that has the offset before this one, and others before it: as many as the step says, but none below the lower bound. */
  Run backward(long offset, long low, long step) {
    Run cached = cache.coveringBefore(offset);
    if (cached != null) return cached;
    return read(step <= SMALL ? Reading.POINT : Reading.SCAN, Math.max(low, offset - step), offset - 1);
  }

  /** The offset of the last record in a range, whose end is exclusive; -1 if there is none. */
  long lastRecord(long from, long end) {
    long step = FIRST_STEP_BACK;
    for (long at = end; at > Math.max(from, begin); step *= 4) {
      Run run = backward(at, Math.max(from, begin), step);
      int last = run.indexFrom(at) - 1;
      if (last >= 0) return run.offset(last);
      at = Math.min(run.from(), at - 1);
    }
    return -1;
  }

  /** Reads until the range has an offset. It begins later if the start of the topic was moved on purpose meanwhile. */
  private Run read(Reading reading, long from, long upTo) {
    return calls.inTime(() -> readInTime(reading, from, upTo));
  }

  /** Half of the time is for what went wrong. */
  private Run readInTime(Reading reading, long from, long upTo) {
    long deadline = calls.halfTime();
    Run run = readOrNull(reading, from, upTo, deadline);
    if (run == null) {
      lookAtBegin();
      run = from >= begin ? null : upTo < begin ? Run.EMPTY : readOrNull(reading, begin, upTo, deadline);
    }
    if (run == null) throw lost(upTo);
    if (run != Run.EMPTY && run.to() <= upTo) throw late(run.to(), upTo);
    cache.add(run);
    return run;
  }

  /** Null if the topic does not have the offset. */
  private Run readOrNull(Reading reading, long from, long upTo, long deadline) {
    Fetcher fetcher = fetchers.take(reading, from, deadline);
    boolean isGood = false;
    try {
      Run run = fetcher.read(from, upTo, deadline);
      isGood = true;
      return run;
    } catch (InvalidOffsetException e) {
      return null;
    } catch (WakeupException e) {
      throw UseFailures.closed(calls.path());
    } catch (KafkaException | IllegalStateException e) {
      throw calls.failure("reading", e);
    } finally {
      if (isGood) fetchers.giveBack(fetcher);
      else fetchers.drop(fetcher);
    }
  }

  /** The topic has no such offset, although a record at it or behind it was seen. */
  private RuntimeException lost(long offset) {
    topic.check();
    return TopicFailures.lost(calls.path(), offset, topic.end());
  }

  /** No answer came; or the topic ends before what was seen, or is another one, for which the brokers have no answer. */
  private RuntimeException late(long reached, long upTo) {
    long end = topic.end();
    topic.check();
    if (end <= upTo && end == reached) return TopicFailures.lost(calls.path(), upTo, end);
    return UseFailures.unavailable(calls.path(), "reading", calls.noAnswer());
  }

  void close() {
    fetchers.close();
    cache.clear();
  }
}
