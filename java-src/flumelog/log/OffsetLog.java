package flumelog.log;

import flumelog.block.BlockStore;
import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.engine.Abandoned;
import flumelog.engine.AppendFuture;
import flumelog.engine.AsyncAppends;
import flumelog.engine.Batch;
import flumelog.engine.Counters;
import flumelog.engine.Durability;
import flumelog.engine.ErrorPath;
import flumelog.engine.Follower;
import flumelog.engine.Lookout;
import flumelog.engine.Lookup;
import flumelog.engine.Starts;
import flumelog.engine.Watermark;
import flumelog.engine.Writer;
import flumelog.error.DiskFailures;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.error.UseFailures;
import flumelog.event.OpenEvent;
import flumelog.event.Recorder;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.Patience;
import flumelog.frame.Frame;
import flumelog.frame.FrameFacts;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.recovery.LogFiles;
import flumelog.recovery.LogId;
import flumelog.recovery.Recovery;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The log in a file. Any number of threads may read and write; writes take turns. When a thread that uses the log is
 * interrupted, the log is not closed and no record is lost.
 */
public final class OffsetLog implements Log {
  /** The smallest part of a log that is worth its own task: about 512 records. */
  private static final long PART_BYTES = 1 << 16;
  /** Classes that are first used when a log is read, closed or repaired: see {@link ErrorPath}. */
  private static final String[] USED_LATER = {
    "flumelog.log.Description", "flumelog.log.Entry", "flumelog.log.LiveCursor", "flumelog.log.LiveOptions", "flumelog.log.Range",
    "flumelog.log.LiveSubscription", "flumelog.log.LogSpliterator", "flumelog.log.OffsetCursor", "flumelog.log.Repair",
    "flumelog.log.Rewrite", "flumelog.log.Verification", "flumelog.log.Verification$Visitor", "flumelog.buffer.CheckedMemory"};

  private final LogFiles files;
  private final LogOptions options;
  // cpu: an append reads it, and asking the options is a lookup in a map.
  private final int maxRecordBytes;
  private final BlockStore cache;
  private final Framing framing;
  private final Blocks blocks;
  private final Starts starts;
  private final Lookup lookup;
  private final Watermark watermark;
  private final LogSince since;
  /** Null if the log is open for writing. */
  private final Follower follower;
  private final Watermark durableWatermark;
  private final Since durable;
  private final Durability durability;
  private final Writer writer;
  private final AsyncAppends asyncAppends;
  // start-up: null until it is asked for, since a plain log does not need its class. Guarded by this.
  private SealedLog sealed;
  /** Null if nothing has to be closed when the log becomes garbage. */
  private final Abandoned abandoned;
  /** Held while the log takes in records that others have appended, and while it closes. */
  private final ReentrantLock changing = new ReentrantLock();
  /** Null until a watch is added. */
  private volatile DeletionWatches deletionWatches;

  private OffsetLog(LogFiles files, LogOptions options) {
    this.files = files;
    this.options = options;
    this.maxRecordBytes = options.maxRecordBytes();
    this.cache = options.cacheToUse();
    this.framing = files.found().framing();
    this.blocks = files.blocks(options.blockBytes(), cache);
    this.starts = new Starts(files, blocks);
    this.lookup = new Lookup(files, blocks, starts, options.writable(), maxRecordBytes);
    this.watermark = new Watermark(files.path(), files.lastRecord(), files.found().end());
    this.since = options.writable() ? new LogSince(this, watermark)
        : new LogSince(this, watermark, new Lookout(watermark, this::refresh, this::checkFollowed));
    this.follower = options.writable() ? null : Follower.of(files, blocks, starts, watermark);
    this.durableWatermark = new Watermark(files.path(), options.writable() ? files.lastRecord() : -1);
    this.durable = new LogSince(this, durableWatermark);
    this.durability = new Durability(files, options.sync().isEach(), options.sync().periodMillis(), durableWatermark);
    this.writer = Writer.of(files, blocks, starts, watermark, durability);
    this.asyncAppends = new AsyncAppends(writer, watermark, durableWatermark, durability);
    this.abandoned = Abandoned.of(this, files, blocks, writer, asyncAppends, options.writable());
  }

  /**
   * Opens the log in a file for writing, with {@link LogOptions#defaults()}.
   *
   * @param path of the file; a missing file and a missing folder are created
   * @return the log; close it
   * @throws LogException as {@link #open(Path, LogOptions)}
   */
  public static OffsetLog open(Path path) {
    return open(path, LogOptions.defaults());
  }

  /**
   * Opens the log in a file. Creates the file and its folder if they are missing, unless the log is opened for reading.
   * A torn tail is cut off and kept in a file beside the log; {@link #recovery} reports it.
   *
   * @param path of the file
   * @param options how to open it
   * @return the log; close it
   * @throws LogException {@code LOCKED}, {@code WRONG_FORMAT}, {@code CORRUPT}, {@code FULL}; {@code FAILED} if there
   *     is no such file or it can't be read; the file is unchanged after an error
   */
  public static OffsetLog open(Path path, LogOptions options) {
    return open(LogPath.of(path), options);
  }

  /**
   * Opens a log in another kind of folder, for tests of disk errors.
   *
   * @param folder of the log and its side files
   * @param name of the log in the folder
   * @param options how to open it
   * @return the log; close it
   * @throws LogException as {@link #open(Path, LogOptions)}
   */
  public static OffsetLog open(LogFolder folder, String name, LogOptions options) {
    return open(new LogPath(folder, name), options);
  }

  private static OffsetLog open(LogPath log, LogOptions options) {
    Objects.requireNonNull(options, "options");
    ErrorPath.opens(USED_LATER);
    Abandoned.closeAll();
    // start-up: the property is asked for here, so that Recorder is not loaded for nothing.
    OpenEvent event = System.getProperty(Recorder.STARTED) != null && Recorder.look() ? OpenEvent.start() : null;
    OffsetLog opened = new OffsetLog(LogFiles.open(log, options.request()), options);
    if (event != null) event.end(log.path(), options.writable(), opened.watermark.end());
    return opened;
  }

  @Override
  public long append(byte[] data) {
    checkWritable();
    return writer.append(Batch.of(data, framing, files.protection(), maxRecordBytes, path()))[0];
  }

  @Override
  public long[] appendAll(List<byte[]> batch) {
    checkWritable();
    Batch checked = Batch.of(batch, framing, files.protection(), maxRecordBytes, path());
    return checked.data().length == 0 ? new long[0] : writer.append(checked);
  }

  @Override
  public CompletableFuture<Long> appendAsync(byte[] data) {
    try {
      checkWritable();
      return asyncAppends.append(Batch.of(data, framing, files.protection(), maxRecordBytes, path()));
    } catch (LogException e) {
      return AppendFuture.failed(e);
    }
  }

  @Override
  public byte @Nullable [] get(long offset) {
    byte[] data = lookUp(offset);
    return lookup.isAbsent(data) ? null : data;
  }

  @Override
  public <T> @Nullable T view(long offset, Function<ByteBuffer, T> reader) {
    checkOpen();
    try {
      if (options.writable()) return lookup.view(offset, watermark.end(), reader);
      if (!follower.knows(offset)) refresh();
      return Patience.whileCorrupt(this::refresh, () -> lookup.view(offset, watermark.end(), reader));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public long offsetOfEnding(long end) {
    checkOpen();
    if (!options.writable()) refresh();
    long start = starts.before(end, watermark.end());
    return start < 0 || isOwn(start) ? -1 : start;
  }

  @Override
  public byte[] fetch(long offset) {
    byte[] data = lookUp(offset);
    if (data == null) throw RecordFailures.notARecord(path(), offset, watermark.end());
    if (lookup.isDeleted(data)) throw RecordFailures.deleted(path(), offset);
    return data;
  }

  @Override
  public int delete(long... offsets) {
    Objects.requireNonNull(offsets, "offsets");
    checkWritable();
    DeletionWatches watches = deletionWatches;
    return watches == null ? deleteNow(offsets) : watches.delete(offsets, this::deleteNow);
  }

  private int deleteNow(long[] offsets) {
    return writer.delete(Arrays.stream(offsets).distinct().mapToObj(this::record).toArray(Frame[]::new));
  }

  @Override
  public synchronized Runnable watchDeletions(DeletionWatch watch) {
    if (deletionWatches == null) deletionWatches = new DeletionWatches();
    return deletionWatches.add(watch);
  }

  @Override
  public OffsetCursor cursor() {
    return cursor(options.writable() ? blocks.windowToWalk() : blocks.windowPastCache());
  }

  @Override
  public OffsetCursor cursorPastCache() {
    return cursor(blocks.windowPastCache());
  }

  private OffsetCursor cursor(Window window) {
    checkOpenAndRefresh();
    Protected by = files.protectionOfRecords();
    return new OffsetCursor(this, framing, watermark.reached(), window, by == null ? null : new ProvedSteps(this, files, by, window));
  }

  @Override
  public Since since() {
    return since;
  }

  @Override
  public Since durable() {
    return durable;
  }

  @Override
  public Flow.Publisher<Entry> live(LiveOptions which) {
    Executor threads = options.executor();
    return threads == null ? new LivePublisher(this, which) : new LivePublisher(this, which, threads);
  }

  @Override
  public long oldest() {
    checkOpen();
    if (since.get() < 0) return -1;
    long first = 0;
    while (isOwn(first)) first += framing.sizeAt(blocks, first);
    return first;
  }

  @Override
  public Spacing spacing() {
    return new Spacing(framing.size(1), PART_BYTES);
  }

  @Override
  public void sync() {
    checkWritable();
    durability.sync();
  }

  /**
   * What a sealed log tells of itself: its head, and proofs.
   *
   * @return the same each time
   * @throws LogException {@code UNSUPPORTED} if the log is not sealed
   */
  public SealedLog sealed() {
    checkOpenAndRefresh();
    if (files.protectionOfRecords() == null || !files.protection().isSealed()) throw UseFailures.notSealed(path());
    return sealedLog();
  }

  private synchronized SealedLog sealedLog() {
    if (sealed == null) sealed = new SealedLog(this, files, blocks, watermark, writer.seals());
    return sealed;
  }

  @Override
  public @Nullable List<Trace> traces(long offset) {
    checkOpenAndRefresh();
    List<Trace> traces = new Traces(path(), framing, blocks).at(starts, offset, watermark.end());
    return traces == null || isOwn(offset) ? null : traces;
  }

  @Override
  public long count(Progress progress) {
    checkOpen();
    return options.writable() ? Count.of(writer.counting(), this, progress) : Count.of(files, watermark, this, progress);
  }

  @Override
  public BackupReport backup(Path to, Progress progress) {
    return backup(LogPath.of(to, "to"), progress);
  }

  /**
   * Like {@link #backup(Path, Progress)}, into another kind of folder, for tests of disk errors.
   *
   * @param target the new file
   * @param progress is called with the number of bytes that were copied
   * @return as {@link #backup(Path, Progress)}
   * @throws LogException as {@link #backup(Path, Progress)}
   */
  public BackupReport backup(LogPath target, Progress progress) {
    checkOpenAndRefresh();
    Watermark.Reached reached = watermark.reached();
    LogId id = reached.end() == 0 ? null : files.id();
    return new Backup(files.log(), target, id, new CopiedBytes(blocks, framing, starts, reached, !options.writable(), files.protection(), this::reachedNow), progress).run();
  }

  private Watermark.Reached reachedNow() {
    if (!options.writable()) refresh();
    return watermark.reached();
  }

  @Override
  public String path() {
    return files.path();
  }

  /**
   * The file of this log. If the log was opened by a symbolic link, it is the file to which the link leads; otherwise it is the
   * path that {@code open} was given, relative if that was.
   *
   * @return the path
   */
  public Path file() {
    return Path.of(path());
  }

  @Override
  public @Nullable String id() {
    if (!options.writable() && !isClosed()) refresh();
    return watermark.end() == 0 ? null : files.id().toString();
  }

  @Override
  public @Nullable Moves moves(String from) {
    checkOpen();
    return CompactionMoves.read(files, Objects.requireNonNull(from, "from"), id());
  }

  @Override
  public void dropMoves() {
    checkOpen();
    if (options.writable()) CompactionMoves.drop(files.log());
  }

  @Override
  public boolean writable() {
    return options.writable();
  }

  @Override
  public Map<String, Object> describe(long offset) {
    byte[] data = fetch(offset);
    if (files.protectionOfRecords() == null) return FrameFacts.of(framing, offset, data);
    return FrameFacts.ofProtected(framing, offset, lookup.storedData(offset, watermark.end()), data);
  }

  @Override
  public LogInfo info() {
    Map<String, Object> info = Info.of(files, options, cache, watermark, durableWatermark, durability, isClosed());
    Counters.put(info, options.writable(), files, durability, writer, blocks);
    return new LogInfo(info);
  }

  @Override
  public RecoveryReport recovery() {
    return new RecoveryReport(files.report());
  }

  @Override
  public boolean isClosed() {
    return writer.isClosed();
  }

  @Override
  public void close() {
    changing.lock();
    try {
      if (!isClosed()) closeAll();
      if (abandoned != null) abandoned.cancel();
    } finally {
      changing.unlock();
      asyncAppends.end();
    }
  }

  /** If several steps fail, throws the first error, with the others suppressed in it. */
  private void closeAll() {
    try (files) {
      since.keepEnd();
      if (options.writable()) writer.close();
      else writer.closeUnused();
    } finally {
      endWaiting();
    }
  }

  /** Takes each step even if one before throws, which happens only when memory runs out. */
  private void endWaiting() {
    try {
      watermark.close();
    } finally {
      try {
        durableWatermark.close();
      } finally {
        blocks.forget();
      }
    }
  }

  /** Null if the log has none. */
  Protected protection() {
    return files.protection();
  }

  /** The end of the frame that starts at the offset and ends at or below the limit; -1 if there is none. */
  long endOfFrame(long offset, long limit) {
    return framing.endOf(blocks, offset, limit);
  }

  Starts starts() {
    return starts;
  }

  Watermark watermark() {
    return watermark;
  }

  Lookup lookup() {
    return lookup;
  }

  /** Throws if the log is damaged. A log that is open for reading has the records before the damage. */
  void checkWhole() {
    if (files.found().tail() == Recovery.Tail.CORRUPT) throw files.corrupt();
  }

  void checkOpen() {
    if (isClosed()) throw UseFailures.closed(path());
  }

  /** Throws if the log is closed. A log that is open for reading then takes in what others have appended. */
  void checkOpenAndRefresh() {
    checkOpen();
    if (!options.writable()) refresh();
  }

  private byte @Nullable [] lookUp(long offset) {
    checkOpen();
    try {
      if (options.writable()) return lookup.data(offset, watermark.end());
      if (!follower.knows(offset)) refresh();
      return Patience.whileCorrupt(this::refresh, () -> lookup.data(offset, watermark.end()));
    } finally {
      Reference.reachabilityFence(this); // without it the log could be closed as garbage during the read
    }
  }

  Frame record(long offset) {
    Frame frame = lookup.frame(offset, watermark.end());
    if (frame == null || isOwn(offset)) throw RecordFailures.notARecord(path(), offset, watermark.end());
    return frame;
  }

  /** Whether the frame at the offset is one of a protected log's own, and no record. */
  private boolean isOwn(long offset) {
    return files.protectionOfRecords() != null && blocks.uint(Framing.dataStart(offset), 1) >= Kind.HEAD;
  }

  /** How long to read a frame again that is not whole. A writer does not wait: its frames are whole. */
  Patience patience() {
    return new Patience(options.writable() ? 0 : Patience.READ_MILLIS);
  }

  private void checkFollowed() {
    follower.checkFollowed();
  }

  /** Takes in the changes that another process has made to the file. */
  private void refresh() {
    changing.lock();
    try {
      if (!isClosed()) {
        follower.look();
        lookup.setProtection(files.protectionOfRecords());
      }
    } catch (IOException e) {
      throw DiskFailures.io(path(), "reading the size of", e);
    } finally {
      changing.unlock();
    }
    watermark.tell();
  }

  void checkWritable() {
    checkOpen();
    if (files.isRaw() && files.protection() != null) throw FormatFailures.rawAppend(path());
    if (!options.writable()) throw UseFailures.readOnly(path());
  }

  @Override
  public String toString() {
    return Description.of("Log", this, "since", "end", "framing", "offset-bits");
  }
}
