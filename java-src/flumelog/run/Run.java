package flumelog.run;

import flumelog.error.DiskFailures;
import flumelog.error.ViewFailures;
import flumelog.file.LogFolder;
import flumelog.file.ReadableFile;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A segment in a file. In memory are the sparse index, the filter, and the blocks that were read last.
 *
 * <p>Every part is read with its checksum. If that is wrong, the call throws {@code CORRUPT}: the index must be built anew.
 */
public final class Run implements Segment, Closeable {
  /** Closes the files of runs that nobody reads any more: an answer may be read long after the run was merged into another. */
  private static final Cleaner UNUSED = Cleaner.create();

  /** A power of two. */
  private static final int KEPT_BLOCKS = 32;

  private record Kept(int number, RunBlock block) {}

  private final ReadableFile file;
  private final String path;
  private final String name;
  private final Foot foot;
  private final Index index;
  private final Bloom bloom;
  /** Blocks don't change, so threads may race for a place. */
  private final Kept[] kept = new Kept[KEPT_BLOCKS];

  private Run(ReadableFile file, String path, String name, Foot foot) throws IOException {
    this.file = file;
    this.path = path;
    this.name = name;
    this.foot = foot;
    this.index = Index.read(part(foot.indexAt(), foot.indexBytes(), foot.indexCheck()), foot.blocks());
    byte[] filter = part(foot.indexAt() + foot.indexBytes(), foot.bloomBytes(), foot.bloomCheck());
    this.bloom = foot.bloomBytes() == 0 ? null : Bloom.read(filter);
  }

  /**
   * Opens a run that was written.
   *
   * @param folder of the file
   * @param name of the file
   * @param check what {@link #check} returned for it
   * @throws flumelog.error.LogException {@code CORRUPT} if the file is not that run, whole; {@code FAILED} if it can't be read
   */
  public static Run open(LogFolder folder, String name, int check) {
    String path = folder.path(name);
    return opened(folder, name, file -> {
      long size = file.size();
      byte[] bytes = new byte[Foot.BYTES];
      int n = size < bytes.length ? 0 : file.readAt(size - bytes.length, ByteBuffer.wrap(bytes));
      Foot foot = n < bytes.length ? null : Foot.read(bytes);
      if (foot == null || foot.check() != check || foot.fileBytes() != size) throw ViewFailures.damaged(path, size);
      return foot;
    });
  }

  /** Opens a run that was written just now. */
  static Run open(LogFolder folder, String name, Foot foot) {
    return opened(folder, name, file -> foot);
  }

  private interface FootOf {
    Foot read(ReadableFile file) throws IOException;
  }

  private static Run opened(LogFolder folder, String name, FootOf foot) {
    ReadableFile file = null;
    Run run = null;
    try {
      file = folder.openForReading(name);
      run = new Run(file, folder.path(name), name, foot.read(file));
      ReadableFile opened = file;
      UNUSED.register(run, () -> closeQuietly(opened));
      return run;
    } catch (IOException e) {
      throw DiskFailures.io(folder.path(name), "opening", e);
    } finally {
      if (run == null && file != null) closeQuietly(file);
    }
  }

  private static void closeQuietly(ReadableFile file) {
    try {
      file.close();
    } catch (IOException e) {
      // Nothing was written to it.
    }
  }

  private byte[] part(long position, int length, int check) throws IOException {
    byte[] part = read(position, length);
    if (length > 0 && RunBlock.checksum(part, length) != check) throw ViewFailures.damaged(path, position);
    return part;
  }

  private byte[] read(long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    if (file.readAt(position, ByteBuffer.wrap(bytes)) < length) throw ViewFailures.damaged(path, position);
    return bytes;
  }

  /**
   * Reads all blocks.
   *
   * @throws flumelog.error.LogException {@code CORRUPT} if the checksum of one is wrong
   */
  public void verify() {
    for (int i = 0; i < foot.blocks(); i++) readBlock(i);
  }

  /** {@return whether it would be the same after a merge by itself with this} */
  public boolean isKept(Keep keep) {
    Entries entries = entries();
    while (entries.next()) {
      long[] offsets = entries.offsets();
      for (int i = entries.offsetsFrom(); i < entries.offsetsTo(); i++) if (keep.of(offsets[i]) != offsets[i]) return false;
    }
    return true;
  }

  int blocks() {
    return foot.blocks();
  }

  int width() {
    return foot.width();
  }

  /** The block in which a place is. */
  int find(Bound place) {
    int width = foot.width();
    boolean isBeyond = place.offset() > foot.last();
    int length = place.key().length + width + (isBeyond ? 1 : 0);
    byte[] bytes = Arrays.copyOf(place.key(), length);
    if (isBeyond) Arrays.fill(bytes, place.key().length, length, (byte) 0xFF);
    else GrowingBytes.number(bytes, place.key().length, width, place.offset());
    return index.find(bytes);
  }

  RunBlock block(int number) {
    int slot = number & KEPT_BLOCKS - 1;
    Kept found = kept[slot];
    if (found != null && found.number == number) return found.block;
    RunBlock block = readBlock(number);
    kept[slot] = new Kept(number, block);
    return block;
  }

  private RunBlock readBlock(int number) {
    try {
      byte[] data = read(index.start(number), index.blockBytes(number));
      if (!RunBlock.isWhole(data)) throw ViewFailures.damaged(path, index.start(number));
      return new RunBlock(data);
    } catch (IOException e) {
      throw DiskFailures.io(path, "reading", e);
    }
  }

  /** {@return the name of the file} */
  public String name() {
    return name;
  }

  /** {@return what tells this run from others, to be kept elsewhere and given to {@link #open}} */
  public int check() {
    return foot.check();
  }

  @Override
  public long first() {
    return foot.first();
  }

  @Override
  public long last() {
    return foot.last();
  }

  @Override
  public long offsets() {
    return foot.offsets();
  }

  @Override
  public long keys() {
    return foot.keys();
  }

  @Override
  public long bytes() {
    return foot.fileBytes();
  }

  @Override
  public boolean mayHave(byte[] key) {
    return bloom == null || bloom.mayHave(key);
  }

  @Override
  public Entries entries() {
    return new RunEntries(this);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
