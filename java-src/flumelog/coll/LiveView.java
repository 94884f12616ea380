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

  /** Most items that there will be. */
  public long limit() {
    return options.limit();
  }

  /** Begins to read at the first record that the options name. */
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

  /** Whether there is another item; the thread is interrupted again when an interrupt has ended the waiting. */
  private static boolean move(LiveReading reading) {
    try {
      return reading.move(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (LogException e) {
      // The codec was interrupted: that ends it as an interrupt does while it waits.
      if (e.kind() != LogException.Kind.UNAVAILABLE || !Thread.currentThread().isInterrupted()) throw e;
    }
    return false;
  }

  @Override
  public String toString() {
    return Description.of("Live", log, "since");
  }
}
