/**
 * What the codecs in Clojure need to turn values into data and back: EDN and JSON text, nippy's data, and when two values are equal.
 *
 * <p>It is for: writing EDN and JSON without the printer, reading hostile bytes with bounds, and finding out that a codec would give
 * back something else.
 *
 * <p>It may use: {@code error}, {@code codec}, and {@code clojure.lang}.
 *
 * <p>Begin with {@link flumelog.value.Same}, what equal means; then {@link flumelog.value.EdnWriter} or
 * {@link flumelog.value.JsonWriter}. Decision: ADR 10.
 */
package flumelog.value;
