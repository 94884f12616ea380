package flumelog.log;

import java.util.Map;

/** What a log and the things that belong to it say of themselves: about what one would ask next. It does no I/O. */
public final class Description {
  private Description() {}

  /**
   * Describes what belongs to a log.
   *
   * @param type what it is, as {@code "Log"}
   * @param log the log
   * @param facts names of those facts of {@link Log#info} that are shown, where the log has them
   * @return as {@code #flumelog/Log["a.log" {:since 17 :end 34}]}; of a closed or failed log it says that first
   */
  public static String of(String type, Log log, String... facts) {
    Map<String, Object> info = log.info();
    StringBuilder shown = new StringBuilder();
    if (Boolean.TRUE.equals(info.get("closed"))) shown.append(":closed true");
    if (info.get("failed") != null) shown.append(shown.length() > 0 ? " :failed true" : ":failed true");
    for (String fact : facts) {
      Object value = info.get(fact);
      if (value == null) continue;
      if (shown.length() > 0) shown.append(' ');
      shown.append(':').append(fact).append(' ').append(value instanceof String ? ":" + value : value);
    }
    return of(type, log.path(), shown.toString());
  }

  /**
   * Describes what belongs to a log.
   *
   * @param type what it is, as {@code "Cursor"}
   * @param path of the log
   * @param facts what is said of it, as {@code ":offset 17"}
   * @return as {@code #flumelog/Cursor["a.log" {:offset 17}]}
   */
  public static String of(String type, String path, String facts) {
    String quoted = path.replace("\\", "\\\\").replace("\"", "\\\"");
    return "#flumelog/" + type + "[\"" + quoted + "\" {" + facts + "}]";
  }
}
