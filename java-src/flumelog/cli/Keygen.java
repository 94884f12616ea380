package flumelog.cli;

import flumelog.error.CommandFailures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;

/** The verb keygen. */
final class Keygen {
  static final String HELP = """
      Usage: flumelog keygen FILE [OPTIONS]
      Makes a random key for encrypted logs, and writes it to a new file that only its owner may read, as 64 hexadecimal digits.
      Keep a copy elsewhere: without its key nobody can read a log.

      Examples:
        flumelog keygen messages.key
        flumelog convert messages.log secret.log --key-file messages.key
      """;

  private Keygen() {}

  static int run(Map<String, Object> given) throws IOException {
    String name = (String) given.get("file");
    byte[] key = new byte[KeyFile.KEY_BYTES];
    new SecureRandom().nextBytes(key);
    Path file = Path.of(name);
    try {
      createPrivate(file);
    } catch (FileAlreadyExistsException e) {
      throw CommandFailures.keyExists(name);
    }
    Files.write(file, (HexFormat.of().formatHex(key) + "\n").getBytes(StandardCharsets.US_ASCII), StandardOpenOption.SYNC);
    return ExitCode.FINE;
  }

  private static void createPrivate(Path file) throws IOException {
    try {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (UnsupportedOperationException e) {
      Files.createFile(file); // a file system without such permissions
    }
  }
}
