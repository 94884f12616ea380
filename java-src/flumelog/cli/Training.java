package flumelog.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * Runs many commands in one process, so that the JVM can write an archive of the classes that commands need. {@code bin/compile-cli}
 * uses it. The archive makes later processes start sooner.
 */
public final class Training {
  private Training() {}

  /**
   * Runs each line of standard input as one command.
   *
   * @param arguments none
   * @throws IOException if standard input can't be read
   */
  public static void main(String[] arguments) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) Main.run(line.split("\t"));
    System.exit(0);
  }
}
