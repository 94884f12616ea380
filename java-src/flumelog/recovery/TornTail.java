package flumelog.recovery;

import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Cuts off the bytes that a crash left behind the last good frame. Keeps a copy of them beside the log first. */
public final class TornTail {
  /** The largest number of bytes of a torn tail that are kept. A tail can't be longer than the append that was torn. */
  public static final long MAX_KEPT_BYTES = 1L << 30;

  private static final int COPY_BYTES = 1 << 16;

  private TornTail() {}

  /**
   * Keeps and cuts the bytes from {@code end} to {@code size}. The copy is on disk before the cut. The cut is not on disk when this
   * returns: the caller forces the file before anything is written behind the cut.
   *
   * @param mostKept the largest number of bytes to keep
   * @return the name of the copy: {@code <log>.torn-<end>}, with a number behind it if that name is taken
   */
  public static String cut(LogPath log, LogFile file, long end, long size, long mostKept) throws IOException {
    String kept = keep(log, file, end, size, mostKept);
    file.truncate(end);
    return kept;
  }

  /** As {@link #cut}, but leaves the file as it is. The copy gets its name only when all of it is on disk, and the name is on disk too. */
  public static String keep(LogPath log, ReadableFile file, long end, long size, long mostKept) throws IOException {
    LogFolder folder = log.folder();
    String kept = folder.freeName(log.tornTail(end));
    String part = log.tornPart();
    try (LogFile out = folder.openPart(part, log.name())) {
      keep(file, end, mostKept < size - end ? end + mostKept : size, out);
    }
    folder.rename(part, kept);
    return kept;
  }

  private static void keep(ReadableFile from, long start, long end, LogFile to) throws IOException {
    to.truncate(0);
    try {
      copy(from, start, end, to);
      to.force();
    } catch (IOException e) {
      giveBack(to, e);
      throw e;
    }
  }

  /** Empties an incomplete copy: it is useless, and takes space on a disk that may be full. */
  private static void giveBack(LogFile half, IOException cause) {
    try {
      half.truncate(0);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static void copy(ReadableFile from, long start, long end, LogFile to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
    for (long at = start; at < end; at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(COPY_BYTES, end - at));
      from.readAt(at, buffer);
      to.append(at - start, buffer.flip());
      if (buffer.limit() == 0) return;
    }
  }
}
