package flumelog.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

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
    return new Mapper(uninterrupted(() -> FileChannel.open(path, StandardOpenOption.READ)));
  }

  /** The range, read-only; it stays when this is closed, until nobody holds it any more. */
  ByteBuffer map(long position, int bytes) throws IOException {
    return uninterrupted(() -> channel.map(MapMode.READ_ONLY, position, bytes));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static <T> T uninterrupted(Callable<T> call) throws IOException {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread = new Thread(() -> complete(result, call), "flumelog-map");
    thread.setDaemon(true);
    thread.start();
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException io) throw io;
      throw new IOException(e.getCause());
    }
  }

  private static <T> void complete(CompletableFuture<T> result, Callable<T> call) {
    try {
      result.complete(call.call());
    } catch (Throwable t) {
      result.completeExceptionally(t);
    }
  }
}
