package flumelog.engine;

import flumelog.block.Bytes;
import flumelog.error.RecordFailures;
import flumelog.frame.Framing;
import java.util.List;

/** Makes batches of data that a log can hold. */
public final class Batches {
  private static final int LINE_BYTES = 64;

  private final String path;
  private final Framing framing;
  private final int maxRecordBytes;

  public Batches(String path, Framing framing, int maxRecordBytes) {
    this.path = path;
    this.framing = framing;
    this.maxRecordBytes = maxRecordBytes;
  }

  public Batch of(List<byte[]> records) {
    // A list of the caller's may be another one the next time it is walked.
    byte[][] data = records.toArray(new byte[0][]);
    long bytes = 0;
    for (byte[] one : data) bytes += checkedSize(one, Bytes.areZero(one));
    return new Batch(data, bytes);
  }

  public Batch ofOne(byte[] data) {
    return new Batch(new byte[][] {data}, checkedSize(data, isZeroInLines(data)));
  }

  // cpu: touches each cache line of a single record before the writer's lock is taken, so that the copy under the lock does not
  // wait for memory.
  private static boolean isZeroInLines(byte[] data) {
    int some = 0;
    for (int i = 0; i < data.length; i += LINE_BYTES) some |= data[i];
    return some == 0 && Bytes.areZero(data);
  }

  private long checkedSize(byte[] data, boolean isZero) {
    if (data.length > maxRecordBytes) throw RecordFailures.recordTooLarge(path, data.length, maxRecordBytes);
    if (isZero) {
      throw RecordFailures.encode(path, data.length == 0 ? "its data is empty, which is what a deleted record has"
          : "its " + data.length + " bytes of data are all zero, which is what a deleted record has");
    }
    return framing.size(data.length);
  }
}
