package flumelog.log;

import flumelog.engine.Counting;
import flumelog.engine.Watermark;
import flumelog.error.DiskFailures;
import flumelog.recovery.LogFiles;
import flumelog.recovery.WritersCheckpoint;
import java.io.IOException;

/** Counts the records that are present: as the log or its checkpoint knows it, or else by a walk that decodes none. */
final class Count {
  private Count() {}

  /** For a log that is open for writing. */
  static long of(Counting counting, OffsetLog log, Progress progress) {
    Counting.Counted now = counting.now();
    if (now.deleted() >= 0) return now.frames() - now.deleted();
    long present = walk(log.cursorPastCache(), now.end(), progress);
    counting.found(present, now);
    return present;
  }

  /** For a log that is open for reading. */
  static long of(LogFiles files, Watermark watermark, OffsetLog log, Progress progress) {
    Cursor cursor = log.cursorPastCache(); // takes in what was appended
    try {
      long known = WritersCheckpoint.count(files.log(), files.file(), watermark.end());
      return known >= 0 ? known : walk(cursor, watermark.end(), progress);
    } catch (IOException e) {
      throw DiskFailures.io(log.path(), "counting the records of", e);
    } finally {
      cursor.release();
    }
  }

  /** @param end records at or above it are not counted */
  static long walk(Cursor cursor, long end, Progress progress) {
    Meter meter = new Meter(progress, "counting");
    long records = 0;
    while (cursor.next() && cursor.offset() < end) {
      records++;
      meter.at(cursor.offset(), end);
    }
    cursor.release();
    meter.end(end);
    return records;
  }
}
