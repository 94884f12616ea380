package flumelog.kafka;

/** Appends records to the topic. */
interface Writes {
  /**
   * Takes records, and appends them after those of earlier calls. Blocks while too many bytes wait. The records are appended, or have
   * failed, within the timeout of the log after their turn has come.
   *
   * @throws flumelog.error.LogException if the log takes no more writes; then the records were not taken
   */
  void append(Pending records);

  /** Returns when all records that were taken are appended, or have failed. */
  void flush();

  /** Appends the records that were taken, and takes no more. Returns within about that time: null, or why not all were appended. */
  RuntimeException close(long millis);

  /** Why the log takes no more writes; null if it does. */
  RuntimeException failure();
}
