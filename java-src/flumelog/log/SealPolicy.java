package flumelog.log;

import flumelog.error.OptionFailures;
import flumelog.protect.GivenSeal;

/**
 * How often a sealed log is sealed while it is open for writing. Later versions may have more.
 */
public final class SealPolicy {
  private static final long MOST = Long.MAX_VALUE;

  /** A seal after 65,536 frames, and within a minute after an append. */
  public static final SealPolicy DEFAULT = new SealPolicy(GivenSeal.EVERY_RECORDS, GivenSeal.EVERY_MILLIS);

  private final long everyRecords;
  private final long everyMillis;

  private SealPolicy(long everyRecords, long everyMillis) {
    this.everyRecords = everyRecords;
    this.everyMillis = everyMillis;
  }

  /**
   * A policy.
   *
   * @param everyRecords how many frames are appended without a seal at most, 1 or more
   * @param everyMillis after how many milliseconds an append has a seal at the latest, 1 to 86,400,000
   * @return the policy
   * @throws flumelog.error.LogException {@code BAD_OPTION} for other numbers
   */
  public static SealPolicy of(long everyRecords, long everyMillis) {
    check(":every-records", everyRecords, MOST);
    check(":every-ms", everyMillis, SyncPolicy.MAX_MILLIS);
    return new SealPolicy(everyRecords, everyMillis);
  }

  private static void check(String option, long value, long most) {
    if (value < 1 || value > most) throw OptionFailures.badOption(option, value, "a whole number from 1 to " + most);
  }

  /** {@return how many frames are appended without a seal at most} */
  public long everyRecords() {
    return everyRecords;
  }

  /** {@return after how many milliseconds an append has a seal at the latest} */
  public long everyMillis() {
    return everyMillis;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SealPolicy policy && everyRecords == policy.everyRecords && everyMillis == policy.everyMillis;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(everyRecords * 31 + everyMillis);
  }

  @Override
  public String toString() {
    return "{:every-records " + everyRecords + ", :every-ms " + everyMillis + "}";
  }
}
