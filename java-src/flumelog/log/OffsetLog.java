package flumelog.log;

import flumelog.block.Blocks;
import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.Place;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Frame;
import flumelog.frame.FrameWriter;
import flumelog.frame.Framing;
import flumelog.frame.Mark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The log in a file. Any number of threads read and write; writes take turns. An interrupt of a thread that uses the
 * log neither closes it nor loses a record.
 */
public final class OffsetLog implements Log {
  private final Opened opened;
  private final LogOptions options;
  private final LogFile file;
  private final Framing framing;
  private final Blocks blocks;
  private final Starts starts;
  private final FrameWriter frames;
  private final Since since;
  private final Since durable;
  private final Durability durability;
  private final ReentrantLock writing = new ReentrantLock();
  private volatile boolean closed;

  private OffsetLog(Opened opened, LogOptions options) {
    this.opened = opened;
    this.options = options;
    this.file = opened.file();
    this.framing = opened.found().framing();
    this.blocks = new Blocks(opened.path(), file, options.blockBytes(), options.cache(), opened.found().end());
    this.starts = new Starts(opened, blocks);
    this.frames = new FrameWriter(framing, blocks);
    this.since = new Since(opened.path(), opened.found().last(), options.writable() ? null : this::refresh);
    this.durable = new Since(opened.path(), options.writable() ? opened.found().last() : -1, null);
    this.durability = new Durability(opened, options.sync(), durable);
  }

  /**
   * Opens the log in a file; creates the file and its folder where they are missing, unless it is opened for reading.
   * A torn tail is cut, and kept beside the log; {@link #recovery} says so.
   *
   * @throws LogException {@code :locked}, {@code :wrong-format}, {@code :corrupt}, or {@code :failed} when there is no
   *     such file or it can't be read; the file is as it was then
   */
  public static OffsetLog open(Path path, LogOptions options) {
    Place place = Place.of(path);
    return open(place.folder(), place.name(), options);
  }

  /** A log in a folder of another kind, for tests of what goes wrong below it. */
  public static OffsetLog open(LogFolder folder, String name, LogOptions options) {
    return new OffsetLog(Opened.open(folder, name, options), options);
  }

  @Override
  public long[] appendAll(List<byte[]> batch) {
    checkWritable();
    long bytes = 0;
    for (byte[] data : batch) {
      checkData(data);
      bytes += framing.size(data.length);
    }
    if (batch.isEmpty()) return new long[0];
    long[] offsets;
    writing.lock();
    try {
      offsets = write(batch, bytes);
    } finally {
      writing.unlock();
    }
    since.tell();
    durability.settle();
    return offsets;
  }

  @Override
  public byte[] get(long offset) {
    Frame frame = frameAt(offset);
    if (frame == null) return null;
    byte[] data = data(frame);
    return isZero(data) ? null : data;
  }

  @Override
  public byte[] fetch(long offset) {
    Frame frame = frameAt(offset);
    if (frame == null) throw LogException.notARecord(path(), offset, blocks.end());
    byte[] data = data(frame);
    if (isZero(data)) throw LogException.deleted(path(), offset);
    return data;
  }

  @Override
  public int delete(long... offsets) {
    checkWritable();
    int deleted;
    writing.lock();
    try {
      checkWritable();
      Frame[] records = Arrays.stream(offsets).distinct().mapToObj(this::record).toArray(Frame[]::new);
      deleted = deleteLocked(Arrays.stream(records).filter(this::isLive).toArray(Frame[]::new));
    } finally {
      writing.unlock();
    }
    durable.tell();
    durability.settle();
    return deleted;
  }

  @Override
  public OffsetCursor cursor() {
    checkOpen();
    if (!options.writable()) refresh();
    return new OffsetCursor(this, framing, blocks);
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
  public String path() {
    return opened.path();
  }

  @Override
  public Map<String, Object> info() {
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("path", path());
    info.put("since", since.lastSeen());
    info.put("durable", durable.lastSeen());
    info.put("end", blocks.end());
    info.put("framing", framing.framingName());
    if (framing instanceof FlumeFraming flume) info.put("offset-bits", (long) flume.width().bits());
    info.put("codec", options.codec().codecName());
    info.put("mode", options.writable() ? "read-write" : "read");
    info.put("sync", options.sync());
    info.put("block-bytes", (long) options.blockBytes());
    info.put("cache-bytes", options.cache().maxBytes());
    info.put("max-record-bytes", (long) options.maxRecordBytes());
    info.put("max-end", framing.maxEnd());
    info.put("closed", closed);
    return info;
  }

  @Override
  public Map<String, Object> recovery() {
    return opened.report();
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    writing.lock();
    try {
      if (closed) return;
      try {
        if (options.writable()) durability.close(starts::toKeep);
      } finally {
        closed = true;
        since.close();
        durable.close();
        blocks.forget();
        opened.close();
      }
    } finally {
      writing.unlock();
    }
  }

  Starts starts() {
    return starts;
  }

  /** The data of a frame; a record above the maximum is refused before any memory is taken for it. */
  byte[] data(Frame frame) {
    if (frame.length() > options.maxRecordBytes()) {
      throw LogException.storedRecordTooLarge(path(), frame.start(), frame.length(), options.maxRecordBytes());
    }
    return blocks.read(frame.data(), (int) frame.length());
  }

  static boolean isZero(byte[] data) {
    for (byte b : data) {
      if (b != 0) return false;
    }
    return true;
  }

  void checkOpen() {
    if (closed) throw LogException.closed(path());
  }

  private long[] write(List<byte[]> batch, long bytes) {
    checkWritable();
    long start = blocks.end();
    if (bytes > framing.maxEnd() - start) {
      throw LogException.logTooLarge(path(), start + bytes, framing.maxEnd(), framing.describe());
    }
    durability.beginWriting();
    try {
      frames.write(batch, start, bytes);
    } catch (Throwable t) {
      rewind(t);
      throw t;
    }
    // The file has them; from here on they are records.
    blocks.publish();
    return announce(batch, start);
  }

  private long[] announce(List<byte[]> batch, long start) {
    long[] offsets = new long[batch.size()];
    long at = start;
    boolean looksTorn = false;
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = at;
      starts.add(at);
      looksTorn |= Frame.mayLookTorn(batch.get(i));
      at += framing.size(batch.get(i).length);
    }
    long last = offsets[offsets.length - 1];
    durability.wrote(at, last, durability.mark().frames() + offsets.length, looksTorn);
    since.set(last);
    return offsets;
  }

  /** After a failed write the file is cut back to its last good end; where that fails too, the log is failed. */
  private void rewind(Throwable cause) {
    try {
      blocks.rewind();
    } catch (LogException e) {
      e.addSuppressed(cause);
      durability.fail(e);
    }
  }

  private boolean isLive(Frame record) {
    return !framing.isDeleted(blocks, record);
  }

  private int deleteLocked(Frame[] live) {
    if (live.length == 0) return 0;
    long end = Arrays.stream(live).mapToLong(Frame::end).max().orElseThrow();
    durability.beginDeleting(end, Arrays.stream(live).mapToLong(Frame::start).toArray());
    try {
      for (Frame record : live) blocks.zero(record.data(), record.length());
    } catch (LogException e) {
      // Half of it may be zeros by now; the next open does it again.
      durability.fail(e);
      throw e;
    }
    Mark mark = durability.mark();
    durability.wrote(mark.end(), mark.last(), mark.frames(), false);
    return live.length;
  }

  private Frame record(long offset) {
    Frame frame = frameAt(offset);
    if (frame == null) throw LogException.notARecord(path(), offset, blocks.end());
    return frame;
  }

  /** The frame that starts at the offset, or null when none does. */
  private Frame frameAt(long offset) {
    checkOpen();
    if (!options.writable()) refresh();
    long end = blocks.end();
    if (offset < 0 || offset >= end || starts.first(offset, end) != offset) return null;
    Frame frame = framing.at(blocks, offset, end);
    if (frame == null) throw LogException.corrupt(path(), offset, "its lengths or its trailer don't agree");
    return frame;
  }

  /** Takes in the whole frames that another process has appended since. */
  private void refresh() {
    writing.lock();
    try {
      if (!closed) follow(file.size());
    } catch (IOException e) {
      throw LogException.io(path(), "reading the size of", e);
    } finally {
      writing.unlock();
    }
    since.tell();
  }

  private void follow(long size) {
    long end = blocks.end();
    if (size == end) return;
    if (size < end) throw LogException.shrunk(path(), size, end);
    long last = -1;
    Blocks growth = Opened.toScan(path(), file, size);
    for (Frame frame = framing.at(growth, end, size); frame != null; frame = framing.at(growth, end, size)) {
      starts.add(frame.start());
      last = frame.start();
      end = frame.end();
    }
    if (last < 0) return;
    blocks.extendTo(end);
    since.set(last);
  }

  private void checkWritable() {
    checkOpen();
    if (!options.writable()) throw LogException.readOnly(path());
  }

  private void checkData(byte[] data) {
    if (data.length > options.maxRecordBytes()) {
      throw LogException.recordTooLarge(path(), data.length, options.maxRecordBytes());
    }
    if (isZero(data)) {
      throw LogException.encode(path(), data.length == 0 ? "its data is empty, which is what a deleted record has"
          : "its " + data.length + " bytes of data are all zero, which is what a deleted record has", null);
    }
  }
}
