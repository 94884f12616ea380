package flumelog.file;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What {@code <log>.lock} says of the process that has the log open for writing. Each is on a line of its own:
 *
 * <pre>
 *   pid
 *   start      when the process started: field 22 of /proc/PID/stat, or milliseconds since 1970 where there is no /proc
 *   boot       a number that changes when the machine is started anew
 *   namespace  in which the pid is one; "-" where there are none
 *   file       device and inode of the lock file: that of a copy is another one
 * </pre>
 *
 * @param pid of the process
 * @param start when it started
 * @param boot when the machine did
 * @param namespace in which the pid is one
 * @param file the lock file
 */
record Holder(long pid, long start, long boot, String namespace, String file) {
  private static final int MOST_BYTES = 1 << 10;
  private static final long PID = ProcessHandle.current().pid();
  private static final String NAMESPACE = namespaceOfThis();
  private static final long START = startOf(PID);

  /** This process as the holder of a lock file. */
  static Holder here(Object fileKey, long boot) {
    return new Holder(PID, START, boot, NAMESPACE, String.valueOf(fileKey));
  }

  /** Who is named in a lock file, or null. */
  static Holder read(ChannelFile file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
    int n = file.readAt(0, bytes);
    if (n == 0) return null;
    String[] lines = new String(bytes.array(), 0, n, StandardCharsets.US_ASCII).split("\n");
    if (lines.length < 5) return null;
    try {
      return new Holder(Long.parseLong(lines[0]), Long.parseLong(lines[1]), Long.parseLong(lines[2]), lines[3], lines[4]);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  void write(ChannelFile to) throws IOException {
    to.truncate(0);
    String lines = pid + "\n" + start + "\n" + boot + "\n" + namespace + "\n" + file + "\n";
    to.overwrite(0, ByteBuffer.wrap(lines.getBytes(StandardCharsets.US_ASCII)));
  }

  /** Whether it is a process that can be seen from here: of this run of the machine, and among the pids of this process. */
  boolean isOfHere(long hereBoot) {
    return boot == hereBoot && namespace.equals(NAMESPACE);
  }

  boolean isThis(long hereBoot) {
    return isOfHere(hereBoot) && pid == PID && start == START;
  }

  /** Whether the process lives, where it {@link #isOfHere}: one of the same pid that started at another time is another one. */
  boolean isAlive() {
    return pid > 0 && start != 0 && startOf(pid) == start;
  }

  /** When a process started; 0 when there is none, or it has ended and nobody has asked how. */
  private static long startOf(long pid) {
    try (FileInputStream in = new FileInputStream("/proc/" + pid + "/stat")) {
      String stat = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      int at = stat.lastIndexOf(')') + 2; // the name before it may hold anything
      char state = stat.charAt(at);
      if (state == 'Z' || state == 'X') return 0;
      for (int field = 3; field < 22; field++) at = stat.indexOf(' ', at) + 1;
      return Long.parseLong(stat.substring(at, stat.indexOf(' ', at)));
    } catch (IOException | RuntimeException e) {
      return NAMESPACE.equals("-") ? startBySystem(pid) : 0;
    }
  }

  private static long startBySystem(long pid) {
    return ProcessHandle.of(pid).flatMap(process -> process.info().startInstant()).map(start -> start.toEpochMilli()).orElse(0L);
  }

  private static String namespaceOfThis() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
    } catch (IOException | UnsupportedOperationException e) {
      return "-";
    }
  }
}
