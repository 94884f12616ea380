package flumelog.error;

import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Makes {@code ex-data} of a failure. Only Clojure asks for it: a Java program never comes here, and so needs no class of
 * Clojure but the interface {@code IExceptionInfo}.
 */
final class ClojureData {
  /** Facts that name an option or a codec. In Java such a fact is a text that begins with a colon, in Clojure a keyword. */
  private static final List<String> NAMES = List.of("option", "did-you-mean", "codec", "why");

  private ClojureData() {}

  static IPersistentMap of(LogException failure) {
    IPersistentMap data = PersistentArrayMap.EMPTY.assoc(Keyword.intern("flumelog", "error"), keyword(failure.kind()));
    data = data.assoc(Keyword.intern("cognitect.anomalies", "category"),
        Keyword.intern("cognitect.anomalies", failure.category()));
    for (Map.Entry<String, Object> fact : failure.facts().entrySet()) {
      Object value = fact.getValue();
      data = data.assoc(Keyword.intern(fact.getKey()), NAMES.contains(fact.getKey()) ? keyword(value) : value);
    }
    return data;
  }

  private static Object keyword(LogException.Kind kind) {
    return Keyword.intern(kind.name().toLowerCase(Locale.ROOT).replace('_', '-'));
  }

  private static Object keyword(Object name) {
    return name instanceof String text && text.startsWith(":") ? Keyword.intern(text.substring(1)) : name;
  }
}
