package bench.peer;

/** An open store. Its methods return sums of {@link Sum}, which prove that the records were read. */
public interface Store extends AutoCloseable {
  /**
   * Appends all records in batches of the best size for the peer. After the return they survive a kill of the process.
   */
  default void appendBulk(byte[][] records) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Appends one record after the other. Each survives a kill of the process before the next one begins. */
  default void appendEach(byte[][] records) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Appends one record, which survives a kill of the process. */
  default void append(byte[] record) throws Exception {
    appendEach(new byte[][] {record});
  }

  /** Appends one record. After the return it is on disk. Any number of threads may call this. */
  default void appendForced(byte[] record) throws Exception {
    throw new UnsupportedOperationException();
  }

  /** The sum of the first records, at most {@code limit} of them, read from the first on. */
  int scan(int limit) throws Exception;

  /** The sum of the last records, at most {@code limit} of them, read from the last on. */
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

  /** Gives the records from the first on, also those that another process is still to append; for one thread. */
  default Follower follower() throws Exception {
    throw new UnsupportedOperationException();
  }

  /** Waits for records. */
  interface Follower extends AutoCloseable {
    /** The next record, which it waits for. */
    byte[] next() throws Exception;

    @Override
    default void close() throws Exception {}
  }

  /** Reads single records. */
  interface Getter extends AutoCloseable {
    /** The sum of the record with the key. */
    int get(long key) throws Exception;

    @Override
    default void close() throws Exception {}
  }
}
