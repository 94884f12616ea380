package flumelog.codec;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** The two codecs that need no library, and conversion between text and UTF-8 that refuses what is not text. */
public final class Codecs {
  /** The char that Java puts in place of bytes that are not UTF-8. */
  private static final char REPLACEMENT = '\uFFFD';

  private Codecs() {}

  /** The codec {@code :bytes}: a value is an array of bytes, and is its own data. */
  public static final Codec<byte[]> BYTES = typed(new Codec<Object>() {
    @Override
    public byte[] encode(Object value) {
      if (value instanceof byte[] bytes) return bytes;
      throw new IllegalArgumentException("the codec for bytes takes an array of bytes, not " + typeOf(value));
    }

    @Override
    public Object decode(byte[] data) {
      return data;
    }

    @Override
    public String codecName() {
      return ":bytes";
    }
  });

  /** The codec {@code :utf8}: strings as UTF-8. A lone surrogate or a malformed byte is an error, never turned into a '?'. */
  public static final Codec<String> UTF8 = typed(new SliceCodec<Object>() {
    @Override
    public byte[] encode(Object value) throws CharacterCodingException {
      if (value instanceof String string) return utf8(string);
      throw new IllegalArgumentException("the codec for text takes a string, not " + typeOf(value));
    }

    @Override
    public Object decode(byte[] bytes, int from, int length) throws CharacterCodingException {
      return string(bytes, from, length);
    }

    @Override
    public String codecName() {
      return ":utf8";
    }
  });

  /** Gives a codec its type. It checks its values itself, because Clojure gives it any. */
  @SuppressWarnings("unchecked")
  private static <T> Codec<T> typed(Codec<?> codec) {
    return (Codec<T>) codec;
  }

  /**
   * Encodes text as UTF-8.
   *
   * @param string the text
   * @return its bytes in UTF-8
   * @throws CharacterCodingException if the text contains a lone surrogate
   */
  public static byte[] utf8(String string) throws CharacterCodingException {
    byte[] utf8 = string.getBytes(StandardCharsets.UTF_8);
    // getBytes has put a question mark in place of each lone surrogate.
    if (new String(utf8, StandardCharsets.UTF_8).equals(string)) return utf8;
    throw new NotText("a text holds half of a surrogate pair, which has no form in UTF-8");
  }

  /**
   * Decodes UTF-8.
   *
   * @param bytes an array that contains the text in UTF-8
   * @param from index of the first byte of the text
   * @param length how many bytes the text has
   * @return the text
   * @throws CharacterCodingException if the bytes are not UTF-8
   */
  public static String string(byte[] bytes, int from, int length) throws CharacterCodingException {
    String text = new String(bytes, from, length, StandardCharsets.UTF_8);
    return text.indexOf(REPLACEMENT) < 0 ? text : strictly(bytes, from, length);
  }

  /** Decodes UTF-8 again with a decoder that throws, since the replacement char may also be part of valid text. */
  private static String strictly(byte[] bytes, int from, int length) throws CharacterCodingException {
    try {
      return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, from, length)).toString();
    } catch (CharacterCodingException e) {
      throw new NotText("its bytes are not UTF-8");
    }
  }

  /** An exception with a message of our own, since Java's is "Input length = 1". */
  private static final class NotText extends CharacterCodingException {
    private static final long serialVersionUID = 1L;
    private final String sentence;

    NotText(String sentence) {
      this.sentence = sentence;
    }

    @Override
    public String getMessage() {
      return sentence;
    }
  }

  private static String typeOf(Object value) {
    return value == null ? "null" : value.getClass().getName();
  }
}
