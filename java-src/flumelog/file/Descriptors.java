package flumelog.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the descriptors of files that this process has locked. Closing any of them would free the lock (POSIX), so they stay
 * open until the lock is released. The next call that opens the file uses one of them again.
 */
final class Descriptors {
  private record Kept(Closeable descriptor, boolean writable) {}

  /** The descriptors to be closed when the lock is released, by device and inode of each locked file. */
  private static final Map<Object, List<Kept>> LOCKED = new HashMap<>();

  private Descriptors() {}

  /** Locks a file. Returns null if another process has locked it. */
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

  /** Takes a descriptor of the file that was kept, one that can write if {@code toWrite}. Returns null if there is none. */
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
