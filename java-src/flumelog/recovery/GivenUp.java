package flumelog.recovery;

/**
 * A file beside the log that is not believed, or can't be used, and is done without.
 *
 * @param file its path
 * @param why a sentence
 */
public record GivenUp(String file, String why) {
  /** Tells it in the log of the program. */
  public static GivenUp told(String file, String why) {
    System.getLogger("flumelog").log(System.Logger.Level.WARNING, "{0} is not used: {1}", file, why);
    return new GivenUp(file, why);
  }
}
