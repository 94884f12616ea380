/**
 * Opening: what a file holds, what a dead writer has left in it and beside it, and how that is mended.
 *
 * <p>It is for: everything that happens before a log is open. It tells torn from corrupt, and decides which side files to believe.
 *
 * <p>It may use: {@code error}, {@code file}, {@code block}, {@code buffer}, {@code frame}.
 *
 * <p>Begin with {@code Opening}, the order of the steps; then {@link flumelog.recovery.Recovery}, the judgement on
 * a file. {@link flumelog.recovery.Checkpoint} is the file that remembers what was on disk, {@link flumelog.recovery.Deletions} the
 * one with deletions under way, {@code TornTail} keeps what is cut. Promises: {@code doc/recovery.md}. Decisions: ADR 4, 11, 12, 20.
 */
package flumelog.recovery;
