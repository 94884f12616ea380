package flumelog.recovery;

import flumelog.file.LogPath;
import java.io.IOException;

/**
 * Opens a log for reading. A reader may meet the zeros of a deletion whose note lies behind what it saw of the file. So it looks at a
 * damaged protected log again, and believes in damage that it sees twice.
 */
final class SecondLook {
  /** A writer may delete so often that each look meets another deletion. */
  private static final int MOST_LOOKS = 100;

  private SecondLook() {}

  static LogFiles open(LogPath log, OpenRequest request) throws IOException {
    String seen = null;
    for (int looks = 1; ; looks++) {
      LogFiles files = new Opening(log, request).toRead();
      Recovery found = files.found();
      boolean mayBeDeletion = found.proved() != null && found.tail() == Recovery.Tail.CORRUPT;
      if (!mayBeDeletion || looks == MOST_LOOKS || found.rest().damage().equals(seen)) return files;
      seen = found.rest().damage();
      files.close();
    }
  }
}
