package flumelog.log;

import flumelog.block.BlockCache;
import flumelog.block.Cache;
import flumelog.codec.Codec;
import flumelog.codec.Codecs;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.file.SyncPolicy;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Framing;
import flumelog.frame.LegacyFraming;
import flumelog.frame.OffsetWidth;
import flumelog.frame.Progress;
import flumelog.recovery.OpenRequest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a log is opened; every option is checked here and nowhere else.
 *
 * <pre>{@code
 *   LogOptions.defaults().withSync(SyncPolicy.EACH).withOffsetWidth(OffsetWidth.BITS_32)
 *   LogOptions.defaults().forReading()
 * }</pre>
 *
 * What is wrong is refused with {@code BAD_OPTION}, which calls an option by the key that it has in Clojure.
 *
 * @param codec how values are made of data; plays no part in what takes and gives {@code byte[]}
 * @param framing {@code :flume} or {@code :legacy}, or null for what the file has
 * @param width bits of the trailer, or null for what the file has
 * @param blockBytes bytes of a block, the unit of reading and caching: from 1 to 64 MiB
 * @param cacheBlocks most blocks in memory when no cache is shared, 0 or more
 * @param cache where blocks are kept, shared with other logs; null for a cache of its own
 * @param writable false when the log is only read
 * @param sync when records are made durable
 * @param maxRecordBytes most bytes of data in a record, 1 or more
 * @param writeBufferBytes most bytes that are held back in memory that outlives the process, from 4096 to 64 MiB; 0 for none
 * @param roomBytes bytes of room behind the end of the log, from 4096 to 64 MiB, or 0 for none
 * @param progress told while opening reads the file
 * @param create whether the file is made where it is missing, unless the log is only read
 */
public record LogOptions(
    Codec codec, String framing, OffsetWidth width, int blockBytes, int cacheBlocks, Cache cache,
    boolean writable, SyncPolicy sync, int maxRecordBytes, int writeBufferBytes, int roomBytes,
    Progress progress, boolean create) {
  /** The longest array that every JVM can make. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 64;

  private static final Option<Codec> CODEC = Option.of(":codec", Codec.class, "a flumelog.codec.Codec, as Codecs.UTF8");
  private static final Option<OffsetWidth> WIDTH = new Option<>(":offset-bits", "32, 48 or 53", LogOptions::width);
  private static final Option<String> FRAMING = Option.oneOf(":framing", ":flume", ":legacy");
  private static final Option<Long> BLOCK_BYTES = Option.integer(":block-bytes", 1, 1 << 26);
  private static final Option<Long> CACHE_BLOCKS = Option.integer(":cache-blocks", 0, Integer.MAX_VALUE);
  private static final Option<Cache> CACHE =
      Option.of(":cache", Cache.class, "a block cache, another flumelog.block.Cache, or {:get f :set g}");
  private static final Option<String> MODE = Option.oneOf(":mode", ":read-write", ":read");
  private static final Option<SyncPolicy> SYNC =
      new Option<>(":sync", ":each, :none or {:every-ms n}", LogOptions::sync);
  private static final Option<Long> EVERY_MS = Option.offset(":every-ms");
  private static final Option<Long> MAX_RECORD_BYTES = Option.integer(":max-record-bytes", 1, LONGEST_ARRAY);
  private static final Option<Long> WRITE_BUFFER_BYTES = Option.integer(":write-buffer-bytes", 1 << 12, 1 << 26);
  private static final Option<Progress> PROGRESS =
      Option.of(":progress", Progress.class, "a function of {:position p :size n}");
  private static final Option<Long> ROOM_BYTES = Option.integer(":room-bytes", 1 << 12, 1 << 26);
  private static final Option<Boolean> CREATE = Option.flag(":create");
  private static final Map<String, Option<?>> KNOWN = Option.known(
      CODEC, WIDTH, FRAMING, BLOCK_BYTES, CACHE_BLOCKS, CACHE, MODE, SYNC, MAX_RECORD_BYTES, WRITE_BUFFER_BYTES, ROOM_BYTES,
      PROGRESS, CREATE);

  private static final LogOptions DEFAULTS = new LogOptions(
      Codecs.BYTES, null, null, 16384, 1024, null, true, SyncPolicy.everyMillis(100), 1 << 26, 0, 0,
      Progress.NONE, true);

  /**
   * Checks every option.
   *
   * @param codec how values are made of data; plays no part in what takes and gives {@code byte[]}
   * @param framing {@code :flume} or {@code :legacy}, or null for what the file has
   * @param width bits of the trailer, or null for what the file has
   * @param blockBytes bytes of a block, the unit of reading and caching: from 1 to 64 MiB
   * @param cacheBlocks most blocks in memory when no cache is shared, 0 or more
   * @param cache where blocks are kept, shared with other logs; null for a cache of its own
   * @param writable false when the log is only read
   * @param sync when records are made durable
   * @param maxRecordBytes most bytes of data in a record, 1 or more
   * @param writeBufferBytes most bytes that are held back in memory that outlives the process, from 4096 to 64 MiB; 0 for none
   * @param roomBytes bytes of room behind the end of the log, from 4096 to 64 MiB, or 0 for none
   * @param progress told while opening reads the file
   * @param create whether the file is made where it is missing, unless the log is only read
   * @throws LogException {@code BAD_OPTION} with what is allowed
   */
  public LogOptions {
    CODEC.check(codec);
    if (framing != null) framing = FRAMING.check(framing);
    if (":legacy".equals(framing) && width != null) {
      throw OptionFailures.badOption(":offset-bits", width.bits(),
          "absent where :framing is :legacy, which stores no offsets");
    }
    BLOCK_BYTES.check(blockBytes);
    CACHE_BLOCKS.check(cacheBlocks);
    SYNC.check(sync);
    MAX_RECORD_BYTES.check(maxRecordBytes);
    if (writeBufferBytes != 0) WRITE_BUFFER_BYTES.check(writeBufferBytes);
    PROGRESS.check(progress);
    if (roomBytes != 0) ROOM_BYTES.check(roomBytes);
  }

  /**
   * Reads a map of options, the one that Clojure's {@code flumelog.core/open} takes; the keys are keywords, or strings
   * with or without a colon, and so are values that are names, but for the codec: that is a {@link Codec}, as those of
   * {@link Codecs}. A value of null means the default. The default codec is {@link Codecs#BYTES}.
   *
   * @param map the options; null is an empty one
   * @return the options, those that are absent with their defaults
   * @throws LogException {@code BAD_OPTION} with what is allowed
   */
  public static LogOptions of(Map<?, ?> map) {
    return of(map, List.of());
  }

  /**
   * Reads a map of options in which the caller has some of its own.
   *
   * @param map the options; null is an empty one
   * @param others keys that mean something to the caller alone, as {@code ":moved"}
   * @return the options, those that are absent with their defaults
   * @throws LogException {@code BAD_OPTION} with what is allowed
   */
  public static LogOptions of(Map<?, ?> map, List<String> others) {
    OptionMap options = new OptionMap(map, others.isEmpty() ? KNOWN : knownAnd(others));
    if (options.has(CACHE) && options.has(CACHE_BLOCKS)) {
      throw OptionFailures.badOption(":cache-blocks", options.raw(CACHE_BLOCKS), "absent where :cache is given");
    }
    return new LogOptions(options.get(CODEC, DEFAULTS.codec), options.get(FRAMING, null), options.get(WIDTH, null),
        options.get(BLOCK_BYTES, (long) DEFAULTS.blockBytes).intValue(),
        options.get(CACHE_BLOCKS, (long) DEFAULTS.cacheBlocks).intValue(), options.get(CACHE, null),
        options.get(MODE, ":read-write").equals(":read-write"), options.get(SYNC, DEFAULTS.sync),
        options.get(MAX_RECORD_BYTES, (long) DEFAULTS.maxRecordBytes).intValue(),
        options.get(WRITE_BUFFER_BYTES, 0L).intValue(), options.get(ROOM_BYTES, 0L).intValue(),
        options.get(PROGRESS, DEFAULTS.progress), options.get(CREATE, true));
  }

  /** {@return the keys of all options, with their colons} */
  public static Set<String> keys() {
    return Collections.unmodifiableSet(KNOWN.keySet());
  }

  /**
   * The options of a log that nothing was asked of: it is written, durable every 100 milliseconds, of the format that
   * its file has or else {@code :flume} with 53 bits, caches 1024 blocks of 16384 bytes, and takes records up to 64 MiB.
   *
   * @return the defaults
   */
  public static LogOptions defaults() {
    return DEFAULTS;
  }

  /** The same, with another format and other memory. */
  private LogOptions ofFile(
      Codec codec, String framing, OffsetWidth width, int blockBytes, int cacheBlocks, Cache cache) {
    return new LogOptions(codec, framing, width, blockBytes, cacheBlocks, cache, writable, sync, maxRecordBytes,
        writeBufferBytes, roomBytes, progress, create);
  }

  /** The same, used in another way. */
  private LogOptions ofUse(boolean writable, SyncPolicy sync, int maxRecordBytes, int writeBufferBytes, int roomBytes,
      Progress progress, boolean create) {
    return new LogOptions(codec, framing, width, blockBytes, cacheBlocks, cache, writable, sync, maxRecordBytes,
        writeBufferBytes, roomBytes, progress, create);
  }

  /** {@return these options for a log that takes no lock, writes nothing, and follows what another process appends} */
  public LogOptions forReading() {
    return ofUse(false, sync, maxRecordBytes, writeBufferBytes, roomBytes, progress, create);
  }

  /**
   * Says when records are made durable.
   *
   * @param policy {@link SyncPolicy#EACH}, {@link SyncPolicy#NONE} or {@link SyncPolicy#everyMillis}
   * @return these options with that policy
   */
  public LogOptions withSync(SyncPolicy policy) {
    return ofUse(writable, policy, maxRecordBytes, writeBufferBytes, roomBytes, progress, create);
  }

  /**
   * Says how wide the trailers are; a file that has others is refused.
   *
   * @param bits the width; null for what the file has, 53 bits in a new file
   * @return these options with that width
   */
  public LogOptions withOffsetWidth(OffsetWidth bits) {
    return ofFile(codec, framing, bits, blockBytes, cacheBlocks, cache);
  }

  /**
   * Names the framing; a file of another one is refused.
   *
   * @param name {@code "flume"} or {@code "legacy"}, which must be named to create such a log; null for what the file has
   * @return these options with that framing
   */
  public LogOptions withFraming(String name) {
    return ofFile(codec, name, width, blockBytes, cacheBlocks, cache);
  }

  /**
   * Sets the size of a block.
   *
   * @param bytes from 1 to 67,108,864
   * @return these options with that size
   */
  public LogOptions withBlockBytes(int bytes) {
    return ofFile(codec, framing, width, bytes, cacheBlocks, cache);
  }

  /**
   * Gives the log a cache of its own.
   *
   * @param blocks most blocks that it holds, 0 or more
   * @return these options with such a cache, in place of a shared one
   */
  public LogOptions withCacheBlocks(int blocks) {
    return ofFile(codec, framing, width, blockBytes, blocks, null);
  }

  /**
   * Puts several logs under one memory budget.
   *
   * @param shared the cache that they share, a {@link BlockCache} or another; null for a cache of its own
   * @return these options with that cache
   */
  public LogOptions withCache(Cache shared) {
    return ofFile(codec, framing, width, blockBytes, cacheBlocks, shared);
  }

  /**
   * Sets the longest record that is written or read.
   *
   * @param bytes of data, from 1 to 2,147,483,583
   * @return these options with that maximum
   */
  public LogOptions withMaxRecordBytes(int bytes) {
    return ofUse(writable, sync, bytes, writeBufferBytes, roomBytes, progress, create);
  }

  /**
   * Has appended records held back in memory that outlives the process, a file beside the log, until that is full or the
   * log is synced: an append is several times faster then, and is safe from a killed process all the same. Readers with
   * this library see each record at once; other programs that read the log's file see it when it is synced. Under {@link
   * SyncPolicy#EACH} nothing is held back.
   *
   * @param bytes how many at most, from 4,096 to 67,108,864; 0 for none, which is the default
   * @return these options with such a buffer
   */
  public LogOptions withWriteBufferBytes(int bytes) {
    return ofUse(writable, sync, maxRecordBytes, bytes, roomBytes, progress, create);
  }

  /**
   * Says what values are made of; {@link Verification} decodes with it.
   *
   * @param values the codec
   * @return these options with that codec
   */
  public LogOptions withCodec(Codec values) {
    return ofFile(values, framing, width, blockBytes, cacheBlocks, cache);
  }

  /**
   * Sets who is told where opening is, while it reads a file that has no checkpoint.
   *
   * @param listener told every MiB or so; it may throw to stop
   * @return these options with that listener
   */
  public LogOptions withProgress(Progress listener) {
    return ofUse(writable, sync, maxRecordBytes, writeBufferBytes, roomBytes, listener, create);
  }

  /**
   * Gives the file room behind the end of the log while it is open for writing, so that forces of small appends cost less.
   *
   * @param bytes of room that are made at once, from 4,096 to 67,108,864, or 0 for none
   * @return these options with that room
   */
  public LogOptions withRoomBytes(int bytes) {
    return ofUse(writable, sync, maxRecordBytes, writeBufferBytes, bytes, progress, create);
  }

  /**
   * Says what is done where the file is missing.
   *
   * @param missing true to make it and its folder, which is the default; false to refuse with {@code FAILED}
   * @return these options with that choice
   */
  public LogOptions withCreate(boolean missing) {
    return ofUse(writable, sync, maxRecordBytes, writeBufferBytes, roomBytes, progress, missing);
  }

  /** The same, with a cache for one log where none is shared. */
  LogOptions withCacheOfItsOwn() {
    return cache == null ? withCache(new BlockCache((long) blockBytes * cacheBlocks)) : this;
  }

  /** Whether appends are held back; one that waits until it is on disk gains nothing by that, and a full disk must fail it. */
  boolean isBuffered() {
    return writeBufferBytes > 0 && !sync.isEach();
  }

  /** Whether the options leave room for a file of that framing. */
  boolean allow(Framing found) {
    if (framing != null && !framing.equals(":" + found.framingName())) return false;
    return width == null || found instanceof FlumeFraming flume && flume.width() == width;
  }

  /** {@return the framing of a new file} */
  public Framing framingOfNewFile() {
    if (":legacy".equals(framing)) return new LegacyFraming();
    return new FlumeFraming(width == null ? OffsetWidth.BITS_53 : width);
  }

  /** What opening is to do, and to expect of the file. */
  OpenRequest request() {
    return new OpenRequest(writable, create, isBuffered() ? writeBufferBytes : 0, roomBytes,
        framing != null || width != null, this::allow, framingOfNewFile(), maxRecordBytes, progress);
  }

  private static Map<String, ?> knownAnd(List<String> others) {
    Map<String, Object> known = new LinkedHashMap<>(KNOWN);
    for (String other : others) known.put(other, other);
    return known;
  }

  private static OffsetWidth width(Object bits) {
    Long number = Option.wholeNumber(bits);
    return number == null ? null : OffsetWidth.ofBits(number);
  }

  private static SyncPolicy sync(Object sync) {
    if (sync instanceof SyncPolicy policy) return policy;
    if (sync instanceof Map<?, ?> map && map.size() == 1) {
      return SyncPolicy.everyMillis(new OptionMap(map, Option.known(EVERY_MS)).get(EVERY_MS, 0L));
    }
    return ":each".equals(Option.name(sync)) ? SyncPolicy.EACH
        : ":none".equals(Option.name(sync)) ? SyncPolicy.NONE : null;
  }
}
