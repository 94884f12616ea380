package flumelog.recovery;

import flumelog.file.LogFile;
import flumelog.file.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Writes a step of a {@link MovesFile} while a log is compacted. */
public final class MovesWriter {
  private static final int BYTES_AT_ONCE = 1 << 16;
  private static final int MOST_BYTES_OF_RUN = 20;

  private final LogFile file;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer buffer = ByteBuffer.allocate(BYTES_AT_ONCE);
  private long count;
  private long bytes;
  /** Where the last run that was written ends in the old file. */
  private long writtenTo;
  /** The run that goes on. */
  private long start;
  private long end;

  /** @param file to which the step is appended */
  public MovesWriter(LogFile file) {
    this.file = file;
  }

  /** The record between two positions of the old file is in the new file. Records come in order. */
  public void stays(long from, long to) throws IOException {
    if (from != end) {
      writeRun();
      start = from;
    }
    end = to;
  }

  /**
   * Ends the step. The file is to be forced afterwards.
   *
   * @param idBefore of the old file
   * @param before the mark of the old file, at its end
   * @param idAfter of the new file
   * @param after the mark of the new file, at its end
   */
  public void finish(LogId idBefore, Mark before, ReadableFile oldFile, LogId idAfter, Mark after, ReadableFile newFile)
      throws IOException {
    writeRun();
    writeBuffer();
    Slot old = Slot.describing(idBefore, before, oldFile);
    MovesFile.writeFooter(file, old, Slot.describing(idAfter, after, newFile), new MovedRuns.Written(count, bytes, crc));
  }

  private void writeRun() throws IOException {
    if (end == start) return;
    if (buffer.remaining() < MOST_BYTES_OF_RUN) writeBuffer();
    MovedRuns.putVarint(buffer, start - writtenTo);
    MovedRuns.putVarint(buffer, end - start);
    writtenTo = end;
    count++;
  }

  private void writeBuffer() throws IOException {
    buffer.flip();
    bytes += buffer.remaining();
    crc.update(buffer.duplicate());
    if (buffer.hasRemaining()) file.append(file.size(), buffer);
    buffer.clear();
  }
}
