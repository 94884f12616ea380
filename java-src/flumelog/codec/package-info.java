/**
 * Codecs turn values into bytes and back. Users may write their own.
 *
 * <p>It is for: the seam between what users append and what the log stores. {@link flumelog.codec.Codec} is the interface of a
 * codec, {@link flumelog.codec.SliceCodec} that of one that reads data in place.
 *
 * <p>It may use: {@code error}. The codecs that need libraries are written in Clojure ({@code src/flumelog/codec}), so that they load
 * on demand.
 *
 * <p>Begin with {@link flumelog.codec.Codec}. Decisions: ADR 9, 10.
 */
@NullMarked
package flumelog.codec;

import org.jspecify.annotations.NullMarked;
