package flumelog.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Maps parts of a file into memory. Its FileChannel is used by threads of its own only, which nobody interrupts: an
 * interrupt would close the channel, and with any descriptor of a file that is closed goes the lock of its writer.
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

  /** The range, read-only; it stays when this is closed, until nobody holds it any more. */
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

    /** An interrupt is kept for whoever asks for it. */
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
