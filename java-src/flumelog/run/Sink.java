package flumelog.run;

import java.io.IOException;

/** Takes keys in the order of their bytes, and after each its offsets, ascending. */
interface Sink {
  /** Starts a key. The same key may be started again for further offsets. At least one offset follows. */
  void startKey(byte[] bytes, int from, int to) throws IOException;

  void add(long offset) throws IOException;
}
