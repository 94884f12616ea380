package flumelog.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file with room behind its end: zeros that later appends write over. A force of bytes in the room need not write the size of
 * the file too. The file system would have to commit its journal for that (see doc/adr/0017).
 *
 * <p>An append that goes beyond the room makes new room, unless many bytes were appended since the last force: then room would
 * only make the system write every byte twice. The force of that append makes the room durable too. So room needs no extra
 * force, and nothing depends on whether it exists. One thread at a time appends.
 */
public final class Room implements LogFile {
  /**
   * An append into the room writes this many of its first bytes last. So a reader that looks behind the end finds either zeros
   * or the whole append.
   */
  public static final int FIRST_BYTES = 4;

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer();
  private static final long NEVER = Long.MIN_VALUE / 2;

  private final LogFile file;
  private final int bytes;
  private volatile long end;
  /** The highest position at which the room may end. The room is shorter if making it failed. */
  private long limit;
  /** Whether room was ever made. A crash may leave it even if it was cut off since, because the cut was not forced. */
  private boolean made;
  /** The end of the log at the last force. */
  private volatile long forced = NEVER;

  /**
   * Wraps a file. {@link #finish} cuts the room off again.
   *
   * @param file the file
   * @param end where it ends
   * @param bytes how many bytes of room are made each time
   */
  public Room(LogFile file, long end, int bytes) {
    this.file = file;
    this.end = end;
    this.limit = end;
    this.bytes = bytes;
  }

  @Override
  public void append(long start, ByteBuffer data) throws IOException {
    long newEnd = start + data.remaining();
    if (start < limit && data.remaining() > FIRST_BYTES) appendIntoRoom(start, data);
    else file.append(start, data);
    if (newEnd > limit && newEnd - forced <= bytes) makeRoom(newEnd);
    end = newEnd;
  }

  private void appendIntoRoom(long start, ByteBuffer data) throws IOException {
    int first = data.position();
    file.append(start + FIRST_BYTES, data.position(first + FIRST_BYTES));
    ByteBuffer firstBytes = data.duplicate().limit(first + FIRST_BYTES).position(first);
    file.append(start, firstBytes);
  }

  /**
   * Makes room from a position on. If the disk is full, makes none, and tries again after that many further bytes. A part of the
   * room that was made before the disk was full, and can't be cut off, is used as room too.
   */
  private void makeRoom(long from) {
    limit = from + bytes;
    made = true;
    try {
      for (long at = from; at < limit; at += ZEROS.capacity()) {
        file.append(at, ZEROS.duplicate().limit((int) Math.min(ZEROS.capacity(), limit - at)));
      }
    } catch (IOException noPlace) {
      giveBack(from);
    }
  }

  private void giveBack(long from) {
    try {
      file.truncate(from);
    } catch (IOException e) {
      // Zeros are left in the file, which is harmless. If anything else is wrong with the file, the next force throws.
    }
  }

  /** Reads up to the end, and no bytes of the room. */
  @Override
  public int readAt(long position, ByteBuffer into) throws IOException {
    int wanted = into.limit();
    int readable = (int) Math.min(into.remaining(), Math.max(0, end - position));
    try {
      return file.readAt(position, into.limit(into.position() + readable));
    } finally {
      into.limit(wanted);
    }
  }

  @Override
  public void overwrite(long position, ByteBuffer data) throws IOException {
    file.overwrite(position, data);
  }

  /** Cuts the file, and so the room too. */
  @Override
  public void truncate(long size) throws IOException {
    file.truncate(size);
    end = size;
    limit = size;
  }

  @Override
  public void look() throws IOException {
    file.look();
  }

  @Override
  public void lookIfDue() throws IOException {
    file.lookIfDue();
  }

  @Override
  public void force() throws IOException {
    long upTo = end;
    file.force();
    forced = upTo;
  }

  @Override
  public ByteBuffer map(long position, int length) throws IOException {
    return file.map(position, length);
  }

  /** The size without the room. */
  @Override
  public long size() {
    return end;
  }

  @Override
  public boolean finish() throws IOException {
    if (!made) return file.finish();
    truncate(end);
    file.finish();
    return true;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
