package flumelog.kafka;

/** Appends records to the topic. */
interface Writes {
  /**
   * Hands records in, which are appended after those that were handed in before. Waits while too much waits already. Each of them ends,
   * within the timeout of the log after its turn has come.
   *
   * @throws flumelog.error.LogException if the log takes no more writes; then nothing was handed in
   */
  void append(Pending records);

  /** Returns when all that was handed in before has ended. */
  void flush();

  /** Ends what was handed in, and takes no more. Returns within about that time. Returns why not all was appended; null if it was. */
  RuntimeException close(long millis);

  /** Why the log takes no more writes; null if it does. */
  RuntimeException failure();
}
