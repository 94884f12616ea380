package flumelog.log;

import flumelog.error.LogException;

/**
 * The offset of the last record, or of the last durable one; -1 if there is none. It only grows, with one exception: in
 * a log that is opened for reading, it goes back when the writer cuts back an append that failed.
 *
 * <p>Only the log moves it. A program reads it, waits for it and watches it. A back end makes its own with {@code
 * flumelog.spi.LastOffset}.
 */
public interface Since {
  /** Is called after the offset has moved. Several moves may be reported as one. */
  interface Watch {
    /**
     * Called by one thread at a time, outside of all locks of the log.
     *
     * @param before the offset that was reported last
     * @param now the current offset
     */
    void moved(long before, long now);
  }

  /** Ends what it was returned for: the calls of a watch or of a task. */
  interface Registration extends AutoCloseable {
    /** Ends the calls. One that has begun goes on. Closing it again does nothing. */
    @Override
    void close();
  }

  /** {@return the offset; looks at the store first if another process may have appended} */
  long get();

  /**
   * The end of the record at the offset, see {@link Cursor#end}. The default is for offsets that count records.
   *
   * @return its end; 0 if there is no record
   */
  default long end() {
    return get() + 1;
  }

  /** {@return the offset that was last seen, without a look at what others append} */
  long lastSeen();

  /**
   * Waits until the offset is at least the given one, or the time is over.
   *
   * @param atLeast any long
   * @param timeoutMillis milliseconds; with 0 or less it does not wait
   * @return whether the offset is at least that
   * @throws LogException {@code CLOSED} if the log is closed before; {@code FAILED} if this is the durable offset, and
   *     the log has failed, so that it can't move any more; {@code WRONG_LOG} if the log is opened for reading, and its
   *     file was removed or replaced, so that no more records can come
   * @throws InterruptedException if the thread is interrupted before
   */
  boolean await(long atLeast, long timeoutMillis) throws InterruptedException;

  /**
   * Calls a watch for every move from now on.
   *
   * @param watch is called by the thread that appends, so it should be quick; when another process appends, by a thread
   *     that looks for new records
   * @return closing it ends the watch; a log that is closed ends all its watches
   */
  Registration watch(Watch watch);

  /**
   * Runs a task once, when the log is closed; immediately, if it is closed already.
   *
   * @param task must not wait for the log; it is run by the thread that closes the log
   * @return closing it drops the task
   */
  Registration whenClosed(Runnable task);
}
