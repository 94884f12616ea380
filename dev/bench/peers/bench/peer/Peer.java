package bench.peer;

import java.nio.file.Path;

/**
 * A log, or a store that can serve as one, for the benchmarks. To add one, write a class that implements this in this
 * folder, and name it in dev/bench/peers.clj with its rows.
 */
public interface Peer {
  /**
   * The purpose for which a store is opened. Only FORCED must survive power loss; with FOLLOW another process may write to
   * the store at the same time.
   */
  enum Use { BULK, EACH, FORCED, READ, FOLLOW }

  /** Opens the store in the folder, which exists. Creates the store if there is none. */
  Store open(Path folder, Use use) throws Exception;

  /** The file whose tail a crash may leave torn; null if the peer has no such file. */
  default Path tail(Path folder) throws Exception {
    return null;
  }
}
