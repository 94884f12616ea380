/**
 * The format: how a record lies in a file, and where known frames start.
 *
 * <p>It is for: making frames, telling whether bytes are one, stepping from one to the next, and keeping landmarks.
 *
 * <p>It may use: {@code error}, {@code file}, {@code block}.
 *
 * <p>Begin with {@link flumelog.frame.Framing}, whose comment has the grammar; the two framings are
 * {@link flumelog.frame.FlumeFraming} and {@link flumelog.frame.LegacyFraming}. {@link flumelog.frame.FrameWriter} makes frames,
 * {@link flumelog.frame.Landmarks} knows some starts. Format: {@code doc/format.md}. Decisions: ADR 4, 7, 19, 27.
 */
package flumelog.frame;
