package flumelog.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Prints answers. {@link System#out} would not say that the disk is full, or that nobody reads. */
final class Out {
  private Out() {}

  static void print(String text) throws IOException {
    new FileOutputStream(FileDescriptor.out).write(text.getBytes(StandardCharsets.UTF_8));
  }
}
