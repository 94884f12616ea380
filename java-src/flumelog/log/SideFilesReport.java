package flumelog.log;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What was removed beside a log. It is also a map of all facts by their names in Clojure. Later versions may have more facts.
 */
public final class SideFilesReport extends Facts {
  SideFilesReport(Map<String, Object> facts) {
    super(facts);
  }

  private List<Path> paths(String name) {
    return ((List<?>) get(name)).stream().map(path -> Path.of((String) path)).toList();
  }

  /** {@return the files that were removed} */
  public List<Path> removed() {
    return paths("removed");
  }

  /** {@return the files that are left} */
  public List<Path> kept() {
    return paths("kept");
  }
}
