package flumelog.value;

import flumelog.codec.TooLong;
import java.io.DataOutput;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Collects data up to a maximum size, as a DataOutput. For one thread. */
public final class ByteOutput implements DataOutput {
  /** The length of the longest array that every JVM can make. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 64;

  private final int maxBytes;
  private ByteBuffer bytes = ByteBuffer.allocate(256);

  /** @param maxBytes the most bytes that may be written */
  public ByteOutput(int maxBytes) {
    this.maxBytes = Math.min(maxBytes, LONGEST_ARRAY);
  }

  private ByteBuffer room(int count) throws TooLong {
    if (count > bytes.remaining()) grow(count);
    return bytes;
  }

  private void grow(int count) throws TooLong {
    int used = bytes.position();
    if (count > maxBytes - used) throw new TooLong(maxBytes);
    int size = (int) Math.min(maxBytes, Math.max(2L * bytes.capacity(), (long) used + count));
    bytes = ByteBuffer.wrap(Arrays.copyOf(bytes.array(), size)).position(used);
  }

  /** {@return a copy of all bytes written so far} */
  public byte[] toBytes() throws TooLong {
    if (bytes.position() > maxBytes) throw new TooLong(maxBytes);
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  @Override
  public void write(int b) throws TooLong {
    room(1).put((byte) b);
  }

  @Override
  public void write(byte[] from) throws TooLong {
    room(from.length).put(from);
  }

  @Override
  public void write(byte[] from, int start, int length) throws TooLong {
    room(length).put(from, start, length);
  }

  @Override
  public void writeBoolean(boolean b) throws TooLong {
    write(b ? 1 : 0);
  }

  @Override
  public void writeByte(int b) throws TooLong {
    write(b);
  }

  @Override
  public void writeShort(int n) throws TooLong {
    room(Short.BYTES).putShort((short) n);
  }

  @Override
  public void writeChar(int c) throws TooLong {
    room(Character.BYTES).putChar((char) c);
  }

  @Override
  public void writeInt(int n) throws TooLong {
    room(Integer.BYTES).putInt(n);
  }

  @Override
  public void writeLong(long n) throws TooLong {
    room(Long.BYTES).putLong(n);
  }

  @Override
  public void writeFloat(float n) throws TooLong {
    room(Float.BYTES).putFloat(n);
  }

  @Override
  public void writeDouble(double n) throws TooLong {
    room(Double.BYTES).putDouble(n);
  }

  @Override
  public void writeBytes(String text) throws TooLong {
    write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public void writeChars(String text) throws TooLong {
    for (int i = 0; i < text.length(); i++) writeChar(text.charAt(i));
  }

  @Override
  public void writeUTF(String text) throws TooLong {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > 0xFFFF) throw new IllegalArgumentException("the text has " + utf8.length + " bytes, more than 65535");
    writeShort(utf8.length);
    write(utf8);
  }
}
