package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.error.Diagnostics;
import flumelog.file.DiskFolder;
import flumelog.recovery.LogFiles;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Closes a log that became garbage without being closed: its file descriptors, and its lock, which otherwise would
 * never be released. It is closed when the next log is opened, in the same way as by {@code close}. Until then neither
 * is needed, so no thread waits for that. This object must not refer to the log, or the log would never become garbage.
 */
public final class Abandoned extends PhantomReference<Object> {
  private static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<>();

  /** One for each open log. They are held here because a reference that is garbage itself is never queued. */
  private static final Set<Abandoned> OPEN = ConcurrentHashMap.newKeySet();

  private final LogFiles files;
  private final Blocks blocks;
  /** Null if the log is opened for reading, because then the writer's objects refer to the log. */
  private final Writer writer;
  private final AsyncAppends asyncAppends;

  private Abandoned(Object log, LogFiles files, Blocks blocks, Writer writer, AsyncAppends asyncAppends) {
    super(log, QUEUE);
    this.files = files;
    this.blocks = blocks;
    this.writer = writer;
    this.asyncAppends = asyncAppends;
  }

  /** Null for a log in a folder without file descriptors. */
  public static Abandoned of(
      Object log, LogFiles files, Blocks blocks, Writer writer, AsyncAppends asyncAppends, boolean writable) {
    if (!(files.log().folder() instanceof DiskFolder)) return null;
    Abandoned abandoned = new Abandoned(log, files, blocks, writable ? writer : null, writable ? asyncAppends : null);
    OPEN.add(abandoned);
    return abandoned;
  }

  /** Closes the logs that became garbage. */
  public static void closeAll() {
    for (Reference<?> log = QUEUE.poll(); log != null; log = QUEUE.poll()) ((Abandoned) log).close();
  }

  /** Cancels this, because the log is being closed. */
  public void cancel() {
    clear();
    OPEN.remove(this);
  }

  private void close() {
    OPEN.remove(this);
    String said = files.path() + " was not closed before the last reference to it was gone; it is closed now";
    try (files) {
      if (writer != null) writer.close();
    } catch (RuntimeException | Error e) {
      Diagnostics.write(System.Logger.Level.WARNING, said + ", which failed", e);
      return;
    } finally {
      if (asyncAppends != null) asyncAppends.end();
      blocks.forget();
    }
    System.getLogger("flumelog").log(System.Logger.Level.WARNING, said);
  }
}
