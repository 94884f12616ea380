package flumelog.log;

import flumelog.engine.AppendFuture;
import flumelog.error.IdentityFailures;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.error.UseFailures;
import flumelog.frame.Progress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * An append-only log of data. Any number of threads may use it.
 *
 * <p>The key of a record is its offset: a number, 0 or more, that grows from record to record. What it counts, the back end
 * says: in a file bytes from its start, elsewhere it may be records, with numbers left out. Users compare offsets, and keep
 * them; they add to one or subtract only to make a bound, which may be any long.
 *
 * <p>What fails throws a {@link LogException} of the {@link LogException.Kind} that is named here. Once the log is closed,
 * every method but {@link #close}, and those that only say what it is, throws {@code CLOSED}. Methods that write throw {@code
 * READ_ONLY} where the log was opened for reading.
 *
 * <p><b>For authors of back ends.</b> This interface and {@link Cursor} are the seam; {@link OffsetLog} is the back end for a
 * file. A new one implements the methods without a default, and makes a {@link Since} for each of {@link #since} and {@link
 * #durable}. Each default is right for any log that fits what the default says; a back end overrides those that its store
 * does better. What its store can't do throws {@link UseFailures#unsupported}; what it can't do for a moment throws {@link
 * UseFailures#unavailable}, with nothing done. {@code new flumelog.coll.LogCollection(log, codec)} is the Clojure collection
 * over it. The document {@code doc/back-ends.md} goes through it in order, and names the tests that every back end passes.
 */
public interface Log extends Iterable<Entry>, AutoCloseable {
  /**
   * Appends a record.
   *
   * @param data from 1 byte to the maximum of {@link LogOptions#maxRecordBytes}, not all of them zero; not kept
   * @return its offset
   * @throws LogException as {@link #appendAll}
   */
  default long append(byte[] data) {
    return appendAll(List.of(data))[0];
  }

  /**
   * Appends a record for each of the batch, all or none; nothing else comes between them. Where the process is killed or
   * the power goes meanwhile, some of the first of them may be there.
   *
   * @param batch the data of each record; may be empty; it is walked once
   * @return their offsets, in the order of the batch
   * @throws LogException {@code ENCODE} for data that is empty or all zeros, which is what a deleted record looks like;
   *     {@code TOO_LARGE} for longer data than the options allow, or where the log would end past what its format can
   *     hold; {@code FULL} when there is no room on the disk, and {@code UNAVAILABLE} when the store can't be reached: nothing
   *     was appended then, and one may try again; {@code FAILED} when the disk said no, after which the log takes no more
   *     writes
   */
  long[] appendAll(List<byte[]> batch);

  /**
   * Appends a record without waiting for it. Records are appended in the order of the calls; those asked for while
   * others are written go out together. Where more than about a MiB waits, the call does the waiting work before it
   * returns. To cancel the future changes nothing: the record is appended all the same.
   *
   * @param data as for {@link #append}; not changed by anybody until the future is done
   * @return its offset, once {@link #append} would have returned, or what that would have thrown: {@code get} throws an
   *     {@link ExecutionException} with the message of the {@link LogException} that is its cause
   */
  default CompletableFuture<Long> appendAsync(byte[] data) {
    try {
      return AppendFuture.done(append(data));
    } catch (LogException e) {
      return AppendFuture.failed(e);
    }
  }

  /**
   * Reads a record.
   *
   * @param offset any long
   * @return its data, a new array, or null where no record starts, or a deleted one
   * @throws LogException {@code CORRUPT} when the store is damaged there; {@code TOO_LARGE} when the record is longer
   *     than the options allow; {@code FAILED} when it can't be read, {@code UNAVAILABLE} when it can't for a moment
   */
  byte[] get(long offset);

  /**
   * Shows the data of a record where it lies, without a copy where that can be.
   *
   * @param offset any long
   * @param reader is given the data, read-only, which is there only until it returns. It may be called again when the
   *     record or the file is changed meanwhile; what it made of that does not count. Where somebody may cut the file,
   *     only plain reads of the buffer are safe, {@code get} in all its forms: what copies or compares much at once in
   *     native code, as a checksum or a decompressor does, may then end the JVM
   * @param <T> what the reader makes of it
   * @return what the reader returned, or null where no record starts, or a deleted one
   * @throws LogException as {@link #get}, and what the reader throws
   */
  default <T> T view(long offset, Function<ByteBuffer, T> reader) {
    byte[] data = get(offset);
    return data == null ? null : reader.apply(ByteBuffer.wrap(data).asReadOnlyBuffer());
  }

  /**
   * Reads a record that is there.
   *
   * @param offset that of a record that is not deleted
   * @return its data, a new array
   * @throws LogException {@code NOT_A_RECORD} where none starts, {@code DELETED}, and as {@link #get}
   */
  byte[] fetch(long offset);

  /**
   * Deletes records: once it returned no call shows a byte of them, and after {@link #sync} the store holds none.
   *
   * @param offsets those of records; twice the same is once
   * @return how many of them were not deleted before
   * @throws LogException {@code NOT_A_RECORD} before anything is changed; {@code FAILED}; {@code UNSUPPORTED} where the back
   *     end can't keep that promise
   */
  default int delete(long... offsets) {
    throw unsupported("deletion of records");
  }

  /** Told of deletions, by the thread that deletes, one deletion at a time. What it throws harms no deletion. */
  interface DeletionWatch {
    /**
     * Called before records are deleted: they can still be read.
     *
     * @param offsets as they were given to {@link Log#delete}; some may be deleted already, or be none of records
     */
    void deleting(long[] offsets);

    /**
     * Called when the deletion is over, also when it failed: a record that {@link Log#get} still gives is there.
     *
     * @param offsets as before
     */
    void deleted(long[] offsets);
  }

  /**
   * Has a watch told of the records that are deleted from now on by this log object. What another process deletes is seen
   * only by reading.
   *
   * @param watch is told
   * @return ends it
   */
  default Runnable watchDeletions(DeletionWatch watch) {
    return () -> { };
  }

  /**
   * Steps by hand, both ways.
   *
   * @return a cursor at the start, over the records that the log has now
   */
  Cursor cursor();

  /**
   * Steps through a part of the log of which there are many: like {@link #cursor}, and leaves alone what is kept in
   * memory of the log for others.
   *
   * @return a cursor at the start, over the records that the log has now
   */
  default Cursor cursorPastCache() {
    return cursor();
  }

  /**
   * Goes through all records from the oldest to the newest, up to the one that is the last now. A record that is
   * deleted before it is reached is left out.
   *
   * @return the records; its methods throw as {@link #get}
   */
  @Override
  default Iterator<Entry> iterator() {
    return Spliterators.iterator(spliterator());
  }

  /** {@return the same records as {@link #iterator}, which can be split without reading them} */
  @Override
  default Spliterator<Entry> spliterator() {
    return new LogSpliterator(this, Range.all());
  }

  /**
   * All records from the oldest to the newest, up to the one that is the last now. Nothing has to be closed after it:
   * it holds no file of its own. It may be made {@linkplain Stream#parallel parallel}, and keeps its order.
   *
   * @return the records; reading them throws as {@link #get}
   */
  default Stream<Entry> stream() {
    return stream(Range.all());
  }

  /**
   * The records of a range, up to the one that is the last now; see {@link #stream()}.
   *
   * @param range which records, in which direction, and how many at most
   * @return the records; reading them throws as {@link #get}
   */
  default Stream<Entry> stream(Range range) {
    Stream<Entry> records = StreamSupport.stream(new LogSpliterator(this, range), false);
    return range.isLimited() ? records.limit(range.limit()) : records;
  }

  /**
   * The records that the log has and those that will be. Each subscriber gets each of them once and in order, as many
   * as it asks for, by one thread at a time: a daemon that is there while the subscriber wants more. It may take its
   * time, and may use the log.
   *
   * <p>It ends with {@code onComplete} when the log is closed, even before it has read all, or after as many records as
   * the options say; with {@code onError} when a record can't be read, and with {@code CLOSED} for who subscribes to a
   * closed log. In the process that writes, a record is there immediately; one of another process is there as soon as the log
   * sees it, in a file within 20 milliseconds.
   *
   * @param options which records
   * @return a publisher as Reactive Streams asks for, for any number of subscribers
   * @throws LogException {@code BAD_OPTION} when only durable records are asked of a log that is opened for reading
   */
  default Flow.Publisher<Entry> live(LiveOptions options) {
    return new LivePublisher(this, options);
  }

  /** {@return the offset of the last record, -1 when there is none} */
  Since since();

  /**
   * What is durable. What that means, the back end says: in a file, on disk; elsewhere it may be that enough machines have it.
   *
   * @return the offset of the last record known to be durable, -1 when none is known to be
   */
  Since durable();

  /**
   * The offset of the first record, which may be deleted, as that of {@link #since} may. The default takes the first record of
   * a cursor.
   *
   * @return its offset, -1 when there is none
   * @throws LogException as {@link #get}
   */
  default long oldest() {
    Cursor cursor = cursor();
    try {
      return cursor.next() ? cursor.offset() : -1;
    } finally {
      cursor.release();
    }
  }

  /**
   * How far apart offsets are, by which reading is split into parts for several threads. The default is right where offsets
   * count records.
   *
   * @return the same numbers each time
   */
  default Spacing spacing() {
    return Spacing.OF_RECORDS;
  }

  /**
   * The place of a record, to be kept outside of the log. See {@link Position}.
   *
   * @param offset of a record, which may be deleted; -1 is the place before all records
   * @return the position; it costs a few short reads
   * @throws LogException {@code NOT_A_RECORD} where none starts, and as {@link #get}
   */
  default Position position(long offset) {
    if (offset == -1) return Position.start(id());
    List<Trace> traces = traces(offset);
    if (traces == null) throw RecordFailures.notARecord(path(), offset, end());
    return Position.of(id(), offset, traces);
  }

  /**
   * The offset of a position, where that is one of this log as it is now. It costs a few short reads.
   *
   * @param position which a log returned
   * @return its offset; -1 for the place before all records
   * @throws LogException {@code WRONG_LOG} when it is one of another log, or of this one before it was cut back or
   *     replaced by an older copy and grew again; and as {@link #get}
   */
  default long offsetOf(Position position) {
    long offset = position.offset();
    if (position.id() == null) return offset;
    List<Trace> traces = offset < 0 ? null : traces(offset);
    String id = id();
    if (!position.id().equals(id)) throw IdentityFailures.wrongLog(path(), id, position.id(), offset, "it is of another log");
    if (offset < 0) return offset;
    if (traces == null) {
      throw IdentityFailures.wrongLog(path(), id, position.id(), offset, "no record starts there in the log, which ends at " + end());
    }
    if (position.fits(traces) || fitsSoon(position)) return offset;
    throw IdentityFailures.wrongLog(path(), id, position.id(), offset,
        "there are other records there: the log was cut back, or an older copy put in its place, and has grown again");
  }

  /** Another process may be deleting one of the records at this moment, of which a part is zeros then. */
  private boolean fitsSoon(Position position) {
    for (int i = 0; i < 3; i++) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
      List<Trace> traces = traces(position.offset());
      if (traces != null && position.fits(traces)) return true;
    }
    return false;
  }

  /**
   * For back ends: what a {@link Position} remembers of records.
   *
   * @param offset any long
   * @return the traces of the record at the offset and of up to {@link Position#MOST_TRACES} - 1 before it, deleted ones too,
   *     the newest first; null where no record starts there
   * @throws LogException as {@link #get}
   */
  default List<Trace> traces(long offset) {
    throw unsupported("positions");
  }

  /**
   * Describes where a record lies, for people who look at a log. The default knows no more than its offset and its data.
   *
   * @param offset of a record that is not deleted
   * @return names of facts and their values: {@code "start"}, the offset, {@code "length"}, bytes of its {@code "data"}, and
   *     what else the back end has to say; of a frame in a file also {@code "end"}, {@code "bytes"}, {@code "framing"} and
   *     {@code "offset-bits"}
   * @throws LogException as {@link #fetch}
   */
  default Map<String, Object> describe(long offset) {
    byte[] data = fetch(offset);
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("start", offset);
    facts.put("length", (long) data.length);
    facts.put("data", data);
    return facts;
  }

  private LogException unsupported(String what) {
    return isClosed() ? UseFailures.closed(path()) : UseFailures.unsupported(path(), what);
  }

  private long end() {
    return info().get("end") instanceof Long end ? end : since().lastSeen() + 1;
  }

  /**
   * Returns when all that was appended and deleted before is durable.
   *
   * @throws LogException {@code FAILED} when the disk said no, after which the log takes no more writes
   */
  void sync();

  /**
   * Copies all records up to {@link #since}, as of this call, to another file, while appends and deletions go on. They keep
   * their offsets. The new file has its name once all of it is on disk, and a checkpoint beside it. Where there is an older
   * backup of this log already, only what is new is copied behind it; what was deleted in the log since stays in it.
   *
   * @param to path of the new file, or of an older backup of this log; its folder is created where it is missing
   * @param progress told how many bytes were copied; it may throw to stop
   * @return {@code end}, {@code since} and {@code frames} of the backup, {@code copied-bytes}, and the {@code id} of the log
   * @throws LogException {@code BAD_OPTION} where the path leads to any other file, this log among them, which is left
   *     alone; {@code LOCKED} when the backup is open for writing; {@code CORRUPT} when the log is damaged; {@code FULL},
   *     {@code FAILED}; {@code UNSUPPORTED} for a log that has no file
   */
  default Map<String, Object> backup(Path to, Progress progress) {
    throw unsupported("file to back up");
  }

  /**
   * Where the log is, as the user gave it; every message begins with it. Of a log in a file it is the path of that, elsewhere
   * what tells a person where to look, as {@code memory}.
   *
   * @return a short text
   */
  String path();

  /** {@return whether it takes writes; false where it was opened for reading} */
  default boolean writable() {
    return true;
  }

  /**
   * Tells this log from all others, and from itself as it was before it was compacted. It stays the same while the log is
   * copied, moved or restored together with the file that lies beside it; the file of a log alone may get another one. Opened for
   * reading, a log without such a file has an id that nobody else knows, until it is closed.
   *
   * @return 32 hexadecimal digits, or null while the log is empty
   */
  default String id() {
    return null;
  }

  /**
   * What the log is now. Every log has these facts: {@code "path"}; {@code "since"} and {@code "durable"}, as last seen, long;
   * {@code "codec"}, {@link flumelog.codec.Codec#codecName}; {@code "mode"}, {@code "read-write"} or {@code "read"}; {@code
   * "max-record-bytes"}, long; {@code "closed"}, boolean. All others are the back end's own, as {@code "end"} and {@code
   * "framing"} of a file.
   *
   * @return names of facts and their values, none of them null; no I/O is done for it
   */
  Map<String, Object> info();

  /**
   * What opening the log found and did. The default is right for a log that has nothing to recover.
   *
   * @return names of facts, as {@code "tail"} or {@code "cut-bytes"}, and their values
   */
  default Map<String, Object> recovery() {
    return Map.of();
  }

  /** {@return whether it was closed} */
  boolean isClosed();

  /**
   * Makes all durable, ends what is live, and lets go of the store; does nothing the second time.
   *
   * @throws LogException {@code FAILED} when not all could be made durable; the log is closed all the same
   */
  @Override
  void close();
}
