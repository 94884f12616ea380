package flumelog.file;

import java.io.FileInputStream;
import java.io.IOException;
import java.security.SecureRandom;

/** Random bytes from the system. */
public final class RandomBytes {
  // start-up: a SecureRandom takes a new process tens of milliseconds, so the device is read.
  private RandomBytes() {}

  /** {@return that many random bytes} */
  public static byte[] get(int count) {
    byte[] bytes = new byte[count];
    try (FileInputStream in = new FileInputStream("/dev/urandom")) {
      if (in.readNBytes(bytes, 0, count) == count) return bytes;
    } catch (IOException e) {
      // Not Unix, or hidden from us.
    }
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }
}
