/**
 * What goes wrong. There is one exception, {@link flumelog.error.LogException}: a sentence with the numbers, and the same
 * numbers as data.
 *
 * <p>The sentences stand in the classes whose names end with {@code Failures}, one for each kind of trouble; code in any other
 * package makes its exceptions there. {@link flumelog.error.Reason} puts the words of the system and of libraries into
 * sentences, {@link flumelog.error.Suggestion} finds the name that was meant, and {@link flumelog.error.Diagnostics} writes what
 * fails no call to the system's logger. This package uses {@code clojure.lang}, for {@code ex-data}, and no other of ours.
 */
package flumelog.error;
