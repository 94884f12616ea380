package flumelog.log;

import flumelog.codec.Codec;
import flumelog.codec.Looks;
import flumelog.codec.TooLong;
import flumelog.engine.AppendFuture;
import flumelog.error.CodecFailure;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A log of values of one type: a {@link Log} and the codec that makes data from values, and values from data. Any number of
 * threads may use it. The methods do what those of the log do, and throw what these throw.
 *
 * <pre>{@code
 *   try (TypedLog<String> log = TypedLog.open(path, LogOptions.defaults(), Codecs.UTF8)) {
 *     long offset = log.append("hello");
 *     String hello = log.fetch(offset);
 *   }
 * }</pre>
 *
 * <p>If the codec can't encode a value, nothing is appended, and the method throws {@code ENCODE}. If it can't decode a
 * record, reading this record throws {@code DECODE} with the offset, and other records can still be read.
 *
 * @param <T> the type of the values
 */
public final class TypedLog<T> implements AutoCloseable {
  private final Log log;
  private final Codec<T> codec;
  private final int maxRecordBytes;

  private TypedLog(Log log, Codec<T> codec) {
    this.log = Objects.requireNonNull(log, "log");
    this.codec = Objects.requireNonNull(codec, "codec");
    this.maxRecordBytes = log.info().get("max-record-bytes") instanceof Long max ? max.intValue() : Integer.MAX_VALUE;
  }

  /**
   * Opens the log in a file.
   *
   * @param path of the file
   * @param options how to open it; the codec takes the place of theirs
   * @param codec makes data from values, and values from data
   * @param <T> the type of the values
   * @return the log; close it
   * @throws LogException as {@link OffsetLog#open(Path, LogOptions)}
   */
  public static <T> TypedLog<T> open(Path path, LogOptions options, Codec<T> codec) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(codec, "codec");
    return over(OffsetLog.open(path, options.withCodec(codec)), codec);
  }

  /**
   * Makes a log of values over an open log. Both may be used, and closing one of them closes the other.
   *
   * @param log an open log
   * @param codec makes data from values, and values from data
   * @param <T> the type of the values
   * @return the log of values
   */
  public static <T> TypedLog<T> over(Log log, Codec<T> codec) {
    return new TypedLog<>(log, codec);
  }

  /** {@return the log of bytes, which has all that is not here: deletions, positions, {@code since}, {@code sync}, facts} */
  public Log log() {
    return log;
  }

  /**
   * Appends a value.
   *
   * @param value a value that the codec supports
   * @return its offset
   * @throws LogException {@code ENCODE} if the codec can't encode it, {@code TOO_LARGE}, and as {@link Log#append}
   */
  public long append(T value) {
    return log.append(encode(value));
  }

  /**
   * Appends values: all or none. They are encoded before the first one is written.
   *
   * @param values the values; may be empty
   * @return their offsets, in the order of the values
   * @throws LogException {@code ENCODE} if the codec can't encode one of them, {@code TOO_LARGE}, and as {@link Log#appendAll}
   */
  public long[] appendAll(List<? extends T> values) {
    Objects.requireNonNull(values, "values");
    List<byte[]> batch = new ArrayList<>();
    for (T value : values) batch.add(encode(value));
    return log.appendAll(batch);
  }

  /**
   * Appends a value without waiting for it. The caller's thread encodes it.
   *
   * @param value a value that the codec supports
   * @return a future of the offset, as {@link Log#appendAsync} gives it; one that has failed if the codec can't encode the value
   */
  public CompletableFuture<Long> appendAsync(T value) {
    byte[] data;
    try {
      data = encode(value);
    } catch (LogException e) {
      return AppendFuture.failed(e);
    }
    return log.appendAsync(data);
  }

  /**
   * Reads a value.
   *
   * @param offset any long
   * @return the value; null if no record starts at the offset, or a deleted one
   * @throws LogException {@code DECODE} if the codec can't decode it, and as {@link Log#get}
   */
  public @Nullable T get(long offset) {
    byte[] data = log.get(offset);
    return data == null ? null : decode(offset, data);
  }

  /**
   * Reads a value by the end of its record, see {@link Cursor#end}.
   *
   * @param end any long
   * @return the value; null if no record ends there, or a deleted one
   * @throws LogException {@code DECODE} if the codec can't decode it, and as {@link Log#getEnding}
   */
  public @Nullable T getEnding(long end) {
    long offset = log.offsetOfEnding(end);
    return offset < 0 ? null : get(offset);
  }

  /**
   * Reads a value that must exist.
   *
   * @param offset of a record that is not deleted
   * @return the value
   * @throws LogException {@code DECODE} if the codec can't decode it, and as {@link Log#fetch}
   */
  public T fetch(long offset) {
    return decode(offset, log.fetch(offset));
  }

  /** {@return all records from the oldest to the newest, as {@link Log#stream()} gives them; reading one throws as {@link #get}} */
  public Stream<TypedEntry<T>> stream() {
    return stream(Range.all());
  }

  /**
   * The records of a range.
   *
   * @param range the bounds, the direction and the largest number of records
   * @return the records, as {@link Log#stream(Range)} gives them; reading one throws as {@link #get}
   */
  public Stream<TypedEntry<T>> stream(Range range) {
    return log.stream(range).map(this::typed);
  }

  /**
   * The present and future records.
   *
   * @param options which records
   * @return a publisher as that of {@link Log#live}. A record that can't be decoded ends a subscription with {@code onError}
   */
  public Flow.Publisher<TypedEntry<T>> live(LiveOptions options) {
    Flow.Publisher<Entry> entries = log.live(options);
    return subscriber -> entries.subscribe(new TypedSubscriber<>(Objects.requireNonNull(subscriber, "subscriber"), this));
  }

  /** Closes the log, as {@link Log#close} does. */
  @Override
  public void close() {
    log.close();
  }

  TypedEntry<T> typed(Entry entry) {
    return new TypedEntry<>(entry.offset(), decode(entry.offset(), entry.data()), entry.end());
  }

  private byte[] encode(T value) {
    byte[] data;
    try {
      data = codec.encode(value, maxRecordBytes);
    } catch (TooLong e) {
      throw RecordFailures.valueTooLarge(log.path(), maxRecordBytes);
    } catch (Throwable e) { // Throwable: a user's codec may throw anything
      CodecFailure.throwUnlessOfRecord(log.path(), e);
      throw RecordFailures.encode(log.path(), e);
    }
    if (data == null) throw RecordFailures.encode(log.path(), "the codec made null of it, not an array of bytes");
    return data;
  }

  private T decode(long offset, byte[] data) {
    try {
      return codec.decode(data);
    } catch (Throwable e) { // Throwable: a user's codec may throw anything
      CodecFailure.throwUnlessOfRecord(log.path(), e);
      throw RecordFailures.decode(log.path(), offset, codec.codecName(), Looks.like(data), e);
    }
  }

  @Override
  public String toString() {
    return Description.of("TypedLog", log, "since");
  }
}
