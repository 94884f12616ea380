package bench.peer;

/** An open store. Sums are those of {@link Sum}: they prove that the records were really read. */
public interface Store extends AutoCloseable {
  /** Appends all in the peer's best batches; on return they survive a killed process. */
  default void appendBulk(byte[][] records) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Appends one after the other; each survives a killed process before the next one begins. */
  default void appendEach(byte[][] records) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Appends one record; on return it is on disk. Any number of threads call it. */
  default void appendForced(byte[] record) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** The sum of the first records, at most so many, read from the first on. */
  int scan(int limit) throws Exception;

  /** The sum of the last records, at most so many, read from the last on. */
  default int reverse(int limit) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** The key of each record, in order. */
  default long[] keys() throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Reads single records by key, for one thread. */
  default Getter getter() throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Reads single records. */
  interface Getter extends AutoCloseable {
    /** The sum of the record with the key. */
    int get(long key) throws Exception;

    @Override
    default void close() throws Exception {}
  }
}
