package flumelog.log;

/** How records lie in a file. */
public enum Format {
  /** As flumelog-offset 3 writes them, with a trailer of 32, 48 or 53 bits: see {@link OffsetWidth}. */
  FLUME,
  /** As flumelog-offset before version 3 writes them: without a trailer. */
  LEGACY;

  /** The option's value in Clojure. */
  String keyword() {
    return this == FLUME ? ":flume" : ":legacy";
  }
}
