/**
 * Failures: one exception, which has a sentence with the numbers of the failure, and the same numbers as data.
 *
 * <p>It is for: making every exception that a user sees. The sentences stand in six classes, one for each group of failures, for
 * example {@link flumelog.error.DiskFailures}. The other packages make their exceptions with these classes.
 *
 * <p>It may use: {@code clojure.lang}, for {@code ex-data}, and no other package of ours. A Java program loads of it only
 * the interface {@code clojure.lang.IExceptionInfo}.
 *
 * <p>Begin with {@link flumelog.error.LogException}. {@link flumelog.error.Reason} makes the messages of the system and of
 * libraries readable. {@link flumelog.error.Suggestion} finds the name that was probably meant.
 * {@link flumelog.error.Diagnostics} writes trouble that makes no call fail to the system's logger. Decision: ADR 2.
 */
@NullMarked
package flumelog.error;

import org.jspecify.annotations.NullMarked;
