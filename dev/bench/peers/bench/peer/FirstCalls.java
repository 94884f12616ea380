package bench.peer;

import bench.peer.Peer.Use;
import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a new process pays for its first calls, in which nothing was opened before: bin/bench --first-calls [ROUNDS]. Each peer has a process
 * in each round. It opens a store of a thousand records, reads the ten newest, reads one by its key, closes the store, opens it nine times
 * more, and then makes a store and appends the first record. The table has the medians of microseconds.
 */
public final class FirstCalls {
  private static final String[] PEERS = {"Flumelog", "Limit", "Kafka", "Lmdb", "Sqlite", "Chronicle"};
  private static final String[] CALLS = {"open", "newest 10", "get", "close", "10th open", "make", "append"};
  private static final int RECORDS = 1000;

  private FirstCalls() {}

  /**
   * Measures all peers, or is a process of one.
   *
   * @param arguments the number of rounds; or a peer, a folder, and whether the store is only to be made
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 3) step((Peer) Class.forName("bench.peer." + arguments[0]).getDeclaredConstructor().newInstance(), Path.of(arguments[1]), arguments[2]);
    else all(arguments.length == 0 ? 9 : Integer.parseInt(arguments[0]));
  }

  // One process

  private static void step(Peer peer, Path folder, String what) throws Exception {
    Path old = folder.resolve("old");
    if (what.equals("make")) make(peer, old);
    else System.out.println("calls " + times(peer, old, folder.resolve("new-" + ProcessHandle.current().pid())));
    System.exit(0);                                         // some peers leave threads
  }

  private static void make(Peer peer, Path folder) throws Exception {
    byte[][] records = new byte[RECORDS][600];
    for (byte[] record : records) Arrays.fill(record, (byte) 'a');
    Files.createDirectories(folder);
    try (Store store = peer.open(folder, Use.BULK)) {
      store.appendBulk(records);
    }
    try (Store store = peer.open(folder, Use.READ)) {
      long key = store.keys()[RECORDS / 2];
      Files.writeString(folder.resolveSibling("key"), Long.toString(key));
    }
  }

  private interface Call {
    Object run() throws Exception;
  }

  private static String times(Peer peer, Path old, Path made) throws Exception {
    long key = Long.parseLong(Files.readString(old.resolveSibling("key")));
    byte[][] record = {"a".repeat(600).getBytes()};
    Files.createDirectories(made);
    // The first open comes before the first lambda of the process, which takes some milliseconds itself.
    long start = System.nanoTime();
    Store store = peer.open(old, Use.READ);
    StringBuilder micros = new StringBuilder().append((System.nanoTime() - start) / 1000).append(' ');
    time(micros, () -> store.reverse(10));
    time(micros, () -> {
      try (Store.Getter getter = store.getter()) {
        return getter.get(key);
      }
    });
    time(micros, () -> close(store));
    for (int i = 0; i < 8; i++) peer.open(old, Use.READ).close();
    close((Store) time(micros, () -> peer.open(old, Use.READ)));
    Store fresh = (Store) time(micros, () -> peer.open(made, Use.EACH));
    time(micros, () -> append(fresh, record));
    close(fresh);
    return micros.toString();
  }

  private static Object close(Store store) throws Exception {
    store.close();
    return store;
  }

  /** Some stores have no appends that survive a kill of the process without a force. */
  private static Object append(Store store, byte[][] record) throws Exception {
    try {
      store.appendEach(record);
    } catch (UnsupportedOperationException e) {
      store.appendBulk(record);
    }
    return store;
  }

  /** Adds the microseconds, -1 where the peer can't do it. */
  private static Object time(StringBuilder micros, Call call) throws Exception {
    long start = System.nanoTime();
    try {
      Object result = call.run();
      micros.append((System.nanoTime() - start) / 1000).append(' ');
      return result;
    } catch (UnsupportedOperationException e) {
      micros.append("-1 ");
      return null;
    }
  }

  // All of them

  private static void all(int rounds) throws Exception {
    Path folder = Files.createTempDirectory(Path.of("target/bench"), "first-calls");
    Map<String, List<long[]>> times = new LinkedHashMap<>();
    try {
      for (String peer : PEERS) run(peer, folder.resolve(peer), "make");
      for (int round = 0; round < rounds; round++) {
        for (String peer : PEERS) {
          long[] found = run(peer, folder.resolve(peer), "calls");
          if (found != null) times.computeIfAbsent(peer, any -> new ArrayList<>()).add(found);
        }
      }
    } finally {
      Appending.delete(folder);
    }
    print(rounds, times);
  }

  /** Null where the peer could not do it. */
  private static long[] run(String peer, Path folder, String what) throws Exception {
    Files.createDirectories(folder);
    List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
    command.addAll(List.of(System.getProperty("bench.options").split(" ")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), FirstCalls.class.getName(), peer, folder.toString(), what));
    File errors = folder.resolve("errors").toFile();
    Process process = new ProcessBuilder(command).redirectError(errors).start();
    long[] found = null;
    try (BufferedReader out = process.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.startsWith("calls ")) found = Arrays.stream(line.substring(6).trim().split(" ")).mapToLong(Long::parseLong).toArray();
      }
    }
    if (process.waitFor() != 0) System.err.println("bench: " + peer + " failed: " + Files.readString(errors.toPath()));
    return found;
  }

  private static void print(int rounds, Map<String, List<long[]>> times) {
    System.out.printf(Locale.ROOT, "JDK %s, %d rounds, medians in microseconds%n%-12s", Runtime.version().feature(), rounds, "");
    for (String call : CALLS) System.out.printf(Locale.ROOT, "%11s", call);
    System.out.println();
    times.forEach((peer, all) -> {
      System.out.printf(Locale.ROOT, "%-12s", peer);
      for (int i = 0; i < CALLS.length; i++) {
        int call = i;
        long median = all.stream().mapToLong(each -> each[call]).sorted().toArray()[all.size() / 2];
        System.out.printf(Locale.ROOT, "%11s", median < 0 ? "-" : median);
      }
      System.out.println();
    });
  }
}
