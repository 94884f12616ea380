package flumelog.log;

/**
 * The distances between the offsets of a log, for work that is split by offsets. A range can be split at any number,
 * since the offset of each record is on one side of it.
 *
 * @param least the smallest distance between the offsets of two records; 1 or more
 * @param part the approximate distance between the offsets of a record and of the 512th record after it; a smaller part
 *     is not worth its own task
 */
public record Spacing(long least, long part) {
  /** For offsets that count records. */
  public static final Spacing OF_RECORDS = new Spacing(1, 512);

  /**
   * Checks both.
   *
   * @param least the smallest distance between the offsets of two records; 1 or more
   * @param part the approximate distance between the offsets of a record and of the 512th record after it; 1 or more
   */
  public Spacing {
    if (least < 1 || part < 1) throw new IllegalArgumentException("both must be 1 or more, were " + least + " and " + part);
  }
}
