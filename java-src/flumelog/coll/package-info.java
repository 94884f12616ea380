/**
 * Logs of values as Clojure collections.
 *
 * <p>It is for: Clojure's functions on a log: {@code seq}, {@code reduce}, {@code get}, {@code subseq}, {@code fold}.
 * It works on any {@link flumelog.log.Log}, and decodes data with a {@link flumelog.codec.Codec}.
 *
 * <p>It may use: {@code error}, {@code codec}, {@code log}, and {@code clojure.lang}.
 *
 * <p>Begin with {@link flumelog.coll.LogCollection}, the log itself; then {@link flumelog.coll.LogView}, a range of it.
 * {@code src/flumelog/core.clj} is the API over both. Decisions: ADR 8, 15.
 */
package flumelog.coll;
