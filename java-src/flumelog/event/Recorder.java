package flumelog.event;

/**
 * Whether this process has begun a recording of JDK Flight Recorder. Until then no event is made, and no class of the module
 * {@code jdk.jfr} is loaded. A JVM without that module never records.
 */
public final class Recorder {
  /**
   * The system property that the JVM sets when a process begins its first recording. The compiler copies its name to the callers,
   * so a caller can ask for the property before this class is loaded.
   */
  public static final String STARTED = "jdk.jfr.repository";

  private static final int LOOKS_EVERY = 256;

  private static volatile boolean isOn;
  private static volatile boolean isMissing;

  private Recorder() {}

  /**
   * Whether a recording has begun. Looks for that once in a while, because a look costs some nanoseconds.
   *
   * @param count how often the caller has asked
   */
  public static boolean isOn(long count) {
    return count % LOOKS_EVERY == 0 ? look() : isOn;
  }

  /** Whether a recording has begun, as of now. */
  public static boolean look() {
    if (!isOn && !isMissing && System.getProperty(STARTED) != null) load();
    return isOn;
  }

  private static void load() {
    try {
      Class.forName("flumelog.event.LogEvent");
      isOn = true;
    } catch (ClassNotFoundException | LinkageError e) {
      isMissing = true; // somebody has set the property in a JVM without the module
    }
  }
}
