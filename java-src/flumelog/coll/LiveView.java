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
import flumelog.log.RecordKey;
import java.util.function.BooleanSupplier;

/**
 * The present and future records of a log. Reducing it waits for new records until the reduction is done, all records up to
 * the upper bound were given, the log is closed or the thread is interrupted. The thread is still interrupted afterwards.
 * Throws {@code CLOSED} if the log was closed before all its records were given.
 */
public final class LiveView implements IReduce {
  private static final BooleanSupplier FOR_EVER = () -> true;
  private static final long ASK_MILLIS = 100;

  private final Log log;
  private final LiveOptions options;
  private final Projection projection;
  private final RecordCodec recordCodec;

  /** @param onDecodeError as for {@link LogCollection#view} */
  public LiveView(Log log, Codec<?> codec, LiveOptions options, Projection projection, Object onDecodeError) {
    this.log = log;
    this.options = options;
    this.projection = projection;
    this.recordCodec = new RecordCodec(log.path(), codec, onDecodeError);
  }

  public Log log() {
    return log;
  }

  @Override
  public Object reduce(IFn f, Object init) {
    return reduceWhile(FOR_EVER, f, init);
  }

  /** Reduces while {@code wanted} is true. Checks it before each item, and every 100 ms during a wait. */
  public Object reduceWhile(BooleanSupplier wanted, IFn f, Object init) {
    return reduce(wanted, f, init, read(), options.limit());
  }

  @Override
  public Object reduce(IFn f) {
    LiveReading reading = read();
    return options.limit() > 0 && move(reading, FOR_EVER)
        ? reduce(FOR_EVER, f, reading.item(), reading, options.limit() - 1) : f.invoke();
  }

  private LiveReading read() {
    return new LiveReading(new LiveCursor(log, options), options.key() == RecordKey.END, projection, recordCodec);
  }

  private Object reduce(BooleanSupplier wanted, IFn f, Object init, LiveReading reading, long limit) {
    Object acc = init;
    for (long left = limit; left > 0 && move(reading, wanted); left--) {
      acc = f.invoke(acc, reading.item());
      if (RT.isReduced(acc)) return ((IDeref) acc).deref();
    }
    return acc;
  }

  /** Waits for the next item. Returns false at the end; an interrupt ends it too, and the thread stays interrupted. */
  private boolean move(LiveReading reading, BooleanSupplier wanted) {
    try {
      if (wanted == FOR_EVER) return reading.move(Long.MAX_VALUE);
      while (wanted.getAsBoolean() && !reading.isAtEnd()) {
        if (reading.move(ASK_MILLIS)) return true;
      }
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
