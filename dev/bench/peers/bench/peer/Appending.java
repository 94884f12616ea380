package bench.peer;

import bench.peer.Peer.Use;
import bench.peer.Timer.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The rows that write. Each writes a new store, which is read again afterwards and then deleted. */
final class Appending {
  private static final int WARM_UP_FORCES = 50;

  private interface Write {
    void to(Store store) throws Exception;
  }

  private final Peer peer;

  Appending(Peer peer) {
    this.peer = peer;
  }

  /** Makes the store for the rows that read: appends the records, several times if the workload says so. */
  void build(Path folder, byte[][] records, int times) throws Exception {
    Files.createDirectories(folder);
    try (Store store = peer.open(folder, Use.BULK)) {
      for (int i = 0; i < times; i++) store.appendBulk(records);
    }
  }

  Section bulk(Path folder, byte[][] records) {
    return section(folder, Use.BULK, records.length, store -> store.appendBulk(records));
  }

  Section each(Path folder, byte[][] records) {
    return section(folder, Use.EACH, records.length, store -> store.appendEach(records));
  }

  /** Appends and forces the records one by one, with several threads, after a warm-up in another store. */
  Section forced(Path folder, byte[][] records, int threads) throws Exception {
    Section warmUp = section(folder, Use.FORCED, WARM_UP_FORCES, store -> force(store, records, WARM_UP_FORCES, threads));
    warmUp.prepare();
    warmUp.run();
    warmUp.check();
    return section(folder, Use.FORCED, records.length, store -> force(store, records, records.length, threads));
  }

  private static void force(Store store, byte[][] records, int count, int threads) throws Exception {
    AtomicInteger next = new AtomicInteger();
    Callable<Void> work = () -> {
      for (int i = next.getAndIncrement(); i < Math.min(count, records.length); i = next.getAndIncrement()) {
        store.appendForced(records[i]);
      }
      return null;
    };
    if (threads == 1) {
      work.call();
    } else {
      inThreads(threads, work);
    }
  }

  private static void inThreads(int threads, Callable<Void> work) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < threads; i++) all.add(pool.submit(work));
      for (Future<Void> one : all) one.get();
    } finally {
      pool.shutdown();
    }
  }

  private Section section(Path folder, Use use, int count, Write write) {
    return new Section() {
      private Store store;

      @Override
      public void prepare() throws Exception {
        delete(folder);
        Files.createDirectories(folder);
        store = peer.open(folder, use);
      }

      @Override
      public int run() throws Exception {
        write.to(store);
        return 0;
      }

      @Override
      public int check() throws Exception {
        store.close();
        try (Store again = peer.open(folder, Use.READ)) {
          return again.scan(count);
        } finally {
          delete(folder);
        }
      }
    };
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) return;
    try (var all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
    }
  }
}
