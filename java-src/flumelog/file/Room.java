package flumelog.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file with room behind its end: zeros that later appends write over. A force of bytes in room need not write the size
 * of the file too, which the file system would do by a commit of its journal (see doc/adr/0017).
 *
 * <p>Room is made by an append that does not fit, where little was appended since the last force: many unforced appends
 * would write every byte twice and gain nothing. The force of that append makes the room durable too, so no more is
 * forced than without room, and nothing depends on whether the room is there. Appends come from one thread at a time.
 */
public final class Room implements LogFile {
  /** An append into room writes these first bytes last, so that who looks behind the end sees all of it or zeros. */
  public static final int FIRST_BYTES = 4;

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer();
  private static final long NEVER = Long.MIN_VALUE / 2;

  private final LogFile file;
  private final int bytes;
  private volatile long end;
  /** Where the zeros behind the end stop at the latest; they may be fewer where making them failed. */
  private long limit;
  /** Whether any was made, which a crash may leave even where it was cut off since: that was not forced. */
  private boolean made;
  /** The end up to which the last force went. */
  private volatile long forced = NEVER;

  /**
   * Gives a file room, which {@link #finish} cuts off.
   *
   * @param file the file
   * @param end where it ends
   * @param bytes of room that are made at once
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
   * Where there is no place for it none is made, and it is tried again when that much was appended. A part of it that can't be
   * cut off for want of place is room too.
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
      // Zeros are left there. Whatever else is wrong with the file, the next force tells.
    }
  }

  /** Up to the end and not into the room. */
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

  /** Cuts off the room too. */
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

  /** Without the room. */
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
