package flumelog.frame;

import flumelog.block.Blocks;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Deletions under way, in a small file beside the log, so that a crash leaves no record half deleted: what is to be
 * deleted is on disk here before the first of its bytes is overwritten, and is done again on open.
 *
 * <pre>
 *   file   := intent*
 *   intent := count(int32) offset(int64)* crc(int32)    crc: CRC-32C of the log's identity (int64) and what is before it
 * </pre>
 *
 * Intents for another log, which had this one's name before, are none.
 */
public final class Deletions implements Closeable {
  /** Most offsets of one intent. */
  public static final int MOST_AT_ONCE = 1 << 15;

  /** From here on the file is to be emptied before more is intended. */
  private static final int FULL_BYTES = 1 << 19;

  private final LogFolder folder;
  private final String name;
  private final long identity;
  private LogFile file;
  private long end;
  private long lastWrite;

  /** @param identity of the log whose records are deleted */
  public Deletions(LogFolder folder, String name, long identity) {
    this.folder = folder;
    this.name = name;
    this.identity = identity;
  }

  /**
   * Makes it durable that the records at these offsets, at most {@link #MOST_AT_ONCE}, are to be deleted.
   *
   * @param write which write of the log the deletion will be
   */
  public synchronized void intend(long write, long... offsets) throws IOException {
    if (file == null) file = folder.openForWriting(name);
    ByteBuffer intent = ByteBuffer.allocate(8 + 8 * offsets.length);
    intent.putInt(offsets.length);
    for (long offset : offsets) intent.putLong(offset);
    intent.putInt(crc(intent.duplicate().flip()));
    file.append(end, intent.flip());
    file.force();
    end += intent.limit();
    lastWrite = write;
  }

  /** Whether so much is intended that the log should be forced first. */
  public synchronized boolean isFull() {
    return end >= FULL_BYTES;
  }

  /** Forgets what was intended, where all of it is among the writes of the log that are on disk. */
  public synchronized void done(long writes) throws IOException {
    if (end == 0 || writes < lastWrite) return;
    file.truncate(0);
    end = 0;
  }

  /** Forgets for ever what was done, for a log whose offsets are about to change. */
  public synchronized void forget() throws IOException {
    if (file == null && folder.exists(name)) file = folder.openForWriting(name);
    if (file == null) return;
    file.truncate(0);
    file.force();
    end = 0;
  }

  /** Does again in the log what a crash may have left half done; it is on disk when this returns. */
  public synchronized void redo(Framing framing, Blocks blocks, LogFile log) throws IOException {
    if (!folder.exists(name)) return;
    file = folder.openForWriting(name);
    if (file.size() == 0) return;
    for (long offset : intended()) {
      Frame frame = framing.at(blocks, offset, blocks.end());
      if (frame != null) blocks.zero(frame.data(), frame.length());
    }
    log.force();
    file.truncate(0);
    file.force();
  }

  @Override
  public synchronized void close() throws IOException {
    if (file != null) file.close();
  }

  /** The offsets of all intents that are whole; one that is torn was not begun. */
  private List<Long> intended() throws IOException {
    List<Long> offsets = new ArrayList<>();
    ByteBuffer in = ByteBuffer.allocate((int) Math.min(file.size(), 1 << 26));
    file.readAt(0, in);
    in.flip();
    while (in.remaining() >= 8) {
      int start = in.position();
      long count = in.getInt();
      if (count < 0 || count > (in.remaining() - 4) / 8) break;
      for (int i = 0; i < count; i++) offsets.add(in.getLong());
      int crc = crc(in.duplicate().position(start).limit(in.position()));
      if (crc != in.getInt()) {
        return offsets.subList(0, offsets.size() - (int) count);
      }
    }
    return offsets;
  }

  private int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, identity));
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
