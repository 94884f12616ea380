package flumelog.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Maps parts of a file into memory. Only threads of its own, which nobody interrupts, use its FileChannel. An interrupt would
 * close the channel, and closing any descriptor of a file frees the process's locks of that file.
 */
final class Mapper implements Closeable {
  private final FileChannel channel;

  private Mapper(FileChannel channel) {
    this.channel = channel;
  }

  static Mapper open(Path path) throws IOException {
    return new Mapper(new Call<FileChannel>() {
      @Override
      FileChannel call() throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ);
      }
    }.result());
  }

  /** Maps a range, read-only. The memory stays valid after this is closed, until the last reference to it is gone. */
  ByteBuffer map(long position, int bytes) throws IOException {
    return new Call<ByteBuffer>() {
      @Override
      ByteBuffer call() throws IOException {
        return channel.map(MapMode.READ_ONLY, position, bytes);
      }
    }.result();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  // start-up: a thread of its own class. A lambda or a future takes a new process longer than mapping the file.
  private abstract static class Call<T> extends Thread {
    private T result;
    private Throwable failure;

    Call() {
      super("flumelog-map");
      setDaemon(true);
    }

    abstract T call() throws IOException;

    @Override
    public void run() {
      try {
        result = call();
      } catch (Throwable t) {
        failure = t;
      }
    }

    T result() throws IOException {
      start();
      awaitEnd();
      if (failure instanceof IOException e) throw e;
      if (failure != null) throw new IOException(failure);
      return result;
    }

    /** Waits for the end of the thread, even if the caller is interrupted. Marks the caller as interrupted again afterwards. */
    private void awaitEnd() {
      boolean interrupted = Thread.interrupted();
      while (isAlive()) {
        try {
          join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) Thread.currentThread().interrupt();
    }
  }
}
