package flumelog.coll;

import clojure.lang.AFn;
import clojure.lang.IFn;
import clojure.lang.IKVReduce;
import clojure.lang.IMapEntry;
import clojure.lang.IPersistentCollection;
import clojure.lang.IReduce;
import clojure.lang.ISeq;
import clojure.lang.ITransientAssociative;
import clojure.lang.ITransientAssociative2;
import clojure.lang.ITransientCollection;
import clojure.lang.MapEntry;
import clojure.lang.Reversible;
import clojure.lang.Seqable;
import flumelog.codec.Codec;
import flumelog.error.LogException;
import flumelog.log.Description;
import flumelog.log.LiveOptions;
import flumelog.log.Log;
import flumelog.log.Position;
import flumelog.log.Range;
import flumelog.log.RecordKey;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A log as a Clojure collection of its values, and as a map and a function from offsets to values. It is not Counted,
 * since counting would read everything. It is not Sequential, since {@code =} would read everything. It is not Indexed,
 * since an offset is not an index. {@code contains?} and {@code find} need an associative type; the transient one is
 * used because a log, which changes, is not a value.
 */
public final class LogCollection extends AFn
    implements IReduce, IKVReduce, ITransientAssociative2, Seqable, Reversible, Iterable<Object>, Closeable {
  private final Log log;
  private final Codec<?> codec;
  private final LogView values;
  private final RecordCodec recordCodec;
  private final SinceRef since;
  private final SinceRef sinceEnd;
  private final SinceRef durable;
  private final Trial trial;
  private final int maxRecordBytes;

  public LogCollection(Log log, Codec<?> codec) {
    this(log, codec, false, Integer.MAX_VALUE);
  }

  /**
   * @param mixed whether the log's records may be of several codecs; if so, the codec of its last records is not
   *   checked
   * @param maxRecordBytes the largest number of bytes of data that the log takes; a codec can stop there
   */
  public LogCollection(Log log, Codec<?> codec, boolean mixed, int maxRecordBytes) {
    this.log = log;
    this.codec = codec;
    this.recordCodec = new RecordCodec(log.path(), codec, null);
    this.values = new LogView(log, recordCodec, Range.all(), Projection.VALUES);
    this.since = new SinceRef(log.since(), RecordKey.START);
    this.sinceEnd = new SinceRef(log.since(), RecordKey.END);
    this.durable = new SinceRef(log.durable(), RecordKey.START);
    this.trial = new Trial(log, codec, mixed);
    this.maxRecordBytes = maxRecordBytes;
  }

  public Log log() {
    return log;
  }

  /** From values to data and back. */
  public Codec<?> codec() {
    return codec;
  }

  /** A reference to the offset of the last record. It can be watched. */
  public SinceRef since() {
    return since;
  }

  /** A reference to that key of the last record. It can be watched. */
  public SinceRef since(RecordKey key) {
    return key == RecordKey.END ? sinceEnd : since;
  }

  /** A reference to the offset of the last record that is known to be durable. It can be watched. */
  public SinceRef durable() {
    return durable;
  }

  /** The records of a range. {@code onDecodeError} is {@code :throw}, which null means too, {@code :skip} or a function. */
  public LogView view(Range range, Projection projection, Object onDecodeError) {
    RecordCodec reading = new RecordCodec(log.path(), codec, onDecodeError);
    return projection == Projection.ENTRIES ? new EntriesView(log, reading, range) : new LogView(log, reading, range, projection);
  }

  /** The data of a value that is to be appended. */
  public byte[] encode(Object value) {
    trial.run();
    return recordCodec.data(value, maxRecordBytes);
  }

  public long append(Object value) {
    return log.append(encode(value));
  }

  /**
   * See {@link Log#appendAsync}. Throws the errors of the value itself, since the caller may never look at the future.
   */
  public CompletableFuture<Long> appendAsync(Object value) {
    CompletableFuture<Long> offset = log.appendAsync(encode(value));
    if (offset.isCompletedExceptionally()) throwWhereTheValueIsWrong(offset);
    return offset;
  }

  private static void throwWhereTheValueIsWrong(CompletableFuture<Long> failed) {
    try {
      failed.join();
    } catch (CancellationException | CompletionException e) {
      if (e.getCause() instanceof LogException cause
          && (cause.kind() == LogException.Kind.ENCODE || cause.kind() == LogException.Kind.TOO_LARGE)) throw cause;
    }
  }

  /** The records that there are and those that will be; {@code onDecodeError} is as for {@link #view}. */
  public LiveView live(LiveOptions options, Projection projection, Object onDecodeError) {
    return new LiveView(log, codec, options, projection, onDecodeError);
  }

  /** Encodes all values before the first is appended. */
  public long[] appendAll(Iterable<?> values) {
    List<byte[]> batch = new ArrayList<>();
    for (Object value : values) batch.add(encode(value));
    return log.appendAll(batch);
  }

  /**
   * The offset that is given as a number or as a position of this log; null for anything else. See {@link
   * Log#offsetOf}.
   */
  public Long offsetOf(Object offset) {
    if (isWhole(offset)) return ((Number) offset).longValue();
    return Position.isOne(offset) ? (Long) log.offsetOf(Position.from(offset)) : null;
  }

  /** The value of the record at the offset. This is the strict form of {@link #valAt}: see {@link Log#fetch}. */
  public Object fetch(long offset) {
    return recordCodec.value(offset, log.fetch(offset));
  }

  /** The value of the record that ends at the number; {@code notFound} if none ends there, or a deleted one. See {@link Log#getEnding}. */
  public Object ending(long end, Object notFound) {
    long offset = log.offsetOfEnding(end);
    return offset < 0 ? notFound : valAt(offset, notFound);
  }

  /** A cursor before the first record. It sees the records that the log has now. */
  public LogCursor cursor() {
    return new LogCursor(log.cursor(), recordCodec);
  }

  @Override
  public Object valAt(Object offset) {
    return valAt(offset, null);
  }

  @Override
  public Object valAt(Object offset, Object notFound) {
    if (!isWhole(offset)) return Position.isOne(offset) ? valAt(offsetOf(offset), notFound) : notFound;
    long start = ((Number) offset).longValue();
    byte[] data = log.get(start);
    return data == null ? notFound : recordCodec.value(start, data);
  }

  /** Whether a record that is not deleted starts at the offset. Decodes nothing. */
  @Override
  public boolean containsKey(Object offset) {
    Long start = offsetOf(offset);
    return start != null && log.get(start) != null;
  }

  /** The entry of the record at the offset; null if no record starts there, or a deleted one. */
  @Override
  public IMapEntry entryAt(Object offset) {
    Object value = valAt(offset, RecordCodec.NONE);
    return value == RecordCodec.NONE ? null : MapEntry.create(offsetOf(offset), value);
  }

  @Override
  public ITransientAssociative assoc(Object offset, Object value) {
    throw new UnsupportedOperationException("the record at an offset stays as it is; append! adds one");
  }

  @Override
  public ITransientCollection conj(Object value) {
    throw new UnsupportedOperationException("append! adds a record, and says at which offset");
  }

  @Override
  public IPersistentCollection persistent() {
    throw new UnsupportedOperationException("a log has no value; (into [] log) is one of its records");
  }

  private static boolean isWhole(Object offset) {
    return offset instanceof Long || offset instanceof Integer || offset instanceof Short || offset instanceof Byte;
  }

  @Override
  public Object invoke(Object offset) {
    return valAt(offset, null);
  }

  @Override
  public Object invoke(Object offset, Object notFound) {
    return valAt(offset, notFound);
  }

  @Override
  public Object reduce(IFn f) {
    return values.reduce(f);
  }

  @Override
  public Object reduce(IFn f, Object init) {
    return values.reduce(f, init);
  }

  @Override
  public Object kvreduce(IFn f, Object init) {
    return view(Range.all(), Projection.ENTRIES, null).reduce(new AFn() {
      @Override
      public Object invoke(Object acc, Object entry) {
        return f.invoke(acc, ((Map.Entry<?, ?>) entry).getKey(), ((Map.Entry<?, ?>) entry).getValue());
      }
    }, init);
  }

  @Override
  public ISeq seq() {
    return values.seq();
  }

  @Override
  public ISeq rseq() {
    return values.rseq();
  }

  @Override
  public Iterator<Object> iterator() {
    return values.iterator();
  }

  @Override
  public void close() {
    log.close();
  }

  @Override
  public String toString() {
    return Description.of("Log", log, "since", "end", "framing", "offset-bits");
  }
}
