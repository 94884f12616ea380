package flumelog.value;

import flumelog.codec.Codecs;
import flumelog.codec.TooLong;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;

/** Collects text up to a maximum size. It is also a Writer, so that Clojure's printer can write to it. For one thread. */
public final class BoundedText extends Writer {
  private final StringBuilder text = new StringBuilder(256);
  private final int maxBytes;

  /** @param maxBytes the most bytes that the text may have in UTF-8; text that has more chars than that is refused */
  public BoundedText(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Adds a char. Throws if that makes the text too long. */
  public void add(char c) throws TooLong {
    text.append(c);
    check();
  }

  /** Adds some text. Throws if that would make the text too long. */
  public void add(String more) throws TooLong {
    if (more.length() > maxBytes - text.length()) throw new TooLong(maxBytes);
    text.append(more);
  }

  @Override
  public void write(char[] chars, int from, int length) throws TooLong {
    if (length > maxBytes - text.length()) throw new TooLong(maxBytes);
    text.append(chars, from, length);
  }

  @Override
  public void write(int c) throws TooLong {
    add((char) c);
  }

  private void check() throws TooLong {
    if (text.length() > maxBytes) throw new TooLong(maxBytes);
  }

  /** {@return how many chars the text has so far} */
  public int length() {
    return text.length();
  }

  /** {@return the text so far in UTF-8} */
  public byte[] utf8() throws CharacterCodingException {
    return Codecs.utf8(text.toString());
  }

  @Override
  public String toString() {
    return text.toString();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
