package flumelog.log;

import flumelog.block.BlockCache;
import flumelog.block.Cache;
import flumelog.codec.Codec;
import flumelog.codec.Codecs;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.file.SyncPolicy;
import flumelog.frame.Framing;
import flumelog.frame.OffsetWidth;
import flumelog.frame.Progress;
import flumelog.recovery.OpenRequest;
import java.util.Collections;
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
 * Options never change: each method returns others. Each throws a {@link LogException} of kind {@code BAD_OPTION} for what is out
 * of bounds, and for null where null is not said to mean something; its sentence calls an option by the key that it has in
 * Clojure. Later versions may have more options.
 */
public final class LogOptions {
  /** The longest array that every JVM can make. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 64;

  private static final Option<Codec> CODEC =
      Option.of(":codec", Codec.class, "a flumelog.codec.Codec, as Codecs.UTF8", Codecs.BYTES);
  private static final Option<OffsetWidth> WIDTH = Option.of(":offset-bits", OffsetWidth.class, "32, 48 or 53", null);
  private static final Option<String> FRAMING = Option.oneOf(":framing", null, ":flume", ":legacy");
  private static final Option<Integer> BLOCK_BYTES = Option.count(":block-bytes", 1, 1 << 26, 1 << 14);
  private static final Option<Integer> CACHE_BLOCKS = Option.count(":cache-blocks", 0, Integer.MAX_VALUE, 1024);
  private static final Option<Cache> CACHE =
      Option.of(":cache", Cache.class, "a block cache, another flumelog.block.Cache, or {:get f :set g}", null);
  private static final Option<String> MODE = Option.oneOf(":mode", ":read-write", ":read-write", ":read");
  private static final Option<SyncPolicy> SYNC =
      Option.of(":sync", SyncPolicy.class, ":each, :none or {:every-ms n}", SyncPolicy.everyMillis(100));
  private static final Option<Long> EVERY_MS = Option.offset(":every-ms", 0);
  private static final Option<Integer> MAX_RECORD_BYTES = Option.count(":max-record-bytes", 1, LONGEST_ARRAY, 1 << 26);
  private static final Option<Integer> WRITE_BUFFER_BYTES = Option.count(":write-buffer-bytes", 1 << 12, 1 << 26, 0);
  private static final Option<Integer> ROOM_BYTES = Option.count(":room-bytes", 1 << 12, 1 << 26, 0);
  private static final Option<Progress> PROGRESS =
      Option.of(":progress", Progress.class, "a function of {:position p :size n}", Progress.NONE);
  private static final Option<Boolean> CREATE = Option.flag(":create", true);
  private static final Map<String, Option<?>> KNOWN = Option.known(
      CODEC, WIDTH, FRAMING, BLOCK_BYTES, CACHE_BLOCKS, CACHE, MODE, SYNC, MAX_RECORD_BYTES, WRITE_BUFFER_BYTES, ROOM_BYTES,
      PROGRESS, CREATE);

  private static final LogOptions DEFAULTS = new LogOptions(OptionMap.EMPTY.complete(KNOWN));

  /** A value for each option that is known. */
  private final OptionMap values;
  private final boolean writable;

  private LogOptions(OptionMap values) {
    this.values = values;
    this.writable = values.checked(MODE).equals(":read-write");
    if (":legacy".equals(framing()) && width() != null) {
      throw OptionFailures.badOption(":offset-bits", width().bits(),
          "absent where :framing is :legacy, which stores no offsets");
    }
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
    OptionMap given = OptionMap.of(map, KNOWN, others);
    if (given.has(CACHE) && given.has(CACHE_BLOCKS)) {
      throw OptionFailures.badOption(":cache-blocks", given.raw(CACHE_BLOCKS), "absent where :cache is given");
    }
    if (given.has(WIDTH)) given = given.with(WIDTH, width(given.raw(WIDTH)));
    if (given.has(SYNC)) given = given.with(SYNC, sync(given.raw(SYNC)));
    return new LogOptions(given.complete(KNOWN));
  }

  private static OffsetWidth width(Object bits) {
    Long number = Option.wholeNumber(bits);
    OffsetWidth width = number == null ? null : OffsetWidth.ofBits(number);
    return WIDTH.check(width == null ? bits : width);
  }

  private static SyncPolicy sync(Object sync) {
    if (sync instanceof Map<?, ?> map && map.size() == 1) {
      return SyncPolicy.everyMillis(OptionMap.of(map, Option.known(EVERY_MS)).get(EVERY_MS));
    }
    return ":each".equals(Option.name(sync)) ? SyncPolicy.EACH
        : ":none".equals(Option.name(sync)) ? SyncPolicy.NONE : SYNC.check(sync);
  }

  /** {@return the keys of all options, with their colons} */
  public static Set<String> keys() {
    return Collections.unmodifiableSet(KNOWN.keySet());
  }

  /** These options with one of them changed. */
  private LogOptions with(Option<?> option, Object value) {
    return new LogOptions(values.with(option, value));
  }

  /** {@return how values are made of data: {@link Verification} decodes with it, Clojure's logs encode and decode} */
  public Codec codec() {
    return values.checked(CODEC);
  }

  /**
   * Says what values are made of; {@link Verification} decodes with it.
   *
   * @param codec makes values of data
   * @return these options with that codec
   */
  public LogOptions withCodec(Codec codec) {
    return with(CODEC, codec);
  }

  /** {@return {@code ":flume"} or {@code ":legacy"}; null for what the file has} */
  public String framing() {
    return values.checked(FRAMING);
  }

  /**
   * Names the framing; a file of another one is refused.
   *
   * @param name {@code "flume"} or {@code "legacy"}, which must be named to create such a log; null for what the file has
   * @return these options with that framing
   */
  public LogOptions withFraming(String name) {
    return with(FRAMING, name);
  }

  /** {@return how wide the trailers are; null for what the file has} */
  public OffsetWidth width() {
    return values.checked(WIDTH);
  }

  /**
   * Says how wide the trailers are; a file that has others is refused, and so is a width beside the framing {@code :legacy}.
   *
   * @param bits the width; null for what the file has, 53 bits in a new file
   * @return these options with that width
   */
  public LogOptions withOffsetWidth(OffsetWidth bits) {
    return with(WIDTH, bits);
  }

  /** {@return bytes of a block, the unit of reading and caching: from 1 to 67,108,864} */
  public int blockBytes() {
    return values.checked(BLOCK_BYTES);
  }

  /**
   * Sets the size of a block.
   *
   * @param bytes from 1 to 67,108,864
   * @return these options with that size
   */
  public LogOptions withBlockBytes(int bytes) {
    return with(BLOCK_BYTES, bytes);
  }

  /** {@return most blocks that are kept in memory where no cache is shared, 0 or more} */
  public int cacheBlocks() {
    return values.checked(CACHE_BLOCKS);
  }

  /**
   * Gives the log a cache of its own.
   *
   * @param blocks most blocks that it holds, 0 or more
   * @return these options with such a cache, in place of a shared one
   */
  public LogOptions withCacheBlocks(int blocks) {
    return with(CACHE_BLOCKS, blocks).withCache(null);
  }

  /** {@return where blocks are kept, shared with other logs; null for a cache of its own} */
  public Cache cache() {
    return values.checked(CACHE);
  }

  /**
   * Puts several logs under one memory budget.
   *
   * @param shared the cache that they share, a {@link BlockCache} or another; null for a cache of its own
   * @return these options with that cache
   */
  public LogOptions withCache(Cache shared) {
    return with(CACHE, shared);
  }

  /** The shared cache, or a new one for one log. */
  Cache cacheToUse() {
    Cache shared = cache();
    return shared == null ? new BlockCache((long) blockBytes() * cacheBlocks()) : shared;
  }

  /** {@return false when the log is only read} */
  public boolean writable() {
    return writable;
  }

  /** {@return these options for a log that takes no lock, writes nothing, and follows what another process appends} */
  public LogOptions forReading() {
    return with(MODE, ":read");
  }

  /** {@return when records are made durable} */
  public SyncPolicy sync() {
    return values.checked(SYNC);
  }

  /**
   * Says when records are made durable.
   *
   * @param policy {@link SyncPolicy#EACH}, {@link SyncPolicy#NONE} or {@link SyncPolicy#everyMillis}
   * @return these options with that policy
   */
  public LogOptions withSync(SyncPolicy policy) {
    return with(SYNC, policy);
  }

  /** {@return most bytes of data in a record, from 1 to 2,147,483,583} */
  public int maxRecordBytes() {
    return values.checked(MAX_RECORD_BYTES);
  }

  /**
   * Sets the longest record that is written or read.
   *
   * @param bytes of data, from 1 to 2,147,483,583
   * @return these options with that maximum
   */
  public LogOptions withMaxRecordBytes(int bytes) {
    return with(MAX_RECORD_BYTES, bytes);
  }

  /** {@return most bytes that are held back in memory that outlives the process, from 4,096 to 67,108,864; 0 for none} */
  public int writeBufferBytes() {
    return values.checked(WRITE_BUFFER_BYTES);
  }

  /**
   * Has appended records held back in memory that outlives the process, a file beside the log, until that is full or the
   * log is synced: an append is several times faster then, and a killed process loses none all the same. Readers with this
   * library see each record immediately; other programs that read the log's file see it when it is synced. Under {@link
   * SyncPolicy#EACH} nothing is held back.
   *
   * @param bytes how many at most, from 4,096 to 67,108,864; 0 for none, which is the default
   * @return these options with such a buffer
   */
  public LogOptions withWriteBufferBytes(int bytes) {
    return with(WRITE_BUFFER_BYTES, bytes);
  }

  /** {@return bytes of room behind the end of the log, from 4,096 to 67,108,864; 0 for none} */
  public int roomBytes() {
    return values.checked(ROOM_BYTES);
  }

  /**
   * Gives the file room behind the end of the log while it is open for writing, so that forces of small appends cost less.
   *
   * @param bytes of room that are made at a time, from 4,096 to 67,108,864; 0 for none, which is the default
   * @return these options with that room
   */
  public LogOptions withRoomBytes(int bytes) {
    return with(ROOM_BYTES, bytes);
  }

  /** {@return the listener that opening calls while it reads the file} */
  public Progress progress() {
    return values.checked(PROGRESS);
  }

  /**
   * Sets the listener that opening calls while it reads a file that has no checkpoint.
   *
   * @param listener called every MiB or so; it may throw to stop. {@link Progress#NONE} is none
   * @return these options with that listener
   */
  public LogOptions withProgress(Progress listener) {
    return with(PROGRESS, listener);
  }

  /** {@return whether the file is made where it is missing, unless the log is only read} */
  public boolean create() {
    return values.checked(CREATE);
  }

  /**
   * Says what is done where the file is missing.
   *
   * @param missing true to make it and its folder, which is the default; false to refuse with {@code FAILED}
   * @return these options with that choice
   */
  public LogOptions withCreate(boolean missing) {
    return with(CREATE, missing);
  }

  /** {@return the framing of a new file} */
  public Framing framingOfNewFile() {
    return request().otherwise();
  }

  /** What opening is to do, and to expect of the file. */
  OpenRequest request() {
    // An append that waits until it is on disk gains nothing by being held back, and a full disk must fail it.
    int bufferBytes = sync().isEach() ? 0 : writeBufferBytes();
    return new OpenRequest(
        writable, create(), bufferBytes, roomBytes(), framing(), width(), maxRecordBytes(), progress());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LogOptions options && values.equals(options.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /** {@return all options by the keys that they have in Clojure} */
  @Override
  public String toString() {
    return "LogOptions" + values;
  }
}
