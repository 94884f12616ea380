package flumelog.protect;

/**
 * What a program gives to have a log sealed, or to check its seals.
 *
 * @param isSealed whether the log is to be sealed
 * @param signer signs the seals; null for nobody
 * @param trust the public key of 32 bytes that must have signed the seals; null for any
 * @param kept a head that the log had earlier, and from which it must go on; null for none
 * @param keptId the 16 bytes of the id in that head; null for none
 * @param everyRecords how many frames are appended without a seal at most
 * @param everyMillis how long an append stays without a seal at most
 */
public record GivenSeal(boolean isSealed, Signer signer, byte[] trust, TreeHead kept, byte[] keptId, long everyRecords, long everyMillis) {
  public static final long EVERY_RECORDS = 1 << 16;
  public static final long EVERY_MILLIS = 60_000;
  public static final GivenSeal NONE = new GivenSeal(false, null, null, null, null, EVERY_RECORDS, EVERY_MILLIS);

  /** The same keys and times, for a log that is known to be sealed, or not to be. */
  public GivenSeal ofKind(boolean sealed) {
    return new GivenSeal(sealed, sealed ? signer : null, trust, kept, keptId, everyRecords, everyMillis);
  }

  /** Whether the log is to be sealed at other times than those of the default. */
  public boolean hasOwnPolicy() {
    return everyRecords != EVERY_RECORDS || everyMillis != EVERY_MILLIS;
  }

  /** Whether something is to be checked when the log is opened. */
  public boolean isChecking() {
    return trust != null || kept != null;
  }

  /** {@return nothing of a key} */
  @Override
  public String toString() {
    return isSealed ? "sealed" : "not sealed";
  }
}
