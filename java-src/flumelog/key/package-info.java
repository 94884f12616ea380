/**
 * The keys of an index as bytes whose order is the order of the keys.
 *
 * <p>It is for: storing keys of any class where only bytes are compared, and asking for ranges of them.
 *
 * <p>It may use: {@code error}, and {@code clojure.lang}.
 *
 * <p>Begin with {@link flumelog.key.Keys}, which has the format and the order.
 */
package flumelog.key;
