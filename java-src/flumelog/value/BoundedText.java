package flumelog.value;

import flumelog.codec.Codecs;
import flumelog.codec.TooLong;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;

/** Text that is gathered up to a maximum. It is a Writer too, so that Clojure's printer can write to it. For one thread. */
public final class BoundedText extends Writer {
  private final StringBuilder text = new StringBuilder(256);
  private final int maxBytes;

  /** @param maxBytes most bytes that the text may have in UTF-8, where each char has one or more */
  public BoundedText(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Adds a char; throws where the text is too long then. */
  public void add(char c) throws TooLong {
    text.append(c);
    check();
  }

  /** Adds some text; throws where it is too long then. */
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

  /** {@return chars so far} */
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
