package bench.peer;

import java.nio.file.Path;

/**
 * A log, or what can serve as one, as the benchmarks see it. To add one: write a class that implements this in this
 * folder, and name it in dev/bench/peers.clj with the rows it does.
 */
public interface Peer {
  /** What a store is opened for. Only FORCED has to survive power loss; the others may leave that to the system. */
  enum Use { BULK, EACH, FORCED, READ }

  /** Opens the store in the folder, which exists; creates it where there is none. */
  Store open(Path folder, Use use) throws Exception;

  /** The file whose last bytes a crash may leave torn, or null where the peer's files have no such tail. */
  default Path tail(Path folder) throws Exception {
    return null;
  }
}
