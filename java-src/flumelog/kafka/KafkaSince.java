package flumelog.kafka;

import flumelog.log.Since;
import flumelog.spi.LastOffset;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The offset of the last record. The log's own appends move it, and looks at the topic, and records that the brokers push. */
final class KafkaSince implements Since {
  private final LastOffset last;
  /** Looks for appends of other writers; null if there are none. */
  private final @Nullable Runnable look;
  /** Has the brokers push the appends of other writers. */
  private final BooleanSupplier follow;

  /** @param follow has the brokers push from now on, and says whether they did so already */
  KafkaSince(String path, @Nullable Runnable look, BooleanSupplier follow) {
    this.last = new LastOffset(path, -1, null);
    this.look = look;
    this.follow = follow;
  }

  @Override
  public long get() {
    if (look != null) look.run();
    return last.lastSeen();
  }

  @Override
  public long lastSeen() {
    return last.lastSeen();
  }

  @Override
  public boolean await(long atLeast, long timeoutMillis) throws InterruptedException {
    if (last.lastSeen() >= atLeast) return true;
    boolean isPushed = look == null || timeoutMillis > 0 && follow.getAsBoolean();
    if (!isPushed && get() >= atLeast) return true;
    return last.await(atLeast, timeoutMillis);
  }

  @Override
  public Registration watch(Watch watch) {
    Registration registration = last.watch(watch);
    if (look != null) follow.getAsBoolean();
    return registration;
  }

  @Override
  public Registration whenClosed(Runnable task) {
    return last.whenClosed(task);
  }

  /** Moves it forward. The caller tells the watches afterwards. */
  synchronized void moveTo(long offset) {
    if (offset > last.lastSeen()) last.set(offset);
  }

  /** Calls the watches; the caller holds no lock. */
  void tell() {
    last.tell();
  }

  void close() {
    last.close();
  }

  @Override
  public String toString() {
    return last.toString();
  }
}
