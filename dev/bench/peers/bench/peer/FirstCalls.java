package bench.peer;

import bench.peer.Peer.Use;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What a new process pays for its first calls, in which nothing was opened before: a process of bin/bench --first-calls. It makes a
 * store of a thousand records ({@code build}), or uses one and then opens it nine times more ({@code use}), or makes an empty one
 * ({@code make}). It prints the microseconds of each call, -1 where the peer can't do it. Until the clock starts it uses nothing that
 * a peer may have to load.
 */
public final class FirstCalls {
  private static final int RECORDS = 1000;
  private static final int RECORD_BYTES = 600;
  private static final int NEWEST = 10;
  private static final int OPENS_BEFORE = 8;

  private FirstCalls() {}

  /**
   * Does one of the three.
   *
   * @param arguments the class of the peer, the folder of the store, what to do, and the key of a record
   */
  public static void main(String[] arguments) throws Exception {
    Peer peer = (Peer) Class.forName(arguments[0]).getDeclaredConstructor().newInstance();
    Path folder = Path.of(arguments[1]);
    switch (arguments[2]) {
      case "build" -> build(peer, folder);
      case "use" -> use(peer, folder, Long.parseLong(arguments[3]));
      default -> make(peer, folder);
    }
    System.exit(0);                                         // some peers leave threads
  }

  private static void build(Peer peer, Path folder) throws Exception {
    Files.createDirectories(folder);
    byte[][] records = new byte[RECORDS][];
    Arrays.fill(records, record());
    try (Store store = peer.open(folder, Use.BULK)) {
      store.appendBulk(records);
    }
    try (Store store = peer.open(folder, Use.READ)) {
      print("{:key " + store.keys()[RECORDS / 2] + "}");
    }
  }

  private static void use(Peer peer, Path folder, long key) throws Exception {
    byte[][] record = {record()};
    long[] times = new long[6];
    times[0] = System.nanoTime();
    Store store = peer.open(folder, Use.EACH);
    times[1] = System.nanoTime();
    append(store, record);
    times[2] = System.nanoTime();
    boolean hasNewest = reverse(store);
    times[3] = System.nanoTime();
    get(store, key);
    times[4] = System.nanoTime();
    store.close();
    times[5] = System.nanoTime();
    for (int i = 0; i < OPENS_BEFORE; i++) peer.open(folder, Use.EACH).close();
    long before = System.nanoTime();
    store = peer.open(folder, Use.EACH);
    long again = System.nanoTime() - before;
    store.close();
    print("{:open " + micros(times, 1) + " :append " + micros(times, 2) + " :newest " + (hasNewest ? micros(times, 3) : -1)
        + " :get " + micros(times, 4) + " :close " + micros(times, 5) + " :again " + again / 1000 + version());
  }

  private static void make(Peer peer, Path folder) throws Exception {
    long before = System.nanoTime();
    Store store = peer.open(folder, Use.EACH);
    long made = System.nanoTime() - before;
    store.close();
    print("{:make " + made / 1000 + version());
  }

  private static byte[] record() {
    byte[] record = new byte[RECORD_BYTES];
    Arrays.fill(record, (byte) 'a');
    return record;
  }

  /** Some stores have no appends that survive a kill of the process without a force. */
  private static void append(Store store, byte[][] record) throws Exception {
    try {
      store.appendEach(record);
    } catch (UnsupportedOperationException e) {
      store.appendBulk(record);
    }
  }

  private static boolean reverse(Store store) throws Exception {
    try {
      store.reverse(NEWEST);
      return true;
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  private static void get(Store store, long key) throws Exception {
    try (Store.Getter getter = store.getter()) {
      getter.get(key);
    }
  }

  private static long micros(long[] times, int call) {
    return (times[call] - times[call - 1]) / 1000;
  }

  private static String version() {
    return " :jdk \"" + System.getProperty("java.runtime.version") + "\"}";
  }

  private static void print(String found) {
    System.out.println("found " + found);
  }
}
