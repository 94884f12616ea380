package flumelog.codec;

import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/** Guesses which codec wrote some data, so that an error can say that the log was opened with another one. */
public final class Looks {
  private Looks() {}

  /**
   * Guesses the codec that wrote the data.
   *
   * @param data all data of one record
   * @return {@code ":nippy"}, {@code ":json"}, {@code ":edn"}, or null if the data does not show it clearly
   */
  public static @Nullable String like(byte[] data) {
    if (isNippy(data, 0, data.length)) return ":nippy";
    String text = text(data);
    if (text == null) return null;
    if (new JsonShape(text).isJson()) return ":json";
    return isEdn(text) ? ":edn" : null;
  }

  /**
   * Whether data begins with nippy's header. The EDN codec would read some such data as a symbol.
   *
   * @param bytes an array that contains the data
   * @param from index of the first byte of the data
   * @param length how many bytes of data there are
   * @return whether the header is there
   */
  public static boolean isNippy(byte[] bytes, int from, int length) {
    return length > 4 && bytes[from] == 'N' && bytes[from + 1] == 'P' && bytes[from + 2] == 'Y'
        && bytes[from + 3] >= 0 && bytes[from + 3] < ' ';
  }

  /**
   * Whether a text is JSON with a key in it, such as {@code {"n":1}}. As EDN, this text reads as a map from "n" to the
   * keyword {@code :1}. The EDN codec never writes such text.
   *
   * @param text any text
   * @return whether the text is such JSON
   */
  public static boolean isObjectOfJson(String text) {
    int first = firstIn(text, 0);
    if (first == text.length()) return false;
    char c = text.charAt(first);
    if (c == '{') {
      int second = firstIn(text, first + 1);
      return second < text.length() && text.charAt(second) == '"' && new JsonShape(text).hasKeys();
    }
    return c == '[' && new JsonShape(text).hasKeys();
  }

  /**
   * Whether data is JSON that the EDN codec can read but would write differently, such as {@code [1,2]}.
   *
   * @param data all data of one record
   * @return whether the data is such JSON
   */
  public static boolean isJsonThatEdnReads(byte[] data) {
    String text = text(data);
    return text != null && new JsonShape(text).hasCommas();
  }

  /**
   * Whether data is the same in JSON and in EDN, such as {@code "text"} and {@code 1}. It then doesn't show which of the two
   * codecs wrote it.
   *
   * @param data all data of one record
   * @return whether it is the same in both
   */
  public static boolean isEither(byte[] data) {
    String text = text(data);
    if (text == null) return false;
    JsonShape shape = new JsonShape(text);
    return shape.isJson() && !shape.hasKeys() && !shape.hasCommas();
  }

  private static String text(byte[] data) {
    try {
      return Codecs.string(data, 0, data.length);
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** Whether the text begins with a keyword, a tag or a list, perhaps within other collections. JSON has none of these. */
  private static boolean isEdn(String text) {
    int i = firstIn(text, 0);
    while (i < text.length() && (text.charAt(i) == '[' || text.charAt(i) == '{')) i = firstIn(text, i + 1);
    return i < text.length() && ":#(".indexOf(text.charAt(i)) >= 0;
  }

  private static int firstIn(String text, int from) {
    int i = from;
    while (i < text.length() && Character.isWhitespace(text.charAt(i))) i++;
    return i;
  }
}
