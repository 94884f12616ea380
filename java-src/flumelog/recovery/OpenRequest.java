package flumelog.recovery;

import flumelog.frame.FlumeFraming;
import flumelog.frame.Framing;
import flumelog.frame.LegacyFraming;
import flumelog.frame.OffsetWidth;
import flumelog.frame.Progress;

/**
 * The options that matter for opening a log.
 *
 * @param writable false if the log is opened for reading
 * @param create whether a missing file is created
 * @param bufferBytes the largest number of appended bytes in the write buffer; 0 for no write buffer
 * @param roomBytes bytes of room behind the end of the log; 0 for no room
 * @param framing {@code ":flume"} or {@code ":legacy"}; null if the options name none
 * @param width how wide the trailers are; null if the options name none
 * @param maxRecordBytes a longer record can't be a torn append of flumelog
 * @param progress is called while the file is read
 */
public record OpenRequest(
    boolean writable, boolean create, int bufferBytes, int roomBytes, String framing, OffsetWidth width,
    long maxRecordBytes, Progress progress) {
  /** Whether the options name a framing or a width. */
  boolean namesFormat() {
    return framing != null || width != null;
  }

  /** Whether the options leave room for a file of that framing. */
  boolean allows(Framing found) {
    if (framing != null && !framing.equals(":" + found.framingName())) return false;
    return width == null || found instanceof FlumeFraming flume && flume.width() == width;
  }

  /** The framing of a file that has no record yet. */
  public Framing otherwise() {
    if (":legacy".equals(framing)) return new LegacyFraming();
    return new FlumeFraming(width == null ? OffsetWidth.BITS_53 : width);
  }
}
