package bench.peer;

import bench.peer.Peer.Use;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Another process that uses the store of a step: it reads, or it writes. It works only while it is told to, so that the
 * machine is quiet before a measure. It ends when the step's process does.
 */
final class Companion implements AutoCloseable {
  /** The length of a time stamp, with which the records of {@link #stamp} begin. */
  static final int STAMP_BYTES = 8;

  private static final int BATCH = 100;
  private static final long BATCH_NANOS = 10_000_000;
  private static final long STAMP_NANOS = 1_000_000;

  private final Process process;

  private Companion(Process process) {
    this.process = process;
  }

  /** Starts a process that does the work, {@code read}, {@code write} or {@code stamp}, and waits until it has opened the store. */
  static Companion start(String work, Peer peer, Path folder, String payload, int records) throws IOException {
    List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!option.startsWith("-Xm") && !option.contains("AlwaysPreTouch")) command.add(option);
    }
    command.addAll(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path"), Companion.class.getName(), work,
        peer.getClass().getName(), folder.toString(), payload, Integer.toString(records)));
    Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    Companion companion = new Companion(process);
    int said;
    do said = process.getInputStream().read();    // peers may print lines of their own
    while (said != '!' && said != -1);
    if (said == '!') return companion;
    companion.close();
    throw new IOException("the process that was to " + work + " could not be started");
  }

  void go() throws IOException {
    tell('g');
  }

  void stop() throws IOException {
    tell('s');
  }

  private void tell(char what) throws IOException {
    process.getOutputStream().write(what);
    process.getOutputStream().flush();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  // The other process

  private static volatile boolean working;
  private static Thread worker;

  public static void main(String[] words) throws Exception {
    worker = Thread.currentThread();
    Peer peer = (Peer) Class.forName(words[1]).getDeclaredConstructor().newInstance();
    int records = Integer.parseInt(words[4]);
    Use use = switch (words[0]) {
      case "read" -> Use.FOLLOW;
      case "write" -> Use.BULK;
      default -> Use.EACH;
    };
    Store store = peer.open(Path.of(words[2]), use);
    byte[][] all = words[0].equals("read") ? null : Records.load(Path.of(words[3]), records);
    Thread listener = new Thread(Companion::listen);
    listener.setDaemon(true);
    listener.start();
    System.out.print('!');
    System.out.flush();
    switch (words[0]) {
      case "read" -> {
        while (true) {
          await();
          store.scan(records);
        }
      }
      case "write" -> write(store, Arrays.copyOf(all, BATCH));
      default -> stamp(store, all);
    }
  }

  /** Writes 10,000 records a second: a writer that takes all of a processor would leave the readers too few. */
  private static void write(Store store, byte[][] batch) throws Exception {
    while (true) {
      await();
      store.appendBulk(batch);
      LockSupport.parkNanos(BATCH_NANOS);
    }
  }

  /** Appends each record once, behind the time of its append, with pauses. */
  private static void stamp(Store store, byte[][] records) throws Exception {
    await();
    for (byte[] record : records) {
      byte[] stamped = new byte[STAMP_BYTES + record.length];
      System.arraycopy(record, 0, stamped, STAMP_BYTES, record.length);
      ByteBuffer.wrap(stamped).putLong(System.nanoTime());
      store.append(stamped);
      LockSupport.parkNanos(STAMP_NANOS);
    }
    Thread.sleep(Long.MAX_VALUE);     // the store stays open until the follower has seen all
  }

  private static void await() {
    while (!working) LockSupport.park();
  }

  private static void listen() {
    try {
      for (int word = System.in.read(); word != -1; word = System.in.read()) {
        working = word == 'g';
        LockSupport.unpark(worker);
      }
    } catch (IOException e) {
      // The step's process has ended.
    }
    Runtime.getRuntime().halt(0);
  }
}
