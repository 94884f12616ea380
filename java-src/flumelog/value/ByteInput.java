package flumelog.value;

import java.io.DataInput;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads nippy's data from an array, as a DataInput. It refuses a length that is larger than the rest of the data. It does so
 * before nippy makes an array of that length, so that a few bytes can't ask for gigabytes. For one thread.
 */
public final class ByteInput implements DataInput {
  /** Nippy's ids of types whose integers are values, not lengths. Of a BigDecimal only the second integer, its scale, is one. */
  private static final int INTEGER = 42;
  private static final int LONG_OF_FOUR = 102;
  private static final int PERIOD = 84;
  private static final int BIG_DECIMAL = 62;
  private static final int CUSTOM = 82;
  /**
   * Ids of types for which nippy returns a placeholder if it can't make the value. The data of each begins with a text.
   * The text of a deftype has a type id and a length of its own.
   */
  private static final long[] PLACEHOLDERS = bits(5, 6, 46, 47, 48, 49, 50, 51, 52, 75, 76, 80);
  private static final int DEFTYPE = 81;

  private final ByteBuffer bytes;
  /** The last three bytes that {@link #readByte} returned, the newest first. */
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
   * Reads part of an array, without copying or changing it.
   *
   * @param customTypes whether the user has taught nippy types of their own; the data of such a type may hold any integers
   */
  public ByteInput(byte[] bytes, int from, int length, boolean customTypes) {
    this.bytes = ByteBuffer.wrap(bytes, from, length);
    this.customTypes = customTypes;
  }

  /** {@return false only if no value read so far can be a placeholder or contain one} */
  public boolean mayHoldPlaceholders() {
    return placeholders;
  }

  /** {@return how many bytes have not been read yet} */
  public int left() {
    return bytes.remaining();
  }

  /**
   * Reads the uncompressed length of the compressed data that follows it.
   *
   * @param mostTimes the largest allowed ratio of the uncompressed length to the compressed length
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

  /** Notes the type of the text that is read next. The data has the type's id, then the text's length, then the text. */
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

  /** Whether the integer is a value, not a length. Users' own types may read any integer, so theirs always count as values. */
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

  /** Reads a text as the oldest versions of nippy wrote it. */
  @Override
  public String readUTF() throws IOException {
    placeholders = true;
    byte[] utf8 = new byte[readUnsignedShort()];
    readFully(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
