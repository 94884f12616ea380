package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.buffer.OverlaidFile;
import flumelog.codec.Codecs;
import flumelog.codec.Looks;
import flumelog.error.CodecFailure;
import flumelog.error.LogException;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Protected;
import flumelog.recovery.FrameLeaves;
import flumelog.recovery.HeadSearch;
import flumelog.recovery.LogFiles;
import flumelog.recovery.Mark;
import flumelog.recovery.FileScan;
import flumelog.recovery.WritersCheckpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads all of a file and changes nothing. */
public final class Verification {
  /** The largest number of problems of a kind that are listed. All are counted. */
  private static final int MOST_LISTED = 100;

  private final String path;
  private final Blocks blocks;
  private final Framing framing;
  private final LogOptions options;
  private final Meter meter;
  private final List<List<Long>> skipped = new ArrayList<>();
  private final List<Long> undecodable = new ArrayList<>();
  private long frames;
  private long deleted;
  private long skippedBytes;
  private long undecodableCount;
  private long last = -1;
  private long roomBytes;
  /** Null if the log is not protected. */
  private final Proofs proofs;
  /** The codec that the first record that can't be decoded seems to be of. */
  private String looksLike;
  private final boolean isOfBytes;
  /** The payload of the record of a protected log that is looked at; null if it is deleted, or needs no decoding. */
  private byte[] payload;

  private Verification(String path, Blocks blocks, Framing framing, LogOptions options, Proofs proofs) {
    this.proofs = proofs;
    this.path = path;
    this.blocks = blocks;
    this.framing = framing;
    this.options = options;
    this.isOfBytes = options.codec() == Codecs.BYTES;
    this.meter = new Meter(options.progress(), "verifying");
  }

  /**
   * Reads every frame and decodes every record.
   *
   * @param path of the file
   * @param options how to read it
   * @return as {@link #run(LogFolder, String, LogOptions)}
   * @throws LogException {@code WRONG_FORMAT}, {@code FAILED}
   */
  public static VerificationReport run(Path path, LogOptions options) {
    return run(LogPath.of(path), options);
  }

  /**
   * Reads every frame and decodes every record.
   *
   * @param folder of the file
   * @param name of the file
   * @param options how to read it
   * @return {@code ok}, whether the file consists of whole frames whose data can be decoded; {@code frames}, and how
   *     many of them are {@code deleted}; {@code skipped}, at most 100 ranges {@code [from to]} without a whole frame,
   *     and {@code skipped-bytes} of all of them; {@code undecodable}, at most 100 offsets of records that can't be
   *     decoded, and {@code undecodable-count} of all of them; {@code looks-like}, if the first of these seems to be of
   *     another codec; {@code since}, {@code size}, {@code framing}, {@code offset-bits}; {@code room-bytes}, if only
   *     zeros are behind the last frame, which are the room of a writer and no damage. Of a protected log also {@code protect} and
   *     {@code log-id}; {@code damaged}, at most 100 pairs of an offset and what is wrong there: {@code :checksum}, {@code :head}, or
   *     {@code :batch} where a batch has no end; {@code unnoted}, at most 100 offsets of zeros of which no note tells; and {@code
   *     not-yet-deleted}, if there are notes of records whose deletion was interrupted
   * @throws LogException {@code WRONG_FORMAT} if no record is found; {@code FAILED} if the file can't be read
   */
  public static VerificationReport run(LogFolder folder, String name, LogOptions options) {
    return run(new LogPath(folder, name), options);
  }

  private static VerificationReport run(LogPath log, LogOptions options) {
    Objects.requireNonNull(options, "options");
    String path = log.path();
    LogFolder folder = log.folder();
    try (ReadableFile file = OverlaidFile.openForReading(log)) {
      Blocks blocks = LogFiles.toScan(path, file, file.size());
      Protected by = HeadSearch.toVerify(log, blocks, options.request());
      if (by != null) return runProved(path, file, blocks, by, options);
      Mark mark = WritersCheckpoint.markOf(log, blocks);
      Framing framing = blocks.end() == 0 ? options.framingOfNewFile()
          : FileScan.framingOf(path, blocks, mark, folder.boot(), options.request());
      Verification verification = new Verification(path, blocks, framing, options, null);
      FileScan.run(framing, blocks, mark == null ? Long.MAX_VALUE : mark.trustedUpTo(folder.boot()), verification.new Visitor());
      verification.meter.end(blocks.end());
      return verification.report();
    } catch (IOException e) {
      throw log.cannotOpen(e);
    }
  }

  /** If the file has grown, zeros may be of a deletion whose note is new. What is there twice is damage. */
  private static VerificationReport runProved(String path, ReadableFile file, Blocks blocks, Protected by, LogOptions options)
      throws IOException {
    Verification verification = proved(path, file, blocks, by, options);
    long now = file.size();
    if (!verification.proofs.isWhole() && now > blocks.end()) {
      Verification first = verification;
      verification = proved(path, file, LogFiles.toScan(path, file, now), by, options);
      verification.proofs.retain(first.proofs);
    }
    verification.skippedBytes -= verification.proofs.explainedBytes();
    verification.skipped.removeIf(verification.proofs::isExplained);
    verification.meter.end(verification.blocks.end());
    return verification.report();
  }

  private static Verification proved(String path, ReadableFile file, Blocks blocks, Protected by, LogOptions options) {
    Proofs proofs = new Proofs(path, blocks, by, options.request().seal(), FrameLeaves.now(path, file));
    Verification verification = new Verification(path, blocks, by.framing(), options, proofs);
    FileScan.run(by, blocks, verification.new Visitor());
    verification.proofs.end();
    return verification;
  }

  /** Counts what the scan finds. */
  private final class Visitor implements FileScan.Visitor {
    /** Where the last frame starts that is not proved. */
    private long unproved = -1;
    private boolean isPresent;

    @Override
    public void reading(Window window) {
      proofs.reading(window);
    }

    /** cpu: data that needs no decoding is not copied. */
    @Override
    public void payload(ByteBuffer opened) {
      isPresent = true;
      if (opened.remaining() > options.maxRecordBytes() || isOfBytes) return;
      payload = new byte[opened.remaining()];
      opened.get(payload);
    }

    @Override
    public void frame(Frame frame) {
      frames++;
      last = frame.start();
      if (proofs != null) proofs.passed(frame, isPresent);
      if (proofs != null ? !isPresent : framing.isDeleted(blocks, frame)) {
        deleted++;
        if (proofs != null) proofs.deleted(frame.start());
      } else if (!isDecodable(frame)) {
        undecodableCount++;
        if (undecodable.size() < MOST_LISTED) undecodable.add(frame.start());
      }
      payload = null;
      isPresent = false;
      meter.at(frame.end(), blocks.end());
    }

    @Override
    public void unproved(Frame frame) {
      unproved = frame.start();
      proofs.unproved(frame);
      proofs.passed(frame, false);
    }

    @Override
    public void own(Frame frame, int kind) {
      proofs.passed(frame, true);
      proofs.own(frame, kind);
      meter.at(frame.end(), blocks.end());
    }

    @Override
    public void inBatch(Frame frame, boolean hasMore) {
      proofs.inBatch(frame.start(), hasMore);
    }

    @Override
    public void skipped(long from, long to) {
      meter.at(to, blocks.end());
      if ((last >= 0 || proofs != null) && to == blocks.end() && from > 0 && blocks.isZero(from, to - from)) {
        roomBytes = to - from;
        return;
      }
      if (proofs != null && from != unproved) proofs.passedNoFrame();
      skippedBytes += to - from;
      if (skipped.size() < MOST_LISTED) skipped.add(List.of(from, to));
    }
  }

  private boolean isDecodable(Frame frame) {
    if (proofs != null && proofs.isLocked()) return true;
    if (frame.length() - (proofs == null ? 0 : proofs.overhead()) > options.maxRecordBytes()) return false;
    if (proofs != null && isOfBytes) return true;
    byte[] data = proofs == null ? blocks.read(frame.data(), (int) frame.length()) : payload;
    try {
      options.codec().decode(data);
      return true;
    } catch (Throwable e) { // Throwable: a user's codec may throw anything
      CodecFailure.throwUnlessOfRecord(path, e);
      if (looksLike == null) looksLike = Looks.like(data);
      return false;
    }
  }

  private VerificationReport report() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("ok", skippedBytes == 0 && undecodableCount == 0 && (proofs == null || proofs.isWhole()));
    report.put("frames", frames);
    report.put("deleted", deleted);
    report.put("since", last);
    report.put("size", blocks.end());
    if (roomBytes > 0) report.put("room-bytes", roomBytes);
    report.put("framing", framing.framingName());
    if (framing instanceof FlumeFraming flume) report.put("offset-bits", (long) flume.bits());
    report.put("skipped", skipped);
    report.put("skipped-bytes", skippedBytes);
    report.put("undecodable", undecodable);
    report.put("undecodable-count", undecodableCount);
    if (proofs != null) proofs.put(report);
    if (looksLike != null && !looksLike.equals(options.codec().codecName())) report.put("looks-like", looksLike);
    return new VerificationReport(report);
  }
}
