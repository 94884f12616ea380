package flumelog.log;

import flumelog.engine.AppendFuture;
import flumelog.error.IdentityFailures;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.error.UseFailures;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.jspecify.annotations.Nullable;

/**
 * An append-only log of data. Any number of threads may use it.
 *
 * <p>The key of a record is its offset: a number, 0 or more, that grows from record to record. The back end decides
 * what it counts: in a file it counts bytes from the start; in another back end it may count records, with gaps. Users
 * compare and store offsets. They add to an offset or subtract from it only to make a bound, which may be any long.
 *
 * <p>A method that fails throws a {@link LogException} of the {@link LogException.Kind} that is named here; {@link
 * flumelog.log the page of the package} says when it throws another exception. Methods that write throw {@code
 * READ_ONLY} if the log was opened for reading. When the log is closed, a method throws {@code CLOSED}, except these:
 *
 * <ul>
 *   <li>{@link #close} does nothing.
 *   <li>{@link #path}, {@link #id}, {@link #writable}, {@link #spacing}, {@link #info}, {@link #recovery}, {@link
 *       #isClosed}, {@link #since} and {@link #durable} still give the facts of the log, and so does {@link Since#get}.
 *   <li>{@link #appendAsync} returns a future that has failed with {@code CLOSED}.
 *   <li>{@link #live} returns a publisher, whose subscribers get {@code CLOSED} by {@code onError}.
 *   <li>{@link #watchDeletions} returns as before, and the watch is not called.
 *   <li>{@link #position} and {@link #offsetOf} still know the place before all records.
 * </ul>
 *
 * <p><b>For authors of back ends.</b> This interface and {@link Cursor} are the seam; {@link OffsetLog} is the back end
 * for a file. A new one implements the methods without a default, and makes a {@link Since} for each of {@link #since}
 * and {@link #durable}. The defaults are correct for any log, within the conditions that they state. A back end
 * overrides those that its store can do better. A method that the store can't support throws {@link
 * UseFailures#unsupported}. A method that fails because the store is not available for a moment does nothing and throws
 * {@link UseFailures#unavailable}. {@code new flumelog.coll.LogCollection(log, codec)} is the Clojure collection over a
 * log. The document {@code doc/back-ends.md} explains the methods in order, and names the tests that every back end
 * must pass.
 */
public interface Log extends Iterable<Entry>, AutoCloseable {
  /**
   * Appends a record.
   *
   * @param data 1 to {@link LogOptions#maxRecordBytes} bytes, not all of them zero; the array is not kept
   * @return its offset
   * @throws LogException as {@link #appendAll}
   */
  default long append(byte[] data) {
    return appendAll(List.of(Objects.requireNonNull(data, "data")))[0];
  }

  /**
   * Appends the records of a batch: all or none, and no other record comes between them, unless the back end lets several
   * writers in and says so. After a crash during the call, a log in a file may have the first records of the batch.
   *
   * @param batch the data of each record; may be empty; it is walked once
   * @return their offsets, in the order of the batch
   * @throws LogException {@code ENCODE} for data that is empty or all zeros, since a deleted record looks like that;
   *     {@code TOO_LARGE} for longer data than the options allow, or if the log would become larger than its format
   *     allows; {@code FULL} when the disk is full, and {@code UNAVAILABLE} when the store can't be reached: nothing
   *     was appended, and the caller may try again; {@code LOCKED} when another writer has taken the log over; {@code
   *     FAILED} when the disk reports an error, after which the log takes no more writes
   */
  long[] appendAll(List<byte[]> batch);

  /**
   * Appends a record without waiting for it. Records are appended in the order of the calls. Those that come while a
   * write is under way share the next write.
   *
   * <p>With a file, at most about 1 MiB waits to be written: a call that makes it more writes all of it before it
   * returns. Cancelling the future, or completing it by other means, has no effect on the record: it is appended anyway.
   * Dependent actions run in a thread of the log, named {@code flumelog-append} and the file; or in the thread that adds
   * them, if the future is done; or in a thread that writes for others, or closes the log. A slow action keeps the futures
   * of the same write waiting, but no later write. Give slow actions an executor of their own, as by {@code
   * thenApplyAsync(action, executor)}.
   *
   * @param data as for {@link #append}; the array must not change until the future is done
   * @return a future of the offset, which is done when {@link #append} would have returned. If {@link #append} would
   *     have thrown, {@code get} throws an {@link ExecutionException} with the message of its cause, a {@link
   *     LogException}
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
   * @return its data, a new array; null if no record starts at the offset, or a deleted one
   * @throws LogException {@code CORRUPT} if the store is damaged there; {@code TOO_LARGE} if the record is longer than
   *     the options allow; {@code FAILED} if it can't be read, {@code UNAVAILABLE} if it can't be read at the moment
   */
  byte @Nullable [] get(long offset);

  /**
   * Reads a record by its end, see {@link Cursor#end}.
   *
   * @param end any long
   * @return its data, a new array; null if no record ends there, or a deleted one
   * @throws LogException as {@link #get}
   */
  default byte @Nullable [] getEnding(long end) {
    long offset = offsetOfEnding(end);
    return offset < 0 ? null : get(offset);
  }

  /**
   * Finds a record by its end, see {@link Cursor#end}. The default is a step of a cursor.
   *
   * @param end any long
   * @return the offset of the record that ends there, which may be deleted if the back end still knows it; -1 if none ends there
   * @throws LogException as {@link #get}
   */
  default long offsetOfEnding(long end) {
    Cursor cursor = cursorPastCache().seek(end);
    try {
      return cursor.prev() && cursor.end() == end ? cursor.offset() : -1;
    } finally {
      cursor.release();
    }
  }

  /**
   * Reads the data of a record in place, without a copy if possible.
   *
   * @param offset any long
   * @param reader gets the data, a read-only buffer that is valid only until the reader returns. If the record or the
   *     file changes meanwhile, the reader is called again, and its earlier result is dropped. If another program may
   *     cut the file, use only the {@code get} methods of the buffer: native code that copies or compares many bytes (a
   *     checksum, a decompressor) may crash the JVM
   * @param <T> the type of the reader's result
   * @return the reader's result; null if no record starts at the offset, or a deleted one
   * @throws LogException as {@link #get}, and any exception of the reader
   */
  default <T> @Nullable T view(long offset, Function<ByteBuffer, T> reader) {
    Objects.requireNonNull(reader, "reader");
    byte[] data = get(offset);
    return data == null ? null : reader.apply(ByteBuffer.wrap(data).asReadOnlyBuffer());
  }

  /**
   * Reads a record that must exist.
   *
   * @param offset of a record that is not deleted
   * @return its data, a new array
   * @throws LogException {@code NOT_A_RECORD} if no record starts at the offset, {@code DELETED}, and as {@link #get}
   */
  byte[] fetch(long offset);

  /**
   * Deletes records. After this call no read returns a byte of them. After {@link #sync} the store has no byte of them.
   *
   * @param offsets of records; an offset may be there twice
   * @return how many of the records were not deleted before
   * @throws LogException {@code NOT_A_RECORD}, with nothing changed, if no record starts at one of the offsets; {@code
   *     FAILED}; {@code UNSUPPORTED} if the back end can't keep that promise
   */
  default int delete(long... offsets) {
    throw unsupported("deletion of records");
  }

  /** Is called for each deletion, one at a time, by the thread that deletes. Its exceptions have no effect. */
  interface DeletionWatch {
    /**
     * Called before records are deleted, while they can still be read.
     *
     * @param offsets as given to {@link Log#delete}; some may be deleted already, or not be offsets of records
     */
    void deleting(long[] offsets);

    /**
     * Called after the deletion, also if it failed. A record that {@link Log#get} still returns was not deleted.
     *
     * @param offsets as given to {@link Log#delete}
     */
    void deleted(long[] offsets);
  }

  /**
   * Calls a watch for all later deletions through this log object. Deletions by another process are not reported.
   *
   * @param watch is called for each deletion
   * @return removes the watch
   */
  default Runnable watchDeletions(DeletionWatch watch) {
    return () -> { };
  }

  /**
   * Steps through the log by hand, in both directions.
   *
   * @return a cursor before the first record; it sees the records that the log has now
   */
  Cursor cursor();

  /**
   * A {@link #cursor} that does not put blocks into the cache: for reading one of many parts of the log.
   *
   * @return a cursor before the first record; it sees the records that the log has now
   */
  default Cursor cursorPastCache() {
    return cursor();
  }

  /**
   * Goes through all records from the oldest to the newest, up to the last record at the time of this call. A record
   * that is deleted before the iterator reaches it is left out.
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
   * All records from the oldest to the newest, up to the last record at the time of this call. The stream need not be
   * closed: it has no file of its own. It may be made {@linkplain Stream#parallel parallel}, and then keeps its order.
   *
   * @return the records; reading them throws as {@link #get}
   */
  default Stream<Entry> stream() {
    return stream(Range.all());
  }

  /**
   * The records of a range, up to the last record at the time of this call: see {@link #stream()}.
   *
   * @param range the bounds, the direction and the largest number of records
   * @return the records; reading them throws as {@link #get}
   */
  default Stream<Entry> stream(Range range) {
    Objects.requireNonNull(range, "range");
    Stream<Entry> records = StreamSupport.stream(new LogSpliterator(this, range), false);
    return range.isLimited() ? records.limit(range.limit()) : records;
  }

  /**
   * The present and future records of the log. Each subscriber gets each record once and in order, and as many as it
   * requests. One daemon thread at a time calls the subscriber, while it has demand. The subscriber may be slow, and
   * may use the log.
   *
   * <p>A subscription ends with {@code onComplete} at the limit or the upper bound of the options, or when the log is closed
   * after the subscriber got all records. It ends with {@code onError} when a record can't be read. When the log is closed
   * before, the subscriber gets {@code onError} with {@code CLOSED}, and the fact {@code offset} says from where to go on. So
   * does a subscriber to a closed log, without that fact. In the process that writes, a record comes immediately. In another process it comes when the log sees it, with a file within 20 milliseconds.
   *
   * @param options which records
   * @return a publisher that follows Reactive Streams, for any number of subscribers
   * @throws LogException {@code BAD_OPTION} for only durable records of a log that is opened for reading
   */
  default Flow.Publisher<Entry> live(LiveOptions options) {
    return new LivePublisher(this, options);
  }

  /** {@return the offset of the last record, -1 if there is none} */
  Since since();

  /**
   * The last durable record. The back end decides what durable means: with a file, that the record is on disk; in
   * another back end it may mean that enough machines have it.
   *
   * @return the offset of the last record that is known to be durable, -1 if no record is
   */
  Since durable();

  /**
   * The offset of the first record. It may be deleted, as may that of {@link #since}. By default the first one of a
   * cursor.
   *
   * @return its offset, -1 if there is none
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
   * The distances between offsets, by which a range is split into parts for several threads. The default is for offsets
   * that count records.
   *
   * @return the same numbers at each call
   */
  default Spacing spacing() {
    return Spacing.OF_RECORDS;
  }

  /**
   * The position of a record, to be stored outside of the log: see {@link Position}. It costs a few short reads.
   *
   * @param offset of a record, which may be deleted; -1 is the place before all records
   * @return the position
   * @throws LogException {@code NOT_A_RECORD} if no record starts at the offset, and as {@link #get}
   */
  default Position position(long offset) {
    if (offset == -1) return Position.start(id());
    List<Trace> traces = traces(offset);
    if (traces == null) throw RecordFailures.notARecord(path(), offset, end());
    return Position.of(id(), offset, traces);
  }

  /**
   * The offset of a position. It costs a few short reads, which check that the log has the same records there.
   *
   * @param position that a log returned
   * @return its offset; -1 for the place before all records
   * @throws LogException {@code WRONG_LOG} if the position is of another log, or was taken before this log was cut
   *     back, or replaced by an older copy, and grew again; and as {@link #get}
   */
  default long offsetOf(Position position) {
    Objects.requireNonNull(position, "position");
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

  /** Compares again a few times: while another process deletes one of the records, a part of that record is zeros. */
  private boolean fitsSoon(Position position) {
    for (int i = 0; i < 3; i++) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
      List<Trace> traces = traces(position.offset());
      if (traces != null && position.fits(traces)) return true;
    }
    return false;
  }

  /**
   * For back ends: the parts of a {@link Position} that identify records.
   *
   * @param offset any long
   * @return the traces of the record at the offset and of up to {@link Position#MOST_TRACES} - 1 records before it,
   *     deleted ones too, the newest first; null if no record starts at the offset
   * @throws LogException as {@link #get}
   */
  default @Nullable List<Trace> traces(long offset) {
    throw unsupported("positions");
  }

  /**
   * Describes a record and its place in the store, for people who inspect a log. By default its offset and data.
   *
   * @param offset of a record that is not deleted
   * @return facts by name: {@code "start"}, the offset; {@code "data"}; {@code "length"}, its bytes; and facts of the
   *     back end. A frame in a file also has {@code "end"}, {@code "bytes"}, {@code "framing"} and {@code
   *     "offset-bits"}
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

  /**
   * Forgets the oldest records: those below an offset. No call returns them any more. The back end decides when their bytes
   * go. A log in a file can't do that: rotate it instead.
   *
   * @param offset any long; records at it or above stay
   * @return the offset of the first record that is left, -1 if none is
   * @throws LogException {@code UNSUPPORTED} if the back end can't move the start of the log; {@code UNAVAILABLE} as {@link
   *     #appendAll}
   */
  default long forgetBefore(long offset) {
    throw unsupported("start that can be moved; to be rid of old records rotate it: close it, rename its file, and open a new one"
        + " (doc/operating.md)");
  }

  private LogException unsupported(String what) {
    return isClosed() ? UseFailures.closed(path()) : UseFailures.unsupported(path(), what);
  }

  private long end() {
    return info().get("end") instanceof Long end ? end : since().lastSeen() + 1;
  }

  /**
   * Counts the records that are present. By default it reads the log from its start to its end.
   *
   * @param progress is called while the log is read; it may throw to stop
   * @return how many records there are
   * @throws LogException as {@link #cursor}
   */
  default long count(Progress progress) {
    return Count.walk(cursorPastCache(), end(), progress);
  }

  /**
   * Makes all appends and deletions before this call durable.
   *
   * @throws LogException {@code FAILED} if the disk reports an error, after which the log takes no more writes
   */
  void sync();

  /**
   * Copies all records up to {@link #since}, as of this call, to another file. Appends and deletions go on meanwhile.
   * The records keep their offsets. The new file gets its name when all of it is on disk, and has a checkpoint beside
   * it. If the file is an older backup of this log, only the new records are copied to its end; records that were
   * deleted since then stay in it.
   *
   * @param to path of the new file, or of an older backup of this log; a missing folder is created
   * @param progress is called with the number of bytes that were copied; it may throw to stop
   * @return {@code end}, {@code since} and {@code frames} of the backup, {@code copied-bytes}, and the {@code id} of
   *     the log
   * @throws LogException {@code BAD_OPTION} if the path is that of any other file, also of this log; {@code LOCKED} if
   *     the backup is open for writing; {@code CORRUPT} if the log is damaged; {@code FULL}, {@code FAILED}; {@code
   *     UNSUPPORTED} for a log without a file
   */
  default Map<String, Object> backup(Path to, Progress progress) {
    throw unsupported("file to back up");
  }

  /**
   * The place of the log, for people. Every error message names it. With a file it is the path of
   * {@link OffsetLog#file}; in another back end it is a text that tells people where the log is, such as {@code memory}.
   *
   * @return a short text
   */
  String path();

  /** {@return whether the log takes writes; false if it was opened for reading} */
  default boolean writable() {
    return true;
  }

  /**
   * The id of this log. No other log has it, and compacting gives the log a new one. It stays the same when the log is
   * copied, moved or restored together with its checkpoint; a file without its checkpoint may get a new id. A log
   * without a checkpoint that is opened for reading has a new id each time.
   *
   * @return 32 hexadecimal digits, or null while the log is empty
   */
  default @Nullable String id() {
    return null;
  }

  /**
   * Where the records went since the log had another id, because it was compacted. By default that is not known.
   *
   * @param from the id that the log had
   * @return null if it is not known: what was kept for the log as it was has to be made anew
   */
  default @Nullable Moves moves(String from) {
    return null;
  }

  /** Forgets all {@link #moves}: nobody needs them any more. Does nothing if the log is open for reading. */
  default void dropMoves() {}

  /**
   * The current facts of the log. Every log has these: {@code "path"}; {@code "since"} and {@code "durable"}, as last
   * seen, long; {@code "codec"}, {@link flumelog.codec.Codec#codecName}; {@code "mode"}, {@code "read-write"} or {@code
   * "read"}; {@code "max-record-bytes"}, long; {@code "closed"}, boolean. Other facts depend on the back end, such as
   * {@code "end"} and {@code "framing"} with a file. Does no I/O.
   *
   * @return facts by name; no value is null
   */
  Map<String, Object> info();

  /**
   * The report of what opening the log found and did. The default is correct for a log that has nothing to recover.
   *
   * @return facts by name, such as {@code "tail"} or {@code "cut-bytes"}
   */
  default Map<String, Object> recovery() {
    return Map.of();
  }

  /** {@return whether the log was closed} */
  boolean isClosed();

  /**
   * Makes all records durable, ends all waiting and following, and releases the store. A second call does nothing.
   *
   * @throws LogException {@code FAILED} if not all records could be made durable; the log is closed in that case too
   */
  @Override
  void close();
}
