package flumelog.coll;

import flumelog.codec.Codec;
import flumelog.codec.Looks;
import flumelog.error.CodecFailure;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.log.Cursor;
import flumelog.log.Log;

/**
 * Finds out, once and before the first append, whether the records of a log are of the codec that it was opened with. Their
 * readers could not read on otherwise.
 */
final class Trial {
  /** Records that it looks at: some are the same in JSON and in EDN. */
  private static final int MOST_RECORDS = 4;
  private final Log log;
  private final Codec codec;
  private volatile boolean done;

  /** @param done whether nobody asks for it */
  Trial(Log log, Codec codec, boolean done) {
    this.log = log;
    this.codec = codec;
    this.done = done;
  }

  /** Throws {@code WRONG_FORMAT} where the last records are of another codec. */
  void run() {
    if (done) return;
    lookAtLastRecords();
    done = true;
  }

  private void lookAtLastRecords() {
    long last = log.since().get();
    if (last < 0) return;
    // Deleted records may be many: those of one part are stepped over.
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
      // Damage and records that are too long say nothing of the codec; whoever reads them is told.
      if (e.kind() != LogException.Kind.CORRUPT && e.kind() != LogException.Kind.TOO_LARGE) throw e;
    } finally {
      cursor.release();
    }
  }

  /**
   * Whether the record is of the codec; false where that is not seen. A record before the last one that can't be decoded, and
   * does not look like another codec's, is a bad record in a log whose last one is good: that stops nobody.
   */
  private boolean isTelling(long offset, byte[] data, boolean isLast) {
    try {
      codec.decode(data);
    } catch (Throwable e) { // codecs are anybody's
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
