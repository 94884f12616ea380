package flumelog.file;

import flumelog.error.LogException;

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
  public static final SyncPolicy EACH = new SyncPolicy(0);
  public static final SyncPolicy NONE = new SyncPolicy(-1);

  /** Bounds: 1 to 86,400,000 milliseconds (a day). */
  public static SyncPolicy everyMillis(long millis) {
    if (millis < 1 || millis > 86_400_000) {
      throw LogException.badOption(":sync", "{:every-ms " + millis + "}",
          ":each, :none or {:every-ms n} with n from 1 to 86400000");
    }
    return new SyncPolicy(millis);
  }

  public boolean isPeriodic() {
    return everyMillis > 0;
  }

  @Override
  public String toString() {
    return this.equals(EACH) ? ":each" : this.equals(NONE) ? ":none" : "{:every-ms " + everyMillis + "}";
  }
}
