package flumelog.log;

import flumelog.error.Diagnostics;
import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.UseFailures;
import flumelog.event.CompactionEvent;
import flumelog.event.Recorder;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.NewFile;
import flumelog.file.ReadableFile;
import flumelog.frame.Framing;
import flumelog.protect.Protected;
import flumelog.recovery.Checkpoint;
import flumelog.recovery.LogFiles;
import flumelog.recovery.LogId;
import flumelog.recovery.MovesFile;
import flumelog.recovery.MovesWriter;
import flumelog.recovery.Recovery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Objects;

/**
 * Rewrites a log: without its deleted records, or in another format. The data and the order of the records stay, and
 * their offsets change.
 */
public final class Rewrite {
  /** Is called for each record, in order, with its old and its new offset. It may throw to stop the work. */
  @FunctionalInterface
  public interface Moved {
    /** Does nothing. */
    Moved NONE = (from, to) -> {};

    /**
     * Called for each record before the new file takes the place of the old one, or has its name.
     *
     * @param from its offset in the old file
     * @param to its offset in the new file
     */
    void record(long from, long to);
  }

  private Rewrite() {}

  /**
   * Removes the deleted records from a log.
   *
   * @param path of the log, which no writer may have open
   * @param options how to read it
   * @param moved is called for each record
   * @return as {@link #compact(LogFolder, String, LogOptions, Moved)}
   * @throws LogException as {@link #compact(LogFolder, String, LogOptions, Moved)}
   */
  public static RewriteReport compact(Path path, LogOptions options, Moved moved) {
    return compact(LogPath.of(path), options, moved);
  }

  /**
   * Removes the deleted records from a log. The other records are written to a new file, which is forced and then
   * replaces the old one. After a crash at any moment there is the whole old file or the whole new one. A log without
   * deleted records is left as it is. {@link Log#moves} of the compacted log tells where the records went. If all records are deleted, the new file has one deleted record of a single byte,
   * which shows the format. A reader that has the log open goes on with the old file. Progress is reported while it
   * looks for a deleted record, and again from the start while it copies.
   *
   * @param folder of the log
   * @param name of the log, which no writer may have open
   * @param options how to read it
   * @param moved is called for each record
   * @return {@code frames} in the log now; {@code deleted}, how many were left out; {@code freed-bytes}; {@code end}
   * @throws LogException {@code LOCKED}; {@code CORRUPT}, {@code WRONG_FORMAT}, {@code TOO_LARGE}, {@code FULL}, {@code
   *     FAILED}; after an error the log has all its records
   */
  public static RewriteReport compact(LogFolder folder, String name, LogOptions options, Moved moved) {
    return compact(new LogPath(folder, name), options, moved);
  }

  private static RewriteReport compact(LogPath log, LogOptions options, Moved moved) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(moved, "moved");
    if (!options.writable()) throw OptionFailures.badOption(":mode", "mode", "read", "read-write where a log is compacted");
    log.checkExists();
    CompactionEvent event = Recorder.look() ? CompactionEvent.start() : null;
    try (LogFiles files = openAlone(log, options.withWriteBufferBytes(0).withRoomBytes(0))) {
      Recovery found = files.found();
      if (!LiveCopy.isWorthIt(files, new Meter(options.progress(), "looking"))) {
        return RewriteReport.of(LiveCopy.frames(files), 0, 0, found.end());
      }
      if (log.folder().isMountedAlone(log.name())) throw DiskFailures.mountedAlone(log.path());
      LogId newId = LogId.random();
      Copy copy = NewFile.replace(log, log.compactPart(), file -> {
        log.folder().makeAlike(log.compactPart(), log.name());
        Copy live = copyWithMoves(files, file, newId, options, moved);
        // No side file with old offsets may be used for the new file. After a crash the moves tell which id the log has.
        files.appending().look();
        if (log.folder().exists(log.checkpoint())) log.folder().delete(log.checkpoint());
        return live;
      });
      remember(log, newId, copy);
      long deleted = LiveCopy.deleted(files, copy);
      long freed = found.end() - copy.end();
      if (event != null) event.end(log.path(), copy.frames(), deleted, freed, copy.end());
      return RewriteReport.of(copy.frames(), deleted, freed, copy.end()).withHeads(LogHead.lastOf(files), copy.head());
    } catch (IOException e) {
      throw DiskFailures.io(log.path(), "compacting", e);
    }
  }

  /**
   * Copies a log to a new file of another format, without the deleted records.
   *
   * @param from path of the log, which may be open elsewhere
   * @param to path of the new file, which must not exist
   * @param source how to read the log
   * @param target the format of the new file
   * @param moved is called for each record
   * @return as {@link #convert(LogFolder, String, LogFolder, String, LogOptions, LogOptions, Moved)}
   * @throws LogException as {@link #convert(LogFolder, String, LogFolder, String, LogOptions, LogOptions, Moved)}
   */
  public static RewriteReport convert(Path from, Path to, LogOptions source, LogOptions target, Moved moved) {
    return convert(LogPath.of(from, "from"), LogPath.of(to, "to"), source, target, moved);
  }

  /**
   * Copies a log to a new file of another format, without the deleted records.
   *
   * @param fromFolder of the log
   * @param from name of the log, which may be open elsewhere
   * @param toFolder of the new file
   * @param to name of the new file, which must not exist
   * @param source how to read the log
   * @param target the format of the new file
   * @param moved is called for each record
   * @return {@code frames} in the new file; {@code deleted}, how many were left out; {@code end} of the new file
   * @throws LogException {@code BAD_OPTION} if the new file exists; {@code CORRUPT}, {@code WRONG_FORMAT}; {@code
   *     TOO_LARGE} if the log is too large for the new format; {@code FULL}, {@code FAILED}. After an error there is no
   *     new file
   */
  public static RewriteReport convert(LogFolder fromFolder, String from, LogFolder toFolder, String to,
      LogOptions source, LogOptions target, Moved moved) {
    return convert(new LogPath(fromFolder, from), new LogPath(toFolder, to), source, target, moved);
  }

  private static RewriteReport convert(
      LogPath from, LogPath to, LogOptions source, LogOptions target, Moved moved) {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(moved, "moved");
    try (LogFiles files = LogFiles.open(from, source.readOnly().request())) {
      Recovery found = files.found();
      if (found.tail() == Recovery.Tail.CORRUPT) throw files.corrupt();
      Framing framing = target.framingOfNewFile();
      LogHead last = LogHead.lastOf(files);     // refuses a sealed log that was changed
      Protected by = target.protectionOfNewFile(files.protection(), to.path());
      Copy copy = NewFile.create(to, from, file ->
          LiveCopy.run(files, file, to.path(), framing, by, source, (frame, at) -> moved.record(frame.start(), at)));
      return RewriteReport.of(copy.frames(), LiveCopy.deleted(files, copy), -1, copy.end()).withHeads(last, copy.head());
    } catch (IOException e) {
      throw DiskFailures.io(from.path(), "converting", e);
    }
  }

  private static LogFiles openAlone(LogPath log, LogOptions options) {
    try {
      return LogFiles.open(log, options.request());
    } catch (LogException e) {
      throw UseFailures.ofRewrite(e);
    }
  }

  /** Copies what is left, and writes down where it went. The moves are in place when this returns. */
  private static Copy copyWithMoves(LogFiles files, LogFile file, LogId newId, LogOptions options, Moved moved) throws IOException {
    LogPath log = files.log();
    LogPath moves = new LogPath(log.folder(), log.moves());
    log.folder().createLike(log.movesPart(), log.folder(), log.name());
    return NewFile.replace(moves, log.movesPart(), movesFile -> {
      MovesFile.copySteps(log, files.id(), movesFile);
      MovesWriter step = new MovesWriter(movesFile);
      Protected by = files.protection() == null ? null : files.protection().withId(newId.high(), newId.low());
      Copy live = LiveCopy.run(
          files, file, log.pathOf(log.compactPart()), files.found().framing(), by, options, new LiveCopy.ToMoves(step, moved));
      step.finish(files.id(), files.mark(), files.file(), newId, live.mark(), file);
      return live;
    });
  }

  /**
   * Writes the checkpoint of the new file, which is in place by now: the next open need not read it, and knows its id.
   */
  private static void remember(LogPath log, LogId id, Copy copy) {
    try (Checkpoint checkpoint = Checkpoint.openForWriting(log, new ArrayList<>());
        ReadableFile file = log.folder().openForReading(log.name())) {
      checkpoint.adoptCopy(id, file, log.stamp());
      checkpoint.writeDurably(copy.mark());
    } catch (IOException e) {
      Diagnostics.write(System.Logger.Level.WARNING, log.pathOf(log.checkpoint()) + " can't be written", e);
    }
  }
}
