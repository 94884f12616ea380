package flumelog.cli;

import flumelog.error.CommandFailures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;

/** The verb keygen. */
final class Keygen {
  static final String HELP = """
      Usage: flumelog keygen FILE [OPTIONS]
      Makes a random key, and writes it to a new file that only its owner may read, as 64 hexadecimal digits. It is a key for
      encrypted logs, or with --sign one that signs the seals of a log. Keep a copy elsewhere: without its key nobody can read a log, or go
      on signing it.

        --sign             make a key that signs, and its public key in FILE.pub, which is to be given to readers

      Examples:
        flumelog keygen messages.key
        flumelog keygen audit.key --sign
      """;

  private Keygen() {}

  static int run(Map<String, Object> given) throws Exception {
    String name = (String) given.get("file");
    if (given.containsKey("sign")) return makeSigner(name);
    byte[] key = new byte[KeyFile.KEY_BYTES];
    new SecureRandom().nextBytes(key);
    write(name, key, true);
    return ExitCode.FINE;
  }

  private static int makeSigner(String name) throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] encoded = pair.getPublic().getEncoded();
    if (Files.exists(Path.of(name + ".pub"))) throw CommandFailures.keyExists(name + ".pub");
    write(name, ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow(), true);
    write(name + ".pub", Arrays.copyOfRange(encoded, encoded.length - KeyFile.KEY_BYTES, encoded.length), false);
    return ExitCode.FINE;
  }

  private static void write(String name, byte[] key, boolean isSecret) throws IOException {
    Path file = Path.of(name);
    try {
      if (isSecret) createPrivate(file);
      else Files.createFile(file);
    } catch (FileAlreadyExistsException e) {
      throw CommandFailures.keyExists(name);
    }
    Files.write(file, (HexFormat.of().formatHex(key) + "\n").getBytes(StandardCharsets.US_ASCII), StandardOpenOption.SYNC);
  }

  private static void createPrivate(Path file) throws IOException {
    try {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (UnsupportedOperationException e) {
      Files.createFile(file); // a file system without such permissions
    }
  }
}
