package flumelog.buffer;

import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import java.io.IOException;

/**
 * What became of the write buffer that a killed process left beside a log.
 *
 * @param bytes how many of its bytes the log's file has now because of it, some of which it may have had before
 * @param kept the name under which it is kept because it does not belong to the log as it is, or null
 */
public record LeftBuffer(long bytes, String kept) {
  private static final LeftBuffer NONE = new LeftBuffer(0, null);

  /**
   * Writes what is left to the log's file, where it belongs, and deletes the buffer. One that was torn by a power loss, or
   * does not fit because somebody else has changed the log, is kept under a name of its own.
   *
   * @param durable everything below is on disk in the log's file; a buffer for nothing else is of no more use
   */
  static LeftBuffer settle(LogPath log, LogFile file, long durable) throws IOException {
    LogFolder folder = log.folder();
    String name = log.buffer();
    if (!folder.exists(name)) return NONE;
    try (BufferFile buffer = new BufferFile(folder.openForWriting(name))) {
      BufferFile.Held held = buffer.held();
      if (held == null || held.bytes() == 0) return drop(folder, name, buffer, 0);
      if (buffer.belongsTo(file, held, log)) {
        buffer.copyTo(file, held);
        return drop(folder, name, buffer, held.bytes());
      }
      return held.isBelow(durable) ? drop(folder, name, buffer, 0) : keep(folder, name, held);
    }
  }

  private static LeftBuffer drop(LogFolder folder, String name, BufferFile buffer, long bytes) throws IOException {
    buffer.retire();
    folder.delete(name);
    return bytes == 0 ? NONE : new LeftBuffer(bytes, null);
  }

  private static LeftBuffer keep(LogFolder folder, String name, BufferFile.Held held) throws IOException {
    String kept = folder.freeName(name + "-" + held.base());
    folder.rename(name, kept);
    return new LeftBuffer(0, kept);
  }
}
