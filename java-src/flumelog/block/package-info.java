/**
 * A file as aligned blocks of one size, and the cache that holds some of them.
 *
 * <p>It is for: reading any range of bytes or a big-endian integer across block boundaries; appending, with cached blocks kept
 * correct; overwriting so that no reader sees half of it; reading ahead; and mapping the file into memory.
 *
 * <p>It may use: {@code error}, {@code file}. It knows no frames.
 *
 * <p>Begin with {@link flumelog.block.Blocks}. {@link flumelog.block.Window} reads ahead for one cursor, and
 * {@link flumelog.block.Mapping} is the mapped file. All three implement {@link flumelog.block.Bytes}. Decision: ADR 13.
 */
package flumelog.block;
