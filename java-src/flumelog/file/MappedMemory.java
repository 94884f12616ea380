package flumelog.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Shared memory that is a mapped file. The garbage collector unmaps it after the last reference is gone. */
final class MappedMemory implements SharedMemory {
  private static final int ZEROS = 1 << 16;

  private final Path path;
  private final Object key;
  private final MappedByteBuffer mapped;

  private MappedMemory(Path path, Object key, MappedByteBuffer mapped) {
    this.path = path;
    this.key = key;
    this.mapped = mapped;
  }

  /**
   * Creates a file of zeros and maps it. The zeros are really written, so that on a full disk usually this call fails. A later
   * store to a mapped page that gets no space on the disk could not throw an error.
   *
   * @throws NotMappable if the file system can't map files
   */
  static MappedMemory create(Path path, int bytes) throws IOException {
    try (ChannelFile file = ChannelFile.openForWriting(path)) {
      file.truncate(0);
      for (int at = 0; at < bytes; at += ZEROS) {
        file.append(at, ByteBuffer.allocate(Math.min(ZEROS, bytes - at)));
      }
      return new MappedMemory(path, file.key(), map(path, bytes));
    } catch (IOException e) {
      deleteAfter(e, path);
      throw e;
    }
  }

  @Override
  public ByteBuffer bytes() {
    return mapped;
  }

  @Override
  public void force() throws IOException {
    try {
      mapped.force();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void write(int at, ByteBuffer from) throws IOException {
    try (ChannelFile file = ChannelFile.openExisting(path)) {
      if (!isWhole(file)) throw new IOException(path + " was cut or replaced by another program");
      file.overwrite(at, from);
    }
  }

  @Override
  public boolean isWhole() throws IOException {
    try (ChannelFile file = ChannelFile.openForReading(path)) {
      return isWhole(file);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private boolean isWhole(ChannelFile file) throws IOException {
    return file.key().equals(key) && file.size() >= mapped.capacity();
  }

  /**
   * Maps the file. A FileChannel refuses to work for an interrupted thread, so the interrupt is cleared first and set again
   * afterwards.
   */
  private static MappedByteBuffer map(Path path, int bytes) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
          return map(channel, bytes);
        } catch (ClosedByInterruptException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  private static MappedByteBuffer map(FileChannel channel, int bytes) throws IOException {
    try {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes);
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      throw new NotMappable(e.getMessage());
    }
  }

  private static void deleteAfter(IOException cause, Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
