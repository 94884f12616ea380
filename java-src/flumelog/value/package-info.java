/**
 * Helpers of the codecs, which are written in Clojure: EDN and JSON text, nippy's data, and when two values are equal.
 *
 * <p>It is for: writing EDN and JSON without Clojure's printer, reading hostile bytes within bounds, and refusing a value that a
 * codec would decode to something else.
 *
 * <p>It may use: {@code error}, {@code codec}, and {@code clojure.lang}.
 *
 * <p>Begin with {@link flumelog.value.Same}, which says what equal means; then {@link flumelog.value.EdnWriter} or
 * {@link flumelog.value.JsonWriter}. Decision: ADR 10.
 */
package flumelog.value;
