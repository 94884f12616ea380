package flumelog.log;

import flumelog.block.BlockStore;
import flumelog.block.ClockCache;
import flumelog.codec.Codec;
import flumelog.codec.Codecs;
import flumelog.error.KeyFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.frame.Framing;
import flumelog.protect.GivenSeal;
import flumelog.protect.Protected;
import flumelog.recovery.LogId;
import flumelog.recovery.OpenRequest;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The options with which a log is opened. Each option is checked here and nowhere else.
 *
 * <pre>{@code
 *   LogOptions.defaults().withSync(SyncPolicy.EACH).withOffsetWidth(OffsetWidth.BITS_32)
 *   LogOptions.defaults().readOnly()
 * }</pre>
 *
 * Options never change: each method returns new ones. A method throws a {@link LogException} of kind {@code BAD_OPTION} for a
 * value that is out of bounds, and for null if its Javadoc gives null no meaning. The sentence of the error names the method, or
 * the key as it is in the map. Later versions may have more options.
 */
public final class LogOptions {
  /** The longest array that every JVM can make. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 64;

  @SuppressWarnings("unchecked")
  static final Option<Codec<?>> CODEC =
      Option.of(":codec", (Class<Codec<?>>) (Class<?>) Codec.class, "a flumelog.codec.Codec, as Codecs.UTF8", Codecs.BYTES);
  private static final Option<OffsetWidth> WIDTH = Option.of(":offset-bits", OffsetWidth.class, "32, 48 or 53", null);
  private static final Option<String> FRAMING = Option.oneOf(":framing", null, ":flume", ":legacy");
  private static final Option<Integer> BLOCK_BYTES = Option.count(":block-bytes", 1, 1 << 26, 1 << 14);
  private static final Option<Integer> CACHE_BLOCKS = Option.count(":cache-blocks", 0, Integer.MAX_VALUE, 1024);
  private static final Option<Cache> CACHE =
      Option.of(":cache", Cache.class, "a block cache, another flumelog.log.Cache, or {:get f :set g}", null);
  static final Option<String> MODE = Option.oneOf(":mode", ":read-write", ":read-write", ":read");
  private static final Option<SyncPolicy> SYNC =
      Option.of(":sync", SyncPolicy.class, ":each, :none or {:every-ms n}", SyncPolicy.everyMillis(100));
  /** Takes any number, since {@code :sync} refuses one out of bounds. */
  private static final Option<Long> EVERY_MS = Option.anyNumber(":every-ms", "a whole number from 1 to " + SyncPolicy.MAX_MILLIS);
  static final Option<Integer> MAX_RECORD_BYTES = Option.count(":max-record-bytes", 1, LONGEST_ARRAY, 1 << 26);
  private static final Option<Integer> WRITE_BUFFER_BYTES = Option.count(":write-buffer-bytes", 1 << 12, 1 << 26, 0);
  private static final Option<Integer> ROOM_BYTES = Option.count(":room-bytes", 1 << 12, 1 << 26, 0);
  private static final Option<Progress> PROGRESS =
      Option.of(":progress", Progress.class, "a flumelog.log.Progress, or a function of a map, {:phase :copying :done n :total n ...}", null);
  private static final Option<Boolean> CREATE = Option.flag(":create", true);
  private static final Option<Executor> EXECUTOR =
      Option.of(":executor", Executor.class, "a java.util.concurrent.Executor", null);
  static final Option<Protection> PROTECT = Option.of(":protect", Protection.class, ":none, :checked, :sealed, or a map with :key, :sign, :trust or :id", null);
  private static final Option<LogHead> HEAD = Option.of(":head", LogHead.class, "a head of the log, as log/head gives it", null);
  private static final Option<SealPolicy> SEAL =
      Option.of(":seal", SealPolicy.class, "{:every-records n :every-ms n}", SealPolicy.DEFAULT);
  private static final Option<Long> SEAL_RECORDS = Option.number(":every-records", 1, Long.MAX_VALUE, GivenSeal.EVERY_RECORDS);
  private static final Option<Long> SEAL_MILLIS = Option.number(":every-ms", 1, SyncPolicy.MAX_MILLIS, GivenSeal.EVERY_MILLIS);
  private static final Map<String, Option<?>> KNOWN = Option.known(
      CODEC, WIDTH, FRAMING, BLOCK_BYTES, CACHE_BLOCKS, CACHE, MODE, SYNC, MAX_RECORD_BYTES, WRITE_BUFFER_BYTES, ROOM_BYTES,
      PROGRESS, CREATE, EXECUTOR, PROTECT, HEAD, SEAL);

  private static final LogOptions DEFAULTS = new LogOptions(OptionMap.EMPTY.complete(KNOWN));

  /** A value for each option that is known. */
  private final OptionMap values;
  private final boolean writable;

  private LogOptions(OptionMap values) {
    this.values = values;
    this.writable = values.checked(MODE).equals(":read-write");
    if (":legacy".equals(values.checked(FRAMING)) && width() != null) {
      throw values.refusal(WIDTH, width().bits(), "absent where :framing is :legacy, which stores no offsets");
    }
    if (":legacy".equals(values.checked(FRAMING)) && isProtected(protection())) {
      throw values.refusal(PROTECT, protection().toString(), ":none or absent where :framing is :legacy; convert a legacy log to :flume first");
    }
  }

  /**
   * The default options. The log is opened for writing. An append is durable within 100 milliseconds. A new file gets the
   * framing {@code :flume} with 53 bits, an existing file keeps its own. The log caches 1024 blocks of 16384 bytes, and
   * takes records up to 64 MiB.
   *
   * @return the defaults
   */
  public static LogOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Reads a map of options, as Clojure's {@code flumelog.core/open} takes it. The keys are keywords, or strings with or
   * without a colon. So are values that are names. If the keys have no colons, as in a file of properties, a value may also
   * be a text that means it: {@code "4096"}, {@code "true"}, {@code "EACH"}. The codec is not a name here but a {@link
   * Codec}, as those of {@link Codecs}. A value of null means the default. The default codec is {@link Codecs#BYTES}.
   *
   * @param map the options; null is an empty one
   * @return the options; an absent one has its default
   * @throws LogException {@code BAD_OPTION}; its sentence says which values are allowed
   */
  public static LogOptions of(@Nullable Map<?, ?> map) {
    return of(map, List.of());
  }

  /**
   * Reads a map that also has options of the caller's own.
   *
   * @param map the options; null is an empty one
   * @param others the keys of the caller's own options, as {@code ":moved"}
   * @return the options; an absent one has its default
   * @throws LogException {@code BAD_OPTION}; its sentence says which values are allowed
   */
  public static LogOptions of(@Nullable Map<?, ?> map, List<String> others) {
    OptionMap given = OptionMap.of(map, KNOWN, others);
    if (given.has(CACHE) && given.has(CACHE_BLOCKS)) {
      throw given.refusal(CACHE_BLOCKS, given.raw(CACHE_BLOCKS), "absent where :cache is given");
    }
    if (given.has(WIDTH)) given = given.read(WIDTH, width(given.raw(WIDTH), given.written(WIDTH)));
    if (given.has(SYNC)) given = given.read(SYNC, sync(given.raw(SYNC), given.written(SYNC)));
    if (given.has(PROTECT)) given = given.read(PROTECT, protection(given.raw(PROTECT), given.written(PROTECT)));
    if (given.has(HEAD)) given = given.read(HEAD, head(given.raw(HEAD)));
    if (given.has(SEAL)) given = given.read(SEAL, seal(given.raw(SEAL)));
    return new LogOptions(given.complete(KNOWN));
  }

  private static Object head(Object given) {
    LogHead head = given instanceof Map<?, ?> map && !(given instanceof LogHead) ? LogHead.ofAny(map) : null;
    return head == null ? given : head;
  }

  private static Object seal(Object given) {
    if (!(given instanceof Map<?, ?> map)) return given;
    OptionMap seal = OptionMap.of(map, Option.known(SEAL_RECORDS, SEAL_MILLIS));
    return SealPolicy.of(seal.get(SEAL_RECORDS), seal.get(SEAL_MILLIS));
  }

  /** Shows no other value than a keyword, since the value may be a key that was given in the wrong place. */
  static Protection protection(Object value, String written) {
    if (value == null || value instanceof Protection) return (Protection) value;
    String name = written.startsWith(":") ? Option.name(value) : Option.name(value).toLowerCase(Locale.ROOT);
    if (name.equals(":none")) return Protection.NONE;
    if (name.equals(":checked")) return Protection.CHECKED;
    if (name.equals(":sealed")) return Protection.SEALED;
    throw KeyFailures.notAProtection(Option.isKeyword(value) ? name : "a value of the class " + value.getClass().getTypeName());
  }

  private static boolean isProtected(Protection protection) {
    return protection != null && protection != Protection.NONE;
  }

  private static OffsetWidth width(Object bits, String written) {
    Long number = bits instanceof String text && !written.startsWith(":") ? Option.wholeNumber(text) : Option.wholeNumber(bits);
    OffsetWidth width = number == null ? null : OffsetWidth.ofBits(number);
    return WIDTH.check(width == null ? bits : width, written);
  }

  private static SyncPolicy sync(Object sync, String written) {
    if (sync instanceof Map<?, ?> map && map.size() == 1) {
      long millis = OptionMap.of(map, Option.known(EVERY_MS)).get(EVERY_MS);
      if (millis >= 1 && millis <= SyncPolicy.MAX_MILLIS) return SyncPolicy.everyMillis(millis);
      String expected = SYNC.expected() + " with n from 1 to " + SyncPolicy.MAX_MILLIS;
      throw OptionFailures.badOption(":sync", written, sync, expected);
    }
    String name = written.startsWith(":") ? Option.name(sync) : Option.name(sync).toLowerCase(Locale.ROOT);
    return name.equals(":each") ? SyncPolicy.EACH : name.equals(":none") ? SyncPolicy.NONE : SYNC.check(sync, written);
  }

  /** {@return the keys of all options, with their colons} */
  public static Set<String> keys() {
    return Collections.unmodifiableSet(KNOWN.keySet());
  }

  /** These options with one of them changed by a method of this class. */
  private LogOptions with(Option<?> option, Object value, String method) {
    return new LogOptions(values.with(option, value, method));
  }

  /** {@return those of these options that any log has} */
  public CommonOptions common() {
    return new CommonOptions(codec(), writable(), maxRecordBytes(), protection());
  }

  /** {@return the codec: {@link Verification} decodes with it, Clojure's logs encode and decode with it} */
  public Codec<?> codec() {
    return values.checked(CODEC);
  }

  /**
   * Sets the codec with which {@link Verification} decodes, and which {@link Log#info} names. An {@link OffsetLog} takes and gives
   * bytes, and does not use it: for a log of values see {@link TypedLog}.
   *
   * @param codec makes data from values, and values from data
   * @return these options with that codec
   */
  public LogOptions withCodec(Codec<?> codec) {
    return with(CODEC, codec, "withCodec");
  }

  /** {@return the framing; null for the one that the file has} */
  public @Nullable Format framing() {
    String name = values.checked(FRAMING);
    return name == null ? null : name.equals(":flume") ? Format.FLUME : Format.LEGACY;
  }

  /**
   * Names the framing. A file with another framing is refused.
   *
   * @param format the framing; null for the one that the file has, and {@link Format#FLUME} for a new file. So a new legacy
   *     log needs {@link Format#LEGACY}
   * @return these options with that framing
   */
  public LogOptions withFraming(@Nullable Format format) {
    return with(FRAMING, format == null ? null : format.keyword(), "withFraming");
  }

  /** {@return the width of the trailers; null for the width that the file has} */
  public @Nullable OffsetWidth width() {
    return values.checked(WIDTH);
  }

  /**
   * Sets the width of the trailers. A file with another width is refused. So is a width together with the framing {@code
   * :legacy}.
   *
   * @param bits the width; null for the width that the file has, 53 bits for a new file
   * @return these options with that width
   */
  public LogOptions withOffsetWidth(@Nullable OffsetWidth bits) {
    return with(WIDTH, bits, "withOffsetWidth");
  }

  /** {@return the size of a block, the unit of reading and caching, in bytes: from 1 to 67,108,864} */
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
    return with(BLOCK_BYTES, bytes, "withBlockBytes");
  }

  /** {@return the largest number of blocks that a cache of the log's own keeps, 0 or more} */
  public int cacheBlocks() {
    return values.checked(CACHE_BLOCKS);
  }

  /**
   * Gives the log a cache of its own.
   *
   * @param blocks the largest number of blocks that it keeps, 0 or more
   * @return these options with such a cache, in place of a shared one
   */
  public LogOptions withCacheBlocks(int blocks) {
    return with(CACHE_BLOCKS, blocks, "withCacheBlocks").withCache(null);
  }

  /** {@return the cache that the log shares with other logs; null if it has a cache of its own} */
  public @Nullable Cache cache() {
    return values.checked(CACHE);
  }

  /**
   * Puts several logs under one memory budget.
   *
   * @param shared the cache that they share, a {@link BlockCache} or another; null for a cache of its own
   * @return these options with that cache
   */
  public LogOptions withCache(@Nullable Cache shared) {
    return with(CACHE, shared, "withCache");
  }

  /** The shared cache, or a new one for one log. */
  BlockStore cacheToUse() {
    Cache shared = cache();
    return shared == null ? new ClockCache((long) blockBytes() * cacheBlocks())
        : shared instanceof BlockCache own ? own.blocks() : new OtherCache(shared);
  }

  /** {@return whether the log is opened for writing} */
  public boolean writable() {
    return writable;
  }

  /** {@return these options for reading: the log takes no lock, writes nothing, and follows what another process appends} */
  public LogOptions readOnly() {
    return with(MODE, ":read", "readOnly");
  }

  /** {@return when records are made durable} */
  public SyncPolicy sync() {
    return values.checked(SYNC);
  }

  /**
   * Sets when records are made durable.
   *
   * @param policy {@link SyncPolicy#EACH}, {@link SyncPolicy#NONE} or {@link SyncPolicy#everyMillis}
   * @return these options with that policy
   */
  public LogOptions withSync(SyncPolicy policy) {
    return with(SYNC, policy, "withSync");
  }

  /** {@return the largest number of bytes of data in a record, from 1 to 2,147,483,583} */
  public int maxRecordBytes() {
    return values.checked(MAX_RECORD_BYTES);
  }

  /**
   * Sets the length of the longest record that is written or read.
   *
   * @param bytes the largest number of bytes of data, from 1 to 2,147,483,583
   * @return these options with that maximum
   */
  public LogOptions withMaxRecordBytes(int bytes) {
    return with(MAX_RECORD_BYTES, bytes, "withMaxRecordBytes");
  }

  /** {@return the size of the write buffer in bytes, from 4,096 to 67,108,864; 0 for none} */
  public int writeBufferBytes() {
    return values.checked(WRITE_BUFFER_BYTES);
  }

  /**
   * Adds a write buffer: memory that outlives the process, since it is also a file beside the log. It holds appended records
   * back until it is full or the log is synced. So an append is several times faster, and a killed process loses no record.
   * Readers with this library see each record immediately. Other programs that read the log's file see it when the log is
   * synced. Under {@link SyncPolicy#EACH} nothing is held back.
   *
   * @param bytes the size of the buffer, from 4,096 to 67,108,864; 0 for none, which is the default
   * @return these options with such a buffer
   */
  public LogOptions withWriteBufferBytes(int bytes) {
    return with(WRITE_BUFFER_BYTES, bytes, "withWriteBufferBytes");
  }

  /** {@return the number of bytes of room behind the end of the log, from 4,096 to 67,108,864; 0 for none} */
  public int roomBytes() {
    return values.checked(ROOM_BYTES);
  }

  /**
   * Makes room behind the end of the log while it is open for writing. With room, forces of small appends cost less.
   *
   * @param bytes the size of the room that is made at a time, from 4,096 to 67,108,864; 0 for none, which is the default
   * @return these options with that room
   */
  public LogOptions withRoomBytes(int bytes) {
    return with(ROOM_BYTES, bytes, "withRoomBytes");
  }

  /** {@return the listener that opening calls while it reads the file} */
  public Progress progress() {
    Progress listener = values.checked(PROGRESS);
    return listener == null ? Progress.NONE : listener;
  }

  /**
   * Sets the listener that opening calls while it reads a file that has no checkpoint.
   *
   * @param listener called about every MiB; it may throw to stop the opening. {@link Progress#NONE} does nothing
   * @return these options with that listener
   */
  public LogOptions withProgress(Progress listener) {
    if (listener == null) PROGRESS.check(null, "withProgress");
    return with(PROGRESS, listener == Progress.NONE ? null : listener, "withProgress");
  }

  /** {@return whether a missing file is created, if the log is opened for writing} */
  public boolean create() {
    return values.checked(CREATE);
  }

  /**
   * Sets whether a missing file is created.
   *
   * @param missing true to create the file and its folder, which is the default; false to throw {@code FAILED}
   * @return these options with that choice
   */
  public LogOptions withCreate(boolean missing) {
    return with(CREATE, missing, "withCreate");
  }

  /** {@return the executor that serves the subscribers of {@link Log#live}; null for daemon threads of the library's own} */
  public @Nullable Executor executor() {
    return values.checked(EXECUTOR);
  }

  /**
   * Sets the executor that serves the subscribers of {@link Log#live}, for example one with virtual threads. Each subscriber
   * that has demand takes one thread of it, also while it waits for a record. If the executor refuses a task, the subscriber
   * gets {@code onError} with the refusal. Appends and forces never use it, because their tasks must not get lost.
   *
   * @param threads runs its tasks in other threads than that of the caller. It may be shut down when the log is closed, or all
   *     subscriptions are cancelled. Null for daemon threads of the library's own, which is the default
   * @return these options with that executor
   */
  public LogOptions withExecutor(@Nullable Executor threads) {
    return with(EXECUTOR, threads, "withExecutor");
  }

  /** {@return how the log is to be protected; null for the protection that the file has} */
  public @Nullable Protection protection() {
    return values.checked(PROTECT);
  }

  /**
   * Names the protection of the log. A new file gets it. A file that has records and another protection is refused. An existing
   * protected file is found without this option.
   *
   * @param protection {@link Protection#CHECKED} for a log whose records have checksums that are bound to their place, and whose
   *     batches are whole or absent; {@link Protection#NONE} to read a protected file as its bytes are, and for a new file
   *     without protection; null for the protection that the file has, and none for a new file
   * @return these options with that protection
   * @throws LogException {@code BAD_OPTION} with the framing {@code :legacy}
   */
  public LogOptions withProtection(@Nullable Protection protection) {
    return with(PROTECT, protection, "withProtection");
  }

  /** {@return the head from which the log must go on; null for none} */
  public @Nullable LogHead head() {
    return values.checked(HEAD);
  }

  /**
   * Has opening refuse a sealed log that does not go on from a head that it had earlier: one that was cut back, or replaced by an older
   * copy. For that the log is read once.
   *
   * @param kept as {@link SealedLog#head} gave it; null for no check
   * @return these options with that head
   */
  public LogOptions withHead(@Nullable LogHead kept) {
    return with(HEAD, kept, "withHead");
  }

  /** {@return how often a sealed log is sealed} */
  public SealPolicy seal() {
    return values.checked(SEAL);
  }

  /**
   * Sets how often a sealed log is sealed while it is open for writing. It is also sealed when it is closed. Opening a log that has no
   * seals throws {@code BAD_OPTION} then, unless the policy is the default.
   *
   * @param policy how many appends, and how much time, go by without a seal at most
   * @return these options with that policy
   */
  public LogOptions withSeal(SealPolicy policy) {
    return with(SEAL, policy, "withSeal");
  }

  private GivenSeal givenSeal() {
    Protection protection = protection();
    LogHead kept = head();
    boolean isSealed = protection != null && protection.isSealed();
    return new GivenSeal(isSealed, protection == null ? null : protection.signer(), protection == null ? null : protection.trust(),
        kept == null ? null : kept.state(), kept == null ? null : kept.logId(), seal().everyRecords(), seal().everyMillis());
  }

  /** {@return the framing of a new file} */
  public Framing framingOfNewFile() {
    return request().otherwise();
  }

  /**
   * The protection of a new file that is a copy.
   *
   * @param path of the new file
   * @param ofSource the protection of the log that is copied, which the copy has too if the options name none; null if it has none
   */
  Protected protectionOfNewFile(Protected ofSource, String path) {
    if (protection() != null && protection().logId() != null) {
      throw values.refusal(PROTECT, protection().toString(), "without :id for a new log, which gets an id of its own");
    }
    boolean isProtected = protection() == null ? ofSource != null : isProtected(protection());
    if (!isProtected) return null;
    if (":legacy".equals(values.checked(FRAMING))) {
      throw values.refusal(FRAMING, ":legacy", ":flume for a protected log, or :protect :none for a copy without protection");
    }
    if (protection() == null && ofSource.head().signer() != null && ofSource.signer() == null) throw KeyFailures.missingSigner(path);
    LogId id = LogId.random();
    return protection() == null ? ofSource.with(framingOfNewFile(), id.high(), id.low())
        : request().newProtection(framingOfNewFile(), id, path);
  }

  /** The request for an opening: what it has to do, and which file it expects. */
  OpenRequest request() {
    // An append that waits until it is on disk gains nothing by being held back, and a full disk must fail it.
    int bufferBytes = sync().isEach() ? 0 : writeBufferBytes();
    int bits = width() == null ? 0 : width().bits();
    Progress listener = values.checked(PROGRESS);
    return new OpenRequest(
        writable, create(), bufferBytes, roomBytes(), values.checked(FRAMING), bits, maxRecordBytes(), protection() == null ? null : protection().named(),
        protection() == null ? null : protection().key(), givenSeal(), protection() == null ? null : protection().logId(), listener == null ? null : new Meter(listener, "scanning")::at);
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
