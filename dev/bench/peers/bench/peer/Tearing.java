package bench.peer;

import bench.peer.Peer.Use;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Leaves a store as a killed process does: not closed, and where the peer has such a file, with half a record. */
final class Tearing {
  private static final int MORE = 1000;
  private static final int CUT_BYTES = 50;

  private final Peer peer;

  Tearing(Peer peer) {
    this.peer = peer;
  }

  /** Appends some of the records again, and cuts the last; the process has to halt then. */
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
