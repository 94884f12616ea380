package flumelog.log;

import flumelog.block.BlockCache;
import flumelog.block.Blocks;
import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.OverlaidFile;
import flumelog.file.Place;
import flumelog.file.WriterLock;
import flumelog.frame.Frame;
import flumelog.frame.FrameWriter;
import flumelog.frame.Framing;
import flumelog.frame.Progress;
import flumelog.frame.Recovery;
import flumelog.frame.Scan;
import flumelog.frame.TornTail;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is done to a damaged file, on demand. */
public final class Repair {
  private Repair() {}

  /**
   * Cuts a file at the damage that made {@code open} refuse it, and keeps all that it cuts in a file beside it.
   *
   * @param path of the file
   * @param options how to read it
   * @param cutAt as for {@link #recover(LogFolder, String, LogOptions, long)}
   * @return as {@link #recover(LogFolder, String, LogOptions, long)}
   * @throws LogException {@code BAD_OPTION} when the damage is elsewhere; {@code LOCKED}, {@code FAILED}
   */
  public static Map<String, Object> recover(Path path, LogOptions options, long cutAt) {
    Place place = Place.of(path);
    return recover(place.folder(), place.name(), options, cutAt);
  }

  /**
   * Copies every whole frame of a file to a new one, in the same format.
   *
   * @param from path of the file
   * @param to path of the new file, where none is yet
   * @param options how to read it
   * @return as {@link #salvage(LogFolder, String, LogFolder, String, LogOptions)}
   * @throws LogException {@code BAD_OPTION} when there is a file already; {@code WRONG_FORMAT}, {@code FULL}, {@code FAILED}
   */
  public static Map<String, Object> salvage(Path from, Path to, LogOptions options) {
    Place source = Place.of(from);
    Place target = Place.of(to);
    return salvage(source.folder(), source.name(), target.folder(), target.name(), options);
  }

  /**
   * Cuts a file at the damage that made {@code open} refuse it, and keeps all that it cuts in a file beside it.
   *
   * @param folder where the file is
   * @param name of the file
   * @param options how to read it
   * @param cutAt the offset of the damage, which {@code open} and {@code Verification} tell: the consent to the cut
   * @return {@code end}, {@code cut-bytes}, and {@code kept}, the path of the file with the bytes that were cut
   * @throws LogException {@code BAD_OPTION} when the damage is elsewhere, {@code LOCKED}, {@code WRONG_FORMAT}
   */
  public static Map<String, Object> recover(LogFolder folder, String name, LogOptions options, long cutAt) {
    String path = folder.path(name);
    if (!folder.exists(name)) throw LogException.cannotOpen(path, new NoSuchFileException(path));
    try (LogFile file = folder.openForWriting(name); WriterLock lock = folder.lock(name, file);
        OverlaidFile overlaid = new OverlaidFile(folder, name, file)) {
      Blocks blocks = Opened.toScan(path, overlaid, overlaid.size());
      Recovery found = Recovery.inspect(path, blocks, null, folder.boot(), options.expected());
      if (cutAt != found.end()) {
        throw LogException.badOption(":cut-at", cutAt, found.end() + ", where " + path + " stops being good");
      }
      lock.confirm();
      overlaid.settle(0);
      String kept = null;
      if (found.size() > found.end()) {
        kept = folder.path(TornTail.cut(folder, name, file, found.end(), found.size(), Long.MAX_VALUE));
      }
      return report("end", found.end(), "cut-bytes", found.size() - found.end(), "kept", kept);
    } catch (IOException e) {
      throw LogException.io(path, "recovering", e);
    }
  }

  /**
   * Copies every whole frame of a file to a new one, in the same format. Deleted records stay deleted. Where nothing
   * was skipped before a record it keeps its offset.
   *
   * @param fromFolder where the file is
   * @param from name of the file
   * @param toFolder where the new file comes to be
   * @param to name of the new file, where none is yet
   * @param options how to read it
   * @return {@code frames} that were copied, {@code skipped-bytes}, {@code skipped}: all ranges {@code [from to]} that
   *     hold no whole frame, {@code end} of the new file
   * @throws LogException {@code BAD_OPTION} when the new file exists, {@code WRONG_FORMAT} when there is no record
   */
  public static Map<String, Object> salvage(
      LogFolder fromFolder, String from, LogFolder toFolder, String to, LogOptions options) {
    if (toFolder.exists(to)) throw LogException.badArgument("to", toFolder.path(to), "a path where no file is yet");
    String path = fromFolder.path(from);
    String part = to + ".part";
    try (LogFile source = OverlaidFile.openForReading(fromFolder, from); LogFile target = toFolder.openForWriting(part)) {
      Blocks blocks = Opened.toScan(path, source, source.size());
      Framing framing = Scan.framingOf(path, blocks, options::allow);
      Copy copy = new Copy(path, blocks, framing, toFolder.path(part), target, options);
      copy.run(target);
      toFolder.rename(part, to);
      return report("frames", copy.frames, "skipped-bytes", copy.skippedBytes, "skipped", copy.skipped,
          "end", copy.out.end());
    } catch (IOException e) {
      throw LogException.io(path, "salvaging", e);
    }
  }

  private static final class Copy implements Scan.Visitor {
    private final String path;
    private final int maxBytes;
    private final Blocks in;
    private final Framing framing;
    private final Blocks out;
    private final FrameWriter writer;
    private final Progress progress;
    private final Progress steps;
    private final List<List<Long>> skipped = new ArrayList<>();
    private long frames;
    private long skippedBytes;

    Copy(String path, Blocks in, Framing framing, String part, LogFile target, LogOptions options) {
      this.path = path;
      this.maxBytes = options.maxRecordBytes();
      this.in = in;
      this.framing = framing;
      this.out = new Blocks(part, target, 1 << 12, new BlockCache(0), 0);
      this.writer = new FrameWriter(framing, out);
      this.progress = options.progress();
      this.steps = Progress.inSteps(progress);
    }

    /** All of it is on disk when this returns; where it ends early nothing is left. */
    void run(LogFile target) throws IOException {
      target.truncate(0);
      try {
        Scan.run(framing, in, this);
        progress.at(in.end(), in.end());
        target.force();
      } catch (Throwable t) {
        giveBack(target, t);
        throw t;
      }
    }

    @Override
    public void frame(Frame frame) {
      if (frame.length() > maxBytes) {
        throw LogException.storedRecordTooLarge(path, frame.start(), frame.length(), maxBytes);
      }
      byte[] data = in.read(frame.data(), (int) frame.length());
      writer.write(List.of(data), out.end(), framing.size(data.length));
      out.publish();
      frames++;
      steps.at(frame.end(), in.end());
    }

    @Override
    public void skipped(long from, long to) {
      skipped.add(List.of(from, to));
      skippedBytes += to - from;
      steps.at(to, in.end());
    }
  }

  private static void giveBack(LogFile half, Throwable cause) {
    try {
      half.truncate(0);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static Map<String, Object> report(Object... facts) {
    Map<String, Object> report = new LinkedHashMap<>();
    for (int i = 0; i < facts.length; i += 2) {
      if (facts[i + 1] != null) report.put((String) facts[i], facts[i + 1]);
    }
    return report;
  }
}
