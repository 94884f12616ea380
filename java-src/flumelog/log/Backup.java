package flumelog.log;

import flumelog.block.Window;
import flumelog.error.DiskFailures;
import flumelog.error.FormatFailures;
import flumelog.error.IdentityFailures;
import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.NewFile;
import flumelog.file.ReadableFile;
import flumelog.file.WriterLock;
import flumelog.frame.Framing;
import flumelog.recovery.Checkpoint;
import flumelog.recovery.Deletions;
import flumelog.recovery.LogFiles;
import flumelog.recovery.LogId;
import flumelog.recovery.Mark;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Copies an open log to another file, or its new records to the end of an older copy. Records keep their offsets.
 *
 * <p>A new file gets its name only when all of it is on disk. An older copy is marked as being written before its first
 * new byte. So an interrupted run leaves the file as a killed writer does: with its old records, and perhaps a torn
 * tail.
 */
final class Backup {
  private final LogPath log;
  private final LogPath copy;
  private final LogFolder folder;
  private final String name;
  /** The paths of the log and of its backup. */
  private final String path;
  private final String target;
  private final LogId id;
  private final CopiedBytes source;
  private final Framing framing;
  /** Grows when a record of a protected log is deleted meanwhile: the note of it is copied too. */
  private long end;
  private final Progress progress;

  /**
   * @param log the log
   * @param copy the backup
   * @param id of the log, or null while it is empty
   * @param source the bytes of the log
   */
  Backup(LogPath log, LogPath copy, LogId id, CopiedBytes source, Progress progress) {
    this.log = log;
    this.copy = copy;
    this.folder = copy.folder();
    this.name = copy.name();
    this.path = log.path();
    this.target = copy.path();
    this.id = id;
    this.source = source;
    this.framing = source.framing();
    this.end = source.end();
    this.progress = Objects.requireNonNull(progress, "progress");
  }

  BackupReport run() {
    if (copy.isNoFile()) throw refused("is no file but a folder, a device or a pipe");
    if (copy.isOneOf(log)) throw refused("is the file of this log itself, or lies beside it");
    try {
      return copy.exists() ? intoExisting() : create();
    } catch (IOException e) {
      throw DiskFailures.io(target, "writing the backup", e);
    }
  }

  /** Replaces an empty file. Extends a file that is an older copy by its checkpoint. Refuses any other file. */
  private BackupReport intoExisting() throws IOException {
    checkNoBuffer();
    if (!folder.exists(copy.checkpoint())) checkEmpty();
    try (LogFile file = folder.openForWriting(name); WriterLock lock = folder.lock(name, file)) {
      return file.size() == 0 ? create() : extend(file, lock);
    }
  }

  private void checkNoBuffer() {
    String buffer = copy.buffer();
    if (folder.exists(buffer)) throw refused("has records in " + folder.path(buffer) + ": open and close it first");
  }

  private void checkEmpty() throws IOException {
    try (ReadableFile file = folder.openForReading(name)) {
      if (file.size() > 0) throw refused("is there and has no checkpoint that tells that it is an older backup of this log");
    }
  }

  private LogException refused(String why) {
    return IdentityFailures.notABackup(path, target, why);
  }

  private BackupReport create() throws IOException {
    checkNoBuffer();
    String part = copy.backupPart();
    folder.createLike(part, log.folder(), log.name());
    try (LogFile file = folder.openForWriting(part)) {
      WriterLock lock = folder.lock(part, file); // against another backup to the same place
      try {
        return create(file, part);
      } catch (Throwable t) {
        NewFile.delete(folder, part, t);
        throw t;
      } finally {
        lock.close();
      }
    }
  }

  private BackupReport create(LogFile file, String part) throws IOException {
    file.truncate(0);
    Mark mark = copyTo(file, new Mark(framing, 0, -1, 0, false, false, false, folder.boot(), true));
    writeCheckpoint(file, part, mark);
    folder.rename(part, name);
    return report(mark, mark.end());
  }

  /**
   * Writes the checkpoint before the file gets its name: without it, the next run could not know that the file is a
   * backup.
   */
  private void writeCheckpoint(LogFile file, String part, Mark mark) throws IOException {
    String old = copy.checkpoint();
    if (folder.exists(old)) folder.delete(old); // of another log with this name, which is gone
    if (mark.end() == 0) return;
    folder.createLike(old, log.folder(), log.name());
    try (Checkpoint checkpoint = Checkpoint.of(copy, folder.openForWriting(copy.checkpoint()))) {
      checkpoint.adoptCopy(id, file, folder.stamp(part));
      checkpoint.writeDurably(mark);
    }
  }

  private BackupReport extend(LogFile file, WriterLock lock) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.of(copy, folder.openForWriting(copy.checkpoint()))) {
      Mark old = older(file, checkpoint);
      if (old.end() == end && file.size() == end && !old.dirty()) return report(old, 0);
      lock.confirm();
      checkpoint.adoptCopy(id, file, copy.stamp());
      checkpoint.writeDurably(old.ofWriter());
      Mark mark = addTo(file, checkpoint, old);
      checkpoint.writeDurably(mark);
      return report(mark, mark.end() - old.end());
    }
  }

  /** The checkpoint's mark of the file, which must be an older copy. Throws for any other file, and changes nothing. */
  private Mark older(LogFile file, Checkpoint checkpoint) throws IOException {
    checkpoint.bind(LogFiles.toScan(target, file, file.size()), copy.stamp(), new ArrayList<>());
    Mark mark = checkpoint.believed();
    if (mark == null) throw refused("is there and has no checkpoint that belongs to it");
    if (id == null || !id.equals(checkpoint.id())) throw refused("is there and is another log");
    check(file, mark);
    return mark;
  }

  private void check(LogFile file, Mark mark) throws IOException {
    if (!mark.framing().equals(framing)) throw refused("is there and has another format");
    if (mark.end() > end) throw refused("holds " + mark.end() + " bytes, more than the " + end + " of this log");
    if (mark.end() > 0 && !source.has(target, file, mark)) throw refused("is there and ends with other records than this log has");
    long differing = source.firstDifference(target, file, mark.end());
    if (differing >= 0) throw refused("is there and has a record at " + differing + " that this log has not");
  }

  /**
   * Adds the new records and forces the file; the checkpoint is not written yet. After an error the file is as it was.
   */
  private Mark addTo(LogFile file, Checkpoint checkpoint, Mark old) throws IOException {
    try {
      return copyTo(file, old);
    } catch (Throwable t) {
      cutBack(file, checkpoint, old, t);
      throw t;
    }
  }

  private static void cutBack(LogFile file, Checkpoint checkpoint, Mark old, Throwable cause) {
    try {
      file.truncate(old.end());
      file.force();
      checkpoint.writeDurably(old.clean());
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Copies the records above the mark, and forces the file. Returns the mark of the whole file. */
  private Mark copyTo(LogFile file, Mark old) throws IOException {
    if (file.size() > end) file.truncate(end);
    source.copyTo(target, file, old.end(), progress);
    end = source.end();
    Deletions.redoIn(LogFiles.toMend(target, file, end), log, id, framing);
    file.force();
    return read(file, old);
  }

  /** Reads back the copied records, so that no backup is made of a damaged log. */
  private Mark read(LogFile file, Mark old) {
    Window window = LogFiles.toScan(target, file, end).windowToScan();
    Meter meter = new Meter(progress, "checking", old.end());
    long last = old.last();
    long frames = old.frames();
    long next;
    for (long start = old.end(); start < end; start = next) {
      window.coverUpwards(start, Math.min(framing.overhead(), end - start));
      next = framing.endOf(window, start, end);
      if (next < 0) throw FormatFailures.corrupt(path, start, "its lengths or its trailer don't agree; salvage copies what is whole");
      last = start;
      frames++;
      meter.at(next, end);
    }
    window.release();
    meter.end(end);
    if (source.isProtected() || last == source.last()) return new Mark(framing, end, last, frames, false, false, false, folder.boot(), true);
    throw FormatFailures.corrupt(path, last, "it is the last one, and should start at " + source.last());
  }

  private BackupReport report(Mark mark, long copied) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("end", mark.end());
    report.put("since", source.last());
    report.put("frames", mark.frames());
    report.put("copied-bytes", copied);
    report.put("id", id == null ? null : id.toString());
    return new BackupReport(report);
  }
}
