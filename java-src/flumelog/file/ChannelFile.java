package flumelog.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * A file of the file system.
 *
 * <p>It uses an {@link AsynchronousFileChannel} that does its work in the calling thread. Such a channel can't be interrupted.
 * A FileChannel can: an interrupt of one reader would close it for all threads (see doc/adr/0003).
 */
public final class ChannelFile implements LogFile {
  static final boolean IS_WINDOWS = System.getProperty("os.name", "").startsWith("Windows");
  private static final Set<OpenOption> TO_WRITE = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);

  private final AsynchronousFileChannel channel;
  private final Path path;
  /** The device and inode of the file, or a unique object if the system has no such numbers. */
  private final Object key;
  private final boolean writable;
  private Mapper mapper;
  private volatile boolean closed;
  /**
   * Whether a call of the channel was broken off, because the stack or the memory ended within it. The channel may then count a
   * thread as at work in it for ever, and closing it would wait for that thread for ever. So the channel stays open: a descriptor
   * leaks, but no thread hangs. The JDK's own clean-up may replace the error with a RuntimeException, so any of these counts.
   */
  private volatile boolean brokenOff;

  private ChannelFile(AsynchronousFileChannel channel, Path path, Object key, boolean writable) {
    this.channel = channel;
    this.path = path;
    this.key = key;
    this.writable = writable;
  }

  public static ChannelFile openForReading(Path path) throws IOException {
    return open(path, keyOf(attributes(path)), Set.of(StandardOpenOption.READ));
  }

  /** Opens the file, or creates it if it is missing; its folder must exist. The file's name is on disk when this returns. */
  public static ChannelFile openForWriting(Path path) throws IOException {
    BasicFileAttributes attributes = attributesOfExisting(path);
    // Also for an empty file that exists: the process that created it may have been killed before the name was on disk.
    if (attributes.size() == 0) DiskFolder.force(DiskFolder.of(path));
    return open(path, keyOf(attributes), TO_WRITE);
  }

  /** Opens a file for writing. Throws if it is missing. */
  static ChannelFile openExisting(Path path) throws IOException {
    return open(path, keyOf(attributes(path)), TO_WRITE);
  }

  /** Opens the file, or creates it if it is missing. Its name is not forced to disk: a power loss may remove it. */
  static ChannelFile openUnforced(Path path) throws IOException {
    return open(path, keyOf(attributesOfExisting(path)), TO_WRITE);
  }

  /** Locks a range of the file. Returns null if another process has locked part of the range. */
  FileLock tryLock(long position, long bytes) throws IOException {
    try {
      return channel.tryLock(position, bytes, false);
    } catch (OverlappingFileLockException e) {
      throw e; // this process has locked it: the channel is in order
    } catch (RuntimeException | Error e) {
      brokenOff = true;
      throw e;
    }
  }

  @Override
  public int readAt(long position, ByteBuffer into) throws IOException {
    if (closed) throw new ClosedChannelException();
    int done = 0;
    try {
      while (into.hasRemaining()) {
        int n = await(channel.read(into, position + done));
        if (n < 0) break;
        done += n;
      }
    } catch (RuntimeException | Error e) {
      brokenOff = true;
      throw e;
    }
    return done;
  }

  @Override
  public void append(long end, ByteBuffer bytes) throws IOException {
    overwrite(end, bytes);
  }

  @Override
  public void overwrite(long position, ByteBuffer bytes) throws IOException {
    long at = position;
    try {
      while (bytes.hasRemaining()) at += await(channel.write(bytes, at));
    } catch (IOException e) {
      throw FullDisk.named(path, e);
    } catch (RuntimeException | Error e) {
      brokenOff = true;
      throw e;
    }
  }

  @Override
  public void truncate(long size) throws IOException {
    try {
      channel.truncate(size);
    } catch (IOException e) {
      throw FullDisk.named(path, e);
    } catch (RuntimeException | Error e) {
      brokenOff = true;
      throw e;
    }
  }

  @Override
  public void force() throws IOException {
    try {
      channel.force(false);
    } catch (RuntimeException | Error e) {
      brokenOff = true;
      throw e;
    }
  }

  @Override
  public long size() throws IOException {
    try {
      return channel.size();
    } catch (RuntimeException | Error e) {
      brokenOff = true;
      throw e;
    }
  }

  /**
   * Returns null in three cases. On Windows a mapped file can't be cut. The name may belong to another file now. And for a
   * reader on an overlay file system, the mapping would stay that of the lower file after a writer has opened the log.
   */
  @Override
  public synchronized ByteBuffer map(long position, int bytes) throws IOException {
    if (closed) throw new ClosedChannelException();
    if (mapper == null && !IS_WINDOWS && isAt(path) && (writable || !Mounts.isOverlay(path))) mapper = Mapper.open(path);
    return mapper == null ? null : mapper.map(position, bytes);
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) return;
    closed = true;
    if (mapper != null) Descriptors.close(key, mapper, false);
    if (!brokenOff) Descriptors.close(key, channel, writable);
  }

  Object key() {
    return key;
  }

  @Override
  public boolean hasItsName() throws IOException {
    try {
      return isAt(path);
    } catch (NoSuchFileException e) {
      return false;
    } catch (FileSystemException e) {
      return true; // unknown, so it counts as unchanged
    }
  }

  /** Whether the path still leads to this file. True if the system can't say. */
  boolean isAt(Path path) throws IOException {
    return isSame(Files.readAttributes(path, BasicFileAttributes.class));
  }

  /** Whether the attributes are those of this file. True if the system can't say. */
  boolean isSame(BasicFileAttributes attributes) {
    Object now = attributes.fileKey();
    return now == null || now.equals(key);
  }


  /** Reads the attributes of a file. Creates the file first if it is missing. */
  private static BasicFileAttributes attributesOfExisting(Path path) throws IOException {
    try {
      return attributes(path);
    } catch (NoSuchFileException e) {
      DiskFolder.createFile(path);
      return attributes(path);
    }
  }

  /** Reads the attributes of a file, before it is opened: opening a device or a pipe could block or have any other effect. */
  private static BasicFileAttributes attributes(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (attributes.isOther()) throw new FileSystemException(path.toString(), null, "a device or a pipe, not a file");
    return attributes;
  }

  private static Object keyOf(BasicFileAttributes attributes) {
    Object key = attributes.fileKey();
    return key == null ? new Object() : key;
  }

  private static ChannelFile open(Path path, Object key, Set<OpenOption> options) throws IOException {
    boolean writable = options.contains(StandardOpenOption.WRITE);
    AsynchronousFileChannel kept = Descriptors.take(key, writable);
    return new ChannelFile(kept != null ? kept : open(path, options), path, key, writable);
  }

  private static AsynchronousFileChannel open(Path path, Set<OpenOption> options) throws IOException {
    // On Windows the system completes such reads in threads of its own, so the executor must not run in the calling thread.
    return AsynchronousFileChannel.open(path, options, IS_WINDOWS ? null : new CallingThread());
  }

  /** Waits for the result of a call, even if the thread is interrupted. Marks the thread as interrupted again afterwards. */
  private static int await(Future<Integer> result) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof IOException io) throw io;
          throw new IOException(e.getCause());
        }
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }
}
