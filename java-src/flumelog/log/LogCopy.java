package flumelog.log;

import flumelog.engine.Batch;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.file.LogFile;
import flumelog.file.LogPath;
import flumelog.file.NewFile;
import flumelog.frame.Framing;
import flumelog.protect.Protected;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Copies records of a log, all or a range, to a new log, which may have another codec and another format. */
public final class LogCopy {
  private final LogPath from;
  private final LogPath to;
  private final LogOptions source;
  private final LogOptions target;
  private final Range range;
  private final @Nullable LogPath pairs;
  private final Rewrite.Moved moved;

  private LogCopy(LogPath from, LogPath to, LogOptions source, LogOptions target, Range range, @Nullable LogPath pairs,
      Rewrite.Moved moved) {
    this.from = from;
    this.to = to;
    this.source = Objects.requireNonNull(source, "source");
    this.target = Objects.requireNonNull(target, "target");
    this.range = Objects.requireNonNull(range, "range");
    this.pairs = pairs;
    this.moved = Objects.requireNonNull(moved, "moved");
  }

  /**
   * Copies the records up to since, as of this call, that are present. Their order stays, and they get new offsets. If the codecs of
   * the two logs are not the same object, each record is decoded with the old one and encoded with the new one. The new log gets
   * its name when all of it is on disk, and the map of offsets before it.
   *
   * @param from path of the log, which may be open elsewhere
   * @param to path of the new log, where no file may be
   * @param source how to read the log
   * @param target the codec, the format and the longest record of the new log
   * @param range which records are copied; it must go from the oldest to the newest
   * @param offsets where the map of offsets is written, over an older map if there is one; null for no map
   * @param moved is called with the old and the new offset of each record, and may throw to stop
   * @return how much was copied, and the map
   * @throws LogException {@code BAD_OPTION} if there is a file at {@code to}, one that is no map at {@code offsets}, or the range is
   *     reversed; {@code CORRUPT}, {@code WRONG_FORMAT}; {@code DECODE} with the offset, {@code ENCODE}; {@code TOO_LARGE}, {@code
   *     FULL}, {@code FAILED}. After an error there is no new file
   */
  public static CopyReport run(Path from, Path to, LogOptions source, LogOptions target, Range range, @Nullable Path offsets,
      Rewrite.Moved moved) {
    LogPath pairs = offsets == null ? null : LogPath.of(offsets, "offsets");
    return run(LogPath.of(from, "from"), LogPath.of(to, "to"), source, target, range, pairs, moved);
  }

  /**
   * Like {@link #run(Path, Path, LogOptions, LogOptions, Range, Path, Rewrite.Moved)}, in another kind of folder, for tests of disk
   * errors.
   *
   * @param from the log
   * @param to the new log
   * @param source how to read the log
   * @param target how to write the new log
   * @param range which records are copied
   * @param offsets where the map of offsets is written; null for no map
   * @param moved is called for each record
   * @return as {@link #run(Path, Path, LogOptions, LogOptions, Range, Path, Rewrite.Moved)}
   * @throws LogException as {@link #run(Path, Path, LogOptions, LogOptions, Range, Path, Rewrite.Moved)}
   */
  public static CopyReport run(LogPath from, LogPath to, LogOptions source, LogOptions target, Range range, @Nullable LogPath offsets,
      Rewrite.Moved moved) {
    return new LogCopy(from, to, source, target, range, offsets, moved).run();
  }

  private CopyReport run() {
    if (range.reverse()) throw OptionFailures.badOption(":reverse", "reverse", true, "absent: a copy keeps the order of the log");
    if (pairs != null && pairs.exists() && !OffsetMap.isOne(pairs)) {
      throw OptionFailures.badOption(":offsets", "offsets", pairs.path(), "a path where no file is yet, or a map of offsets");
    }
    try (OffsetLog log = OffsetLog.open(from.folder(), from.name(), source.readOnly())) {
      log.checkWhole();
      return createFrom(log);
    }
  }

  private CopyReport createFrom(OffsetLog log) {
    return new CopyReport(create(log), pairs == null ? null : OffsetMap.of(pairs));
  }

  /** The map of offsets does not stay without its log. */
  private Map<String, Object> create(OffsetLog log) {
    boolean[] hasPairs = {false};
    try {
      return NewFile.create(to, from, file -> {
        Map<String, Object> copied = pairs == null ? copy(log, file, null) : copyWithPairs(log, file);
        hasPairs[0] = pairs != null;
        return copied;
      });
    } catch (Throwable t) {
      if (hasPairs[0] && !to.exists()) NewFile.delete(pairs.folder(), pairs.name(), t);
      throw t;
    }
  }

  /** Copies the records, and writes their offsets down. The map is in place when this returns. */
  private Map<String, Object> copyWithPairs(OffsetLog log, LogFile file) throws IOException {
    String part = pairs.folder().freeName(pairs.part());
    pairs.folder().createLike(part, from.folder(), from.name());
    return NewFile.replace(pairs, part, out -> {
      OffsetMap.Writer writer = new OffsetMap.Writer(out);
      Map<String, Object> copied = copy(log, file, writer);
      writer.finish();
      return copied;
    });
  }

  private Map<String, Object> copy(OffsetLog log, LogFile file, OffsetMap.@Nullable Writer pairsOut) throws IOException {
    Protected by = target.protectionOfNewFile(log.protection(), to.path());
    Framing framing = target.framingOfNewFile();
    Recoding recoding = new Recoding(from.path(), source.codec(), to.path(), target.codec());
    RecordWriter out = new RecordWriter(to.path(), file, framing, by);
    long end = Math.max(range.low(), Math.min(range.high(), log.watermark().end()));
    Meter meter = new Meter(source.progress(), "copying", range.low());
    OffsetCursor cursor = log.cursorPastCache();
    range.key().seek(cursor, range.low());
    long goesOnAt = -1;        // where the next record of a batch starts that is not complete yet
    while (out.frames() < range.limit() && cursor.next() && range.key().of(cursor) < range.high()) {
      byte[] data = cursor.data();
      if (data == null) continue; // deleted after the step
      long offset = cursor.offset();
      boolean goesOn = cursor.goesOn();
      if (offset != goesOnAt) out.endBatch();
      byte[] recoded = recoding.dataOf(offset, data);
      Batch.of(recoded, framing, by, target.maxRecordBytes(), to.path()); // checks it
      long now = out.add(recoded, goesOn);
      goesOnAt = goesOn ? cursor.position() : -1;
      moved.record(offset, now);
      if (pairsOut != null) pairsOut.add(offset, now);
      meter.at(offset, end);
    }
    cursor.release();
    out.finish();
    meter.end(end);
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("frames", out.frames());
    facts.put("end", out.end());
    if (out.head() != null) facts.put("head", out.head());
    return facts;
  }
}
