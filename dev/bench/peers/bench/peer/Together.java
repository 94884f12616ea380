package bench.peer;

import bench.peer.Peer.Use;
import bench.peer.Timer.Section;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The rows in which several processes use one store, which they make themselves. */
final class Together {
  private final Peer peer;
  private final Path folder;
  private final String payload;
  private final int count;

  Together(Peer peer, Path folder, String payload, int count) throws Exception {
    this.peer = peer;
    this.folder = folder;
    this.payload = payload;
    this.count = count;
    Appending.delete(folder);
    Files.createDirectories(folder);
  }

  /** Reads the records alone, or while another process reads them too and a third one appends. */
  void scan(boolean beside, Timer timer) throws Exception {
    new Appending(peer).build(folder, Records.load(Path.of(payload), count), 1);
    List<Companion> others = new ArrayList<>();
    try {
      if (beside) {
        // The writer first: peers whose first opening tidies up want no reader then.
        for (String work : new String[] {"write", "read"}) others.add(Companion.start(work, peer, folder, payload, count));
      }
      try (Store store = peer.open(folder, Use.FOLLOW)) {
        timer.measure(new Section() {
          @Override
          public int run() throws Exception {
            for (Companion other : others) other.go();
            return store.scan(count);
          }

          @Override
          public int check() throws Exception {
            for (Companion other : others) other.stop();
            return 0;
          }
        });
      }
    } finally {
      others.forEach(Companion::close);
      Appending.delete(folder);
    }
  }

  /**
   * Follows a writer in another process, and prints within which time, from before the append until the record is here,
   * that percentage of the records comes. The first quarter warms up.
   */
  void delay(int percent, Timer timer) throws Exception {
    try (Companion writer = Companion.start("stamp", peer, folder, payload, count);
        Store store = peer.open(folder, Use.FOLLOW);
        Store.Follower follower = store.follower()) {
      double busy = timer.awaitQuiet();
      writer.go();
      long[] nanos = new long[count];
      int sum = 0;
      for (int i = 0; i < count; i++) {
        byte[] record = follower.next();
        nanos[i] = System.nanoTime() - ByteBuffer.wrap(record).getLong();
        sum += Sum.of(record, Companion.STAMP_BYTES, record.length - Companion.STAMP_BYTES);
      }
      long[] warm = Arrays.copyOfRange(nanos, count / 4, count);
      Arrays.sort(warm);
      timer.printHot(warm[Math.min(warm.length - 1, warm.length * percent / 100)] * count, sum, busy);
    } finally {
      Appending.delete(folder);
    }
  }
}
