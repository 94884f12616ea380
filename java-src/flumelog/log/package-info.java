/**
 * Logs of bytes: what Java programs use, and the seam for back ends.
 *
 * <p>It is for: {@link flumelog.log.OffsetLog}, the log in a file, and everything that a program passes to it or gets
 * from it: options, ranges, cursors, entries, streams, following, positions. The operations on a file that is not open
 * are here too: {@link flumelog.log.Verification}, {@link flumelog.log.Repair}, {@link flumelog.log.Rewrite}, {@link
 * flumelog.log.SideFiles}.
 *
 * <p>It may use: all packages but {@code coll} and {@code value}.
 *
 * <p>Which exception is thrown for what:
 *
 * <ul>
 *   <li>{@link flumelog.error.LogException} for all that a log, a file or the value of an argument or an option is the
 *       reason of. Its {@code kind} says what it is. A wrong value is {@link
 *       flumelog.error.LogException.Kind#BAD_OPTION}, also where a constructor throws, and also null for an option of
 *       {@link flumelog.log.LogOptions} that must have a value.
 *   <li>{@link java.lang.NullPointerException} for any other argument that is null and must not be. Its message is the
 *       name of the argument. Nothing was done.
 *   <li>{@link java.lang.IllegalStateException} for a question that makes no sense now, for example the data of a
 *       cursor that stands on no record. The program has an error.
 *   <li>{@link java.lang.InterruptedException} from methods that wait, if they declare it.
 *   <li>What a function of the program throws, for example a listener of progress, comes out as it is.
 * </ul>
 *
 * <p>Begin with {@link flumelog.log.Log} and {@link flumelog.log.Cursor}, the interfaces of any log; then
 * {@link flumelog.log.OffsetLog}. A Java program begins with {@code doc/java.md}.
 */
@NullMarked
package flumelog.log;

import org.jspecify.annotations.NullMarked;
