package flumelog.log;

import flumelog.block.Blocks;
import flumelog.buffer.OverlaidFile;
import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.UseFailures;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.NewFile;
import flumelog.file.ReadableFile;
import flumelog.file.WriterLock;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Protected;
import flumelog.recovery.Checkpoint;
import flumelog.recovery.HeadSearch;
import flumelog.recovery.LogFiles;
import flumelog.recovery.LogId;
import flumelog.recovery.Mark;
import flumelog.recovery.NoRecord;
import flumelog.recovery.Recovery;
import flumelog.recovery.FileScan;
import flumelog.recovery.TornTail;
import flumelog.recovery.WritersCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Operations on a damaged file. */
public final class Repair {
  /** In place of an offset: the caller has not consented to a cut. */
  private static final long NO_CONSENT = -1;

  private Repair() {}

  /**
   * Cuts a file at the damage for which {@code open} refuses it, and keeps the bytes that it cuts in a file beside it.
   *
   * @param path of the file
   * @param options how to read it
   * @param cutAt as for {@link #recover(LogFolder, String, LogOptions, long)}
   * @return as {@link #recover(LogFolder, String, LogOptions, long)}
   * @throws LogException {@code BAD_OPTION} if the damage is elsewhere; {@code LOCKED}, {@code FAILED}
   */
  public static CutReport recover(Path path, LogOptions options, long cutAt) {
    return recover(LogPath.of(path), options, cutAt);
  }

  /**
   * Copies every whole frame of a file to a new one, in the same format.
   *
   * @param from path of the file
   * @param to path of the new file, which must not exist
   * @param options how to read it
   * @return as {@link #salvage(LogFolder, String, LogFolder, String, LogOptions)}
   * @throws LogException {@code BAD_OPTION} if the new file exists; {@code WRONG_FORMAT}, {@code FULL}, {@code FAILED}
   */
  public static SalvageReport salvage(Path from, Path to, LogOptions options) {
    return salvage(LogPath.of(from, "from"), LogPath.of(to, "to"), options);
  }

  /**
   * Cuts a file at the damage for which {@code open} refuses it, and keeps the bytes that it cuts in a file beside it.
   * A file that is not a log is cut at 0, and is an empty log then.
   *
   * @param folder of the file
   * @param name of the file
   * @param options how to read it
   * @param cutAt the offset of the damage, as {@code open} and {@code Verification} report it; it is the consent to the
   *     cut
   * @return {@code end} of the file now, {@code cut-bytes}, and {@code kept}, the path of the file with the bytes that were cut.
   *     The notes of a protected log that tell of records below the cut are written there anew
   * @throws LogException {@code BAD_OPTION} if the damage is elsewhere; {@code LOCKED}, {@code WRONG_FORMAT}
   */
  public static CutReport recover(LogFolder folder, String name, LogOptions options, long cutAt) {
    return recover(new LogPath(folder, name), options, cutAt);
  }

  private static CutReport recover(LogPath log, LogOptions options, long cutAt) {
    Objects.requireNonNull(options, "options");
    String path = log.path();
    LogFolder folder = log.folder();
    log.checkExists();
    try (LogFile file = folder.openForWriting(log.name()); WriterLock lock = lock(log, file);
        OverlaidFile overlaid = new OverlaidFile(log, file)) {
      Blocks blocks = LogFiles.toScan(path, overlaid, overlaid.size());
      Recovery found = cutAt == 0 && NoRecord.isIn(blocks) ? NoRecord.emptyLog(blocks, options.request())
          : Recovery.inspectAll(path, blocks, WritersCheckpoint.markOf(log, blocks), folder.boot(), options.request());
      if (cutAt != found.end()) {
        boolean isGood = found.tail() == Recovery.Tail.NONE;
        throw OptionFailures.badOption(":cut-at", "cut-at", cutAt == NO_CONSENT ? null : cutAt, isGood
            ? found.end() + ", where " + path + " ends: all of it is good, so there is nothing to cut"
            : found.end() + ", where " + path + " stops being good");
      }
      lock.confirm();
      overlaid.settle(file, 0);
      distrust(log, file, blocks, found);
      String kept = null;
      long end = found.end();
      if (found.size() > found.end()) {
        byte[][] notes = notesAbove(found, blocks, path, options);
        kept = log.pathOf(TornTail.keep(log, file, found.end(), found.size(), Long.MAX_VALUE));
        end = CutNotes.write(path, file, found, notes);
        file.truncate(end);
        file.force();
      }
      return new CutReport(facts("end", end, "cut-bytes", found.size() - found.end(), "kept", kept));
    } catch (IOException e) {
      throw DiskFailures.io(path, "recovering", e);
    }
  }

  /** The notes behind the cut that tell of records below it: without them the zeros of those would be damage. */
  private static byte[][] notesAbove(Recovery found, Blocks blocks, String path, LogOptions options) {
    byte[][] notes = CutNotes.in(blocks, found);
    if (notes.length > 0) found.proved().by().chooseKeyNumber(blocks, found.end(), path, options.request().key());
    return notes;
  }

  /**
   * Makes the checkpoint fit the repaired file. If bytes are cut, new records may get their offsets, so the log gets a
   * new id.
   */
  private static void distrust(LogPath log, LogFile file, Blocks blocks, Recovery found) throws IOException {
    boolean isCut = found.size() > found.end();
    if (isCut && found.end() == 0) {
      if (log.folder().exists(log.checkpoint())) log.folder().delete(log.checkpoint());
      return;
    }
    if (!log.folder().exists(log.checkpoint())) return;
    try (Checkpoint checkpoint = Checkpoint.openForWriting(log, new ArrayList<>())) {
      if (!isCut) checkpoint.bind(blocks, log.stamp(), null);
      checkpoint.adopt(file, log.stamp(), false, idOf(found));
      checkpoint.distrust(found.framing(), found.end());
    }
  }

  private static LogId idOf(Recovery found) {
    boolean isProtected = found.proved() != null && found.proved().by() != null;
    return isProtected ? LogId.of(found.proved().by().head()) : null;
  }

  /**
   * Copies every whole frame of a file to a new one, in the same format. Deleted records stay deleted. A record keeps
   * its offset unless something before it was skipped.
   *
   * @param fromFolder of the file
   * @param from name of the file
   * @param toFolder of the new file
   * @param to name of the new file, which must not exist
   * @param options how to read it
   * @return {@code frames} that were copied, {@code skipped-bytes}, {@code skipped}, all ranges {@code [from to]}
   *     without a whole frame, {@code end} of the new file
   * @throws LogException {@code BAD_OPTION} if the new file exists; {@code WRONG_FORMAT} if the file has no record
   */
  public static SalvageReport salvage(
      LogFolder fromFolder, String from, LogFolder toFolder, String to, LogOptions options) {
    return salvage(new LogPath(fromFolder, from), new LogPath(toFolder, to), options);
  }

  private static SalvageReport salvage(LogPath from, LogPath to, LogOptions options) {
    Objects.requireNonNull(options, "options");
    String path = from.path();
    LogFolder fromFolder = from.folder();
    from.checkExists();
    try (ReadableFile source = OverlaidFile.openForReading(from)) {
      Blocks blocks = LogFiles.toScan(path, source, source.size());
      Protected by = HeadSearch.of(from, blocks, options.request());
      if (by != null) return ProvedSalvage.run(from, to, options, source, blocks, by);
      Mark mark = WritersCheckpoint.markOf(from, blocks);
      Framing framing = FileScan.framingOf(path, blocks, mark, fromFolder.boot(), options.request());
      long trusted = mark == null ? Long.MAX_VALUE : mark.trustedUpTo(fromFolder.boot());
      Salvage salvage = NewFile.create(to, from, file -> {
        Copy copy = new Copy(blocks, path, options, "salvaging", to.path(), file, framing, null, null);
        Salvage whole = new Salvage(copy, new ArrayList<>());
        FileScan.run(framing, blocks, trusted, whole);
        copy.finish();
        return whole;
      });
      return new SalvageReport(facts("frames", salvage.copy.frames(), "skipped-bytes", salvage.skippedBytes(), "skipped",
          salvage.skipped, "end", salvage.copy.end()));
    } catch (IOException e) {
      throw DiskFailures.io(path, "salvaging", e);
    }
  }

  private static WriterLock lock(LogPath log, LogFile file) throws IOException {
    try {
      return log.folder().lock(log.name(), file);
    } catch (LogException e) {
      throw UseFailures.ofRewrite(e);
    }
  }

  /** Copies the whole frames, and notes the ranges without any. */
  private record Salvage(Copy copy, List<List<Long>> skipped) implements FileScan.Visitor {
    @Override
    public void frame(Frame frame) {
      copy.add(frame);
    }

    @Override
    public void skipped(long from, long to) {
      skipped.add(List.of(from, to));
      copy.passed(to);
    }

    long skippedBytes() {
      return skipped.stream().mapToLong(range -> range.get(1) - range.get(0)).sum();
    }
  }

  static Map<String, Object> facts(Object... facts) {
    Map<String, Object> report = new LinkedHashMap<>();
    for (int i = 0; i < facts.length; i += 2) {
      if (facts[i + 1] != null) report.put((String) facts[i], facts[i + 1]);
    }
    return report;
  }
}
