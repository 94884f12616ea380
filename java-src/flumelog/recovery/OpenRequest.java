package flumelog.recovery;

import flumelog.frame.FlumeFraming;
import flumelog.frame.Framing;
import flumelog.frame.LegacyFraming;

/**
 * The options that matter for opening a log.
 *
 * @param writable false if the log is opened for reading
 * @param create whether a missing file is created
 * @param bufferBytes the largest number of appended bytes in the write buffer; 0 for no write buffer
 * @param roomBytes bytes of room behind the end of the log; 0 for no room
 * @param framing {@code ":flume"} or {@code ":legacy"}; null if the options name none
 * @param bits how wide the trailers are; 0 if the options name no width
 * @param maxRecordBytes a longer record can't be a torn append of flumelog
 * @param protect how the log is to be protected, {@code ":none"} or {@code ":checked"}; null for the protection that the file has
 * @param report is called while the file is read, about every MiB; null for no reports
 */
public record OpenRequest(
    boolean writable, boolean create, int bufferBytes, int roomBytes, String framing, int bits,
    long maxRecordBytes, String protect, Report report) {
  /** The names of protections. */
  public static final String NONE = ":none";
  public static final String CHECKED = ":checked";

  /** Receives how far the reading of a file has come, and how far it goes. May throw to stop it. */
  public interface Report {
    void at(long position, long size);
  }

  /** Whether the options name a framing, a width or a protection. */
  boolean namesFormat() {
    return framing != null || bits != 0 || CHECKED.equals(protect);
  }

  /** Whether the options leave room for a file of that framing. */
  boolean allows(Framing found) {
    if (framing != null && !framing.equals(":" + found.framingName())) return false;
    return bits == 0 || found instanceof FlumeFraming flume && flume.bits() == bits;
  }

  /** The framing of a file that has no record yet. */
  public Framing otherwise() {
    if (":legacy".equals(framing)) return new LegacyFraming();
    return new FlumeFraming(bits == 0 ? 53 : bits);
  }
}
