package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.frame.Framing;
import java.nio.ByteBuffer;

/**
 * The rule for a file that is not empty and has no whole record. In two cases it is an empty log whose first append was
 * torn: its own checkpoint says that a writer was at its first append; or the options name a format, and the bytes are
 * zeros or the beginning of one frame of that format. In all other cases it is not a log, and is left as it is. The
 * name of a file proves nothing, and many files begin with four bytes that could be a length.
 */
public final class NoRecord {
  private NoRecord() {}

  /** Whether no framing finds a record at the start of a file that is not empty. */
  public static boolean isIn(Blocks blocks) {
    return blocks.end() > 0 && Recovery.FRAMINGS.stream().allMatch(framing -> framing.at(blocks, 0, blocks.end()) == null);
  }

  /** The result for a file without any record that the user has decided to make an empty log. */
  public static Recovery emptyLog(Blocks blocks, OpenRequest request) {
    return Inspection.withoutMark("", blocks, Long.MAX_VALUE, request).torn(Walk.empty(request.otherwise()));
  }

  /**
   * Checks a file that was empty when it was opened, and in which the assumed framing finds no frame now.
   *
   * @throws LogException {@code :wrong-format} if another framing finds frames; for legacy it takes two, because a torn
   *     frame of any framing begins like a legacy frame
   */
  public static void checkNotOfOtherFraming(String path, Blocks blocks, Framing assumed) {
    for (Framing other : Recovery.FRAMINGS) {
      if (Walk.from(other, blocks).frames() > (other.hasTrailer() ? 0 : 1)) {
        throw FormatFailures.wrongFormat(path, "was empty when it was opened as " + assumed.describe() + " and is "
            + other.describe() + " now; close it and open it again", other.describe());
      }
    }
  }

  /** Whether a log of another framing has replaced the log of the mark, of which nothing was durable. */
  static boolean isOtherLog(Blocks blocks, Mark mark) {
    return mark.end() == 0 && mark.framing().at(blocks, 0, blocks.end()) == null
        && Recovery.FRAMINGS.stream().anyMatch(framing -> Walk.from(framing, blocks).frames() > 1);
  }

  /** The framing of the empty log, if the options allow the file to be one; null if the file is not a log. */
  static Framing named(Blocks blocks, OpenRequest request) {
    if (!request.namesFormat()) return null;
    if (blocks.isZero(0, blocks.end())) return request.otherwise();
    boolean begins = false;
    for (Framing framing : Recovery.FRAMINGS) {
      begins |= request.allows(framing) && isBeginning(framing, blocks, 0, request.maxRecordBytes());
    }
    return begins && !endsItsFirstRecord(blocks) ? request.otherwise() : null;
  }

  /**
   * Whether the bytes behind the whole frames can be from the writer that set the mark. A mark at 0 is not tied to a
   * frame of the log, so the bytes must fit: a killed writer leaves the beginning of one frame, a power loss any parts
   * of the written frames.
   *
   * @param mark dirty, at 0
   * @param end of the whole frames
   * @param holes whether parts may be missing
   */
  static boolean isLeftBy(Mark mark, Blocks blocks, long end, boolean holes, long maxRecordBytes) {
    long rest = blocks.end() - end;
    if (rest == 0 || blocks.isZero(end, rest)) return true;
    if (end > 0 && (holes || mark.hasRoom())) return true;
    if (isBeginning(mark.framing(), blocks, end, maxRecordBytes)) return true;
    return (holes || mark.hasRoom()) && hasHoles(mark.framing(), blocks, maxRecordBytes);
  }

  /** Whether the bytes from the position to the end are the beginning of one frame, and not all of it. */
  static boolean isBeginning(Framing framing, Blocks blocks, long start, long maxRecordBytes) {
    long rest = blocks.end() - start;
    long length = lengthAt(blocks, start);
    if (length > maxRecordBytes || framing.size(length) <= rest) return false;
    if (length == 0) return rest < Framing.LENGTH_BYTES;
    return endAgrees(framing, blocks, start, length, false);
  }

  /** Whether the file may be a first frame with holes of a power loss: each known byte is correct or zero. */
  private static boolean hasHoles(Framing framing, Blocks blocks, long maxRecordBytes) {
    long length = lengthAt(blocks, 0);
    if (length == 0) return true; // in room the first length is written last: see flumelog.file.Room
    return length <= maxRecordBytes && endAgrees(framing, blocks, 0, length, true);
  }

  /** The first length of the frame at the position. Its bytes beyond the end of the file count as zeros. */
  private static long lengthAt(Blocks blocks, long start) {
    int known = (int) Math.min(Framing.LENGTH_BYTES, blocks.end() - start);
    return blocks.uint(start, known) << 8 * (Framing.LENGTH_BYTES - known);
  }

  /**
   * Whether the existing bytes of the last length and the trailer are correct; with {@code holes} they may be zeros.
   */
  private static boolean endAgrees(Framing framing, Blocks blocks, long start, long length, boolean holes) {
    ByteBuffer end = ByteBuffer.allocate(framing.endingBytes());
    framing.putEnding(end, (int) length, start + framing.size(length));
    long at = Framing.dataStart(start) + length;
    for (int i = 0; i < end.capacity() && at + i < blocks.end(); i++) {
      long found = blocks.uint(at + i, 1);
      if (found != (end.get(i) & 0xFF) && !(holes && found == 0)) return false;
    }
    return true;
  }

  /** The error for such a file, which says what the file looks like. */
  static LogException refusal(String path, Blocks blocks, long maxRecordBytes) {
    if (announcesMoreThanThereIs(blocks, maxRecordBytes) && endsItsFirstRecord(blocks)) {
      return FormatFailures.noLog(path, "begins with a damaged length; its first record ends with another one", null);
    }
    String known = KnownFiles.describe(blocks);
    return FormatFailures.noLog(path, known == null ? "has no good record; it is not a log, or its beginning is damaged"
        : "is no log: it looks like " + known, known);
  }

  /**
   * Whether the first length exceeds the file. It may be damaged then, which only a search through the file can show.
   */
  private static boolean announcesMoreThanThereIs(Blocks blocks, long maxRecordBytes) {
    if (blocks.end() < Framing.LENGTH_BYTES) return false;
    long length = blocks.uint(0, Framing.LENGTH_BYTES);
    return length <= maxRecordBytes && length > blocks.end() - Framing.LENGTH_BYTES;
  }

  private static boolean endsItsFirstRecord(Blocks blocks) {
    for (Framing framing : Recovery.FRAMINGS) {
      if (framing.searchEnd(blocks, 0) >= 0) return true;
    }
    return false;
  }
}
