/**
 * The way to disk: files, folders, locks.
 *
 * <p>It is for: reading and writing ranges of a file, forcing it, naming and renaming files, and seeing that a log has one writer.
 * {@link flumelog.file.LogFile} and {@link flumelog.file.LogFolder} are the seam: nothing else in flumelog goes to disk, and a test
 * puts a disk of its own below them.
 *
 * <p>It may use: {@code error}.
 *
 * <p>Begin with {@link flumelog.file.LogFile}, then {@code ChannelFile}, which is the one on a real disk. {@code KernelLock} and
 * {@code GuardedFile} keep a second writer out. {@link flumelog.file.Room} is a file around a file. Doc: {@code doc/architecture.md}.
 */
package flumelog.file;
