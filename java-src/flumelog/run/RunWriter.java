package flumelog.run;

import flumelog.error.DiskFailures;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes a run. Needs memory for a block, the sparse index and the filter.
 *
 * <pre>
 *   run      := block* index filter foot
 *   block    := entry* restart(int32)* restarts(int32) crc32c(int32)
 *   entry    := shared(varint) rest(varint) byte(rest)* more(varint) [bytes(varint) delta(varint)*more]
 *   index    := (length(varint) separator blockBytes(varint))*
 *   filter   := int64*
 *   foot     := see {@link Foot}
 * </pre>
 *
 * <p>An entry is a key, its first offset in as many bytes as the run's last offset needs, and what each further offset adds to
 * the one before it. The key and the first offset share bytes with those of the entry before. At a restart they share none; its
 * position is in the block. A key with more than {@link #MOST_OFFSETS} offsets has several entries. A block's separator is not
 * above its first key and offset, and above the last of the block before.
 */
public final class RunWriter implements Sink {
  /** The most offsets of an entry. */
  static final int MOST_OFFSETS = 256;

  /** A block ends with the entry that makes it this long. */
  private static final int BLOCK_BYTES = 8192;

  private static final int RESTART_EVERY = 16;
  private static final int WRITE_BYTES = 1 << 17;

  private final LogFile file;
  private final int width;
  private final Bloom bloom;
  private final Index index = new Index();

  private final GrowingBytes out = new GrowingBytes(2 * WRITE_BYTES);
  private long written;

  /** The entry that is being made: its key, with room for the first offset behind it. */
  private byte[] key = new byte[64];
  private int keyLength = -1;
  private final long[] offsets = new long[MOST_OFFSETS];
  private int count;

  /** The key and the first offset of the entry before. */
  private byte[] last = new byte[64];
  private int lastLength;

  private int blockStart;
  private final int[] restarts = new int[BLOCK_BYTES];
  private int restartCount;
  private int sinceRestart;

  private long keys;
  private long total;
  private long least = Long.MAX_VALUE;
  private long most = -1;

  private RunWriter(LogFile file, int width, Bloom bloom) {
    this.file = file;
    this.width = width;
    this.bloom = bloom;
  }

  /**
   * Merges segments into one file, which is on disk when this returns.
   *
   * @param folder where to write it
   * @param name of the file; one that has the name is overwritten
   * @param segments the segments, in the order of the log
   * @param keep what becomes of each offset
   * @param mostOffset no offset of the result is greater
   * @return the run; null if no offset is left, and then there is no file
   * @throws flumelog.error.LogException {@code FULL}, {@code FAILED}; no file is left then
   */
  public static Run write(LogFolder folder, String name, List<? extends Segment> segments, Keep keep, long mostOffset) {
    long keys = 0;
    for (Segment segment : segments) keys += segment.keys();
    try (LogFile file = folder.openForWriting(name)) {
      file.truncate(0);
      RunWriter writer = new RunWriter(file, GrowingBytes.width(mostOffset), Bloom.forKeys(keys));
      Merge.into(writer, segments, keep);
      Foot foot = writer.finish();
      if (foot != null) return Run.open(folder, name, foot);
      folder.delete(name);
      return null;
    } catch (IOException e) {
      delete(folder, name, e);
      throw DiskFailures.io(folder.path(name), "writing", e);
    } catch (Throwable t) {
      delete(folder, name, t);
      throw t;
    }
  }

  private static void delete(LogFolder folder, String name, Throwable cause) {
    try {
      if (folder.exists(name)) folder.delete(name);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void startKey(byte[] bytes, int from, int to) throws IOException {
    if (keyLength >= 0) endEntry();
    boolean isNew = keyLength < 0 || !Arrays.equals(key, 0, keyLength, bytes, from, to);
    keyLength = to - from;
    if (key.length < keyLength + width) key = new byte[2 * keyLength + width];
    System.arraycopy(bytes, from, key, 0, keyLength);
    if (!isNew) return;
    keys++;
    if (bloom != null) bloom.add(bytes, from, to);
  }

  @Override
  public void add(long offset) throws IOException {
    if (count == MOST_OFFSETS) endEntry();
    offsets[count++] = offset;
    least = Math.min(least, offset);
    most = Math.max(most, offset);
  }

  private void endEntry() throws IOException {
    if (count == 0) return;
    GrowingBytes.number(key, keyLength, width, offsets[0]);
    int length = keyLength + width;
    if (out.size == blockStart) index.startBlock(last, lastLength, key, length);
    writeKey(length);
    writeOffsets();
    total += count;
    count = 0;
    if (last.length < length) last = new byte[2 * length];
    System.arraycopy(key, 0, last, 0, length);
    lastLength = length;
    if (out.size - blockStart >= BLOCK_BYTES) endBlock();
  }

  private void writeKey(int length) {
    int shared = 0;
    if (sinceRestart == 0) restarts[restartCount++] = out.size - blockStart;
    else shared = shared(length);
    sinceRestart = (sinceRestart + 1) % RESTART_EVERY;
    out.varint(shared);
    out.varint(length - shared);
    out.put(key, shared, length - shared);
  }

  private int shared(int length) {
    int at = Arrays.mismatch(key, 0, length, last, 0, lastLength);
    return at < 0 ? length : at;
  }

  private final GrowingBytes deltas = new GrowingBytes(4 * MOST_OFFSETS);

  private void writeOffsets() {
    out.varint(count - 1);
    if (count == 1) return;
    deltas.size = 0;
    for (int i = 1; i < count; i++) deltas.varint(offsets[i] - offsets[i - 1]);
    out.varint(deltas.size);
    out.put(deltas.array, 0, deltas.size);
  }

  private void endBlock() throws IOException {
    for (int i = 0; i < restartCount; i++) out.int32(restarts[i]);
    out.int32(restartCount);
    out.int32(checksumFrom(blockStart));
    index.endBlock(out.size - blockStart);
    restartCount = 0;
    sinceRestart = 0;
    if (out.size >= WRITE_BYTES) writeOut();
    blockStart = out.size;
  }

  private int checksumFrom(int start) {
    CRC32C crc = new CRC32C();
    crc.update(out.array, start, out.size - start);
    return (int) crc.getValue();
  }

  private void writeOut() throws IOException {
    file.append(written, ByteBuffer.wrap(out.array, 0, out.size));
    written += out.size;
    out.size = 0;
  }

  /** Returns null if nothing was written. */
  private Foot finish() throws IOException {
    if (keyLength >= 0) endEntry();
    if (total == 0) return null;
    if (out.size > blockStart) endBlock();
    writeOut();
    byte[] indexed = index.encoded();
    byte[] filter = bloom == null ? new byte[0] : bloom.encoded();
    Foot foot = new Foot(written, indexed.length, part(indexed), filter.length, part(filter), width, index.blocks(), keys, total,
        least, most);
    file.append(written, ByteBuffer.wrap(foot.encoded()));
    file.force();
    return foot;
  }

  /** Writes a part behind the blocks, and returns its checksum. */
  private int part(byte[] part) throws IOException {
    file.append(written, ByteBuffer.wrap(part));
    written += part.length;
    return RunBlock.checksum(part, part.length);
  }
}
