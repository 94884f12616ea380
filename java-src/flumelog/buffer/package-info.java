/**
 * The write buffer holds appends back in memory that outlives the process. The file of that memory shows them to other processes.
 *
 * <p>It is for: the option {@code :write-buffer-bytes}, and reading a log whose writer has that option, also after the writer was
 * killed.
 *
 * <p>It may use: {@code error}, {@code file}. To the packages above, the writer's side is a {@link flumelog.file.LogFile} and the
 * readers' side a {@link flumelog.file.ReadableFile}.
 *
 * <p>Begin with {@code BufferFile}, the layout; then {@link flumelog.buffer.WriteBuffer}, the writer's side, and
 * {@link flumelog.buffer.OverlaidFile}, the readers' side. {@code CheckedMemory} checks each store. Decision: ADR 16.
 */
package flumelog.buffer;
