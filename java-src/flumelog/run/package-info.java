/**
 * Sorted keys, each with the offsets of the records that have it: in memory and in files.
 *
 * <p>It is for: the storage of an index. A {@link flumelog.run.Segment} has what a range of the log holds, and never changes. A
 * {@link flumelog.run.Table} is one in memory, a {@link flumelog.run.Run} one in a file. Segments that are next to each other in
 * the log are merged into larger ones.
 *
 * <p>It may use: {@code error}, {@code file}.
 *
 * <p>Begin with {@link flumelog.run.Segment}, then {@link flumelog.run.RunWriter}, which has the format, and
 * {@link flumelog.run.Scan}, which reads several segments as one. Decision: ADR 33.
 */
package flumelog.run;
