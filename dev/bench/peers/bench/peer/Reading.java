package bench.peer;

import bench.peer.Peer.Use;
import bench.peer.Timer.Section;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The rows that read an existing store. */
final class Reading {
  private final Peer peer;
  private final Path folder;

  Reading(Peer peer, Path folder) {
    this.peer = peer;
    this.folder = folder;
  }

  Section scan() throws Exception {
    Store store = peer.open(folder, Use.READ);
    return () -> store.scan(Integer.MAX_VALUE);
  }

  Section reverse() throws Exception {
    Store store = peer.open(folder, Use.READ);
    return () -> store.reverse(Integer.MAX_VALUE);
  }

  /** A small store beside the one in the folder. */
  static Path other(Path folder) {
    return folder.resolveSibling(folder.getFileName() + "-other");
  }

  /** Loads the peer's code before the measure, by opening another store: the time of loading is not that of opening. */
  Reading loaded() throws Exception {
    Path other = other(folder);
    if (!Files.exists(other)) new Appending(peer).build(other, new byte[][] {{1}, {2}, {3}}, 1);
    try (Store store = peer.open(other, Use.READ)) {
      store.scan(1);
    }
    Appending.delete(other);
    return this;
  }

  /** Opens the store and reads the newest records. */
  Section newest(int count) {
    return new Opening() {
      @Override
      int read(Store store) throws Exception {
        return store.reverse(count);
      }
    };
  }

  /** Appends to an existing store. */
  Section appendMore(byte[][] records) throws Exception {
    Store store = peer.open(folder, Use.BULK);
    return new Section() {
      @Override
      public int run() throws Exception {
        store.appendBulk(records);
        return 0;
      }

      @Override
      public int check() throws Exception {
        return store.reverse(records.length);
      }
    };
  }

  /** Reads the newest records of an open store many times. */
  Section latest(int count, int times) throws Exception {
    Store store = peer.open(folder, Use.READ);
    return () -> {
      int sum = 0;
      for (int i = 0; i < times; i++) sum += store.reverse(count);
      return sum;
    };
  }

  /**
   * Opens the store. Afterwards, when the clock has stopped, reading the first {@code count} records proves that it is
   * open.
   */
  Section open(int count) {
    return new Opening() {
      @Override
      int prove(Store store) throws Exception {
        return store.scan(count);
      }
    };
  }

  private abstract class Opening implements Section {
    private Store store;

    int read(Store opened) throws Exception {
      return 0;
    }

    int prove(Store opened) throws Exception {
      return 0;
    }

    @Override
    public int run() throws Exception {
      store = peer.open(folder, Use.READ);
      return read(store);
    }

    @Override
    public int check() throws Exception {
      try (Store opened = store) {
        return prove(opened);
      }
    }
  }

  /** Reads single records with several threads. */
  Section gets(int count, int threads) throws Exception {
    Store store = peer.open(folder, Use.READ);
    long[] keys = store.keys();
    List<long[]> shares = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int[] picks = Records.picks(i + 1, count / threads, keys.length);
      long[] share = new long[picks.length];
      for (int j = 0; j < share.length; j++) share[j] = keys[picks[j]];
      shares.add(share);
    }
    return threads == 1 ? () -> get(store, shares.get(0)) : () -> inThreads(store, shares);
  }

  private static int inThreads(Store store, List<long[]> shares) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(shares.size());
    try {
      List<Future<Integer>> sums = pool.invokeAll(
          shares.stream().<Callable<Integer>>map(share -> () -> get(store, share)).toList());
      int sum = 0;
      for (Future<Integer> one : sums) sum += one.get();
      return sum;
    } finally {
      pool.shutdown();
    }
  }

  private static int get(Store store, long[] keys) throws Exception {
    int sum = 0;
    try (Store.Getter getter = store.getter()) {
      for (long key : keys) sum += getter.get(key);
    }
    return sum;
  }
}
