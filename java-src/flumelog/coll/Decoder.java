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
 * Data to values. What breaks in a codec breaks the reading of that record alone: it becomes {@code :decode} with the
 * offset, or what {@code :on-decode-error} makes of it.
 */
final class Decoder {
  /** In place of a value: there is none to give for this record. */
  static final Object NONE = new Object();

  private static final Keyword THROW = Keyword.intern("throw");
  private static final Keyword SKIP = Keyword.intern("skip");

  private final String path;
  private final Codec codec;
  /** The same where it reads data in place, otherwise null. */
  private final SliceCodec slices;
  private final Object onError;

  Decoder(String path, Codec codec, Object onError) {
    if (onError != null && onError != THROW && onError != SKIP && (onError instanceof Keyword || !(onError instanceof IFn))) {
      throw OptionFailures.badOption(":on-decode-error", onError, ":throw, :skip or a function of the exception");
    }
    this.path = path;
    this.codec = codec;
    this.slices = codec instanceof SliceCodec inPlace ? inPlace : null;
    this.onError = onError;
  }

  String path() {
    return path;
  }

  /** Whether it can say NONE, so that only decoding tells if a record is given. */
  boolean skips() {
    return onError == SKIP;
  }

  boolean readsInPlace() {
    return slices != null;
  }

  /** The value of the record at the offset; NONE where that was deleted and its data is null. */
  Object value(long offset, byte[] data) {
    if (data == null) return NONE;
    try {
      return codec.decode(data);
    } catch (Throwable e) { // codecs are anybody's, and hostile data may need more of the stack than there is
      return instead(offset, data, e);
    }
  }

  /** The same for data that is the beginning of an array. */
  Object value(long offset, byte[] bytes, int length) {
    try {
      return slices.decode(bytes, 0, length);
    } catch (Throwable e) {
      return instead(offset, Arrays.copyOf(bytes, length), e);
    }
  }

  /** What takes the place of a record that is longer than the options allow; throws what is none. */
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

  /** The data of a value; a codec that can ends early where there would be more than so many bytes of it. */
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
