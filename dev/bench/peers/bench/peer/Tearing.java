package bench.peer;

import bench.peer.Peer.Use;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Leaves a store as a killed process does: not closed, and with half a record at the end of the peer's file, if it has
 * one.
 */
final class Tearing {
  private static final int MORE = 1000;
  private static final int CUT_BYTES = 50;

  private final Peer peer;

  Tearing(Peer peer) {
    this.peer = peer;
  }

  /** Appends some of the records again, and cuts the last one. The process must halt afterwards. */
  void tear(Path folder, byte[][] records) throws Exception {
    Store store = peer.open(folder, Use.BULK);
    store.appendBulk(Arrays.copyOf(records, Math.min(MORE, records.length)));
    Path tail = peer.tail(folder);
    if (tail == null || !Files.exists(tail)) return;
    try (FileChannel file = FileChannel.open(tail, StandardOpenOption.WRITE)) {
      file.truncate(Math.max(0, file.size() - CUT_BYTES));
    }
  }
}
