package flumelog.coll;

import flumelog.error.LogException;
import flumelog.log.Cursor;
import java.nio.ByteBuffer;

/**
 * Decodes the records that a cursor steps over. Only one thread may use it at a time.
 */
// cpu: if the codec can decode a part of an array, the data of all records goes to one array, which stays in the cache.
final class CursorValues {
  private static final int FIRST_BYTES = 1 << 10;
  /** Longer data gets its own array, so that no large array is retained. */
  private static final int MOST_BYTES = 1 << 16;

  private final Cursor cursor;
  private final RecordCodec recordCodec;
  private byte[] bytes = {};

  CursorValues(Cursor cursor, RecordCodec recordCodec) {
    this.cursor = cursor;
    this.recordCodec = recordCodec;
  }

  /** The value of the current record; {@link RecordCodec#NONE} if it is skipped, or was deleted after the cursor's step. */
  Object value() {
    return recordCodec.readsInPlace() ? valueInPlace() : valueOfArray();
  }

  private Object valueInPlace() {
    ByteBuffer data;
    try {
      data = cursor.view();
    } catch (LogException e) {
      return recordCodec.insteadOf(e);
    }
    if (data == null) return RecordCodec.NONE;
    int length = data.remaining();
    if (length > MOST_BYTES) return valueOfArray();
    makeRoom(length);
    data.get(data.position(), bytes, 0, length);
    return recordCodec.value(cursor.offset(), bytes, length);
  }

  private Object valueOfArray() {
    byte[] data;
    try {
      data = cursor.data();
    } catch (LogException e) {
      return recordCodec.insteadOf(e);
    }
    return recordCodec.value(cursor.offset(), data);
  }

  private void makeRoom(int length) {
    if (length > bytes.length) bytes = new byte[Math.min(MOST_BYTES, Math.max(FIRST_BYTES, 2 * length))];
  }
}
