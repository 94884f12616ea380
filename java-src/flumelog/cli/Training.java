package flumelog.cli;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
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
   * Runs each line of standard input as one command. Between its words are tabs, and behind {@code <} is its own standard input.
   *
   * @param arguments none
   * @throws IOException if standard input can't be read
   */
  public static void main(String[] arguments) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) run(line);
    System.exit(0);
  }

  private static void run(String line) {
    int input = line.indexOf("\t<\t");
    System.setIn(new ByteArrayInputStream((input < 0 ? "" : line.substring(input + 3)).getBytes(StandardCharsets.UTF_8)));
    Main.run((input < 0 ? line : line.substring(0, input)).split("\t"));
  }
}
