package flumelog.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A mapped file. It goes with the last reference to it. */
final class MappedMemory implements SharedMemory {
  private static final int ZEROS = 1 << 16;

  private final MappedByteBuffer mapped;

  private MappedMemory(MappedByteBuffer mapped) {
    this.mapped = mapped;
  }

  /**
   * Makes a file of zeros and maps it. They are really written, so that a full disk says no here: where a mapped page
   * gets no room when it is stored to, there is no call that could fail.
   */
  static MappedMemory create(Path path, int bytes) throws IOException {
    try (ChannelFile file = ChannelFile.openForWriting(path)) {
      file.truncate(0);
      for (int at = 0; at < bytes; at += ZEROS) {
        file.append(at, ByteBuffer.allocate(Math.min(ZEROS, bytes - at)));
      }
      return new MappedMemory(map(path, bytes));
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

  /** A FileChannel does nothing for an interrupted thread, so the interrupt is handed on afterwards. */
  private static MappedByteBuffer map(Path path, int bytes) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
          return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes);
        } catch (ClosedByInterruptException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
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
