package flumelog.cli;

import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import clojure.lang.Symbol;
import flumelog.codec.Codec;
import flumelog.codec.Codecs;
import flumelog.coll.LogCollection;
import flumelog.error.CommandFailures;
import flumelog.error.RecordFailures;
import flumelog.log.Log;
import flumelog.log.LogHead;
import flumelog.log.Protection;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls functions of the verbs' namespaces. Only here the command line begins to need Clojure. */
final class ClojureVerb {
  private static final String LINES = "flumelog.cli.records";

  /** Loads a namespace that will be needed; null if there is none. */
  private static @Nullable Thread preparing;

  private static boolean isUsed;

  private ClojureVerb() {}

  /** Whether Clojure was loaded. */
  static boolean isUsed() {
    return isUsed;
  }

  /** Begins to load the namespace of {@link #line} in another thread, while this one opens the log. */
  static void prepareLines() {
    isUsed = true;
    preparing = new Thread(() -> {
      try {
        load(LINES);
      } catch (Throwable e) {
        // The code that needs it loads it again, and fails then.
      }
    }, "flumelog-clojure");
    preparing.setDaemon(true);
    preparing.start();
  }

  /** {@return the exit code} */
  static int run(String verb, Map<String, Object> given) throws IOException {
    return ((Number) function("flumelog.cli." + verb, "run").invoke(options(verb, given))).intValue();
  }

  /**
   * Lines of the values of records.
   *
   * @param codec its name, or a Codec
   * @param where a query in EDN; null if there is none
   */
  static Line line(String path, Object codec, String form, @Nullable Object where) {
    IFn line = (IFn) function(LINES, "line-fn").invoke(path, codec, Keyword.intern(form), where);
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

  /** Opens the log in a topic. Its records are bytes. The library that it needs is not part of the core. */
  static Log topic(Map<String, Object> options) {
    IPersistentMap named = PersistentArrayMap.EMPTY.assoc(Keyword.intern("codec"), Keyword.intern("bytes"));
    for (Map.Entry<String, Object> option : options.entrySet()) named = named.assoc(Keyword.intern(option.getKey()), option.getValue());
    return ((LogCollection) function("flumelog.topics", "open").invoke(named, PersistentArrayMap.EMPTY)).log();
  }

  /** @param name of a codec, with or without a colon */
  static Codec<?> codec(String name) {
    return (Codec<?>) function("flumelog.options", "->codec").invoke(name);
  }

  static IFn function(String namespace, String name) {
    isUsed = true;
    awaitPrepared();
    load(namespace);
    return RT.var(namespace, name);
  }

  /** Two threads must not load at once. */
  private static void awaitPrepared() {
    try {
      if (preparing != null) preparing.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void load(String namespace) {
    Thread.currentThread().setContextClassLoader(new CompiledNamespaces(ClojureVerb.class.getClassLoader()));
    RT.var("clojure.core", "require").invoke(Symbol.intern(namespace));
  }

  /** What was given by keywords. The files of keys are read: {@code :protect} and {@code :from-protect} are the protections. */
  private static IPersistentMap options(String verb, Map<String, Object> given) throws IOException {
    for (String key : new String[] {"key-file", "sign"}) {
      boolean isContradiction = given.containsKey(key) && given.containsKey("protect") && !"sealed".equals(given.get("protect"));
      if (isContradiction) throw CommandFailures.usedWrongly(verb, "--protect and --" + key + " can't be given both");
    }
    IPersistentMap options = PersistentArrayMap.EMPTY;
    for (Map.Entry<String, Object> option : given.entrySet()) options = options.assoc(Keyword.intern(option.getKey()), option.getValue());
    for (String from : new String[] {"", "from-"}) {
      Protection protection = KeyFile.protection(given, from);
      if (protection != null) options = options.assoc(Keyword.intern(from + "protect"), protection);
    }
    LogHead head = HeadFile.of(given);
    return head == null ? options : options.assoc(Keyword.intern("head"), head);
  }
}
