package flumelog.cli;

import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import clojure.lang.Symbol;
import flumelog.codec.Codec;
import flumelog.codec.Codecs;
import flumelog.error.RecordFailures;
import java.nio.charset.CharacterCodingException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls functions of the verbs' namespaces. Only here the command line begins to need Clojure. */
final class ClojureVerb {
  private ClojureVerb() {}

  /** {@return the exit code} */
  static int run(String verb, Map<String, Object> given) {
    return ((Number) function("flumelog.cli." + verb, "run").invoke(options(given))).intValue();
  }

  /**
   * Lines of the values of records.
   *
   * @param codec its name, or a Codec
   * @param where a query in EDN; null if there is none
   */
  static Line line(String path, Object codec, String form, @Nullable Object where) {
    IFn line = (IFn) function("flumelog.cli.records", "line-fn").invoke(path, codec, Keyword.intern(form), where);
    return (offset, data) -> {
      Object text = line.invoke(offset, data);
      try {
        return text instanceof String string ? Codecs.utf8(string) : (byte[]) text;
      } catch (CharacterCodingException e) {
        throw RecordFailures.decode(path, offset, ":" + form, null, e);
      }
    };
  }

  /** A function of a line in the form, which makes its value. */
  static IFn parser(String form) {
    return (IFn) function("flumelog.cli.append", "parser").invoke(Keyword.intern(form));
  }

  /** @param name of a codec, with or without a colon */
  static Codec<?> codec(String name) {
    return (Codec<?>) function("flumelog.options", "->codec").invoke(name);
  }

  static IFn function(String namespace, String name) {
    Thread.currentThread().setContextClassLoader(new CompiledNamespaces(ClojureVerb.class.getClassLoader()));
    RT.var("clojure.core", "require").invoke(Symbol.intern(namespace));
    return RT.var(namespace, name);
  }

  private static IPersistentMap options(Map<String, Object> given) {
    IPersistentMap options = PersistentArrayMap.EMPTY;
    for (Map.Entry<String, Object> option : given.entrySet()) options = options.assoc(Keyword.intern(option.getKey()), option.getValue());
    return options;
  }
}
