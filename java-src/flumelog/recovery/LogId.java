package flumelog.recovery;

import flumelog.file.RandomBytes;
import java.nio.ByteBuffer;

/** 128 random bits that tell one log from another. They are kept in the checkpoint. */
public record LogId(long high, long low) {
  /** Another one than all that there are. */
  public static LogId random() {
    ByteBuffer bytes = ByteBuffer.wrap(RandomBytes.get(2 * Long.BYTES));
    return new LogId(bytes.getLong(), bytes.getLong());
  }

  /** 32 hexadecimal digits. */
  @Override
  public String toString() {
    return hex(high) + hex(low);
  }

  private static String hex(long bits) {
    String digits = Long.toHexString(bits);
    return "0".repeat(2 * Long.BYTES - digits.length()) + digits;
  }
}
