package flumelog.value;

import java.io.DataInput;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Nippy's data in an array, as a DataInput. It refuses a length that is longer than what is left before nippy makes an
 * array of that length, so that a few bytes can't ask for gigabytes. For one thread.
 */
public final class ByteInput implements DataInput {
  /** Nippy's names of types whose integers are no lengths: an Integer, a Long of four bytes, a Period. */
  private static final int INTEGER = 42;
  private static final int LONG_OF_FOUR = 102;
  private static final int PERIOD = 84;
  private static final int BIG_DECIMAL = 62;
  private static final int CUSTOM = 82;
  /** Types of which nippy gives a placeholder when it can't make a value of them. All begin with a text; that of a deftype
   * has a type and a length of its own. */
  private static final long[] PLACEHOLDERS = bits(5, 6, 46, 47, 48, 49, 50, 51, 52, 75, 76, 80);
  private static final int DEFTYPE = 81;

  private final ByteBuffer bytes;
  /** The last three bytes that were read as such, the newest first. */
  private int lastByte;
  private int byteBefore;
  private int byteBeforeThat;
  private int typeOfInteger;
  private boolean afterByte;
  private boolean afterLong;
  private final boolean customTypes;
  private boolean custom;
  private boolean placeholders;

  /**
   * The data is not copied, and not changed.
   *
   * @param customTypes whether nippy knows types of users' own, whose data may hold any integers
   */
  public ByteInput(byte[] bytes, int from, int length, boolean customTypes) {
    this.bytes = ByteBuffer.wrap(bytes, from, length);
    this.customTypes = customTypes;
  }

  /** {@return whether a value that was read may be a placeholder, or hold one: false only where it can't} */
  public boolean mayHoldPlaceholders() {
    return placeholders;
  }

  /** {@return bytes that were not read yet} */
  public int left() {
    return bytes.remaining();
  }

  /**
   * Reads the length of data that is compressed behind it.
   *
   * @param mostTimes how many times as long as it is compressed it may be
   */
  public int readLength(int mostTimes) throws IOException {
    need(Integer.BYTES);
    int n = bytes.getInt();
    if (n < 0 || n > (long) mostTimes * bytes.remaining()) {
      throw new IOException("its " + bytes.remaining() + " bytes of compressed data can't be " + n + " bytes");
    }
    return n;
  }

  private static long[] bits(int... numbers) {
    long[] bits = new long[2];
    for (int n : numbers) bits[n >> 6] |= 1L << n;
    return bits;
  }

  private void need(int count) throws EOFException {
    if (count > bytes.remaining()) {
      throw new EOFException("its data ends where " + count + " more bytes are needed and " + bytes.remaining() + " are left");
    }
  }

  @Override
  public byte readByte() throws IOException {
    need(1);
    byte b = bytes.get();
    byteBeforeThat = byteBefore;
    byteBefore = lastByte;
    lastByte = b;
    afterByte = true;
    afterLong = false;
    if (b < 0 || b == CUSTOM) custom |= customTypes;
    return b;
  }

  /** Before a text stands its length, in one byte or more, and before that its type. */
  private void noteType() {
    int type = afterByte ? byteBefore : lastByte;
    int outer = afterByte ? byteBeforeThat : byteBefore;
    if (outer == DEFTYPE || type >= 0 && (PLACEHOLDERS[type >> 6] & 1L << type) != 0) placeholders = true;
  }

  @Override
  public int readInt() throws IOException {
    need(Integer.BYTES);
    int n = bytes.getInt();
    if (afterByte) typeOfInteger = lastByte;
    if (!isNumber() && (n < 0 || n > bytes.remaining())) {
      throw new IOException("its data has a length of " + n + " where " + bytes.remaining() + " bytes are left");
    }
    afterByte = false;
    return n;
  }

  /** Whether the integer is a value and no length; readers of types of users' own may read any. */
  private boolean isNumber() {
    if (custom || afterLong) return true;
    if (afterByte) return typeOfInteger == INTEGER || typeOfInteger == LONG_OF_FOUR || typeOfInteger == PERIOD;
    return typeOfInteger == BIG_DECIMAL || typeOfInteger == PERIOD;
  }

  @Override
  public long readLong() throws IOException {
    need(Long.BYTES);
    afterByte = false;
    afterLong = true;
    return bytes.getLong();
  }

  @Override
  public void readFully(byte[] to) throws IOException {
    readFully(to, 0, to.length);
  }

  @Override
  public void readFully(byte[] to, int from, int length) throws IOException {
    need(length);
    noteType();
    afterByte = false;
    bytes.get(to, from, length);
  }

  @Override
  public int skipBytes(int count) {
    int skipped = Math.max(0, Math.min(count, bytes.remaining()));
    bytes.position(bytes.position() + skipped);
    return skipped;
  }

  @Override
  public boolean readBoolean() throws IOException {
    return readByte() != 0;
  }

  @Override
  public int readUnsignedByte() throws IOException {
    return readByte() & 0xFF;
  }

  @Override
  public short readShort() throws IOException {
    need(Short.BYTES);
    afterByte = false;
    return bytes.getShort();
  }

  @Override
  public int readUnsignedShort() throws IOException {
    return readShort() & 0xFFFF;
  }

  @Override
  public char readChar() throws IOException {
    need(Character.BYTES);
    return bytes.getChar();
  }

  @Override
  public float readFloat() throws IOException {
    need(Float.BYTES);
    return bytes.getFloat();
  }

  @Override
  public double readDouble() throws IOException {
    need(Double.BYTES);
    return bytes.getDouble();
  }

  @Override
  public String readLine() {
    throw new UnsupportedOperationException("data has no lines");
  }

  /** The text of nippy's oldest versions. */
  @Override
  public String readUTF() throws IOException {
    placeholders = true;
    byte[] utf8 = new byte[readUnsignedShort()];
    readFully(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
