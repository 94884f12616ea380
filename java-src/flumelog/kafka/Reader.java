package flumelog.kafka;

import flumelog.error.TopicFailures;
import flumelog.error.UseFailures;
import flumelog.kafka.ClientSettings.Reading;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/** Reads stretches of records in both directions, and single records. Knows where the topic begins. */
final class Reader {
  /** A reading of no more offsets than this is a small one. */
  private static final long SMALL = 128;
  /** The first step back from the end, when the last record is looked for. */
  private static final long FIRST_STEP_BACK = 8;

  private final Topic topic;
  private final Fetchers fetchers;
  private final Calls calls;
  private final StretchCache cache = new StretchCache();
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

  StretchCache cache() {
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

  /** Takes note that the start of the topic was moved to the offset on purpose. */
  synchronized void beginAt(long offset) {
    if (offset <= begin) return;
    begin = offset;
    cache.dropBelow(offset);
  }

  /** The record at the offset; null if there is none. The offset is below the end of the log. */
  @Nullable ConsumerRecord<byte[], byte[]> record(long offset) {
    if (offset < begin) return null;
    Stretch cached = cache.covering(offset);
    Stretch stretch = cached != null ? cached : read(Reading.POINT, offset, offset);
    return stretch.at(offset);
  }

  /** A stretch that begins at an offset, and reaches up to another one or beyond. Its range is empty if the topic begins later. */
  Stretch forward(long from, long to) {
    Stretch cached = cache.covering(from);
    if (cached != null) return cached;
    return read(to - from <= SMALL ? Reading.POINT : Reading.SCAN, from, to - 1);
  }

  /** A stretch that has the offset before this one, and others before it: as many as the step says, but none below the lower bound. */
  Stretch backward(long offset, long low, long step) {
    Stretch cached = cache.coveringBefore(offset);
    if (cached != null) return cached;
    return read(step <= SMALL ? Reading.POINT : Reading.SCAN, Math.max(low, offset - step), offset - 1);
  }

  /** The offset of the last record in a range, whose end is exclusive; -1 if there is none. */
  long lastRecord(long from, long end) {
    long step = FIRST_STEP_BACK;
    for (long at = end; at > Math.max(from, begin); step *= 4) {
      Stretch stretch = backward(at, Math.max(from, begin), step);
      int last = stretch.indexFrom(at) - 1;
      if (last >= 0) return stretch.offset(last);
      at = Math.min(stretch.from(), at - 1);
    }
    return -1;
  }

  /** Reads until the range has an offset. It begins later if the start of the topic was moved on purpose meanwhile. */
  private Stretch read(Reading reading, long from, long upTo) {
    return calls.inTime(() -> readInTime(reading, from, upTo));
  }

  /** Reads in half of the time. The other half is left to find out what went wrong. */
  private Stretch readInTime(Reading reading, long from, long upTo) {
    long deadline = calls.halfTime();
    Stretch stretch = readOrNull(reading, from, upTo, deadline);
    if (stretch == null) {
      lookAtBegin();
      stretch = from >= begin ? null : upTo < begin ? Stretch.EMPTY : readOrNull(reading, begin, upTo, deadline);
    }
    if (stretch == null) throw lost(upTo);
    if (stretch != Stretch.EMPTY && stretch.to() <= upTo) throw late(stretch.to(), upTo);
    cache.add(stretch);
    return stretch;
  }

  /** Null if the topic does not have the offset. */
  private Stretch readOrNull(Reading reading, long from, long upTo, long deadline) {
    Fetcher fetcher = fetchers.take(reading, from, deadline);
    boolean isGood = false;
    try {
      Stretch stretch = fetcher.read(from, upTo, deadline);
      isGood = true;
      return stretch;
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

  /** The error if the topic does not have an offset, although a record at it or behind it was seen. */
  private RuntimeException lost(long offset) {
    topic.check();
    return TopicFailures.lost(calls.path(), offset, topic.end());
  }

  /** The error if a reading did not get as far as it should: no answer came, or records are lost, or it is another topic. */
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
