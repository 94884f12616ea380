package flumelog.buffer;

import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Write buffers that earlier versions left: they name the number of the log's file, which another file has after a copy. The
 * checkpoint that was left with the buffer names it too.
 */
final class EarlierBuffer {
  private static final long CHECKPOINT_MAGIC = 0x666c756d656c6f33L; // "flumelo3"
  private static final int SLOTS = 4;
  private static final int SLOT_SPACING = 512;
  private static final int INODE_AT = 40;

  private EarlierBuffer() {}

  /** Whether a buffer that names that number may be of the log, so that what it holds decides. */
  static boolean isOf(LogPath log, long inode) throws IOException {
    return log.stamp().inode() == inode || isNamedByCheckpoint(log.folder(), log.checkpoint(), inode);
  }

  private static boolean isNamedByCheckpoint(LogFolder folder, String name, long inode) throws IOException {
    if (!folder.exists(name)) return false;
    ByteBuffer slots = ByteBuffer.allocate(SLOTS * SLOT_SPACING);
    try (LogFile file = folder.openForReading(name)) {
      file.readAt(0, slots);
    }
    for (int at = 0; at < slots.capacity(); at += SLOT_SPACING) {
      if (slots.getLong(at) == CHECKPOINT_MAGIC && slots.getLong(at + INODE_AT) == inode) return true;
    }
    return false;
  }
}
