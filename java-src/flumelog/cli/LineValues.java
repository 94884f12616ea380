package flumelog.cli;

import clojure.lang.IFn;
import flumelog.codec.Codec;
import flumelog.codec.Codecs;
import flumelog.codec.PlainEdn;
import flumelog.field.PlainJson;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Makes values of lines, and is the codec of these values. It loads Clojure only for a line or a record where only Clojure can tell
 * what it is, for nippy, and for lines in another form than the codec's own.
 */
final class LineValues implements Codec<Object> {
  /** A value of which the data is known, and nothing else. */
  private record Written(byte[] data) {}

  private final String codecName;
  private final String form;
  private final boolean isOwn;
  private @Nullable Codec<Object> codec;
  private @Nullable IFn parser;

  /** @param codecName as {@code ":json"} */
  LineValues(String codecName, String form) {
    this.codecName = codecName;
    this.form = form;
    this.isOwn = codecName.equals(":" + form);
  }

  /**
   * {@return the name of a codec, with a colon before it}
   *
   * @param asked the name, with or without a colon
   */
  static String checked(String asked) {
    return asked.startsWith(":") ? asked : ":" + asked;
  }

  /**
   * {@return the value of a line}
   *
   * @throws Exception if the line is not of the form
   */
  Object value(String line) throws Exception {
    if (form.equals("text")) return line;
    if (form.equals("hex")) return HexFormat.of().parseHex(line);
    byte[] data = isOwn ? written(line) : null;
    return data == null ? parsed(line) : new Written(data);
  }

  private Object parsed(String line) {
    if (parser == null) parser = ClojureVerb.parser(form);
    return parser.invoke(line);
  }

  /** The data of the value in the line; null where only Clojure can tell. */
  private byte @Nullable [] written(String line) throws Exception {
    if (form.equals("json")) return PlainJson.written(Codecs.utf8(line));
    String text = PlainEdn.written(line);
    return text == null ? null : Codecs.utf8(text);
  }

  @Override
  public byte[] encode(Object value) throws Exception {
    return value instanceof Written written ? written.data() : codec().encode(value);
  }

  @Override
  public byte[] encode(Object value, int maxBytes) throws Exception {
    return value instanceof Written written ? written.data() : codec().encode(value, maxBytes);
  }

  /** What is plain is good, and nobody looks at its value. */
  @Override
  public Object decode(byte[] data) throws Exception {
    return OwnText.is(codecName, data) ? new Written(data) : codec().decode(data);
  }

  @Override
  public String codecName() {
    return codecName;
  }

  @SuppressWarnings("unchecked") // a codec says itself which values it does not support
  private Codec<Object> codec() {
    if (codec == null) {
      codec = (Codec<Object>) switch (codecName) {
        case ":utf8" -> Codecs.UTF8;
        case ":bytes" -> Codecs.BYTES;
        default -> ClojureVerb.codec(codecName);
      };
    }
    return codec;
  }
}
