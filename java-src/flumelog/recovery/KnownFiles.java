package flumelog.recovery;

import flumelog.block.Blocks;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Recognises files of other programs by a few bytes, for the error that refuses such a file. */
final class KnownFiles {
  /** How many bytes of the beginning are read. */
  private static final int LOOKED_AT_BYTES = 512;
  /** Blocks of async-append-only-log, the log of ssb-db2. */
  private static final int SSB_BLOCK_BYTES = 1 << 16;
  private static final int BIPF_OBJECT = 5;
  private static final int FIRST_CLASS_FILE_VERSION = 45;

  /** The first bytes of a kind of file, in hexadecimal, and the name of the kind. */
  private static final String[][] BEGINNINGS = {
    {"53514c69746520666f726d6174203300", "an SQLite database"},
    {"1f8b08", "a gzip archive"}, {"504b0304", "a zip or jar archive"}, {"504b0506", "a zip archive"},
    {"28b52ffd", "a zstd archive"}, {"fd377a585a00", "an xz archive"}, {"425a68", "a bzip2 archive"},
    {"7f454c46", "an ELF program or library"}, {"0061736d", "a WebAssembly module"},
    {"89504e470d0a1a0a", "a PNG picture"}, {"ffd8ff", "a JPEG picture"}, {"25504446", "a PDF document"},
    {"00010000", "a TrueType font"}, {"4f54544f", "an OpenType font"}, {"774f4632", "a web font"},
    {"efbbbf", "UTF-8 text"}, {"feff", "UTF-16 text"}, {"fffe", "UTF-16 text"},
    {"666c756d656c6f", "a checkpoint of flumelog"}, {"666c756d65627566", "a write buffer of flumelog"},
  };

  /** The last 8 bytes of a kind of file, in hexadecimal, and the name of the kind. */
  private static final String[][] ENDS = {
    {"57fb808b247547db", "a LevelDB table"}, {"f7cff485b741e288", "a RocksDB table"},
  };

  private KnownFiles() {}

  /** The kind of the file, in words that fit behind "it looks like"; null if it is unknown. */
  static String describe(Blocks blocks) {
    byte[] head = blocks.read(0, (int) Math.min(LOOKED_AT_BYTES, blocks.end()));
    if (blocks.isZero(0, blocks.end())) return "nothing but zeros";
    if (isClassFile(head)) return "a Java class file";
    if (isSsbLog(blocks, head)) return "a log.bipf of ssb-db2, whose format is another one";
    String hex = hex(head);
    for (String[] known : BEGINNINGS) {
      if (hex.startsWith(known[0])) return known[1];
    }
    if (hex.startsWith(hex("leveldb.".getBytes(StandardCharsets.US_ASCII)), 2 * (7 + 2))) return "a manifest of LevelDB or RocksDB";
    String end = blocks.end() < 8 ? "" : hex(blocks.read(blocks.end() - 8, 8));
    for (String[] known : ENDS) {
      if (end.equals(known[0])) return known[1];
    }
    return text(head);
  }

  private static boolean isClassFile(byte[] head) {
    return head.length > 8 && hex(head).startsWith("cafebabe") && (head[6] << 8 | head[7] & 0xFF) >= FIRST_CLASS_FILE_VERSION;
  }

  /** Whether the file has whole blocks, and begins with a little-endian length and a BIPF object of that length. */
  private static boolean isSsbLog(Blocks blocks, byte[] head) {
    if (blocks.end() % SSB_BLOCK_BYTES != 0 || head.length < 8) return false;
    int length = head[0] & 0xFF | (head[1] & 0xFF) << 8;
    long tag = 0;
    for (int i = 0; i < 4; i++) {
      tag |= (long) (head[2 + i] & 0x7F) << 7 * i;
      if (head[2 + i] >= 0) return (tag & 7) == BIPF_OBJECT && (tag >> 3) + i + 1 == length;
    }
    return false;
  }

  private static String text(byte[] head) {
    if (head.length >= 8 && (isText(head, 0, 2) && isZero(head, 1, 2) || isText(head, 1, 2) && isZero(head, 0, 2))) return "UTF-16 text";
    if (!isText(head, 0, 1)) return null;
    String text = new String(head, StandardCharsets.US_ASCII).strip();
    if (!text.startsWith("{") && !text.startsWith("[")) return "text";
    int line = text.indexOf('\n');
    boolean isOfLines = line > 0 && text.startsWith("{", line + 1) && text.substring(0, line).strip().endsWith("}");
    return isOfLines ? "JSON lines" : "JSON text";
  }

  private static boolean isText(byte[] bytes, int from, int step) {
    for (int i = from; i < bytes.length; i += step) {
      boolean isSpace = bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t';
      boolean isOfUtf8 = step == 1 && bytes[i] < 0;
      if (!isSpace && !isOfUtf8 && (bytes[i] < ' ' || bytes[i] > '~')) return false;
    }
    return bytes.length > 0;
  }

  private static boolean isZero(byte[] bytes, int from, int step) {
    for (int i = from; i < bytes.length; i += step) {
      if (bytes[i] != 0) return false;
    }
    return true;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
