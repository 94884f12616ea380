package flumelog.field;

import flumelog.codec.FieldReader;
import flumelog.codec.SliceCodec;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads fields from JSON in one pass over the bytes, without making the value. All of the text is checked, also behind the last
 * field: decoding would fail for damage there, and of a key that occurs twice the last value counts. Where {@link JsonText}
 * is in doubt about a text, the codec decodes it. So the result is that of decoding, always.
 */
public final class JsonFields implements FieldReader {
  /** No whole number of so many digits is too large for a long. */
  private static final int MOST_DIGITS_OF_LONG = 18;

  private final SliceCodec<?> codec;
  private final Object[][] paths;
  private final FieldTree tree;

  /**
   * @param codec decodes the same JSON
   * @param paths the elements of each path
   * @param nameOf the text of the key in the data for a path's element, null for one that is never a key
   */
  public JsonFields(SliceCodec<?> codec, Object[][] paths, Function<Object, @Nullable String> nameOf) {
    this.codec = codec;
    this.paths = paths;
    this.tree = FieldTree.of(paths, nameOf);
  }

  @Override
  public @Nullable Object[] read(byte[] bytes, int from, int length) throws Exception {
    try {
      Walk walk = new Walk(bytes, from, length);
      walk.place(tree, 0);
      walk.text.finish();
      return walk.fields;
    } catch (JsonText.Doubt e) {
      return Fields.of(codec.decode(bytes, from, length), paths);
    }
  }

  /** One walk through the data of a record. */
  private final class Walk {
    private final byte[] bytes;
    private final JsonText text;
    private final @Nullable Object[] fields = new Object[paths.length];

    Walk(byte[] bytes, int from, int length) {
      this.bytes = bytes;
      this.text = new JsonText(bytes, from, length);
    }

    /** Steps over the value that is next, and takes from it what the node wants. */
    void place(FieldTree node, int depth) throws Exception {
      byte first = text.peek();
      if (node.isWanted() || first == '"' && node.hasIndexes()) node.found(value(first, depth), fields);
      else if (first == '{' && node.hasNames()) object(node, depth);
      else if (first == '[' && node.hasIndexes()) array(node, depth);
      else text.stepValue(depth);
    }

    private void object(FieldTree node, int depth) throws Exception {
      for (boolean more = text.open('}', depth); more; more = text.more('}')) {
        text.peek();
        int from = text.at();
        int to = text.key();
        FieldTree child = node.child(bytes, from + 1, to);
        if (child == null) {
          text.stepValue(depth + 1);
        } else {
          child.clear(fields);
          place(child, depth + 1);
        }
      }
    }

    private void array(FieldTree node, int depth) throws Exception {
      int index = 0;
      for (boolean more = text.open(']', depth); more; more = text.more(']')) {
        FieldTree child = node.child(index++);
        if (child == null) text.stepValue(depth + 1);
        else place(child, depth + 1);
      }
    }

    private @Nullable Object value(byte first, int depth) throws Exception {
      int from = text.at();
      text.stepValue(depth);
      int to = text.at();
      return switch (first) {
        case '{', '[' -> decoded(from, to);
        case '"' -> text.hasEscapes() ? decoded(from, to) : text.string(from + 1, to - 1);
        case 't' -> Boolean.TRUE;
        case 'f' -> Boolean.FALSE;
        case 'n' -> null;
        default -> number(from, to);
      };
    }

    private Object number(int from, int to) throws Exception {
      if (text.isFloating()) return text.doubleAt(from);
      return to - from <= MOST_DIGITS_OF_LONG ? (Object) text.longAt(from) : decoded(from, to);
    }

    private Object decoded(int from, int to) throws Exception {
      return codec.decode(bytes, from, to - from);
    }
  }
}
