package flumelog.log;

import flumelog.block.BlockCache;
import flumelog.codec.Codec;
import flumelog.codec.Codecs;
import flumelog.error.LogException;
import flumelog.file.SyncPolicy;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Framing;
import flumelog.frame.LegacyFraming;
import flumelog.frame.OffsetWidth;
import flumelog.frame.Progress;
import flumelog.frame.Recovery;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a log is opened; every option is checked here and nowhere else.
 *
 * @param codec what {@code coll} turns values into data with
 * @param framing {@code :flume} or {@code :legacy}, or null for what the file has
 * @param width bits of the trailer, or null for what the file has
 * @param blockBytes bytes of a block, from 1 to 64 MiB
 * @param cache where blocks are kept
 * @param writable false for {@code :mode :read}
 * @param sync when records are made durable
 * @param maxRecordBytes most bytes of data in a record
 * @param progress told while opening reads the file
 */
public record LogOptions(
    Codec codec, String framing, OffsetWidth width, int blockBytes, BlockCache cache, boolean writable,
    SyncPolicy sync, int maxRecordBytes, Progress progress) {
  private static final int MAX_BLOCK_BYTES = 1 << 26;
  private static final int DEFAULT_BLOCK_BYTES = 16384;
  private static final int DEFAULT_CACHE_BLOCKS = 1024;
  private static final int DEFAULT_MAX_RECORD_BYTES = 1 << 26;
  /** The longest array that every JVM can make. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 64;

  private static final Map<String, String> KNOWN = known(
      ":codec", ":offset-bits", ":framing", ":block-bytes", ":cache-blocks", ":cache", ":mode", ":sync",
      ":max-record-bytes", ":progress");

  /**
   * Reads a map of options, the one that {@code flumelog.core/open} takes; the keys are keywords, or strings with or
   * without a colon. A value of null means the default. The default codec is {@link Codecs#BYTES}.
   *
   * @throws LogException {@code :bad-option} with what is allowed
   */
  public static LogOptions of(Map<?, ?> map) {
    OptionMap options = new OptionMap(map, KNOWN);
    int blockBytes = (int) options.integer(":block-bytes", DEFAULT_BLOCK_BYTES, 1, MAX_BLOCK_BYTES);
    String framing = framing(options);
    OffsetWidth width = width(options);
    if (":legacy".equals(framing) && width != null) {
      throw LogException.badOption(":offset-bits", width.bits(), "absent where :framing is :legacy, which stores no offsets");
    }
    return new LogOptions(codec(options), framing, width, blockBytes, cache(options, blockBytes),
        oneOf(options, ":mode", ":read-write", ":read").equals(":read-write"), sync(options.get(":sync")),
        (int) options.integer(":max-record-bytes", DEFAULT_MAX_RECORD_BYTES, 1, LONGEST_ARRAY),
        progress(options.get(":progress")));
  }

  /** Whether the options leave room for a file of that framing. */
  boolean allow(Framing found) {
    if (framing != null && !framing.equals(":" + found.framingName())) return false;
    return width == null || found.equals(new FlumeFraming(width));
  }

  /** The framing of a new file. */
  public Framing framingOfNewFile() {
    if (":legacy".equals(framing)) return new LegacyFraming();
    return new FlumeFraming(width == null ? OffsetWidth.BITS_53 : width);
  }

  /** What recovery is to expect of the file. */
  Recovery.Expected expected() {
    return new Recovery.Expected(this::allow, framingOfNewFile(), maxRecordBytes, progress);
  }

  private static Progress progress(Object progress) {
    if (progress == null) return Progress.NONE;
    if (progress instanceof Progress p) return p;
    throw LogException.badOption(":progress", progress, "a function of {:position p :size n}");
  }

  private static Codec codec(OptionMap options) {
    Object codec = options.get(":codec");
    if (codec == null) return Codecs.BYTES;
    if (codec instanceof Codec c) return c;
    throw LogException.badOption(":codec", codec, "a flumelog.codec.Codec");
  }

  private static OffsetWidth width(OptionMap options) {
    Object bits = options.get(":offset-bits");
    if (bits == null) return null;
    OffsetWidth width = OptionMap.isInteger(bits) ? OffsetWidth.ofBits(((Number) bits).longValue()) : null;
    if (width == null) throw LogException.badOption(":offset-bits", bits, "32, 48 or 53");
    return width;
  }

  private static String framing(OptionMap options) {
    return options.has(":framing") ? oneOf(options, ":framing", ":flume", ":legacy") : null;
  }

  private static BlockCache cache(OptionMap options, int blockBytes) {
    Object cache = options.get(":cache");
    if (cache == null) {
      return new BlockCache(blockBytes * options.integer(":cache-blocks", DEFAULT_CACHE_BLOCKS, 0, Integer.MAX_VALUE));
    }
    if (!(cache instanceof BlockCache shared)) throw LogException.badOption(":cache", cache, "a block cache");
    if (options.has(":cache-blocks")) {
      throw LogException.badOption(":cache-blocks", options.get(":cache-blocks"), "absent where :cache is given");
    }
    return shared;
  }

  private static SyncPolicy sync(Object sync) {
    if (sync == null) return SyncPolicy.everyMillis(100);
    if (sync instanceof SyncPolicy policy) return policy;
    if (sync instanceof Map<?, ?> map && map.size() == 1) {
      OptionMap options = new OptionMap(map, known(":every-ms"));
      return SyncPolicy.everyMillis(options.integer(":every-ms", 0, 1, 86_400_000));
    }
    if (OptionMap.name(sync).equals(":each")) return SyncPolicy.EACH;
    if (OptionMap.name(sync).equals(":none")) return SyncPolicy.NONE;
    throw LogException.badOption(":sync", sync, ":each, :none or {:every-ms n}");
  }

  /** The value of an option that has two; the first one is the default. */
  private static String oneOf(OptionMap options, String key, String first, String second) {
    String value = options.has(key) ? OptionMap.name(options.get(key)) : first;
    if (value.equals(first) || value.equals(second)) return value;
    throw LogException.badOption(key, options.get(key), first + " or " + second);
  }

  static Map<String, String> known(String... keys) {
    Map<String, String> known = new LinkedHashMap<>();
    for (String key : keys) known.put(key, key);
    return known;
  }
}
