package flumelog.program;

import flumelog.codec.Codecs;
import flumelog.error.LogException;
import flumelog.log.Cursor;
import flumelog.log.Entry;
import flumelog.log.LiveCursor;
import flumelog.log.LiveOptions;
import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import flumelog.log.Position;
import flumelog.log.Range;
import flumelog.log.Repair;
import flumelog.log.Rewrite;
import flumelog.log.Since;
import flumelog.log.TypedLog;
import flumelog.log.Verification;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/**
 * A Java program that uses the log in many ways and prints every error in every way. Its argument is a folder. A second
 * argument sets the context class loader to one that sees neither flumelog nor Clojure.
 */
public final class WithoutClojure {
  private WithoutClojure() {}

  public static void main(String[] args) throws Exception {
    if (args.length > 1) Thread.currentThread().setContextClassLoader(ClassLoader.getPlatformClassLoader());
    Path folder = Path.of(args[0]);
    Path path = folder.resolve("a.log");
    LogOptions options = LogOptions.of(Map.of("sync", "each", "block-bytes", 4096));
    OffsetLog log = OffsetLog.open(path, options);
    use(log, folder);
    failures(log, folder, options);
    log.close();
    show(() -> log.get(0));
    futures(log);
    files(folder, options);
    System.out.println("done");
  }

  private static void use(OffsetLog log, Path folder) throws Exception {
    long first = log.append(data("one"));
    log.appendAll(List.of(data("two"), data("three")));
    long last = log.appendAsync(data("four")).get();
    print(log.get(first), log.fetch(last), log.view(first, buffer -> buffer.get(0)));
    print(log.stream().count(), log.stream().parallel().count());
    for (Entry entry : log) print(entry);
    Cursor cursor = log.cursor();
    while (cursor.next()) print(cursor.offset(), cursor);
    LiveCursor live = new LiveCursor(log, LiveOptions.of(log, Map.of("limit", 2)));
    while (live.next(0)) print(live.offset());
    print(subscribe(log, LiveOptions.all().atMost(2)), log, log.info(), log.recovery(), log.describe(first), log.since());
    Position position = log.position(last);
    print(log.offsetOf(Position.parse(position.toString())), log.durable().get());
    print(Range.of(Map.of("gt", 3, "reverse", true)), LogOptions.defaults());
    TypedLog<String> texts = TypedLog.over(log, Codecs.UTF8);
    print(texts.fetch(last), texts.stream().toList(), texts);
    try (Since.Registration watch = log.since().watch((before, now) -> print(before, now))) {
      print(watch != null, texts.append("watched"));
    }
    log.delete(first);
    log.sync();
    print(log.backup(folder.resolve("backup.log"), (done, size) -> { }));
  }

  private static String subscribe(OffsetLog log, LiveOptions options) throws InterruptedException {
    ConcurrentLinkedQueue<Object> seen = new ConcurrentLinkedQueue<>();
    CountDownLatch ended = new CountDownLatch(1);
    log.live(options).subscribe(new Flow.Subscriber<Entry>() {
      @Override
      public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
      }

      @Override
      public void onNext(Entry entry) {
        seen.add(entry);
      }

      @Override
      public void onError(Throwable thrown) {
        seen.add(thrown);
        ended.countDown();
      }

      @Override
      public void onComplete() {
        ended.countDown();
      }
    });
    if (!ended.await(60, TimeUnit.SECONDS)) throw new IllegalStateException("the subscription has not ended");
    return seen.toString();
  }

  private static void failures(OffsetLog log, Path folder, LogOptions options) throws Exception {
    show(() -> log.fetch(7));
    show(() -> log.fetch(0));
    show(() -> log.append(new byte[0]));
    show(() -> OffsetLog.open(folder.resolve("a.log")));
    show(() -> OffsetLog.open(folder.resolve("none.log"), LogOptions.defaults().readOnly()));
    show(() -> LogOptions.of(Map.of("sinc", "each")));
    show(() -> LogOptions.of(Map.of("sync", List.of(Map.of("each", 1)))));
    show(() -> LogOptions.of(Map.of("block-bytes", "4k")));
    show(() -> LogOptions.defaults().withBlockBytes(0));
    show(() -> TypedLog.over(log, Codecs.UTF8).append("\ud800"));
    show(() -> LiveOptions.of(log, Map.of("reverse", true)));
    show(() -> log.offsetOf(Position.parse("nothing")));
    futures(log);
  }

  private static void futures(OffsetLog log) throws Exception {
    show(() -> log.appendAsync(new byte[0]).get());
    show(() -> log.appendAsync(new byte[0]).join());
    show(() -> log.appendAsync(new byte[0]).thenApply(offset -> offset + 1).join());
    show(() -> CompletableFuture.supplyAsync(() -> log.fetch(7)).get(60, TimeUnit.SECONDS));
    show(() -> CompletableFuture.runAsync(() -> log.fetch(7)).thenRun(() -> { }).join());
  }

  private static void files(Path folder, LogOptions options) throws Exception {
    Path path = folder.resolve("a.log");
    print(Verification.run(path, options));
    print(Rewrite.convert(path, folder.resolve("legacy.log"), options, LogOptions.of(Map.of("framing", "legacy")), (a, b) -> { }));
    print(Rewrite.compact(path, options, (from, to) -> { }));
    print(Repair.salvage(path, folder.resolve("salvaged.log"), options));
    show(() -> Repair.salvage(path, folder.resolve("salvaged.log"), options));
    show(() -> Repair.recover(path, options, 5));
    try (OffsetLog log = OffsetLog.open(path, options.readOnly())) {
      print(log.stream().count(), log.info(), log);
      show(() -> log.append(data("no")));
    }
  }

  /** Prints the exception of a call in every way, and what is left of it when it was serialized. */
  private static void show(Callable<?> call) throws Exception {
    try {
      throw new AssertionError(call.call() + " instead of an exception");
    } catch (Exception e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace, true));
      System.getLogger("test").log(System.Logger.Level.ERROR, "it failed", e);
      LogException failure = (LogException) (e instanceof LogException ? e : e.getCause());
      List<Object> all = new ArrayList<>(List.of(e, e.getMessage(), failure.kind(), failure.facts(), trace));
      LogException again = (LogException) serialized(failure);
      if (again.kind() != failure.kind()) throw new AssertionError(again);
      all.add(again);
      print(all.toArray());
    }
  }

  private static Object serialized(Object value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    return new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
  }

  private static void print(Object... values) {
    for (Object value : values) System.out.println(value);
  }

  private static byte[] data(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
