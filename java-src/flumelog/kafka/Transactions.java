package flumelog.kafka;

import flumelog.engine.Workers;
import flumelog.error.LogException;
import flumelog.error.TopicFailures;
import flumelog.error.UseFailures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A producer that appends by transactions: all records of a call, or none. For one thread at a time.
 *
 * <p>A new producer with the same transactional id takes over: the transaction that the producer before has left open is aborted, and its
 * next call throws {@code LOCKED}.
 */
final class Transactions {
  private static final String APPENDING = "appending to";
  private static final Workers FLUSHERS = Workers.many("flumelog-flush");

  private final KafkaProducer<byte[], byte[]> producer;
  private final Calls calls;
  private final Records records;
  /** Whether a transaction that failed could not be aborted yet; it never becomes part of the log. */
  private boolean mustAbort;
  /** Why it takes no more writes; null if it does. */
  private volatile @Nullable LogException failure;

  Transactions(ClientSettings clients, String transactionalId, int maxMessageBytes, Calls calls, Records records) {
    this.calls = calls;
    this.records = records;
    Map<String, Object> settings = clients.producer(transactionalId, maxMessageBytes);
    this.producer = Topic.makeClient(() -> new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer()));
    try {
      begin();
    } catch (Throwable t) {
      close(0);
      throw t;
    }
  }

  /** Takes over from a producer with the same id. Tries again until the timeout, since each try of the client takes only a part of it. */
  private void begin() {
    long deadline = calls.deadline();
    while (true) {
      try {
        call(producer::initTransactions);
        return;
      } catch (org.apache.kafka.common.errors.TimeoutException e) {
        if (System.nanoTime() > deadline) throw calls.failure("opening", e);
      } catch (KafkaException e) {
        throw calls.failure("opening", causeOf(e));
      }
    }
  }

  @Nullable LogException failure() {
    return failure;
  }

  /**
   * Appends all records in one transaction, and returns their offsets, which ascend.
   *
   * @throws LogException {@code UNAVAILABLE} if nothing was appended, and the caller may try again; {@code LOCKED}, {@code FAILED} if this
   *     producer appends no more
   */
  long[] append(List<Pending> all) {
    return Calls.uninterrupted(() -> appendOnce(all));
  }

  /** An interrupt while records are sent leaves a transaction that the next try aborts. */
  private long[] appendOnce(List<Pending> all) {
    if (failure != null) throw failure;
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    long[] offsets;
    try {
      if (mustAbort) abort();
      producer.beginTransaction();
      mustAbort = true;
      for (Pending one : all) {
        for (byte[] data : one.data()) sent.add(producer.send(records.toSend(data)));
      }
      // No more records come, so the client need not wait for some. A thread of its own makes the call, since that has no limit of time.
      FLUSHERS.execute(producer::flush, calls.path());
      offsets = awaitAll(sent);
    } catch (InterruptException e) {
      throw e;
    } catch (ExecutionException e) {
      throw abortAfter(e.getCause());
    } catch (KafkaException | TimeoutException e) {
      throw abortAfter(causeOf(e));
    }
    commit(offsets.length);
    mustAbort = false;
    return offsets;
  }

  /**
   * Waits for all records, and returns their offsets. Records are acknowledged in their order, so it waits for the last one first, and
   * wakes up once. Throws the first failure: later ones are its consequences.
   */
  private long[] awaitAll(List<Future<RecordMetadata>> sent) throws ExecutionException, TimeoutException {
    try {
      Calls.get(sent.get(sent.size() - 1), calls.timeoutMillis());
    } catch (ExecutionException e) {
      // Thrown below, unless there is one before it.
    }
    long[] offsets = new long[sent.size()];
    for (int i = 0; i < offsets.length; i++) offsets[i] = Calls.get(sent.get(i), calls.timeoutMillis()).offset();
    return offsets;
  }

  /** Commits. Tries once more if no answer comes: Kafka allows that, and commits only once. */
  private void commit(int count) {
    try {
      try {
        call(producer::commitTransaction);
      } catch (org.apache.kafka.common.errors.TimeoutException e) {
        call(producer::commitTransaction);
      }
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw failed(TopicFailures.takenOver(calls.path()));
    } catch (KafkaException e) {
      throw failed(TopicFailures.uncertain(calls.path(), count, causeOf(e)));
    }
  }

  /** Aborts the transaction that has failed. Returns what to throw. */
  private LogException abortAfter(Throwable cause) {
    if (cause instanceof ProducerFencedException) return failed(TopicFailures.takenOver(calls.path()));
    try {
      if (mustAbort) abort();
    } catch (org.apache.kafka.common.errors.TimeoutException e) {
      // Aborted before the next append, or by the brokers.
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      return failed(TopicFailures.takenOver(calls.path()));
    } catch (KafkaException e) {
      return failed(TopicFailures.failed(calls.path(), APPENDING, causeOf(e)));
    }
    LogException why = calls.failure(APPENDING, cause);
    boolean isForbidden = cause instanceof AuthorizationException || cause instanceof AuthenticationException;
    // The transaction is no part of the log, whatever the cause was.
    return why.kind() == LogException.Kind.FAILED && !isForbidden ? UseFailures.unavailable(calls.path(), APPENDING, cause) : why;
  }

  private void abort() {
    call(producer::abortTransaction);
    mustAbort = false;
  }

  private LogException failed(LogException why) {
    failure = why;
    return why;
  }

  /** Ends a transaction with an empty record, which is no record of the log: see {@link Undecided}. If that fails, no more is appended. */
  void endEmpty(boolean committed) {
    try {
      producer.beginTransaction();
      mustAbort = true;
      Calls.get(producer.send(records.toSend(null)), calls.timeoutMillis());
      if (committed) commit(0);
      else abort();
      mustAbort = false;
    } catch (ExecutionException e) {
      throw failed(TopicFailures.uncertain(calls.path(), 0, e.getCause()));
    } catch (KafkaException | TimeoutException e) {
      throw failed(TopicFailures.uncertain(calls.path(), 0, causeOf(e)));
    }
  }

  /** The exception that Kafka has wrapped into this one. */
  private static Throwable causeOf(Throwable e) {
    return e.getClass() == KafkaException.class && e.getCause() != null ? causeOf(e.getCause()) : e;
  }

  void close(long millis) {
    call(() -> producer.close(Duration.ofMillis(millis)));
  }

  /** Each of these calls may be made again after an interrupt. */
  private static void call(Runnable ofProducer) {
    Calls.uninterrupted(() -> {
      ofProducer.run();
      return null;
    });
  }

  /** Makes the message of a record from its data; from null an empty message. */
  interface Records {
    ProducerRecord<byte[], byte[]> toSend(byte @Nullable [] data);
  }
}
