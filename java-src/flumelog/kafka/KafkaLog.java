package flumelog.kafka;

import flumelog.engine.AppendFuture;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.RecordFailures;
import flumelog.error.TopicFailures;
import flumelog.error.UseFailures;
import flumelog.log.Cursor;
import flumelog.log.Description;
import flumelog.log.Log;
import flumelog.log.Since;
import flumelog.log.Spacing;
import flumelog.log.Trace;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A log that is kept in a topic of Apache Kafka. The offset of a record is that of Kafka: it grows from record to record, with gaps.
 *
 * <pre>{@code
 *   try (KafkaLog log = KafkaLog.open(KafkaOptions.of("localhost:9092", "messages").withCreate(3, 2))) {
 *     long offset = log.append(data);
 *   }
 * }</pre>
 *
 * <p>Durable means: acknowledged by all brokers that are in sync. The fact {@code durability} of {@link #info} says what that survives.
 * Each call ends within the timeout of the options; a write may first wait as long for its turn. If the brokers can't be reached, a call
 * throws {@code UNAVAILABLE}, and nothing was done. If the outcome of an append is not known, the log is {@code FAILED}, and takes no more
 * writes.
 *
 * <p>{@link #delete} is {@code UNSUPPORTED}: the copies that brokers and backups have can't be erased one by one. {@link #forgetBefore}
 * cuts off the oldest records.
 */
public final class KafkaLog implements Log {
  private static final String NO_DELETION = "deletion: its brokers, their replicas and backups keep the bytes of a record until its whole"
      + " segment goes; forget-before! moves the start of the log, and a key of :protect that is thrown away makes all its records unreadable";
  /** Offsets count records; but a request for a few of them takes nearly as long as one for thousands. */
  private static final Spacing SPACING = new Spacing(1, 4096);

  private final KafkaOptions options;
  private final String path;
  private final Calls calls;
  private final Topic topic;
  private final boolean isAlone;
  private final TopicEncryption encryption;
  private final int maxRecordBytes;
  /** Null if the log is opened for reading. */
  private final @Nullable Writes writes;
  private final Reader reader;
  private final Following following;
  private volatile boolean isClosed;

  private KafkaLog(KafkaOptions options, ClientSettings clients, Calls calls, Topic topic) {
    this.options = options;
    this.path = options.path();
    this.calls = calls;
    this.topic = topic;
    this.isAlone = options.common().writable() && !options.isShared();
    this.encryption = TopicEncryption.of(options.common().protection(), path, topic.idBytes());
    this.maxRecordBytes = maxRecordBytes();
    // A new writer first ends the transaction that the writer before it has left open. Then the log is read up to its end.
    this.writes = options.common().writable() ? writes(clients) : null;
    try {
      this.reader = new Reader(topic, new Fetchers(clients, topic.partition(), calls), calls);
      this.following = new Following(calls, clients, topic, reader, isAlone);
      long last = following.since().lastSeen();
      encryption.check(last < 0 ? null : reader.record(last));
    } catch (Throwable t) {
      if (writes != null) writes.close(0);
      throw t;
    }
  }

  /**
   * Opens the log in a topic.
   *
   * @param options with the servers and the topic
   * @return the log; close it
   * @throws LogException {@code FAILED} if there is no such topic, and the options don't create it; {@code WRONG_FORMAT} if its settings
   *     could lose records; {@code UNAVAILABLE} if the brokers can't be reached; {@code BAD_OPTION}, {@code WRONG_KEY}
   */
  public static KafkaLog open(KafkaOptions options) {
    Objects.requireNonNull(options, "options");
    Calls calls = new Calls(options.path(), options.timeoutMillis());
    ClientSettings clients = new ClientSettings(options);
    Topic topic = Topic.open(options, clients, calls);
    try {
      return new KafkaLog(options, clients, calls, topic);
    } catch (Throwable t) {
      topic.close();
      throw t;
    }
  }

  private int maxRecordBytes() {
    int most = topic.settings().maxRecordBytes() - encryption.overhead();
    int asked = options.common().maxRecordBytes();
    if (asked > most) {
      throw OptionFailures.badOption(":max-record-bytes", (long) asked, "a whole number up to " + most + ", which the topic's max.message.bytes allows");
    }
    return asked == 0 ? most : asked;
  }

  private Writes writes(ClientSettings clients) {
    String id = "flumelog-" + options.topic();
    int bytes = topic.settings().maxMessageBytes();
    Completions completions = new Completions(path, this::tell);
    if (isAlone) return committer(clients, id, bytes, completions);
    String own = Undecided.shared(options.topic()) + UUID.randomUUID();
    topic.undecided(own, other -> transactions(clients, other, bytes)).decideForgotten();
    return new Sender(clients, bytes, calls, this::toSend, this::appended, completions, () -> committer(clients, own, bytes, completions));
  }

  private Transactions transactions(ClientSettings clients, String transactionalId, int bytes) {
    return new Transactions(clients, transactionalId, bytes, calls, this::toSend);
  }

  private Committer committer(ClientSettings clients, String transactionalId, int bytes, Completions completions) {
    Undecided undecided = topic.undecided(transactionalId, other -> transactions(clients, other, bytes));
    boolean committed = !isAlone || undecided.wasCommitted();
    Transactions transactions = transactions(clients, transactionalId, bytes);
    try {
      if (isAlone) undecided.await(committed, transactions);
      return new Committer(transactions, calls, this::appended, completions, new LastCommit(undecided, transactions, isAlone));
    } catch (Throwable t) {
      transactions.close(0);
      throw t;
    }
  }

  private ProducerRecord<byte[], byte[]> toSend(byte @Nullable [] data) {
    return encryption.toSend(options.topic(), data);
  }

  private void appended(long offset) {
    following.appended(offset, isAlone);
  }

  private void tell() {
    following.tell();
  }

  @Override
  public long[] appendAll(List<byte[]> batch) {
    checkWritable();
    byte[][] data = Objects.requireNonNull(batch, "batch").toArray(new byte[0][]);
    for (int i = 0; i < data.length; i++) {
      if (data[i] == null) throw new NullPointerException("batch[" + i + "]");
      check(data[i]);
    }
    if (data.length == 0) return new long[0];
    following.checkSometimes();
    Pending pending = Pending.awaited(data, calls.deadline());
    writes.append(pending);
    long[] offsets = pending.offsets();
    following.tell();
    return offsets;
  }

  @Override
  public CompletableFuture<Long> appendAsync(byte[] data) {
    AppendFuture<Long> future = new AppendFuture<>();
    try {
      checkWritable();
      check(Objects.requireNonNull(data, "data"));
      following.checkSometimes();
      writes.append(Pending.async(data, calls.deadline(), future));
    } catch (LogException e) {
      future.completeExceptionally(e);
    }
    return future;
  }

  private void check(byte[] data) {
    if (data.length > maxRecordBytes) throw RecordFailures.recordTooLarge(path, data.length, maxRecordBytes);
    if (!encryption.isEncrypted() && isZero(data)) {
      throw RecordFailures.encode(path, "its data is empty or all zero, which is what a deleted record has in a file");
    }
  }

  private static boolean isZero(byte[] data) {
    for (byte one : data) if (one != 0) return false;
    return true;
  }

  @Override
  public byte @Nullable [] get(long offset) {
    checkOpen();
    ConsumerRecord<byte[], byte[]> record = calls.inTime(() -> record(offset));
    return record == null ? null : copyOf(record);
  }

  /** Null if no record starts there. */
  private @Nullable ConsumerRecord<byte[], byte[]> record(long offset) {
    if (offset < 0) return null;
    if (offset > following.since().lastSeen() && offset > following.since().get()) return null;
    return reader.record(offset);
  }

  /** The data of a record, as an array of the caller's own. */
  byte[] copyOf(ConsumerRecord<byte[], byte[]> record) {
    byte[] data = encryption.data(record);
    return encryption.isEncrypted() ? data : data.clone();
  }

  /** The data of a record, in place if possible. */
  ByteBuffer seen(ConsumerRecord<byte[], byte[]> record) {
    return ByteBuffer.wrap(encryption.data(record)).asReadOnlyBuffer();
  }

  @Override
  public <T> @Nullable T view(long offset, Function<ByteBuffer, T> reading) {
    Objects.requireNonNull(reading, "reader");
    checkOpen();
    ConsumerRecord<byte[], byte[]> record = calls.inTime(() -> record(offset));
    return record == null ? null : reading.apply(seen(record));
  }

  @Override
  public byte[] fetch(long offset) {
    byte[] data = get(offset);
    if (data == null) throw RecordFailures.notARecord(path, offset, following.since().lastSeen() + 1);
    return data;
  }

  @Override
  public Cursor cursor() {
    checkOpen();
    return new KafkaCursor(this, reader, following.since().get() + 1);
  }

  @Override
  public Since since() {
    return following.since();
  }

  /** {@return the same as {@link #since}: a record that has an offset was acknowledged by the brokers that are in sync} */
  @Override
  public Since durable() {
    return following.since();
  }

  @Override
  public long oldest() {
    checkOpen();
    return calls.inTime(() -> {
      reader.lookAtBegin();
      Cursor cursor = cursor();
      return cursor.next() ? cursor.offset() : -1;
    });
  }

  @Override
  public Spacing spacing() {
    return SPACING;
  }

  /** One trace, since the records before this one may be forgotten without making it another one. */
  @Override
  public @Nullable List<Trace> traces(long offset) {
    byte[] data = get(offset);
    if (data == null) return null;
    return List.of(Trace.of(data.length, Arrays.copyOf(data, Math.min(data.length, Trace.HEAD_BYTES)), false));
  }

  @Override
  public long forgetBefore(long offset) {
    checkWritable();
    return calls.inTime(() -> {
      following.checkSometimes();
      long target = Math.min(offset, following.since().get() + 1);
      if (target > reader.begin()) reader.beginAt(topic.forgetBefore(target));
      return oldest();
    });
  }

  @Override
  public int delete(long... offsets) {
    checkOpen();
    throw UseFailures.unsupported(path, NO_DELETION);
  }

  /** Waits until all earlier appends have ended, and checks that the topic is still the same. */
  @Override
  public void sync() {
    checkWritable();
    writes.flush();
    if (writes.failure() instanceof LogException failed) throw failed;
    following.check();
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public boolean writable() {
    return options.common().writable();
  }

  /** {@return the id that Kafka gave to the topic; null while the log is empty} */
  @Override
  public @Nullable String id() {
    return following.since().lastSeen() < 0 ? null : topic.id();
  }

  /**
   * The facts of any log, and {@code topic}, {@code servers}, {@code topic-id}; {@code writer}, {@code exclusive} or {@code shared};
   * {@code replication} and {@code min-insync}; {@code durability}: {@code replicated}, {@code one-broker} or {@code
   * memory-of-one-broker}; {@code begin}, the first offset that the topic still has; {@code failed}, if the log takes no more writes.
   */
  @Override
  public Map<String, Object> info() {
    return KafkaFacts.of(this, options, topic, maxRecordBytes, reader.begin(), writes == null ? null : writes.failure());
  }

  @Override
  public boolean isClosed() {
    return isClosed;
  }

  /** Waits for the appends under way, within the timeout of the options, and closes the clients. */
  @Override
  public void close() {
    synchronized (this) {
      if (isClosed) return;
      isClosed = true;
    }
    RuntimeException left = null;
    try {
      if (writes != null) left = writes.close(calls.timeoutMillis());
    } finally {
      calls.close();
      following.close();
      reader.close();
      encryption.close();
      topic.close();
    }
    if (left != null) throw TopicFailures.notAllAppended(path, left);
  }

  void checkOpen() {
    if (isClosed) throw UseFailures.closed(path);
  }

  private void checkWritable() {
    checkOpen();
    if (writes == null) throw UseFailures.readOnly(path);
  }

  /** {@return the place and the last offset; does no I/O} */
  @Override
  public String toString() {
    return Description.of("Log", this, "since");
  }
}
