package flumelog.log;

import flumelog.buffer.OverlaidFile;
import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.Place;
import flumelog.file.WriterLock;
import flumelog.recovery.Checkpoint;
import flumelog.recovery.Deletions;
import flumelog.recovery.Opened;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Removes what lies beside a log and can be done without. */
public final class SideFiles {
  private SideFiles() {}

  /**
   * Removes the files beside a log that nobody needs.
   *
   * @param path of the log, which nobody may have open for writing
   * @return as {@link #drop(LogFolder, String)}
   * @throws LogException as {@link #drop(LogFolder, String)}
   */
  public static Map<String, Object> drop(Path path) {
    Place place = Place.of(path);
    return drop(place.folder(), place.name());
  }

  /**
   * Removes the files beside a log that nobody needs: its checkpoint, and what killed processes left unfinished. What a killed
   * writer held back goes to the log's file first, or stays where it does not belong to the log; deletions that it had begun are
   * finished first, or stay where the log is damaged. The log has another id then. A crash at any moment loses nothing.
   *
   * @param folder where the log is
   * @param name of the log, which nobody may have open for writing
   * @return {@code removed} and {@code kept}: paths of files that were beside the log, and of those that are left
   * @throws LogException {@code LOCKED}; {@code FAILED} when there is no such log, or the system says no
   */
  public static Map<String, Object> drop(LogFolder folder, String name) {
    String path = folder.path(name);
    if (!folder.exists(name)) throw DiskFailures.noSuchFile(path, folder.nearest(name));
    finish(folder, name);
    try (LogFile file = folder.openForWriting(name); WriterLock lock = folder.lock(name, file);
        OverlaidFile overlaid = new OverlaidFile(folder, name, file)) {
      lock.confirm();
      List<String> removed = new ArrayList<>();
      String buffer = OverlaidFile.bufferName(name);
      boolean hadBuffer = folder.exists(buffer);
      String kept = overlaid.settle(0).kept();
      file.force();
      if (hadBuffer) removed.add(folder.path(buffer));
      if (isEmpty(folder, Deletions.nameFor(name))) remove(folder, Deletions.nameFor(name), removed);
      for (String part : partsOf(folder, name)) remove(folder, part, removed);
      remove(folder, Checkpoint.nameFor(name), removed);
      return report(folder, name, removed, kept);
    } catch (IOException e) {
      throw DiskFailures.io(path, "removing the files beside", e);
    }
  }

  /** What a killed writer left is finished by opening the log; one that is refused for its content is left as it is. */
  private static void finish(LogFolder folder, String name) {
    try (Opened opened = Opened.open(folder, name, LogOptions.defaults().request())) {
      assert opened.lock() != null;
    } catch (LogException e) {
      boolean isRefused = e.kind() == LogException.Kind.CORRUPT || e.kind() == LogException.Kind.WRONG_FORMAT;
      if (!isRefused) throw e;
    }
  }

  private static boolean isEmpty(LogFolder folder, String name) throws IOException {
    if (!folder.exists(name)) return false;
    try (LogFile file = folder.openForReading(name)) {
      return file.size() == 0;
    }
  }

  private static List<String> partsOf(LogFolder folder, String name) {
    List<String> parts = new ArrayList<>(List.of(Opened.partName(name), name + ".torn-part", name + ".part"));
    for (int i = 2; folder.exists(name + ".part." + i); i++) parts.add(name + ".part." + i);
    return parts;
  }

  private static void remove(LogFolder folder, String name, List<String> removed) throws IOException {
    if (!folder.exists(name)) return;
    folder.delete(name);
    removed.add(folder.path(name));
  }

  private static Map<String, Object> report(LogFolder folder, String name, List<String> removed, String keptBuffer) {
    List<String> kept = new ArrayList<>();
    if (keptBuffer != null) kept.add(folder.path(keptBuffer));
    for (String other : List.of(name + ".lock", Deletions.nameFor(name))) {
      if (folder.exists(other)) kept.add(folder.path(other));
    }
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("removed", removed);
    report.put("kept", kept);
    return report;
  }
}
