import flumelog.error.LogException;
import flumelog.log.Cursor;
import flumelog.log.Entry;
import flumelog.log.LiveOptions;
import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import flumelog.log.Range;
import flumelog.log.SyncPolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.stream.Stream;

/** Shows how a Java program uses a log. Its argument is the path of a file, which it creates. */
public final class Example {
  private Example() {}

  public static void main(String[] args) throws InterruptedException {
    Path path = Path.of(args[0]);
    LogOptions options = LogOptions.defaults().withSync(SyncPolicy.EACH);
    try (OffsetLog log = OffsetLog.open(path, options)) {
      write(log);
      read(log);
      walk(log);
      follow(log);
      fail(log);
    }
    try (OffsetLog log = OffsetLog.open(path, LogOptions.defaults().readOnly())) {
      System.out.println("reopened: " + log.stream().count() + " records");
    }
  }

  private static void write(OffsetLog log) {
    long hello = log.append(data("hello"));                        // durable when it returns: SyncPolicy.EACH
    long[] offsets = log.appendAll(List.of(data("one"), data("two")));     // all or none
    CompletableFuture<Long> later = log.appendAsync(data("three"));
    System.out.println("offsets: " + hello + " " + offsets[0] + " " + offsets[1] + " " + later.join());
  }

  private static void read(OffsetLog log) {
    System.out.println("at 0: " + text(log.get(0)));
    for (Entry entry : log) {
      System.out.println(entry.offset() + " " + text(entry.data()));
    }
    try (Stream<Entry> newest = log.stream(Range.all().after(0).reversed().atMost(2))) {
      System.out.println("newest: " + newest.map(entry -> text(entry.data())).toList());
    }
    System.out.println("bytes: " + log.stream().parallel().mapToInt(entry -> entry.data().length).sum());
  }

  private static void walk(OffsetLog log) {
    Cursor cursor = log.cursor().seek(21);                         // any position; 21 is the start of "one"
    cursor.prev();
    System.out.println("before 21: " + text(cursor.data()));
    cursor.next();
    cursor.next();
    System.out.println("after it: " + text(cursor.data()));
  }

  /** Follows the log: requests one record after the other, beginning with the last one. */
  private static void follow(OffsetLog log) throws InterruptedException {
    CountDownLatch completed = new CountDownLatch(1);
    log.live(LiveOptions.all().from(log.since().get()).atMost(3)).subscribe(new Flow.Subscriber<Entry>() {
      private Flow.Subscription subscription;

      @Override
      public void onSubscribe(Flow.Subscription mine) {
        subscription = mine;
        subscription.request(1);
      }

      @Override
      public void onNext(Entry entry) {
        System.out.println("live: " + text(entry.data()));
        subscription.request(1);
      }

      @Override
      public void onError(Throwable thrown) {
        thrown.printStackTrace();
      }

      @Override
      public void onComplete() {
        completed.countDown();
      }
    });
    log.append(data("four"));
    log.append(data("five"));
    completed.await();
  }

  private static void fail(OffsetLog log) {
    log.delete(21);
    System.out.println("deleted: " + log.get(21));
    try {
      log.fetch(7);
    } catch (LogException e) {
      System.out.println(e.kind() + ": offset " + e.facts().get("offset") + ", the log ends at " + e.facts().get("end"));
    }
  }

  private static byte[] data(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] data) {
    return new String(data, StandardCharsets.UTF_8);
  }
}
