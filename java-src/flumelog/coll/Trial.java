package flumelog.coll;

import flumelog.codec.Codec;
import flumelog.codec.Looks;
import flumelog.error.CodecFailure;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.log.Cursor;
import flumelog.log.Log;

/**
 * Checks once, before the first append, whether the last records of a log are of the codec that the log was opened
 * with. Readers of those records could not decode records of another codec.
 */
final class Trial {
  /** The largest number of records to check. One may not suffice: some data is valid both as JSON and as EDN. */
  private static final int MOST_RECORDS = 4;
  private final Log log;
  private final Codec<?> codec;
  private volatile boolean done;

  /** @param done whether the check is left out */
  Trial(Log log, Codec<?> codec, boolean done) {
    this.log = log;
    this.codec = codec;
    this.done = done;
  }

  /** Throws {@code WRONG_FORMAT} if the last records are of another codec. */
  void run() {
    if (done) return;
    lookAtLastRecords();
    done = true;
  }

  private void lookAtLastRecords() {
    long last = log.since().get();
    if (last < 0) return;
    // There may be many deleted records. The check gives up after one part of the log's spacing.
    long lowest = last - log.spacing().part();
    Cursor cursor = log.cursor().seek(Long.MAX_VALUE);
    try {
      boolean isLast = true;
      for (int left = MOST_RECORDS; left > 0 && cursor.prevDownTo(lowest); left--) {
        byte[] data = cursor.data();
        if (data == null) continue;
        if (isTelling(cursor.offset(), data, isLast)) return;
        isLast = false;
      }
    } catch (LogException e) {
      // Damage and records that are too long say nothing about the codec. Reading them throws the error.
      if (e.kind() != LogException.Kind.CORRUPT && e.kind() != LogException.Kind.TOO_LARGE) throw e;
    } finally {
      cursor.release();
    }
  }

  /**
   * Whether the record shows that the codec is right. Throws if it shows that it is wrong. A record before the last one
   * that can't be decoded, and does not look like another codec's, shows nothing: it is one bad record in a good log.
   */
  private boolean isTelling(long offset, byte[] data, boolean isLast) {
    try {
      codec.decode(data);
    } catch (Throwable e) { // Throwable: a user's codec may throw anything
      CodecFailure.throwUnlessOfRecord(log.path(), e);
      String looksLike = Looks.like(data);
      if (!isLast && looksLike == null) return false;
      throw RecordFailures.wrongCodec(log.path(), offset, codec.codecName(), looksLike);
    }
    boolean isEdn = codec.codecName().equals(":edn");
    if (isEdn && Looks.isJsonThatEdnReads(data)) throw RecordFailures.wrongCodec(log.path(), offset, ":edn", ":json");
    return !(isEdn || codec.codecName().equals(":json")) || !Looks.isEither(data);
  }
}
