package flumelog.file;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The process that has a log open for writing, as {@code <log>.lock} names it. Each field is on a line of its own:
 *
 * <pre>
 *   pid
 *   start      when the process started: field 22 of /proc/PID/stat, or milliseconds since 1970 if there is no /proc
 *   boot       a number that changes when the machine restarts
 *   namespace  the pid namespace, in which the pid is unique; "-" if the system has none
 *   file       device and inode of the lock file; a copy of the lock file has other ones
 * </pre>
 *
 * @param pid the pid of the process
 * @param start when the process started
 * @param boot the number of the machine's start
 * @param namespace the pid namespace
 * @param file device and inode of the lock file
 */
record Holder(long pid, long start, long boot, String namespace, String file) {
  private static final int MOST_BYTES = 1 << 10;
  private static final long PID = pidOfThis();
  private static final String NAMESPACE = namespaceOfThis();
  private static final long START = startOf(PID);

  /** Describes this process as the holder of a lock file. */
  static Holder here(Object fileKey, long boot) {
    return new Holder(PID, START, boot, NAMESPACE, String.valueOf(fileKey));
  }

  /** Reads the holder from a lock file. Returns null if the file names none. */
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

  /** Whether the holder belongs to this run of the machine and to the pid namespace of this process. */
  boolean isOfHere(long hereBoot) {
    return boot == hereBoot && namespace.equals(NAMESPACE);
  }

  boolean isThis(long hereBoot) {
    return isOfHere(hereBoot) && pid == PID && start == START;
  }

  /** Whether the holder is alive, if it {@link #isOfHere}. A process with its pid but another start is another process. */
  boolean isAlive() {
    return pid > 0 && start != 0 && startOf(pid) == start;
  }

  /** Returns when a process started, or 0 if there is no such process or it is a zombie. */
  private static long startOf(long pid) {
    try (FileInputStream in = new FileInputStream("/proc/" + pid + "/stat")) {
      String stat = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      int at = stat.lastIndexOf(')') + 2; // the name before it may contain any char
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

  // start-up: ProcessHandle makes a pool of threads and a handful of lambdas before it says the pid
  private static long pidOfThis() {
    try {
      return Long.parseLong(Files.readSymbolicLink(Path.of("/proc/self")).toString());
    } catch (IOException | RuntimeException e) {
      return ProcessHandle.current().pid();
    }
  }

  private static String namespaceOfThis() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
    } catch (IOException | UnsupportedOperationException e) {
      return "-";
    }
  }
}
