package flumelog.log;

import flumelog.buffer.OverlaidFile;
import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.file.WriterLock;
import flumelog.recovery.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Removes the files beside a log that are not needed. */
public final class SideFiles {
  private SideFiles() {}

  /**
   * Removes the files beside a log that are not needed.
   *
   * @param path of the log, which no writer may have open
   * @return as {@link #drop(LogFolder, String)}
   * @throws LogException as {@link #drop(LogFolder, String)}
   */
  public static SideFilesReport drop(Path path) {
    return drop(path, LogOptions.defaults());
  }

  /**
   * Removes the files beside a log that are not needed.
   *
   * @param path of the log, which no writer may have open
   * @param options how to open it: an encrypted log needs its key
   * @return as {@link #drop(LogFolder, String)}
   * @throws LogException as {@link #drop(LogFolder, String, LogOptions)}
   */
  public static SideFilesReport drop(Path path, LogOptions options) {
    return drop(LogPath.of(path), options);
  }

  /**
   * Removes the files beside a log that are not needed: its checkpoint, where its records went when it was compacted,
   * and files that killed processes left unfinished. Before that, records that a killed writer held back are written to the log's file; they stay where they
   * are if they do not belong to the log. Deletions that it had begun are finished; they stay if the log is damaged.
   * Afterwards the log has a new id. A crash at any moment loses nothing.
   *
   * @param folder of the log
   * @param name of the log, which no writer may have open
   * @return {@code removed} and {@code kept}: the paths of the files that were removed, and of those that are left
   * @throws LogException {@code LOCKED}; {@code FAILED} if there is no such log, or a file can't be removed
   */
  public static SideFilesReport drop(LogFolder folder, String name) {
    return drop(folder, name, LogOptions.defaults());
  }

  /**
   * Removes the files beside a log that are not needed, as {@link #drop(LogFolder, String)}.
   *
   * @param folder of the log
   * @param name of the log, which no writer may have open
   * @param options how to open it: an encrypted log needs its key
   * @return as {@link #drop(LogFolder, String)}
   * @throws LogException {@code LOCKED}; {@code WRONG_KEY}; {@code FAILED} if there is no such log, or a file can't be removed
   */
  public static SideFilesReport drop(LogFolder folder, String name, LogOptions options) {
    return drop(new LogPath(folder, name), options);
  }

  private static SideFilesReport drop(LogPath log, LogOptions options) {
    Objects.requireNonNull(options, "options");
    LogFolder folder = log.folder();
    log.checkExists();
    openAndClose(log, options);
    try (LogFile file = folder.openForWriting(log.name()); WriterLock lock = folder.lock(log.name(), file);
        OverlaidFile overlaid = new OverlaidFile(log, file)) {
      lock.confirm();
      List<String> removed = new ArrayList<>();
      boolean hadBuffer = folder.exists(log.buffer());
      String kept = overlaid.settle(file, 0).kept();
      file.force();
      if (hadBuffer) removed.add(log.pathOf(log.buffer()));
      if (isEmpty(folder, log.deletions())) remove(folder, log.deletions(), removed);
      for (String part : partsOf(log)) remove(folder, part, removed);
      remove(folder, log.moves(), removed);
      remove(folder, log.checkpoint(), removed);
      remove(folder, log.tree(), removed);
      return report(log, removed, kept);
    } catch (IOException e) {
      throw DiskFailures.io(log.path(), "removing the files beside", e);
    }
  }

  /**
   * Opens and closes the log, which finishes the work of a killed writer. A log that is refused for its content stays
   * as it is.
   */
  private static void openAndClose(LogPath log, LogOptions options) {
    try (LogFiles files = LogFiles.open(log, options.request())) {
      assert files.deletions() != null;
    } catch (LogException e) {
      boolean isRefused = e.kind() == LogException.Kind.CORRUPT || e.kind() == LogException.Kind.WRONG_FORMAT;
      if (!isRefused) throw e;
    }
  }

  private static boolean isEmpty(LogFolder folder, String name) throws IOException {
    if (!folder.exists(name)) return false;
    try (ReadableFile file = folder.openForReading(name)) {
      return file.size() == 0;
    }
  }

  private static List<String> partsOf(LogPath log) {
    List<String> parts = new ArrayList<>(List.of(log.compactPart(), log.movesPart(), log.tornPart(), log.part()));
    for (int i = 2; log.folder().exists(log.part() + "." + i); i++) parts.add(log.part() + "." + i);
    return parts;
  }

  private static void remove(LogFolder folder, String name, List<String> removed) throws IOException {
    if (!folder.exists(name)) return;
    folder.delete(name);
    removed.add(folder.path(name));
  }

  private static SideFilesReport report(LogPath log, List<String> removed, String keptBuffer) {
    List<String> kept = new ArrayList<>();
    if (keptBuffer != null) kept.add(log.pathOf(keptBuffer));
    for (String other : List.of(log.lock(), log.deletions())) {
      if (log.folder().exists(other)) kept.add(log.pathOf(other));
    }
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("removed", removed);
    report.put("kept", kept);
    return new SideFilesReport(report);
  }
}
