/**
 * An append-only log in one file. Programs use {@link flumelog.log}, and {@link flumelog.kafka} for a log over Kafka. Back ends also use {@link flumelog.spi}.
 *
 * <p>Open, because Clojure code of this jar is no part of the module: it reads its namespaces as resources, and calls the classes
 * of all packages at run time. Java code compiles against the exported packages only.
 */
open module flumelog {
  requires clojure; // LogException has an interface of it
  requires static jdk.jfr;
  requires static kafka.clients; // for flumelog.kafka
  requires static org.jspecify;

  exports flumelog.codec;
  exports flumelog.error;
  exports flumelog.kafka;
  exports flumelog.log;
  exports flumelog.spi;
}
