package flumelog.file;

import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The file of a log that is open for writing. It checks now and then that no other process changes the file: the path leads to
 * this file, the file is as long as the writer has made it, and no other process has the lock. Such a check is called a look.
 *
 * <p>It looks at each force before the force returns, before each cut, and before a write if the last look was more than
 * {@link #LOOK_NANOS} ago. The size alone is checked more often. If a look finds something wrong, that call throws, and so does
 * every later call that would write. So nothing is written over the bytes of another program, or behind a hole in a file that
 * was cut.
 */
final class GuardedFile implements LogFile {
  /** The time from one look to the next. A look takes a few microseconds. */
  private static final long LOOK_NANOS = 1_000_000;
  /** The time from one check of the size to the next. Such a check takes a tenth of the time of an append. */
  private static final long SIZE_NANOS = 100_000;
  /** Some file systems show a new size or name late. So a look that finds something wrong is repeated after this time. */
  private static final long AGAIN_MILLIS = 5;

  /** How many bytes of an append are remembered, so that a later look can compare them with the file. */
  private static final int SAMPLE_BYTES = 32;
  private static final String MEANWHILE = "while it is open for writing: copy what it holds before you close it";

  /** The finding of a look that found something wrong. The size is -1 if the size is right. */
  private record Wrong(String what, long size, long end) {}

  private final ChannelFile file;
  private final Path path;
  private final WriterLock lock;
  /** The file is at least this long: the end of the bytes that were certainly written. */
  private volatile long least;
  /** The file is at most this long: the end of the bytes that may have been written. */
  private volatile long most;
  /** Counts the starts and ends of cuts: odd while the file is being cut. */
  private volatile int cuts;
  private volatile long lookedAt;
  private volatile long sizedAt;
  private volatile Wrong wrong;
  /**
   * The beginning of the first append since opening, and of one append since the last look: position(int64) and bytes. A
   * program that opened the file earlier does not know of the appends, and would write over them.
   */
  private volatile ByteBuffer first;
  private volatile ByteBuffer latest;
  private volatile boolean wantsLatest = true;
  private boolean wantsFirst = true;

  GuardedFile(ChannelFile file, Path path, WriterLock lock) throws IOException {
    this.file = file;
    this.path = path;
    this.lock = lock;
    this.least = file.size();
    this.most = least;
    this.lookedAt = System.nanoTime();
    this.sizedAt = lookedAt;
  }

  @Override
  public void look() throws IOException {
    check();
    long now = System.nanoTime();
    if (find() != null) {
      Pause.millis(AGAIN_MILLIS);
      Wrong found = find();
      if (found != null) throw stop(found);
    }
    lookedAt = now;
    sizedAt = now;
    wantsLatest = true;
  }

  @Override
  public int readAt(long position, ByteBuffer into) throws IOException {
    return file.readAt(position, into);
  }

  @Override
  public void append(long end, ByteBuffer bytes) throws IOException {
    lookIfDue();
    long newEnd = end + bytes.remaining();
    if (newEnd > most) most = newEnd;
    forgetSamples(end, newEnd);
    ByteBuffer sample = wantsFirst || wantsLatest ? sample(end, bytes) : null;
    file.append(end, bytes);
    if (newEnd > least) least = newEnd;
    if (sample != null) keep(sample);
  }

  @Override
  public void overwrite(long position, ByteBuffer bytes) throws IOException {
    lookIfDue();
    forgetSamples(position, position + bytes.remaining());
    file.overwrite(position, bytes);
  }

  @Override
  public void truncate(long size) throws IOException {
    look();
    forgetSamples(size, Long.MAX_VALUE);
    cuts++;
    try {
      file.truncate(size);
      least = Math.min(size, most);
      most = least;
    } finally {
      cuts++;
    }
  }

  @Override
  public void force() throws IOException {
    check();
    file.force();
    look();
  }

  @Override
  public ByteBuffer map(long position, int bytes) throws IOException {
    return file.map(position, bytes);
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  public boolean finish() throws IOException {
    return file.finish();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private static ByteBuffer sample(long position, ByteBuffer bytes) {
    int n = Math.min(SAMPLE_BYTES, bytes.remaining());
    return ByteBuffer.allocate(Long.BYTES + n).putLong(position).put(bytes.slice(bytes.position(), n)).flip();
  }

  private void keep(ByteBuffer sample) {
    if (wantsFirst) first = sample;
    else latest = sample;
    wantsFirst = false;
    wantsLatest = false;
  }

  /** Drops the samples in a range, before the writer itself writes to that range. */
  private void forgetSamples(long from, long to) {
    if (isIn(first, from, to)) first = null;
    if (isIn(latest, from, to)) latest = null;
  }

  private static boolean isIn(ByteBuffer sample, long from, long to) {
    return sample != null && sample.getLong(0) < to && sample.getLong(0) + sample.limit() - Long.BYTES > from;
  }

  private static boolean isThere(ByteBuffer sample, ChannelFile file) throws IOException {
    ByteBuffer now = ByteBuffer.allocate(sample.limit() - Long.BYTES);
    file.readAt(sample.getLong(0), now);
    return now.flip().equals(sample.slice(Long.BYTES, now.capacity()));
  }

  private Wrong writtenOver(ByteBuffer sample, boolean isFirst, long end) throws IOException {
    if (sample == null || isThere(sample, file) || sample != (isFirst ? first : latest)) return null;
    return new Wrong("was written over at " + sample.getLong(0) + " by another program: end that program, close the log, and see"
        + " what it holds (verify)", -1, end);
  }

  @Override
  public void lookIfDue() throws IOException {
    check();
    long now = System.nanoTime();
    if (now - lookedAt > LOOK_NANOS) {
      look();
    } else if (now - sizedAt > SIZE_NANOS) {
      if (wrongSize(least, file.size(), most) != null) look();
      sizedAt = now;
    }
  }

  private void check() {
    Wrong known = wrong;
    if (known != null) throw stop(known);
  }

  private LogException stop(Wrong found) {
    wrong = found;
    return DiskFailures.notAlone(path.toString(), found.what, found.size, found.end);
  }

  private Wrong find() throws IOException {
    while (true) {
      int before = cuts;
      long low = least;
      BasicFileAttributes now;
      try {
        now = Files.readAttributes(path, BasicFileAttributes.class);
      } catch (NoSuchFileException e) {
        return new Wrong("was removed or renamed, or its folder was, " + MEANWHILE, -1, most);
      } catch (IOException e) {
        return lostLock(); // the attributes can't be read, which alone doesn't show that anything is wrong
      }
      long high = most;
      if (cuts == before && (before & 1) == 0) return wrong(now, low, high);
      Thread.onSpinWait();
    }
  }

  private Wrong wrong(BasicFileAttributes now, long low, long high) throws IOException {
    if (!file.isSame(now)) return new Wrong("was replaced by another file " + MEANWHILE, now.size(), high);
    Wrong size = wrongSize(low, now.size(), high);
    if (size != null) return size;
    Wrong over = writtenOver(first, true, high);
    if (over == null) over = writtenOver(latest, false, high);
    return over != null ? over : lostLock();
  }

  private Wrong lostLock() throws IOException {
    if (lock.isHeld()) return null;
    return new Wrong("is open for writing in another process too: other code in this process had opened and closed the file,"
        + " which freed its lock; close the log in one of the processes", -1, most);
  }

  private static Wrong wrongSize(long low, long size, long high) {
    if (size >= low && size <= high) return null;
    if (size < low) {
      return new Wrong("was cut to " + size + " bytes by another program, after its writer had written " + low
          + ": close it and open it again", size, low);
    }
    return new Wrong("has " + size + " bytes, but its writer has written only " + high + ", so another program writes to it: end"
        + " that program, close the log, and see what it holds (verify)", size, high);
  }
}
