package flumelog.log;

/**
 * How far apart the offsets of a log are, for work that is split by them: a cut may be at any number, since each record has
 * its offset on one side of it.
 *
 * @param least the offsets of two records differ by this at least; 1 or more
 * @param part about how far apart the offsets of a record and of the 512th after it are; what is read in fewer offsets is not
 *     worth a task of its own
 */
public record Spacing(long least, long part) {
  /** For offsets that count records. */
  public static final Spacing OF_RECORDS = new Spacing(1, 512);

  /**
   * Checks both.
   *
   * @param least the offsets of two records differ by this at least; 1 or more
   * @param part about how far apart the offsets of a record and of the 512th after it are; 1 or more
   */
  public Spacing {
    if (least < 1 || part < 1) throw new IllegalArgumentException("both must be 1 or more, were " + least + " and " + part);
  }
}
