package flumelog.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Descriptors of files that this process has locked. Closing one of them would free the lock (POSIX), so they are kept
 * until the lock is given up, and used again by the next who opens the file.
 */
final class Descriptors {
  private record Kept(Closeable descriptor, boolean writable) {}

  /** By device and inode of each locked file: what was to be closed meanwhile. */
  private static final Map<Object, List<Kept>> LOCKED = new HashMap<>();

  private Descriptors() {}

  /** Locks a file; null when another process has it locked. */
  static synchronized Claim claim(ChannelFile file) throws IOException {
    Claim claim = Claim.take(file);
    if (claim != null) LOCKED.put(file.key(), new ArrayList<>());
    return claim;
  }

  static synchronized void unlock(ChannelFile file, Claim claim) throws IOException {
    List<Kept> kept = LOCKED.remove(file.key());
    claim.release();
    for (Kept one : kept) one.descriptor.close();
  }

  /** One that was kept for the file, to read it, or to write it too; null when there is none. */
  static synchronized AsynchronousFileChannel take(Object key, boolean toWrite) {
    List<Kept> kept = LOCKED.getOrDefault(key, List.of());
    for (Kept one : kept) {
      if (one.descriptor instanceof AsynchronousFileChannel channel && (one.writable || !toWrite)) {
        kept.remove(one);
        return channel;
      }
    }
    return null;
  }

  static synchronized void close(Object key, Closeable descriptor, boolean writable) throws IOException {
    List<Kept> kept = LOCKED.get(key);
    if (kept == null) {
      descriptor.close();
    } else {
      kept.add(new Kept(descriptor, writable));
    }
  }
}
