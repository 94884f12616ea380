package flumelog.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileLock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Descriptors of files that this process has locked. Closing one of them would free the lock (POSIX), so they are kept
 * until the lock is given up, and used again by the next who reads the file.
 */
final class Descriptors {
  /** By device and inode of each locked file: what was to be closed meanwhile. */
  private static final Map<Object, Deque<Closeable>> LOCKED = new HashMap<>();

  private Descriptors() {}

  /** Locks a file; null when another process has it locked. */
  static synchronized FileLock lock(ChannelFile file) throws IOException {
    FileLock lock = file.tryLock();
    if (lock != null) LOCKED.put(file.key(), new ArrayDeque<>());
    return lock;
  }

  static synchronized void unlock(ChannelFile file, FileLock lock) throws IOException {
    Deque<Closeable> kept = LOCKED.remove(file.key());
    lock.release();
    for (Closeable descriptor : kept) descriptor.close();
  }

  /** One that was kept for the file, to read it; null when there is none. */
  static synchronized AsynchronousFileChannel take(Object key) {
    Deque<Closeable> kept = LOCKED.get(key);
    if (kept == null) return null;
    for (Closeable descriptor : kept) {
      if (descriptor instanceof AsynchronousFileChannel channel && kept.remove(channel)) return channel;
    }
    return null;
  }

  static synchronized void close(Object key, Closeable descriptor) throws IOException {
    Deque<Closeable> kept = LOCKED.get(key);
    if (kept == null) {
      descriptor.close();
    } else {
      kept.add(descriptor);
    }
  }
}
