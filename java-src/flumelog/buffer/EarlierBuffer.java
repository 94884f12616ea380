package flumelog.buffer;

import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Recognises the log of a write buffer that an earlier version left. Such a buffer has the inode number of the log's file. A
 * copy of the log has another inode number; but the checkpoint that was copied with the buffer has the same number as it.
 */
final class EarlierBuffer {
  private static final long CHECKPOINT_MAGIC = 0x666c756d656c6f33L; // "flumelo3"
  private static final int SLOTS = 4;
  private static final int SLOT_SPACING = 512;
  private static final int INODE_AT = 40;

  private EarlierBuffer() {}

  /** Whether a buffer with that inode number may belong to the log. If so, its bytes decide whether it does. */
  static boolean isOf(LogPath log, long inode) throws IOException {
    return log.stamp().inode() == inode || isNamedByCheckpoint(log.folder(), log.checkpoint(), inode);
  }

  private static boolean isNamedByCheckpoint(LogFolder folder, String name, long inode) throws IOException {
    if (!folder.exists(name)) return false;
    ByteBuffer slots = ByteBuffer.allocate(SLOTS * SLOT_SPACING);
    try (ReadableFile file = folder.openForReading(name)) {
      file.readAt(0, slots);
    }
    for (int at = 0; at < slots.capacity(); at += SLOT_SPACING) {
      if (slots.getLong(at) == CHECKPOINT_MAGIC && slots.getLong(at + INODE_AT) == inode) return true;
    }
    return false;
  }
}
