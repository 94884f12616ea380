package flumelog.log;

/**
 * How a log is to be protected: the value of the option {@code :protect}. How an existing file is protected is in its head record,
 * so it is opened without the option.
 */
public final class Protection {
  /** Not at all. A protected file is then read as its bytes are, with the frames of the log's own, and takes no appends. */
  public static final Protection NONE = new Protection("none");
  /** Each record has a checksum that is bound to its log and its offset. A batch is whole or absent. */
  public static final Protection CHECKED = new Protection("checked");

  private final String name;

  private Protection(String name) {
    this.name = name;
  }

  /** {@return the keyword of Clojure without its colon, as {@code "checked"}} */
  public String protectionName() {
    return name;
  }

  /** {@return the keyword of Clojure with its colon} */
  @Override
  public String toString() {
    return ":" + name;
  }
}
