package flumelog.file;

import java.io.FileInputStream;
import java.io.IOException;
import java.security.SecureRandom;

/** Gets random bytes from the system. */
public final class RandomBytes {
  // start-up: a SecureRandom takes a new process tens of milliseconds, so the device is read.
  private RandomBytes() {}

  /** {@return that many random bytes} */
  public static byte[] get(int count) {
    byte[] bytes = new byte[count];
    try (FileInputStream in = new FileInputStream("/dev/urandom")) {
      if (in.readNBytes(bytes, 0, count) == count) return bytes;
    } catch (IOException e) {
      // Not Unix, or /dev is hidden.
    }
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }
}
