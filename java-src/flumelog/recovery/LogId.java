package flumelog.recovery;

import flumelog.error.OptionFailures;
import flumelog.file.RandomBytes;
import flumelog.protect.HeadRecord;
import java.nio.ByteBuffer;

/** The id of a log: 128 random bits, which are kept in the checkpoint, and in the head of a protected log. */
public record LogId(long high, long low) {
  /** A new id, which no other log has. */
  public static LogId random() {
    ByteBuffer bytes = ByteBuffer.wrap(RandomBytes.get(2 * Long.BYTES));
    return new LogId(bytes.getLong(), bytes.getLong());
  }

  /** The id of a protected log. */
  public static LogId of(HeadRecord head) {
    return new LogId(head.idHigh(), head.idLow());
  }

  /** 32 hexadecimal digits. */
  /**
   * The id that a text says.
   *
   * @throws flumelog.error.LogException {@code BAD_OPTION} if it is not 32 hexadecimal digits
   */
  public static LogId parse(String text) {
    if (text != null && text.matches("[0-9a-f]{32}")) {
      return new LogId(Long.parseUnsignedLong(text.substring(0, 16), 16), Long.parseUnsignedLong(text.substring(16), 16));
    }
    throw OptionFailures.badOption(":id", text, "the id of a log: 32 hexadecimal digits in small letters");
  }

  @Override
  public String toString() {
    return hex(high) + hex(low);
  }

  private static String hex(long bits) {
    String digits = Long.toHexString(bits);
    return "0".repeat(2 * Long.BYTES - digits.length()) + digits;
  }
}
