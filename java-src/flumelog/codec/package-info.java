/** Codecs turn values into bytes and back. Users may write their own: see {@link flumelog.codec.Codec}. */
package flumelog.codec;
