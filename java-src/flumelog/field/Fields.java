package flumelog.field;

import clojure.lang.Keyword;
import clojure.lang.RT;
import flumelog.codec.Codec;
import flumelog.codec.FieldCodec;
import flumelog.codec.FieldReader;
import flumelog.error.OptionFailures;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes readers of fields for any codec, and checks field paths. */
public final class Fields {
  private Fields() {}

  /**
   * Checks a field path that a user wrote.
   *
   * @param path a vector with one or more keywords, strings and whole numbers; a number is an index of a vector
   * @return its elements
   */
  public static Object[] path(Object path) {
    if (path instanceof List<?> list && !list.isEmpty() && list.stream().allMatch(Fields::isElement)) return list.toArray();
    throw OptionFailures.badArgument("a field path", path,
        "a vector of keywords, strings and whole numbers from 0 to 2,147,483,647, such as [:value :author] or [:mentions 0 :link]");
  }

  private static boolean isElement(Object element) {
    return element instanceof Keyword || element instanceof String || isIndex(element);
  }

  static boolean isIndex(Object element) {
    boolean isWhole = element instanceof Long || element instanceof Integer || element instanceof Short || element instanceof Byte;
    return isWhole && ((Number) element).longValue() >= 0 && ((Number) element).longValue() <= Integer.MAX_VALUE;
  }

  /** A reader of the fields at these paths: the codec's own, if it has one; otherwise one that decodes. */
  public static FieldReader reader(Codec<?> codec, Object[][] paths) {
    return codec instanceof FieldCodec<?> fields ? fields.fields(paths) : decoding(codec, paths);
  }

  /** A reader that decodes the value, and looks into it. */
  public static FieldReader decoding(Codec<?> codec, Object[][] paths) {
    return (bytes, from, length) -> of(codec.decode(Arrays.copyOfRange(bytes, from, from + length)), paths);
  }

  /** The value at each path. */
  public static @Nullable Object[] of(@Nullable Object value, Object[][] paths) {
    @Nullable Object[] found = new Object[paths.length];
    for (int i = 0; i < paths.length; i++) found[i] = get(value, paths[i], 0);
    return found;
  }

  /** The value at the rest of the path, which begins with the element {@code from}, as {@code get-in} finds it. */
  static @Nullable Object get(@Nullable Object value, Object[] path, int from) {
    Object at = value;
    for (int i = from; i < path.length && at != null; i++) at = RT.get(at, path[i]);
    return at;
  }
}
