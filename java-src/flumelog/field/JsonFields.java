package flumelog.field;

import flumelog.codec.FieldReader;
import flumelog.codec.SliceCodec;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads fields from JSON in one pass over the bytes, without making the value. All of the text is checked, also behind the last
 * field: decoding would fail for damage there, and of a key that occurs twice the last value counts. Where {@link JsonText}
 * is in doubt about a text, the codec decodes it. So the result is that of decoding, always.
 */
public final class JsonFields implements FieldReader {
  /** Every whole number of up to this many digits fits into a long. */
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
      walk.text.finish(walk.place(tree, walk.text.space(from), 0));
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
      this.text = new JsonText(bytes, from, length, true);
    }

    /** Steps over the value that begins here, and takes from it what the node wants. */
    int place(FieldTree node, int from, int depth) throws Exception {
      byte first = bytes[from];
      if (node.isWanted() || first == '"' && node.hasIndexes()) {
        int to = text.value(from, depth);
        node.found(made(from, to), fields);
        return to;
      }
      if (first == '{' && node.hasNames()) return object(node, from, depth);
      if (first == '[' && node.hasIndexes()) return array(node, from, depth);
      return text.value(from, depth);
    }

    private int object(FieldTree node, int from, int depth) throws Exception {
      int i = text.open(from, '}', depth);
      while (i >= 0) {
        int keyEnd = text.key(i);
        FieldTree child = node.child(bytes, i + 1, keyEnd - 1);
        if (child != null) child.clear(fields);
        i = text.next(item(child, text.colon(keyEnd), depth + 1), '}');
      }
      return ~i;
    }

    private int array(FieldTree node, int from, int depth) throws Exception {
      int i = text.open(from, ']', depth);
      for (int index = 0; i >= 0; index++) i = text.next(item(node.child(index), i, depth + 1), ']');
      return ~i;
    }

    private int item(@Nullable FieldTree node, int from, int depth) throws Exception {
      return node == null ? text.value(from, depth) : place(node, from, depth);
    }

    /** The value between the two positions, which was stepped over last. */
    private @Nullable Object made(int from, int to) throws Exception {
      return switch (bytes[from]) {
        case '{', '[' -> decoded(from, to);
        case '"' -> text.hasEscapes() ? decoded(from, to) : textOf(from + 1, to - 1, text.isWide());
        case 't' -> Boolean.TRUE;
        case 'f' -> Boolean.FALSE;
        case 'n' -> null;
        default -> number(from, to);
      };
    }

    private Object number(int from, int to) throws Exception {
      if (text.isFloating()) return Double.parseDouble(textOf(from, to, false));
      return to - from <= MOST_DIGITS_OF_LONG ? (Object) longOf(from, to) : decoded(from, to);
    }

    private long longOf(int from, int to) {
      boolean isNegative = bytes[from] == '-';
      long number = 0;
      for (int i = isNegative ? from + 1 : from; i < to; i++) number = 10 * number + (bytes[i] - '0');
      return isNegative ? -number : number;
    }

    private String textOf(int from, int to, boolean isWide) {
      return new String(bytes, from, to - from, isWide ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    }

    private Object decoded(int from, int to) throws Exception {
      return codec.decode(bytes, from, to - from);
    }
  }
}
