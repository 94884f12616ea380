package flumelog.recovery;

/**
 * A side file that is not used, because it is not of this log or can't be read.
 *
 * @param file its path
 * @param why the reason, a sentence
 */
public record GivenUp(String file, String why) {
  /** Also writes a warning to the program's log. */
  public static GivenUp told(String file, String why) {
    System.getLogger("flumelog").log(System.Logger.Level.WARNING, "{0} is not used: {1}", file, why);
    return new GivenUp(file, why);
  }
}
