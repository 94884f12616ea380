package flumelog.coll;

import clojure.lang.IFn;
import clojure.lang.Keyword;
import flumelog.codec.Codec;
import flumelog.codec.Looks;
import flumelog.codec.SliceCodec;
import flumelog.codec.TooLong;
import flumelog.error.CodecFailure;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.RecordFailures;
import java.util.Arrays;

/**
 * Decodes data to values and encodes values to data. When a codec fails, only the reading of that record fails: the
 * error becomes {@code :decode} with the record's offset, or is handled by {@code :on-decode-error}.
 */
final class RecordCodec {
  /** Stands for a missing value: the record was deleted or is skipped. */
  static final Object NONE = new Object();

  private static final Keyword THROW = Keyword.intern("throw");
  private static final Keyword SKIP = Keyword.intern("skip");

  private final String path;
  private final Codec<Object> codec;
  /** The codec, if it can decode a part of an array; otherwise null. */
  private final SliceCodec<Object> slices;
  private final Object onError;

  @SuppressWarnings("unchecked") // a codec says itself which values it does not support
  RecordCodec(String path, Codec<?> codec, Object onError) {
    if (onError != null && onError != THROW && onError != SKIP && (onError instanceof Keyword || !(onError instanceof IFn))) {
      throw OptionFailures.badOption(":on-decode-error", onError, ":throw, :skip or a function of the exception");
    }
    this.path = path;
    this.codec = (Codec<Object>) codec;
    this.slices = codec instanceof SliceCodec<?> inPlace ? (SliceCodec<Object>) inPlace : null;
    this.onError = onError;
  }

  String path() {
    return path;
  }

  /** Whether a record that can't be decoded is skipped. If so, a record must be decoded to know whether it counts. */
  boolean skips() {
    return onError == SKIP;
  }

  boolean readsInPlace() {
    return slices != null;
  }

  /** The value of the record at the offset; NONE if the data is null, since the record was deleted. */
  Object value(long offset, byte[] data) {
    if (data == null) return NONE;
    try {
      return codec.decode(data);
    } catch (Throwable e) { // Throwable: a user's codec may throw anything, and hostile data may overflow the stack
      return instead(offset, data, e);
    }
  }

  /** The value of the record at the offset, whose data is the first {@code length} bytes of the array. */
  Object value(long offset, byte[] bytes, int length) {
    try {
      return slices.decode(bytes, 0, length);
    } catch (Throwable e) {
      return instead(offset, Arrays.copyOf(bytes, length), e);
    }
  }

  /** The value in place of a record that is longer than the options allow. Rethrows any other failure. */
  Object insteadOf(LogException failure) {
    if (failure.kind() != LogException.Kind.TOO_LARGE) throw failure;
    return instead(failure);
  }

  private Object instead(long offset, byte[] data, Throwable cause) {
    CodecFailure.throwUnlessOfRecord(path, cause);
    return onError == SKIP ? NONE
        : instead(RecordFailures.decode(path, offset, codec.codecName(), Looks.like(data), cause));
  }

  private Object instead(LogException failure) {
    if (onError == SKIP) return NONE;
    if (onError instanceof IFn f && onError != THROW) return f.invoke(failure);
    throw failure;
  }

  /** The data of a value. A codec that supports a limit stops as soon as the data exceeds {@code maxBytes}. */
  byte[] data(Object value, int maxBytes) {
    byte[] data;
    try {
      data = codec.encode(value, maxBytes);
    } catch (TooLong e) {
      throw RecordFailures.valueTooLarge(path, maxBytes);
    } catch (Throwable e) {
      CodecFailure.throwUnlessOfRecord(path, e);
      throw RecordFailures.encode(path, e);
    }
    if (data == null) throw RecordFailures.encode(path, "the codec made null of it, not an array of bytes");
    return data;
  }
}
