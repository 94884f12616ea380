package flumelog.protect;

/**
 * The first byte of the data of each frame in a protected log.
 *
 * <pre>
 *   kind := 0xF8 | type &lt;&lt; 1 | more     type: 0 record, 1 head, 2 deletion note, 3 seal; more: the batch goes on in the next frame
 * </pre>
 *
 * It is never zero, so a protected record never looks deleted. It is never the first byte of text in UTF-8.
 */
public final class Kind {
  public static final int RECORD = 0xF8;
  public static final int HEAD = 0xFA;
  public static final int NOTE = 0xFC;
  public static final int SEAL = 0xFE;
  /** Is added to the kind of each frame of a batch but the last. */
  public static final int MORE = 1;

  /** In place of a kind: all data is zero, since the record was deleted. */
  public static final int DELETED = 0;
  /** In place of a kind: the frame is not one that was written to this log at this offset. */
  public static final int UNPROVED = -1;

  private Kind() {}

  /** Whether a frame of the kind holds a record of the user. Other frames are the log's own. */
  public static boolean isRecord(int kind) {
    return (kind & ~MORE) == RECORD;
  }

  /** Whether the batch of a frame of the kind goes on in the next frame. */
  public static boolean hasMore(int kind) {
    return kind >= RECORD && (kind & MORE) != 0;
  }

  /** Returns the kinds of a batch of records. */
  public static byte[] ofBatch(int records) {
    byte[] kinds = new byte[records];
    for (int i = 0; i < records; i++) kinds[i] = (byte) (i < records - 1 ? RECORD | MORE : RECORD);
    return kinds;
  }
}
