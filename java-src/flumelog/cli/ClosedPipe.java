package flumelog.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Ends the process when the program behind the pipe of standard output has ended, also while there is nothing to write. Java can't ask a
 * pipe whether anybody reads it: only a write of a byte shows that. GNU tail can ask, with poll. So a GNU tail runs beside this process,
 * with the same standard output, and writes nothing to it. Without GNU tail, or if standard output is no pipe, the next write shows it.
 */
final class ClosedPipe {
  /** How the JVM tells that a process was ended by SIGPIPE. */
  private static final int BY_SIGPIPE = 128 + 13;

  private ClosedPipe() {}

  /** Begins to watch. */
  static void watch() {
    if (!isPipe()) return;
    String pid = "--pid=" + ProcessHandle.current().pid();
    try {
      Process tail = new ProcessBuilder("tail", "-f", pid, "/dev/null").redirectOutput(Redirect.INHERIT).redirectError(Redirect.DISCARD).start();
      if (!EndOfProcess.add(new Thread(tail::destroy))) tail.destroy();
      tail.onExit().thenAccept(ended -> {
        if (ended.exitValue() == BY_SIGPIPE) System.exit(ExitCode.FINE);
      });
    } catch (IOException noTail) {
      // The next write shows it.
    }
  }

  private static boolean isPipe() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString().startsWith("pipe:");
    } catch (IOException | UnsupportedOperationException notLinux) {
      return false;
    }
  }
}
