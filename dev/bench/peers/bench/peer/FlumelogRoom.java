package bench.peer;

import java.nio.file.Path;
import java.util.Map;

/** flumelog with room behind the log, of the same size as that of the limit. */
public final class FlumelogRoom implements Peer {
  @Override
  public Store open(Path folder, Use use) {
    return Flumelog.open(tail(folder), use, Map.of(":room-bytes", Forcing.ROOM_BYTES));
  }

  @Override
  public Path tail(Path folder) {
    return new Flumelog().tail(folder);
  }
}
