package flumelog.codec;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** The codecs that need no library. */
public final class Codecs {
  /** What Java puts in the place of bytes that are no text. */
  private static final char REPLACEMENT = '\uFFFD';

  private Codecs() {}

  /** Arrays of bytes as they are. */
  public static final Codec BYTES = new Codec() {
    @Override
    public byte[] encode(Object value) {
      if (value instanceof byte[] bytes) return bytes;
      throw new IllegalArgumentException("the :bytes codec takes an array of bytes, not " + typeOf(value));
    }

    @Override
    public Object decode(byte[] data) {
      return data;
    }

    @Override
    public String codecName() {
      return ":bytes";
    }
  };

  /** Strings as UTF-8; text that is not Unicode (a lone surrogate, a malformed byte) is an error, never a '?'. */
  public static final Codec UTF8 = new SliceCodec() {
    @Override
    public byte[] encode(Object value) throws CharacterCodingException {
      if (value instanceof String string) return utf8(string);
      throw new IllegalArgumentException("the :utf8 codec takes a string, not " + typeOf(value));
    }

    @Override
    public Object decode(byte[] bytes, int from, int length) throws CharacterCodingException {
      return string(bytes, from, length);
    }

    @Override
    public String codecName() {
      return ":utf8";
    }
  };

  /**
   * From text to UTF-8.
   *
   * @param string text that is Unicode
   * @return its bytes in UTF-8
   * @throws CharacterCodingException when it is not, as with a lone surrogate
   */
  public static byte[] utf8(String string) throws CharacterCodingException {
    byte[] utf8 = string.getBytes(StandardCharsets.UTF_8);
    // In place of what has no form in UTF-8 there is a question mark now.
    if (new String(utf8, StandardCharsets.UTF_8).equals(string)) return utf8;
    throw new NotText("a text holds half of a surrogate pair, which has no form in UTF-8");
  }

  /**
   * From UTF-8 to text.
   *
   * @param bytes an array that holds the text
   * @param from index of its first byte
   * @param length its bytes
   * @return the text that they are in UTF-8
   * @throws CharacterCodingException when they are none
   */
  public static String string(byte[] bytes, int from, int length) throws CharacterCodingException {
    String text = new String(bytes, from, length, StandardCharsets.UTF_8);
    return text.indexOf(REPLACEMENT) < 0 ? text : strictly(bytes, from, length);
  }

  /** Tells a replacement character that the text has from one that stands for what is no text. */
  private static String strictly(byte[] bytes, int from, int length) throws CharacterCodingException {
    try {
      return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, from, length)).toString();
    } catch (CharacterCodingException e) {
      throw new NotText("its bytes are not UTF-8");
    }
  }

  /** Java's own says "Input length = 1". */
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
    return value == null ? "nil" : value.getClass().getName();
  }
}
