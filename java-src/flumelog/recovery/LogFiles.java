package flumelog.recovery;

import flumelog.block.BlockCache;
import flumelog.block.Blocks;
import flumelog.block.Cache;
import flumelog.error.DiskFailures;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.file.WriterLock;
import java.io.IOException;
import java.util.Map;

/** The file of a log and those beside it, open: what an open log works on. {@link Opening} makes them. */
public final class LogFiles implements AutoCloseable {
  private static final int SCAN_BLOCK_BYTES = 1 << 16;

  private final LogPath log;
  private final String path;
  private final ReadableFile file;
  // Null where the log is only read.
  private final LogFile appending;
  private final WriterLock lock;
  private final Checkpoint checkpoint;
  private final Deletions deletions;
  private final Opening opening;

  /** Those of a log that is only read. */
  LogFiles(Opening opening, ReadableFile file) {
    this(opening, file, null);
  }

  /** @param appending the file of the log, as appends go through it */
  LogFiles(Opening opening, LogFile appending) {
    this(opening, appending, appending);
  }

  private LogFiles(Opening opening, ReadableFile file, LogFile appending) {
    this.log = opening.log;
    this.path = opening.path;
    this.file = file;
    this.appending = appending;
    this.lock = opening.lock;
    this.checkpoint = opening.checkpoint;
    this.deletions = opening.deletions;
    this.opening = opening;
  }

  /** Opens a log as the request asks for. */
  public static LogFiles open(LogPath log, OpenRequest request) {
    try {
      Opening opening = new Opening(log, request);
      return request.writable() ? opening.toWrite() : opening.toRead();
    } catch (IOException e) {
      throw log.cannotOpen(e);
    }
  }

  /** The blocks of an open log, which can be written where the log is. */
  public Blocks blocks(int blockBytes, Cache cache) {
    return appending == null ? Blocks.toRead(path, file, blockBytes, cache, found().end())
        : new Blocks(path, appending, blockBytes, cache, found().end());
  }

  /** Blocks to read a file through once, that leave the caches of readers alone. */
  public static Blocks toScan(String path, ReadableFile file, long size) {
    return Blocks.toRead(path, file, SCAN_BLOCK_BYTES, new BlockCache(4L * SCAN_BLOCK_BYTES), size);
  }

  /** As for reading, of a file in which something may be overwritten too. */
  public static Blocks toMend(String path, LogFile file, long size) {
    return new Blocks(path, file, SCAN_BLOCK_BYTES, new BlockCache(4L * SCAN_BLOCK_BYTES), size);
  }

  /** What the checkpoint says now of the file to a caller that only looks, or null. */
  public static Mark markOf(LogPath log, Blocks blocks) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.openForReading(log, null)) {
      checkpoint.bind(blocks, log.stamp(), null);
      return checkpoint.believed();
    }
  }

  /** The end of the newest mark in the checkpoint, whatever the file is; -1 where there is none. */
  public static long markedEnd(LogPath log) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.openForReading(log, null)) {
      return checkpoint.mark() == null ? -1 : checkpoint.mark().end();
    }
  }

  public LogPath log() {
    return log;
  }

  /** The path of the log, for people. */
  public String path() {
    return path;
  }

  /** The file of the log, for reading. */
  public ReadableFile file() {
    return file;
  }

  /** The same, as appends go through it; null where the log is only read. */
  public LogFile appending() {
    return appending;
  }

  /** Where the log is only read and has none, one that says nothing. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** Null where the log is only read. */
  public Deletions deletions() {
    return deletions;
  }

  /** What opening found in the file. */
  public Recovery found() {
    return opening.found;
  }

  /** What opening found, as a mark: all of it is on disk. */
  public Mark mark() {
    return opening.mark();
  }

  /** Whether the landmarks in the checkpoint are those of the file. */
  public boolean hasLandmarks() {
    return opening.hasLandmarks;
  }

  /** What tells the log from others. */
  public LogId id() {
    if (checkpoint.id() == null) checkpoint.findId(toScan(path, file, found().end()));
    return checkpoint.id();
  }

  /** What opening found and did: names of facts and their values. */
  public Map<String, Object> report() {
    return OpeningReport.of(opening);
  }

  /** The damage that makes opening refuse a log, or show only what is before it, as an error. */
  public LogException corrupt() {
    return corrupt(path, found());
  }

  static LogException corrupt(String path, Recovery found) {
    return FormatFailures.corruptMiddle(
        path, found.end(), found.size(), found.watermark(), found.nextGood(), found.what());
  }

  /** Closes all that is open, whatever goes wrong meanwhile. */
  @Override
  public void close() {
    try (lock; file; checkpoint; deletions) {
      // The last resource is closed first; nobody else may write before the file is as it stays.
    } catch (IOException e) {
      throw DiskFailures.io(path, "closing", e);
    }
  }
}
