/**
 * What goes wrong: one exception, a sentence with the numbers, and the same numbers as data.
 *
 * <p>It is for: making every exception that a user sees. The sentences stand in six classes, one for each kind of trouble, as
 * {@link flumelog.error.DiskFailures}; code in any other package makes its exceptions there.
 *
 * <p>It may use: {@code clojure.lang}, for {@code ex-data}, and no other package of ours.
 *
 * <p>Begin with {@link flumelog.error.LogException}. {@link flumelog.error.Reason} puts the words of the system and of libraries
 * into sentences, {@link flumelog.error.Suggestion} finds the name that was meant, and {@link flumelog.error.Diagnostics} writes to
 * the system's logger what fails no call. Decision: ADR 2.
 */
package flumelog.error;
