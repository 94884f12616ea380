package flumelog.coll;

import clojure.lang.IDeref;
import clojure.lang.IFn;
import clojure.lang.IReduce;
import clojure.lang.RT;
import flumelog.codec.Codec;
import flumelog.error.LogException;
import flumelog.log.Description;
import flumelog.log.LiveCursor;
import flumelog.log.LiveOptions;
import flumelog.log.Log;
import java.util.Locale;

/**
 * The records of a log and those that will be. Reducing it waits for more until the reduction is done, the log is
 * closed or the thread is interrupted, which stays interrupted.
 */
public final class LiveView implements IReduce {
  private final Log log;
  private final LiveOptions options;
  private final Projection projection;
  private final Decoder decoder;

  public LiveView(Log log, Codec codec, LiveOptions options) {
    this.log = log;
    this.options = options;
    this.projection = Projection.valueOf(options.as().substring(1).toUpperCase(Locale.ROOT));
    this.decoder = new Decoder(log.path(), codec, options.onDecodeError());
  }

  public Log log() {
    return log;
  }

  @Override
  public Object reduce(IFn f, Object init) {
    return reduce(f, init, new LiveCursor(log, options), options.limit());
  }

  @Override
  public Object reduce(IFn f) {
    LiveCursor cursor = new LiveCursor(log, options);
    Object first = options.limit() > 0 ? next(cursor) : Decoder.NONE;
    return first == Decoder.NONE ? f.invoke() : reduce(f, first, cursor, options.limit() - 1);
  }

  private Object reduce(IFn f, Object init, LiveCursor cursor, long limit) {
    Object acc = init;
    for (long left = limit; left > 0; left--) {
      Object item = next(cursor);
      if (item == Decoder.NONE) return acc;
      acc = f.invoke(acc, item);
      if (RT.isReduced(acc)) return ((IDeref) acc).deref();
    }
    return acc;
  }

  /** The next item, or {@link Decoder#NONE} when there will be none. */
  private Object next(LiveCursor cursor) {
    try {
      while (cursor.next()) {
        Object item = projection.item(cursor.offset(), projection.readsData() ? value(cursor) : null);
        if (item != Decoder.NONE) return item;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (LogException e) {
      // The codec was interrupted: that ends it as an interrupt does while it waits.
      if (e.kind() != LogException.Kind.UNAVAILABLE || !Thread.currentThread().isInterrupted()) throw e;
    }
    return Decoder.NONE;
  }

  private Object value(LiveCursor cursor) {
    byte[] data;
    try {
      data = cursor.data();
    } catch (LogException e) {
      return decoder.insteadOf(e);
    }
    return decoder.value(cursor.offset(), data);
  }

  @Override
  public String toString() {
    return Description.of("Live", log, "since");
  }
}
