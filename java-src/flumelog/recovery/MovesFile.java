package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.Diagnostics;
import flumelog.error.Reason;
import flumelog.file.LogFile;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.file.Stamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The file that compactions leave beside the log: where its records went. What was kept for the log as it was can be
 * moved with it. A step is tied to the log by the slots of two checkpoints, the last one of the old file and the first
 * one of the new file.
 *
 * <pre>
 *   file   := step*                          one for each compaction, the newest last, at most {@link #MOST_STEPS}
 *   step   := run* footer
 *   run    := gone(varint) stay(varint)      bytes of the old file that are left out, and the bytes behind them that stay
 *   footer := old new runs(int64) bytes(int64) crc(int32)
 *             old, new: a slot of a {@link CheckpointFile}; runs: how many; bytes: of all runs; crc: CRC-32C of all
 *             bytes of the step before it
 *   varint := 7 bits in each byte, the lowest first; the highest bit of a byte says that more follow
 * </pre>
 *
 * The whole file is renamed into place before the compacted log is. So after a crash the last step may be one that
 * never came about: it leads to an id that the log does not have.
 */
public final class MovesFile {
  /** How many steps are kept. A view that has missed more compactions than that is built anew. */
  static final int MOST_STEPS = 8;

  private static final int FOOTER_BYTES = 2 * Slot.BYTES + 2 * Long.BYTES + Integer.BYTES;

  /** One step: the log before and after it, and where its runs are in the file. */
  private record Step(Slot before, Slot after, long runs, long start, long footer) {
    long end() {
      return footer + FOOTER_BYTES;
    }
  }

  private MovesFile() {}

  /**
   * Finds where the records went since the log had another id.
   *
   * @param from the id that the log had, as text
   * @param now the id of the log
   * @return the compactions since then, the oldest first; null if the file does not know them all
   */
  public static List<MovedRuns> read(LogPath log, String from, LogId now) {
    if (!log.folder().exists(log.moves())) return null;
    try (ReadableFile file = log.folder().openForReading(log.moves())) {
      List<Step> steps = steps(file, now);
      int first = 0;
      while (first < steps.size() && !steps.get(first).before.id().toString().equals(from)) first++;
      return first == steps.size() ? null : runsOf(file, steps.subList(first, steps.size()));
    } catch (IOException e) {
      Diagnostics.write(System.Logger.Level.WARNING, log.pathOf(log.moves()) + " can't be read", e);
      return null;
    }
  }

  private static List<MovedRuns> runsOf(ReadableFile file, List<Step> steps) throws IOException {
    List<MovedRuns> found = new ArrayList<>();
    for (Step step : steps) {
      ByteBuffer bytes = read(file, step.start, step.end());
      int end = bytes.limit() - Integer.BYTES;
      if (Slot.crc(bytes.duplicate().limit(end)) != bytes.getInt(end)) return null;
      found.add(MovedRuns.read(bytes.limit((int) (step.footer - step.start)), (int) step.runs));
    }
    return found;
  }

  /**
   * The id of a log of which no checkpoint is believed. An interrupted compaction has deleted the checkpoint, and here
   * is the id, if the log's file is exactly as the compaction found or left it. Otherwise the log gets a new id.
   *
   * @param blocks all of the log's file
   */
  static LogId idOrRandom(LogPath log, Blocks blocks) {
    if (blocks.end() == 0 || !log.folder().exists(log.moves())) return LogId.random();
    try (ReadableFile file = log.folder().openForReading(log.moves())) {
      Step last = stepThatEnds(file, file.size());
      if (last != null && isOf(last.before, blocks, log)) return last.before.id();
      if (last != null && isOf(last.after, blocks, log)) return last.after.id();
    } catch (IOException e) {
      Diagnostics.write(System.Logger.Level.WARNING, log.pathOf(log.moves()) + " can't be read", e);
    }
    return LogId.random();
  }

  private static boolean isOf(Slot slot, Blocks blocks, LogPath log) throws IOException {
    return slot.mark().end() == blocks.end() && Binding.of(slot, blocks, Stamp.NONE, log).keepsId();
  }

  /**
   * Copies the steps that led to the log as it is to a new file.
   *
   * @param now the id of the log
   * @param to an empty file
   */
  public static void copySteps(LogPath log, LogId now, LogFile to) throws IOException {
    if (!log.folder().exists(log.moves())) return;
    try (ReadableFile file = log.folder().openForReading(log.moves())) {
      List<Step> steps = steps(file, now);
      for (Step step : steps.subList(Math.max(0, steps.size() - MOST_STEPS + 1), steps.size())) {
        to.append(to.size(), read(file, step.start, step.end()));
      }
    } catch (IOException e) {
      to.truncate(0);
      Diagnostics.write(System.Logger.Level.WARNING,
          log.pathOf(log.moves()) + " can't be read (" + Reason.of(e) + "): only the new compaction will be in it", null);
    }
  }

  /** Appends the footer of a step, whose runs are in the file. */
  static void writeFooter(LogFile file, Slot before, Slot after, MovedRuns.Written runs) throws IOException {
    ByteBuffer footer = ByteBuffer.allocate(FOOTER_BYTES);
    footer.put(before.toBytes()).put(after.toBytes()).putLong(runs.count()).putLong(runs.bytes());
    runs.crc().update(footer.duplicate().flip());
    footer.putInt((int) runs.crc().getValue());
    file.append(file.size(), footer.flip());
  }

  /** The steps that led, one after the other, to the log with this id; the oldest first. */
  private static List<Step> steps(ReadableFile file, LogId now) throws IOException {
    Deque<Step> steps = new ArrayDeque<>();
    LogId wanted = now;
    Step step;
    for (long end = file.size(); (step = stepThatEnds(file, end)) != null; end = step.start) {
      if (step.after.id().equals(wanted)) {
        steps.addFirst(step);
        wanted = step.before.id();
      }
    }
    return new ArrayList<>(steps);
  }

  /** Null if no step ends there. */
  private static Step stepThatEnds(ReadableFile file, long end) throws IOException {
    long start = end - FOOTER_BYTES;
    if (start < 0) return null;
    ByteBuffer footer = read(file, start, end);
    ByteBuffer before = footer.slice(0, Slot.BYTES);
    ByteBuffer after = footer.slice(Slot.BYTES, Slot.BYTES);
    if (!Slot.hasId(before) || !Slot.hasId(after)) return null;
    long runs = footer.getLong(2 * Slot.BYTES);
    long bytes = footer.getLong(2 * Slot.BYTES + Long.BYTES);
    if (bytes < 0 || bytes > start || runs < 0 || 2 * runs > bytes) return null;
    return new Step(Slot.of(before), Slot.of(after), runs, start - bytes, start);
  }

  private static ByteBuffer read(ReadableFile file, long from, long to) throws IOException {
    if (to - from > Integer.MAX_VALUE - Long.BYTES) throw new IOException("a step of " + (to - from) + " bytes is too long");
    ByteBuffer bytes = ByteBuffer.allocate((int) (to - from));
    if (file.readAt(from, bytes) < bytes.capacity()) throw new IOException("the file became shorter");
    return bytes.flip();
  }
}
