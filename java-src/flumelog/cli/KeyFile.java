package flumelog.cli;

import flumelog.error.CommandFailures;
import flumelog.log.LogOptions;
import flumelog.log.Protection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys of a log, in files that only their owner may read: 32 bytes, or 64 hexadecimal digits. A public key may be read by all. */
final class KeyFile {
  static final int KEY_BYTES = 32;
  private static final Set<PosixFilePermission> OF_OWNER =
      Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

  private KeyFile() {}

  /** The options with the keys that were given; the same ones if none was. */
  static LogOptions with(LogOptions options, Map<String, Object> given) throws IOException {
    Protection protection = protection(given, "");
    return protection == null ? options : options.withProtection(protection);
  }

  /**
   * The protection that the given keys say; null if none was given.
   *
   * @param prefix of the names of the options: {@code "from-"} for those of the log that is read
   */
  static @Nullable Protection protection(Map<String, Object> given, String prefix) throws IOException {
    Object key = given.get(prefix + "key-file");
    Object sign = given.get(prefix + "sign");
    Object trust = given.get(prefix + "trust");
    if (key == null && sign == null && trust == null) return null;
    Protection protection = key == null ? Protection.SEALED : Protection.encrypted(read((String) key, "--key-file"));
    if ("sealed".equals(given.get(prefix + "protect"))) protection = protection.sealed();
    if (sign != null) protection = protection.signedBy(read((String) sign, "--sign"));
    return trust == null ? protection : protection.trusting(bytes(Path.of((String) trust), (String) trust, "--trust"));
  }

  private static byte[] read(String name, String option) throws IOException {
    Path file = Path.of(name);
    if (Files.isRegularFile(file) && !isPrivate(file)) throw CommandFailures.badKeyFile(name, option, "can be read by others: chmod 600 " + name);
    return bytes(file, name, option);
  }

  private static byte[] bytes(Path file, String name, String option) throws IOException {
    if (!Files.isRegularFile(file)) throw CommandFailures.badKeyFile(name, option, "is no file");
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length == KEY_BYTES) return bytes;
    try {
      byte[] key = HexFormat.of().parseHex(new String(bytes, StandardCharsets.US_ASCII).strip());
      if (key.length == KEY_BYTES) return key;
    } catch (IllegalArgumentException e) {
      // It is no text in hexadecimal. The exception has a part of the text, so it goes no further.
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
    throw CommandFailures.badKeyFile(name, option, "has neither 32 bytes nor 64 hexadecimal digits");
  }

  /** Whether nobody but the owner may do anything with the file. Where files have no such permissions, it is taken to be so. */
  private static boolean isPrivate(Path file) throws IOException {
    try {
      return OF_OWNER.containsAll(Files.getPosixFilePermissions(file));
    } catch (UnsupportedOperationException e) {
      return true;
    }
  }
}
