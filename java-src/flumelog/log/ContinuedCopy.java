package flumelog.log;

import flumelog.codec.Codec;
import flumelog.error.IdentityFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.file.LogPath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Copies the records of one open log behind those of another, whatever keeps them, and goes on where an earlier call has stopped.
 * {@link LogCopy} copies one file to another, as a whole or not at all.
 */
public final class ContinuedCopy {
  private static final int BATCH_BYTES = 1 << 20;
  private static final int BATCH_RECORDS = 1 << 13;

  private final Log from;
  private final Log to;
  private final Recoding recoding;
  private final Range range;
  private final OffsetMap.@Nullable Growing pairs;
  private final Rewrite.Moved moved;
  private final Meter meter;
  private final long end;
  private final Cursor source;
  private byte @Nullable [] data;
  private final List<byte[]> batch = new ArrayList<>();
  private final long[] old = new long[BATCH_RECORDS];
  private int batchBytes;
  private long resumed;
  private long copied;

  private ContinuedCopy(Log from, Log to, Recoding recoding, Range range, OffsetMap.@Nullable Growing pairs, Rewrite.Moved moved,
      Progress progress) {
    this.from = from;
    this.to = to;
    this.recoding = recoding;
    this.range = range;
    this.pairs = pairs;
    this.moved = moved;
    this.end = from.since().get() + 1;
    this.meter = Meter.of(from, progress, "copying", Math.min(end, Math.max(0, range.low())));
    this.source = from.cursorPastCache();
  }

  /**
   * Copies the records up to since, as of this call, that are present. Their order stays, and they get new offsets. The log that is
   * written may have the first of these records already, as an earlier call has left them: then the rest is copied. Nothing else may
   * be in it. What an earlier call has copied is known by the map of offsets; without one, all of it is read and compared.
   *
   * @param from the log
   * @param to the log that is written; nobody else may append to it meanwhile
   * @param codec of the log
   * @param newCodec of the log that is written: if it is another object, each record is decoded and encoded
   * @param range which records are copied; it must go from the oldest to the newest, and be the same in each call
   * @param offsets where the map of offsets is, or will be; null for no map
   * @param moved is called with the old and the new offset of each record that this call has copied, after that, and may throw to stop
   * @param progress is told how far the copy is
   * @return how much was copied, and the map
   * @throws LogException {@code WRONG_LOG} if the log that is written has records that are not of this copy; {@code BAD_OPTION} if there
   *     is no map at {@code offsets} but something else, or the range is reversed; {@code DECODE}, {@code ENCODE}; and as {@link
   *     Log#appendAll}. What was copied until then stays, and another call goes on
   */
  public static CopyReport run(Log from, Log to, Codec<?> codec, Codec<?> newCodec, Range range, @Nullable Path offsets,
      Rewrite.Moved moved, Progress progress) {
    if (range.reverse()) throw OptionFailures.badOption(":reverse", "reverse", true, "absent: a copy keeps the order of the log");
    Objects.requireNonNull(moved, "moved");
    if (from instanceof OffsetLog file) file.checkWhole();
    Recoding recoding = new Recoding(from.path(), codec, to.path(), newCodec);
    if (offsets == null) return new CopyReport(new ContinuedCopy(from, to, recoding, range, null, moved, progress).run(), null);
    LogPath path = LogPath.of(offsets, "offsets");
    if (path.exists() && !OffsetMap.isOne(path)) {
      throw OptionFailures.badOption(":offsets", "offsets", path.path(), "a path where no file is yet, or a map of offsets");
    }
    Map<String, Object> facts;
    try (OffsetMap.Growing pairs = new OffsetMap.Growing(path)) {
      facts = new ContinuedCopy(from, to, recoding, range, pairs, moved, progress).run();
    }
    return new CopyReport(facts, OffsetMap.of(path));
  }

  private Map<String, Object> run() {
    try {
      compare(goOn());
      while (resumed + copied + batch.size() < range.limit() && step()) add();
      write();
    } finally {
      source.release();
    }
    to.sync();
    meter.end(end);
    return facts();
  }

  private Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("frames", resumed + copied);
    facts.put("copied", copied);
    facts.put("end", to.info().get("end") instanceof Number end ? end : (Long) (to.since().get() + 1));
    return facts;
  }

  /** Moves on to the next record of the range that is present. */
  private boolean step() {
    while (source.next() && source.offset() < end && range.key().of(source) < range.high()) {
      byte[] here = source.data();
      if (here == null) continue; // deleted after the step
      data = recoding.dataOf(source.offset(), here);
      return true;
    }
    return false;
  }

  private void add() {
    old[batch.size()] = source.offset();
    batch.add(data);
    batchBytes += data.length;
    if (batchBytes >= BATCH_BYTES || batch.size() == BATCH_RECORDS) write();
  }

  private void write() {
    if (batch.isEmpty()) return;
    long[] now = to.appendAll(batch);
    note(batch.size(), now);
    for (int i = 0; i < now.length; i++) moved.record(old[i], now[i]);
    copied += now.length;
    meter.at(old[now.length - 1], end);
    batch.clear();
    batchBytes = 0;
  }

  private void note(int count, long[] now) {
    if (pairs != null) pairs.add(old, now, count);
  }

  /**
   * Goes to the last record that the map and both logs know to be copied.
   *
   * @return where the rest begins in the log that is written
   */
  private long goOn() {
    range.key().seek(source, range.low());
    long known = pairs == null ? 0 : pairs.size();
    while (known > 0 && !isCopied(pairs.at(known - 1))) known--;
    if (pairs != null) pairs.cut(known);
    resumed = known;
    if (known == 0) return 0;
    long[] last = pairs.at(known - 1);
    source.seek(last[0] + 1);
    return last[1] + 1;
  }

  /** Whether the record is there, and is still the one that was copied, or was deleted since. */
  private boolean isCopied(long[] pair) {
    byte[] there = to.get(pair[1]);
    byte[] here = there == null ? null : from.get(pair[0]);
    return there != null && (here == null || Arrays.equals(recoding.dataOf(pair[0], here), there));
  }

  /** Compares what the log that is written has from the offset on: an earlier copy may have stopped before the map knew of it. */
  private void compare(long start) {
    long[] now = new long[BATCH_RECORDS];
    int found = 0;
    Cursor written = to.cursorPastCache().seek(start);
    try {
      while (written.next()) {
        boolean isOf = resumed + found < range.limit() && step() && Arrays.equals(data, written.data());
        if (!isOf) throw IdentityFailures.notOfCopy(to.path(), written.offset(), from.path());
        old[found] = source.offset();
        now[found++] = written.offset();
        if (found == BATCH_RECORDS) found = compared(found, now);
      }
      compared(found, now);
    } finally {
      written.release();
    }
  }

  private int compared(int found, long[] now) {
    note(found, now);
    resumed += found;
    if (found > 0) meter.at(old[found - 1], end);
    return 0;
  }
}
