package flumelog.cli;

import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import clojure.lang.Symbol;
import java.util.Map;

/** Calls the function {@code run} of a verb's namespace. Only here the command line begins to need Clojure. */
final class ClojureVerb {
  private ClojureVerb() {}

  /** {@return the exit code} */
  static int run(String verb, Map<String, Object> given) {
    return ((Number) function("flumelog.cli." + verb, "run").invoke(options(given))).intValue();
  }

  static IFn function(String namespace, String name) {
    RT.var("clojure.core", "require").invoke(Symbol.intern(namespace));
    return RT.var(namespace, name);
  }

  private static IPersistentMap options(Map<String, Object> given) {
    IPersistentMap options = PersistentArrayMap.EMPTY;
    for (Map.Entry<String, Object> option : given.entrySet()) options = options.assoc(Keyword.intern(option.getKey()), option.getValue());
    return options;
  }
}
