package flumelog.cli;

import flumelog.codec.Codec;
import flumelog.codec.Codecs;
import flumelog.codec.Looks;
import flumelog.error.OptionFailures;
import flumelog.error.RecordFailures;
import flumelog.log.Log;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the lines that a verb prints, as its options say. It loads Clojure only where the value of a record is needed: for a query,
 * for another form than the codec's own, for nippy, and for a record that can't be printed as it is stored.
 */
final class Lines {
  private final Log log;
  private final Map<String, Object> given;
  /** Null where no codec is needed. */
  private final @Nullable Object codec;
  private final String form;

  private Lines(Log log, Map<String, Object> given) {
    this.log = log;
    this.given = given;
    String asked = asked(given);
    boolean isAnyCodec = !given.containsKey("where") && ("raw".equals(asked) || "hex".equals(asked));
    this.codec = isAnyCodec ? null : given.containsKey("codec") ? given.get("codec") : WhichCodec.guess(log);
    this.form = asked == null ? natural(codecName()) : asked;
  }

  /**
   * What is to be printed of the records of a log. Says on standard error which codec it guesses.
   *
   * @param given the options; the codec may be a Codec
   */
  static Line of(Log log, Map<String, Object> given) {
    Lines lines = new Lines(log, given);
    Line line = lines.line();
    String regex = (String) given.get("grep");
    return regex == null ? line : matching(regex, line);
  }

  private static @Nullable String asked(Map<String, Object> given) {
    for (String form : new String[] {"edn", "json", "raw", "hex"}) if (given.containsKey(form)) return form;
    return null;
  }

  /** The form in which values of a codec are printed when none was asked for. */
  static String natural(String codec) {
    return switch (codec) {
      case ":json" -> "json";
      case ":utf8" -> "text";
      case ":bytes" -> "hex";
      default -> "edn";
    };
  }

  private String codecName() {
    if (codec instanceof Codec<?> known) return known.codecName();
    String name = String.valueOf(codec);
    return name.startsWith(":") ? name : ":" + name;
  }

  private Line line() {
    if (given.containsKey("where")) return values();
    if (form.equals("raw")) return raw();
    if (form.equals("hex") && (codec == null || codecName().equals(":bytes"))) return hex();
    if (!form.equals(natural(codecName()))) return values();
    return switch (codecName()) {
      case ":json", ":edn" -> ownText();
      case ":utf8" -> this::utf8;
      default -> values();
    };
  }

  private static Line raw() {
    return new Line() {
      @Override
      public byte[] of(long offset, byte[] data) {
        return data;
      }
    };
  }

  private static Line hex() {
    HexFormat format = HexFormat.of();
    return (offset, data) -> format.formatHex(data).getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] utf8(long offset, byte[] data) {
    try {
      Codecs.string(data, 0, data.length);
      return data;
    } catch (CharacterCodingException e) {
      throw RecordFailures.decode(log.path(), offset, ":utf8", Looks.like(data), e);
    }
  }

  private Line ownText() {
    String name = codecName();
    return new Line() {
      private @Nullable Line values;

      @Override
      public byte @Nullable [] of(long offset, byte[] data) {
        if (OwnText.is(name, data)) return data;
        if (values == null) values = values();
        return values.of(offset, data);
      }
    };
  }

  private Line values() {
    return ClojureVerb.line(log.path(), codec, form, given.get("where"));
  }

  private static Line matching(String regex, Line line) {
    Pattern pattern = pattern(regex);
    return (offset, data) -> {
      byte[] text = line.of(offset, data);
      return text != null && pattern.matcher(new String(text, StandardCharsets.UTF_8)).find() ? text : null;
    };
  }

  private static Pattern pattern(String regex) {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw OptionFailures.badArgument("--grep", regex, "a regular expression (" + e.getDescription() + ")");
    }
  }
}
