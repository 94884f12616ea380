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
 * <p>Begin with {@link flumelog.log.Log} and {@link flumelog.log.Cursor}, the interfaces of any log; then
 * {@link flumelog.log.OffsetLog}. A Java program begins with {@code doc/java.md}.
 */
package flumelog.log;
