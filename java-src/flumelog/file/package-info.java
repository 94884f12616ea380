/**
 * Access to the disk: files, folders and locks.
 *
 * <p>It is for: reading and writing ranges of a file, forcing it, naming and renaming files, and ensuring that a log has one
 * writer. {@link flumelog.file.LogFile} and {@link flumelog.file.LogFolder} are the seam: the other packages reach the disk only
 * through them, and tests put a disk of their own in their place.
 *
 * <p>It may use: {@code error}.
 *
 * <p>Begin with {@link flumelog.file.ReadableFile} and {@link flumelog.file.LogFile}, which adds the methods that write; then
 * {@code ChannelFile}, which is a file on a real disk. {@code KernelLock} and {@code GuardedFile} keep a second writer out.
 * {@link flumelog.file.Room} wraps a file. Doc: {@code doc/architecture.md}.
 */
package flumelog.file;
