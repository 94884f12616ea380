package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.Place;
import flumelog.file.WriteBuffer;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.frame.LogId;
import flumelog.frame.Progress;
import flumelog.frame.Recovery;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The log in a file. Any number of threads read and write; writes take turns. An interrupt of a thread that uses the
 * log neither closes it nor loses a record.
 */
public final class OffsetLog implements Log {
  private final Place place;
  private final Opened opened;
  private final LogOptions options;
  private final LogFile file;
  private final Framing framing;
  private final Blocks blocks;
  private final Starts starts;
  private final Lookup lookup;
  private final Since since;
  private final Since durable;
  private final Durability durability;
  private final Batches batches;
  private final Writer writer;
  private final AsyncAppends asyncAppends;
  /** Held while the log takes in what others have appended, and while it closes. */
  private final ReentrantLock changing = new ReentrantLock();

  private OffsetLog(Place place, Opened opened, LogOptions options) {
    this.place = place;
    this.opened = opened;
    this.options = options.withCacheOfItsOwn();
    this.file = opened.file();
    this.framing = opened.found().framing();
    this.blocks = new Blocks(opened.path(), file, options.blockBytes(), this.options.cache(), opened.found().end());
    this.starts = new Starts(opened, blocks);
    this.lookup = new Lookup(opened.path(), framing, blocks, starts, options);
    this.since = new Since(opened.path(), opened.found().last(), opened.found().end(), options.writable() ? null : this::refresh);
    this.durable = new Since(opened.path(), options.writable() ? opened.found().last() : -1, null);
    this.durability = new Durability(opened, options.sync(), durable);
    this.batches = new Batches(opened.path(), framing, options.maxRecordBytes());
    this.writer = new Writer(opened.path(), framing, blocks, starts, since, durability);
    this.asyncAppends = new AsyncAppends(writer, since, durable, durability);
  }

  /**
   * Opens the log in a file for writing, with {@link LogOptions#defaults()}.
   *
   * @param path of the file, which is created with its folder where it is missing
   * @return the log; close it
   * @throws LogException as {@link #open(Path, LogOptions)}
   */
  public static OffsetLog open(Path path) {
    return open(path, LogOptions.defaults());
  }

  /**
   * Opens the log in a file; creates the file and its folder where they are missing, unless it is opened for reading.
   * A torn tail is cut, and kept beside the log; {@link #recovery} says so.
   *
   * @param path of the file
   * @param options how to open it
   * @return the log; close it
   * @throws LogException {@code LOCKED}, {@code WRONG_FORMAT}, {@code CORRUPT}, {@code FULL}, or {@code FAILED} when
   *     there is no such file or it can't be read; the file is as it was then
   */
  public static OffsetLog open(Path path, LogOptions options) {
    Place place = Place.of(path);
    return new OffsetLog(place, Opened.open(place.folder(), place.name(), options), options);
  }

  /**
   * Opens a log in a folder of another kind, for tests of what goes wrong below it.
   *
   * @param folder where the log and the files beside it are
   * @param name of the log in the folder
   * @param options how to open it
   * @return the log; close it
   * @throws LogException as {@link #open(Path, LogOptions)}
   */
  public static OffsetLog open(LogFolder folder, String name, LogOptions options) {
    return new OffsetLog(new Place(folder, name), Opened.open(folder, name, options), options);
  }

  @Override
  public long append(byte[] data) {
    checkWritable();
    return write(batches.ofOne(data))[0];
  }

  @Override
  public long[] appendAll(List<byte[]> records) {
    checkWritable();
    Batch batch = batches.of(records);
    return batch.data().length == 0 ? new long[0] : write(batch);
  }

  @Override
  public CompletableFuture<Long> appendAsync(byte[] data) {
    try {
      checkWritable();
      return asyncAppends.append(batches.ofOne(data));
    } catch (LogException e) {
      return AppendFuture.failed(e);
    }
  }

  @Override
  public byte[] get(long offset) {
    byte[] data = lookUp(offset);
    return data == null || isZero(data) ? null : data;
  }

  @Override
  public <T> T view(long offset, Function<ByteBuffer, T> reader) {
    checkOpen();
    if (!options.writable()) refresh();
    return lookup.view(offset, since.end(), reader);
  }

  @Override
  public byte[] fetch(long offset) {
    byte[] data = lookUp(offset);
    if (data == null) throw LogException.notARecord(path(), offset, since.end());
    if (isZero(data)) throw LogException.deleted(path(), offset);
    return data;
  }

  @Override
  public int delete(long... offsets) {
    checkWritable();
    int deleted = writer.delete(Arrays.stream(offsets).distinct().mapToObj(this::record).toArray(Frame[]::new));
    durability.settle();
    durable.tell();
    return deleted;
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
    checkOpen();
    if (!options.writable()) refresh();
    return new OffsetCursor(
        this, framing, since.reached(), window);
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
  public void sync() {
    checkWritable();
    durability.sync();
  }

  @Override
  public List<Trace> traces(long offset) {
    checkOpen();
    if (!options.writable()) refresh();
    return new Traces(path(), framing, blocks).at(starts, offset, since.end());
  }

  @Override
  public Map<String, Object> backup(Path to, Progress progress) {
    return backup(Place.of(to), progress);
  }

  /**
   * As {@link #backup(Path, Progress)}, into a folder of another kind, for tests of what goes wrong below it.
   *
   * @param target the new file
   * @param progress told how many bytes were copied
   * @return as {@link #backup(Path, Progress)}
   * @throws LogException as {@link #backup(Path, Progress)}
   */
  public Map<String, Object> backup(Place target, Progress progress) {
    checkOpen();
    if (!options.writable()) refresh();
    Since.Reached reached = since.reached();
    LogId id = reached.end() == 0 ? null : opened.id();
    return new Backup(place, target, id, new CopiedBytes(blocks, framing, starts, reached, !options.writable()), progress).run();
  }

  @Override
  public String path() {
    return opened.path();
  }

  @Override
  public String id() {
    if (!options.writable() && !isClosed()) refresh();
    return since.end() == 0 ? null : opened.id().toString();
  }

  @Override
  public Map<String, Object> info() {
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("path", path());
    if (since.end() > 0) info.put("id", opened.id().toString());
    info.put("since", since.lastSeen());
    info.put("durable", durable.lastSeen());
    info.put("end", since.end());
    info.put("framing", framing.framingName());
    if (framing instanceof FlumeFraming flume) info.put("offset-bits", (long) flume.width().bits());
    info.put("codec", options.codec().codecName());
    info.put("mode", options.writable() ? "read-write" : "read");
    info.put("sync", options.sync());
    info.put("block-bytes", (long) options.blockBytes());
    info.put("cache-bytes", options.cache().maxBytes());
    info.put("max-record-bytes", (long) options.maxRecordBytes());
    if (options.writeBufferBytes() > 0) info.put("write-buffer-bytes", (long) options.writeBufferBytes());
    if (file instanceof WriteBuffer buffer && buffer.unmappable() != null) info.put("write-buffer-off", buffer.unmappable());
    info.put("max-end", framing.maxEnd());
    if (options.roomBytes() > 0) info.put("room-bytes", (long) options.roomBytes());
    if (durability.failure() != null) info.put("failed", LogException.failed(path(), durability.failure()).getMessage());
    info.put("closed", isClosed());
    return info;
  }

  @Override
  public Map<String, Object> recovery() {
    return opened.report();
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
    } finally {
      changing.unlock();
      asyncAppends.end();
    }
  }

  /** Of several things that go wrong the first is thrown, with the others in it. */
  private void closeAll() {
    try (opened) {
      if (options.writable()) writer.close();
      else writer.closeUnused();
    } finally {
      since.close();
      durable.close();
      blocks.forget();
    }
  }

  Starts starts() {
    return starts;
  }

  Lookup lookup() {
    return lookup;
  }

  static boolean isZero(byte[] data) {
    for (byte b : data) {
      if (b != 0) return false;
    }
    return true;
  }

  void checkOpen() {
    if (isClosed()) throw LogException.closed(path());
  }

  private long[] write(Batch batch) {
    writer.write(batch);
    since.tell();
    long[] offsets = batch.offsets();
    durability.settle();
    durable.tell();
    return offsets;
  }

  private byte[] lookUp(long offset) {
    checkOpen();
    if (!options.writable()) refresh();
    return lookup.data(offset, since.end());
  }

  private Frame record(long offset) {
    Frame frame = lookup.frame(offset, since.end());
    if (frame == null) throw LogException.notARecord(path(), offset, since.end());
    return frame;
  }

  /** Takes in the whole frames that another process has appended since. */
  private void refresh() {
    changing.lock();
    try {
      if (!isClosed()) follow(file.size());
    } catch (IOException e) {
      throw LogException.io(path(), "reading the size of", e);
    } finally {
      changing.unlock();
    }
    since.tell();
  }

  private void follow(long size) throws IOException {
    long end = blocks.end();
    if (size == end) return;
    if (size < end) throw LogException.shrunk(path(), size, end);
    if (isRoom(end)) return;
    long last = -1;
    Blocks growth = Opened.toScan(path(), file, size);
    for (Frame frame = framing.at(growth, end, size); frame != null; frame = framing.at(growth, end, size)) {
      starts.add(frame.start());
      last = frame.start();
      end = frame.end();
    }
    if (last < 0) {
      if (end == 0) Recovery.checkNotOf(path(), growth, framing);
      return;
    }
    blocks.extendTo(end);
    since.set(last, end);
  }

  /** Whether no frame begins there, but zeros: a writer's room, in which its next append is not there as a whole. */
  private boolean isRoom(long position) throws IOException {
    ByteBuffer first = ByteBuffer.allocate(framing.overhead());
    int read = file.readAt(position, first);
    for (int i = 0; i < read; i++) {
      if (first.get(i) != 0) return false;
    }
    return true;
  }

  private void checkWritable() {
    checkOpen();
    if (!options.writable()) throw LogException.readOnly(path());
  }

  @Override
  public String toString() {
    return Description.of("Log", this, "since", "end", "framing", "offset-bits");
  }
}
