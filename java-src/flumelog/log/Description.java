package flumelog.log;

import java.util.Map;

/** Makes the text of {@code toString} for a log, its views, cursors and references. It does no I/O. */
public final class Description {
  private Description() {}

  /**
   * Describes an object by facts of its log.
   *
   * @param type of the object, for example {@code "Log"}
   * @param log the log
   * @param facts names of the facts of {@link Log#info} to show, if the log has them
   * @return for example {@code #flumelog/Log["a.log" {:since 17 :end 34}]}; a closed or failed log shows that first
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
   * Describes an object by facts of its own.
   *
   * @param type of the object, for example {@code "Cursor"}
   * @param path of the log
   * @param facts for example {@code ":offset 17"}
   * @return for example {@code #flumelog/Cursor["a.log" {:offset 17}]}
   */
  public static String of(String type, String path, String facts) {
    String quoted = path.replace("\\", "\\\\").replace("\"", "\\\"");
    return "#flumelog/" + type + "[\"" + quoted + "\" {" + facts + "}]";
  }
}
