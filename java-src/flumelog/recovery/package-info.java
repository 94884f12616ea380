/**
 * Opening: finds out what a file has, and finishes the work of a dead writer in the file and beside it.
 *
 * <p>It is for: everything that happens before a log is open. It distinguishes torn from corrupt, and decides which
 * side files to believe.
 *
 * <p>It may use: {@code error}, {@code file}, {@code block}, {@code buffer}, {@code frame}.
 *
 * <p>Begin with {@code Opening}, the order of the steps; then {@link flumelog.recovery.Recovery}, the result of
 * inspecting a file. {@link flumelog.recovery.Checkpoint} is the file that says what was on disk, {@link
 * flumelog.recovery.Deletions} is the journal of deletions under way, and {@code TornTail} keeps the bytes that are
 * cut. Promises: {@code doc/recovery.md}. Decisions: ADR 4, 11, 12, 20.
 */
package flumelog.recovery;
