package flumelog.log;

import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.file.LogFile;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/**
 * The new offsets of the records that were copied to another log, by their old ones, in a file. It is read when it is asked, so it
 * takes no memory, however many records there are.
 *
 * <pre>
 *   file := "flumelog-offsets" pair*
 *   pair := old new : int64 BE each     both ascend
 * </pre>
 *
 * A map never changes, and any number of threads may read it. It throws {@code FAILED} if the file can't be read any more.
 */
public final class OffsetMap {
  private static final byte[] MAGIC = "flumelog-offsets".getBytes(StandardCharsets.US_ASCII);
  private static final int PAIR_BYTES = 2 * Long.BYTES;

  private final LogPath file;
  private final long pairs;

  private OffsetMap(LogPath file, long pairs) {
    this.file = file;
    this.pairs = pairs;
  }

  /**
   * Opens the map in a file that {@link LogCopy} has written.
   *
   * @param path of the file
   * @return the map
   * @throws LogException {@code FAILED} if the file is missing or can't be read; {@code BAD_OPTION} if it is not such a file
   */
  public static OffsetMap of(Path path) {
    return of(LogPath.of(path));
  }

  static OffsetMap of(LogPath file) {
    file.checkExists();
    try (ReadableFile in = file.folder().openForReading(file.name())) {
      if (isOne(in) && in.size() % PAIR_BYTES == 0) return new OffsetMap(file, in.size() / PAIR_BYTES - 1);
      throw OptionFailures.badArgument("path", file.path(), "the path of a map of offsets, as a copy writes it");
    } catch (IOException e) {
      throw file.cannotOpen(e);
    }
  }

  /** Whether the file at the path begins as a map does. */
  static boolean isOne(LogPath file) {
    try (ReadableFile in = file.folder().openForReading(file.name())) {
      return isOne(in);
    } catch (IOException e) {
      throw file.cannotOpen(e);
    }
  }

  private static boolean isOne(ReadableFile in) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(MAGIC.length);
    return in.size() >= MAGIC.length && in.readAt(0, start) == MAGIC.length && Arrays.equals(start.array(), MAGIC);
  }

  /** {@return the path of the file} */
  public Path file() {
    return Path.of(file.path());
  }

  /** {@return the number of records} */
  public long size() {
    return pairs;
  }

  /**
   * Finds the new offset of a record, by a few reads.
   *
   * @param old any long
   * @return the offset that the record has in the copy; -1 if no record with that offset was copied
   */
  public long newOffset(long old) {
    try (ReadableFile in = file.folder().openForReading(file.name())) {
      long low = 0;
      long high = pairs;
      while (low < high) {
        long middle = low + high >>> 1;
        ByteBuffer pair = read(in, middle, 1);
        long there = pair.getLong();
        if (there == old) return pair.getLong();
        if (there < old) low = middle + 1;
        else high = middle;
      }
      return -1;
    } catch (IOException e) {
      throw DiskFailures.io(file.path(), "reading", e);
    }
  }

  /**
   * Reads records, in their order.
   *
   * @param index of the first of them, from 0 to {@link #size}
   * @param most how many are wanted, 0 or more
   * @return the old and the new offset of each, one after the other; fewer at the end of the map
   */
  public long[] read(long index, int most) {
    Objects.checkIndex(index, pairs + 1);
    try (ReadableFile in = file.folder().openForReading(file.name())) {
      ByteBuffer bytes = read(in, index, (int) Math.min(most, pairs - index));
      long[] read = new long[bytes.limit() / Long.BYTES];
      bytes.asLongBuffer().get(read);
      return read;
    } catch (IOException e) {
      throw DiskFailures.io(file.path(), "reading", e);
    }
  }

  private static ByteBuffer read(ReadableFile in, long index, int most) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(most * PAIR_BYTES);
    in.readAt(MAGIC.length + index * PAIR_BYTES, bytes);
    return bytes.flip();
  }

  /** Writes a map into a new file. */
  static final class Writer {
    private static final int PAIRS_AT_ONCE = 1 << 12;

    private final LogFile file;
    private final ByteBuffer waiting = ByteBuffer.allocate(PAIRS_AT_ONCE * PAIR_BYTES);
    private long end;

    Writer(LogFile file) {
      this.file = file;
      waiting.put(MAGIC);
    }

    void add(long old, long now) throws IOException {
      if (waiting.remaining() < PAIR_BYTES) write();
      waiting.putLong(old).putLong(now);
    }

    /** Writes the rest. */
    void finish() throws IOException {
      write();
    }

    private void write() throws IOException {
      int bytes = waiting.position();
      file.append(end, waiting.flip());
      end += bytes;
      waiting.clear();
    }
  }

  /** A map that grows while a copy goes on, also in a later call. */
  static final class Growing implements AutoCloseable {
    private final LogPath path;
    private final LogFile file;
    private long pairs;

    /** Opens the map at the path, or makes an empty one. What a dead copy has written of a pair is ignored. */
    Growing(LogPath path) {
      this.path = path;
      try {
        file = path.folder().openForWriting(path.name());
      } catch (IOException e) {
        throw path.cannotOpen(e);
      }
      io("writing", () -> {
        if (file.size() == 0) file.append(0, ByteBuffer.wrap(MAGIC));
        pairs = Math.max(0, file.size() - MAGIC.length) / PAIR_BYTES;
      });
    }

    long size() {
      return pairs;
    }

    /** The old and the new offset at the index. */
    long[] at(long index) {
      long[] pair = new long[2];
      io("reading", () -> OffsetMap.read(file, index, 1).asLongBuffer().get(pair));
      return pair;
    }

    /** Forgets all but the first pairs. */
    void cut(long left) {
      pairs = left;
      io("writing", () -> file.truncate(MAGIC.length + left * PAIR_BYTES));
    }

    /** Adds the first pairs of the arrays. They are on disk when this returns. */
    void add(long[] old, long[] now, int count) {
      ByteBuffer bytes = ByteBuffer.allocate(count * PAIR_BYTES);
      for (int i = 0; i < count; i++) bytes.putLong(old[i]).putLong(now[i]);
      io("writing", () -> {
        file.append(MAGIC.length + pairs * PAIR_BYTES, bytes.flip());
        file.force();
      });
      pairs += count;
    }

    @Override
    public void close() {
      io("closing", file::close);
    }

    private interface Step {
      void run() throws IOException;
    }

    private void io(String doing, Step step) {
      try {
        step.run();
      } catch (IOException e) {
        throw DiskFailures.io(path.path(), doing, e);
      }
    }
  }

  @Override
  public String toString() {
    return "OffsetMap[" + file.path() + ", " + pairs + " records]";
  }
}
