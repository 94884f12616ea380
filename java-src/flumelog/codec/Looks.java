package flumelog.codec;

import java.nio.charset.CharacterCodingException;

/** What data looks like, for those who opened it with another codec. */
public final class Looks {
  private Looks() {}

  /**
   * The codec that data looks as if it were of, when that is plain to see.
   *
   * @param data all data of a record
   * @return {@code ":nippy"}, {@code ":json"} or {@code ":edn"}, or null
   */
  public static String like(byte[] data) {
    if (isNippy(data, 0, data.length)) return ":nippy";
    String text = text(data);
    if (text == null) return null;
    if (new JsonShape(text).isJson()) return ":json";
    return isEdn(text) ? ":edn" : null;
  }

  /**
   * Whether data begins as nippy's does. EDN would read some of it as a symbol.
   *
   * @param bytes an array that holds the data
   * @param from index of its first byte
   * @param length its bytes
   * @return whether it does
   */
  public static boolean isNippy(byte[] bytes, int from, int length) {
    return length > 4 && bytes[from] == 'N' && bytes[from + 1] == 'P' && bytes[from + 2] == 'Y'
        && bytes[from + 3] >= 0 && bytes[from + 3] < ' ';
  }

  /**
   * Whether a text is JSON with a key in it, as {@code {"n":1}}. EDN would read that as a map from "n" to the keyword
   * {@code :1}; it is never what the EDN codec writes.
   *
   * @param text any text
   * @return whether it is
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
   * Whether data is JSON which the EDN codec reads, but would write in another way, as {@code [1,2]}.
   *
   * @param data all data of a record
   * @return whether it is
   */
  public static boolean isJsonThatEdnReads(byte[] data) {
    String text = text(data);
    return text != null && new JsonShape(text).hasCommas();
  }

  /**
   * Whether data is the same in JSON and in EDN, as {@code "text"} and {@code 1}, so that it says nothing of the log.
   *
   * @param data all data of a record
   * @return whether it is
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

  /** Keywords, tags and lists are in no JSON. */
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
