package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;

/**
 * When appended records are made durable.
 *
 * <ul>
 *   <li>{@link #EACH}: an append returns after its record is on disk; callers that wait together share one force.
 *   <li>{@link #everyMillis(long)}: an append returns when the operating system has its record; a force in the background
 *       follows within that many milliseconds.
 *   <li>{@link #NONE}: only {@code sync} and {@code close} force.
 * </ul>
 *
 * Two policies are equal if they force at the same times.
 */
public final class SyncPolicy {
  static final long MAX_MILLIS = 86_400_000;

  /** An append returns after its record is on disk. */
  public static final SyncPolicy EACH = new SyncPolicy(0);
  /** Only {@code sync} and {@code close} force. */
  public static final SyncPolicy NONE = new SyncPolicy(0);

  /** 0 in the two policies above. */
  private final long millis;

  private SyncPolicy(long millis) {
    this.millis = millis;
  }

  /**
   * A force in the background follows each append within a number of milliseconds.
   *
   * @param millis milliseconds, from 1 to 86,400,000 (a day)
   * @return the policy
   * @throws LogException {@code BAD_OPTION}
   */
  public static SyncPolicy everyMillis(long millis) {
    if (millis < 1 || millis > MAX_MILLIS) {
      throw OptionFailures.badOption(":sync", "everyMillis", millis, "a whole number from 1 to " + MAX_MILLIS);
    }
    return new SyncPolicy(millis);
  }

  /** {@return whether an append returns after its record is on disk} */
  public boolean isEach() {
    return this == EACH;
  }

  /** {@return whether a force in the background follows each append} */
  public boolean isPeriodic() {
    return this != EACH && this != NONE;
  }

  /**
   * The time within which a force in the background follows an append.
   *
   * @return milliseconds, from 1 to 86,400,000
   * @throws IllegalStateException if no force in the background follows: ask {@link #isPeriodic} first
   */
  public long everyMillis() {
    if (!isPeriodic()) throw new IllegalStateException("the policy " + this + " has no time within which a force follows");
    return millis;
  }

  /** The time of a periodic policy in milliseconds, 0 of the two others. */
  long periodMillis() {
    return millis;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof SyncPolicy policy && isPeriodic() && policy.isPeriodic() && millis == policy.millis;
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** {@return the policy as the value of Clojure's option, as {@code ":each"} or <code>"{:every-ms 100}"</code>} */
  @Override
  public String toString() {
    return isEach() ? ":each" : isPeriodic() ? "{:every-ms " + millis + "}" : ":none";
  }
}
