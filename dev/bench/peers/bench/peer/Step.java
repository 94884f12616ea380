package bench.peer;

import bench.peer.Timer.Section;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One step of a benchmark, a process of its own: {@code Step peer=lmdb class=bench.peer.Lmdb row=scan ...}. It prints
 * one line of EDN for each measure. dev/bench/steps.clj starts it.
 */
public final class Step {
  private final Map<String, String> args;
  private final Timer timer;

  private Step(Map<String, String> args) {
    this.args = args;
    this.timer = new Timer(args, folder());
  }

  public static void main(String[] words) throws Exception {
    long atStart = Machine.memory("VmRSS");
    Step step = new Step(Stream.of(words).map(word -> word.split("=", 2)).collect(Collectors.toMap(w -> w[0], w -> w[1])));
    step.run(atStart);
    System.out.flush();
    // Halts, because some peers leave threads running, and a step that tears a store must not close it.
    Runtime.getRuntime().halt(0);
  }

  private void run(long residentAtStart) throws Exception {
    switch (args.get("row")) {
      case "expected" -> expected();
      case "build" -> new Appending(peer()).build(folder(), records(), number("times"));
      case "tear" -> tear();
      case "append-bulk" -> timer.measure(new Appending(peer()).bulk(folder(), records()));
      case "append-each" -> timer.measure(new Appending(peer()).each(folder(), records()));
      case "force-1", "force-16" -> timer.hot(new Appending(peer()).forced(folder(), records(), number("threads")));
      case "read-alone", "read-beside" -> together().scan(args.get("row").equals("read-beside"), timer);
      case "delay-50", "delay-99" -> together().delay(Integer.parseInt(args.get("row").substring("delay-".length())), timer);
      case "open-torn" -> timer.once(new Reading(peer(), folder()).loaded().open(number("records")));
      default -> read(residentAtStart);
    }
  }

  private void tear() throws Exception {
    byte[][] records = records();
    new Tearing(peer()).tear(folder(), records);
    new Tearing(peer()).tear(Files.createDirectories(Reading.other(folder())), Arrays.copyOf(records, 3));
  }

  private void read(long residentAtStart) throws Exception {
    Reading reading = new Reading(peer(), folder());
    switch (args.get("row")) {
      case "scan" -> timer.measure(reading.scan());
      case "reverse" -> timer.measure(reading.reverse());
      case "newest" -> timer.measure(reading.loaded().newest(10));
      case "open" -> timer.measure(reading.loaded().open(1));
      case "get-1", "get-2", "get-16" -> timer.measure(reading.gets(number("ops"), number("threads")));
      case "append-more" -> timer.measureFew(reading.appendMore(lastRecords()));
      case "back" -> timer.measure(reading.latest(number("ops"), 1));
      case "latest" -> timer.measure(reading.latest(10, number("ops")));
      case "memory" -> {
        int sum = reading.scan().run();
        timer.printBytes(Machine.memory("VmHWM") - residentAtStart, sum);
      }
      default -> throw new IllegalArgumentException("no such row: " + args.get("row"));
    }
  }

  /** Prints the expected sum of each row. */
  private void expected() throws Exception {
    byte[][] records = records();
    Peer memory = new Memory(records);
    Reading reading = new Reading(memory, folder());
    int all = Sum.ofAll(records);
    for (String row : new String[] {"append-bulk", "append-each", "scan", "reverse", "memory", "open-torn", "read-alone", "read-beside"}) {
      timer.printExpected(row, all);
    }
    timer.printExpected("force", Sum.ofAll(Arrays.copyOf(records, number("forces"))));
    timer.printExpected("back", Sum.ofAll(last(records, number("back"))));
    timer.printExpected("append-more", Sum.ofAll(last(records, number("more"))));
    timer.printExpected("newest", run(reading.newest(10)));
    timer.printExpected("open", run(reading.open(1)));
    timer.printExpected("get-1", run(reading.gets(number("gets"), 1)));
    timer.printExpected("get-2", run(reading.gets(number("gets"), 2)));
    timer.printExpected("get-16", run(reading.gets(number("gets"), 16)));
    timer.printExpected("delay", Sum.ofAll(Arrays.copyOf(records, number("delays"))));
  }

  private static int run(Section section) throws Exception {
    section.prepare();
    return section.run() + section.check();
  }

  /** A class, or a var that holds a Peer: {@code bench.wrappers/peer}. */
  private Peer peer() throws Exception {
    String name = args.get("class");
    if (!name.contains("/")) return (Peer) Class.forName(name).getDeclaredConstructor().newInstance();
    return (Peer) clojure.java.api.Clojure.var("clojure.core", "deref").invoke(
        clojure.java.api.Clojure.var("clojure.core", "requiring-resolve").invoke(clojure.java.api.Clojure.read(name)));
  }

  private Together together() throws Exception {
    return new Together(peer(), folder(), args.get("payload"), number("records"));
  }

  private Path folder() {
    return Path.of(args.get("folder"));
  }

  private byte[][] records() throws Exception {
    return Records.load(Path.of(args.get("payload")), number("records"));
  }

  /** The newest records of the store, so that appending them again does not change what is read afterwards. */
  private byte[][] lastRecords() throws Exception {
    return last(records(), number("ops"));
  }

  private static byte[][] last(byte[][] records, int count) {
    return Arrays.copyOfRange(records, records.length - count, records.length);
  }

  private int number(String name) {
    return Integer.parseInt(args.getOrDefault(name, "1"));
  }
}
