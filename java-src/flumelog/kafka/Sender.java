package flumelog.kafka;

import flumelog.error.LogException;
import flumelog.error.TopicFailures;
import flumelog.error.UseFailures;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Appends beside other writers: single records by a producer without transactions, batches by transactions with an id of its own. So it
 * takes over from no other writer.
 */
final class Sender implements Writes {
  private final KafkaProducer<byte[], byte[]> producer;
  private final Calls calls;
  private final Transactions.Records records;
  private final LongConsumer appended;
  private final Completions completions;
  /** Makes the committer for batches, when the first batch comes. */
  private final Supplier<Committer> ofBatches;
  // All fields below are guarded by this. It must not be held while the producer waits for memory: the thread that frees memory needs it.
  private @Nullable Committer batches;
  /** How many single records the producer was given, and how many of them have ended. They end in their order. */
  private long sent;
  private long ended;
  private boolean isClosed;
  private @Nullable RuntimeException failure;

  Sender(ClientSettings clients, int maxMessageBytes, Calls calls, Transactions.Records records, LongConsumer appended, Completions completions,
      Supplier<Committer> ofBatches) {
    this.calls = calls;
    this.records = records;
    this.appended = appended;
    this.completions = completions;
    this.ofBatches = ofBatches;
    Map<String, Object> settings = clients.producer(null, maxMessageBytes);
    this.producer = Topic.makeClient(() -> new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer()));
  }

  @Override
  public void append(Pending one) {
    if (one.data().length == 1) send(one);
    else batches().append(one);
  }

  /** Waits until the single records have ended, so that the records of one writer are in the order of its calls. */
  private synchronized Committer batches() {
    check();
    awaitSent();
    check();
    if (batches == null) batches = ofBatches.get();
    return batches;
  }

  private synchronized void begin() {
    check();
    sent++;
  }

  private void check() {
    if (isClosed) throw UseFailures.closed(calls.path());
    if (failure != null) throw failure;
  }

  private synchronized void end() {
    ended++;
    notifyAll();
  }

  private void send(Pending one) {
    begin();
    Sent sent = new Sent(one);
    try {
      Calls.uninterrupted(() -> producer.send(records.toSend(one.data()[0]), (metadata, e) -> ended(sent, metadata, e)));
      sent.isOnItsWay = true;
    } catch (KafkaException e) {
      end();
      throw calls.failure("appending to", e);
    } catch (IllegalStateException e) {
      end();
      throw UseFailures.closed(calls.path());
    }
  }

  private static final class Sent {
    private final Pending records;
    /** While this is false, nothing was sent. */
    private volatile boolean isOnItsWay;

    Sent(Pending records) {
      this.records = records;
    }
  }

  /** Is called in the thread of the producer; or in that of the caller, if nothing could be sent. */
  private void ended(Sent sent, @Nullable RecordMetadata metadata, @Nullable Exception e) {
    Pending one = sent.records;
    try {
      if (e != null) throw sent.isOnItsWay ? lost(e) : calls.failure("appending to", e);
      appended.accept(metadata.offset());
      one.succeed(new long[] {metadata.offset()});
    } catch (RuntimeException why) {
      one.fail(why);
    }
    if (one.isAsync()) completions.add(one);
    end();
  }

  /** The error for a record that was sent and not acknowledged. It may be in the log, unless the broker has refused it. */
  private LogException lost(Exception e) {
    LogException why = calls.failure("appending to", e);
    if (why.kind() == LogException.Kind.UNAVAILABLE) why = TopicFailures.uncertain(calls.path(), 1, e);
    if (why.kind() == LogException.Kind.TOO_LARGE) return why;
    synchronized (this) {
      if (failure == null) failure = why;
    }
    return why;
  }

  @Override
  public synchronized @Nullable RuntimeException failure() {
    return failure;
  }

  @Override
  public void flush() {
    Committer last;
    synchronized (this) {
      awaitSent();
      last = batches;
    }
    if (last != null) last.flush();
  }

  private void awaitSent() {
    boolean interrupted = false;
    long all = sent;
    while (ended < all) {
      interrupted |= Calls.waitOn(this, 0);
    }
    if (interrupted) Thread.currentThread().interrupt();
  }

  @Override
  public @Nullable RuntimeException close(long millis) {
    Committer last;
    synchronized (this) {
      isClosed = true;
      last = batches;
    }
    RuntimeException why = last == null ? null : last.close(millis);
    Calls.uninterrupted(() -> {
      producer.close(Duration.ofMillis(millis));
      return null;
    });
    return why != null ? why : failure();
  }
}
