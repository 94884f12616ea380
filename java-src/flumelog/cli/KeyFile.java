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

/** The key of an encrypted log, in a file that only its owner may read: 32 bytes, or 64 hexadecimal digits. */
final class KeyFile {
  static final int KEY_BYTES = 32;
  private static final Set<PosixFilePermission> OF_OWNER =
      Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

  private KeyFile() {}

  /** The options with the key that was given; the same ones if none was. */
  static LogOptions with(LogOptions options, Map<String, Object> given) throws IOException {
    Protection protection = protection(given.get("key-file"));
    return protection == null ? options : options.withProtection(protection);
  }

  /** @param file null if none was given */
  static @Nullable Protection protection(@Nullable Object file) throws IOException {
    return file == null ? null : Protection.encrypted(read((String) file));
  }

  private static byte[] read(String name) throws IOException {
    Path file = Path.of(name);
    if (!Files.isRegularFile(file)) throw CommandFailures.badKeyFile(name, "is no file");
    if (!isPrivate(file)) throw CommandFailures.badKeyFile(name, "can be read by others: chmod 600 " + name);
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
    throw CommandFailures.badKeyFile(name, "has neither 32 bytes nor 64 hexadecimal digits");
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
