package flumelog.cli;

import flumelog.codec.Codecs;
import flumelog.codec.PlainEdn;
import flumelog.field.PlainJson;
import java.nio.charset.CharacterCodingException;

/** Tells which records are printed as they are stored. */
public final class OwnText {
  private OwnText() {}

  /**
   * Whether data is text of its codec on one line, beyond doubt. Such a record is printed as it is stored. Any other is decoded,
   * and its value is printed.
   *
   * @param codec {@code ":json"} or {@code ":edn"}; there is no such text of others
   * @param data all data of one record
   * @return whether it is
   */
  public static boolean is(String codec, byte[] data) {
    return switch (codec) {
      case ":json" -> PlainJson.is(data);
      case ":edn" -> isEdn(data);
      default -> false;
    };
  }

  private static boolean isEdn(byte[] data) {
    try {
      return PlainEdn.is(Codecs.string(data, 0, data.length));
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
