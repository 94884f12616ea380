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
 * The present and future records of a log. Reducing it waits for new records until the reduction is done, the log is
 * closed or the thread is interrupted. The thread is still interrupted afterwards.
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

  /** The largest number of items. */
  public long limit() {
    return options.limit();
  }

  /** A new pass, which begins where the options say. */
  public LiveReading read() {
    return new LiveReading(new LiveCursor(log, options), projection, decoder);
  }

  @Override
  public Object reduce(IFn f, Object init) {
    return reduce(f, init, read(), options.limit());
  }

  @Override
  public Object reduce(IFn f) {
    LiveReading reading = read();
    return options.limit() > 0 && move(reading) ? reduce(f, reading.item(), reading, options.limit() - 1) : f.invoke();
  }

  private static Object reduce(IFn f, Object init, LiveReading reading, long limit) {
    Object acc = init;
    for (long left = limit; left > 0 && move(reading); left--) {
      acc = f.invoke(acc, reading.item());
      if (RT.isReduced(acc)) return ((IDeref) acc).deref();
    }
    return acc;
  }

  /** Waits for the next item. Returns false at the end; an interrupt ends it too, and the thread stays interrupted. */
  private static boolean move(LiveReading reading) {
    try {
      return reading.move(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (LogException e) {
      // An interrupt of the codec ends the pass, as an interrupt of the wait does.
      if (e.kind() != LogException.Kind.UNAVAILABLE || !Thread.currentThread().isInterrupted()) throw e;
    }
    return false;
  }

  @Override
  public String toString() {
    return Description.of("Live", log, "since");
  }
}
