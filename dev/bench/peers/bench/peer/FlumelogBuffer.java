package bench.peer;

import java.nio.file.Path;
import java.util.Map;

/** flumelog with a write buffer of the same size as that of the limit. */
public final class FlumelogBuffer implements Peer {
  @Override
  public Store open(Path folder, Use use) {
    return Flumelog.open(tail(folder), use, Map.of(":write-buffer-bytes", Limit.BUFFER_BYTES));
  }

  @Override
  public Path tail(Path folder) {
    return folder.resolve("bench.log");
  }
}
