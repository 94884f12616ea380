/**
 * The write buffer: memory that outlives the process holds appends back, and its file shows them to others.
 *
 * <p>It is for: the option {@code :write-buffer-bytes}, and for reading a log whose writer has that option, is at work, or was killed.
 *
 * <p>It may use: {@code error}, {@code file}. To those above it is a {@link flumelog.file.LogFile}.
 *
 * <p>Begin with {@code BufferFile}, the layout; then {@link flumelog.buffer.WriteBuffer}, the writer's side, and
 * {@link flumelog.buffer.OverlaidFile}, the readers' side. {@code CheckedMemory} proves each store. Decision: ADR 16.
 */
package flumelog.buffer;
