package flumelog.buffer;

import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import java.io.IOException;

/**
 * What was done with the write buffer that a killed process left beside a log.
 *
 * @param bytes how many bytes were written from the buffer to the log's file; the file may have had some of them already
 * @param kept the new name of a buffer that does not belong to the log and was therefore kept; or null
 */
public record LeftBuffer(long bytes, String kept) {
  private static final LeftBuffer NONE = new LeftBuffer(0, null);

  /**
   * Writes the bytes of the buffer to the log's file and deletes the buffer. A buffer that does not belong to the log is kept
   * under another name instead: a power loss tore it, or another program changed the log.
   *
   * @param durable all bytes of the log below this position are on disk in the log's file; a buffer that ends below it is not
   *     needed, and is deleted
   */
  static LeftBuffer settle(LogPath log, LogFile file, long durable) throws IOException {
    LogFolder folder = log.folder();
    String name = log.buffer();
    if (!folder.exists(name)) return NONE;
    try (LogFile side = folder.openForWriting(name)) {
      BufferFile buffer = new BufferFile(side);
      BufferFile.Held held = buffer.held();
      if (held == null || held.bytes() == 0) return drop(folder, name, side, 0);
      if (buffer.belongsTo(file, held, log)) {
        buffer.copyTo(file, held);
        return drop(folder, name, side, held.bytes());
      }
      return held.isBelow(durable) ? drop(folder, name, side, 0) : keep(folder, name, held);
    }
  }

  private static LeftBuffer drop(LogFolder folder, String name, LogFile side, long bytes) throws IOException {
    BufferFile.retire(side);
    folder.delete(name);
    return bytes == 0 ? NONE : new LeftBuffer(bytes, null);
  }

  private static LeftBuffer keep(LogFolder folder, String name, BufferFile.Held held) throws IOException {
    String kept = folder.freeName(name + "-" + held.base());
    folder.rename(name, kept);
    return new LeftBuffer(0, kept);
  }
}
