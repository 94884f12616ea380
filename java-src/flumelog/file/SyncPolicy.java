package flumelog.file;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;

/**
 * When appended records are made durable.
 *
 * <ul>
 *   <li>{@link #EACH}: an append returns after its record is on disk; callers that wait together share one force.
 *   <li>{@link #everyMillis}: an append returns when the operating system has its record; a force in the background
 *       follows within that many milliseconds.
 *   <li>{@link #NONE}: only {@code sync} and {@code close} force.
 * </ul>
 *
 * @param everyMillis milliseconds: 0 for EACH, -1 for NONE
 */
public record SyncPolicy(long everyMillis) {
  /** An append returns after its record is on disk. */
  public static final SyncPolicy EACH = new SyncPolicy(0);
  /** Only {@code sync} and {@code close} force. */
  public static final SyncPolicy NONE = new SyncPolicy(-1);

  private static final long MAX_MILLIS = 86_400_000;

  /**
   * Checks the bounds.
   *
   * @param everyMillis milliseconds: 0 for EACH, -1 for NONE
   * @throws LogException {@code BAD_OPTION}
   */
  public SyncPolicy {
    if (everyMillis < -1 || everyMillis > MAX_MILLIS) throw outOfBounds(everyMillis);
  }

  /**
   * A force in the background follows each append within some time.
   *
   * @param millis milliseconds, from 1 to 86,400,000 (a day)
   * @return the policy
   * @throws LogException {@code BAD_OPTION}
   */
  public static SyncPolicy everyMillis(long millis) {
    if (millis < 1) throw outOfBounds(millis);
    return new SyncPolicy(millis);
  }

  /** {@return whether an append returns after its record is on disk} */
  public boolean isEach() {
    return everyMillis == 0;
  }

  /** {@return whether a force follows by itself} */
  public boolean isPeriodic() {
    return everyMillis > 0;
  }

  private static LogException outOfBounds(long millis) {
    return OptionFailures.badOption(":sync", "{:every-ms " + millis + "}",
        ":each, :none or {:every-ms n} with n from 1 to " + MAX_MILLIS);
  }

  @Override
  public String toString() {
    return isEach() ? ":each" : isPeriodic() ? "{:every-ms " + everyMillis + "}" : ":none";
  }
}
