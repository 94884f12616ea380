(ns flumelog.core
  "An append-only log in one file. A record's key is the byte offset where it starts.

   * `open`, `block-cache`, `close!` (a log is `with-open`able too)
   * writing: `append!`, `append-all!`, `append-async!`, `appending`, `delete!`, `sync!`
   * reading: a log is `seq`able, `rseq`able and reducible over its values; `(get log offset)` and `(log offset)`;
     `fetch` is the strict form; `entries`, `values` and `offsets` take a range; `live` goes on to new records;
     `cursor`, `next!`, `prev!`, `seek!`
   * what it is: `since`, `durable`, `await-since`, `id`, `position`, `info`, `recovery`
   * files: `backup!` while it is in use; `verify`, `recover!`, `salvage` where one is damaged; `compact!`, `convert`,
     `drop-side-files!`

   Errors are `ex-info`-shaped: a sentence, and `ex-data` with `:flumelog/error`, one of `:closed :read-only :locked
   :not-a-record :deleted :corrupt :wrong-format :too-large :full :failed :encode :decode :bad-option
   :unsupported :wrong-log :unavailable`."
  (:require [flumelog.arguments :refer [->bytes ->cursor ->log ->millis ->offset ->offsets ->position ->values back-end offset-in]]
            [flumelog.datafy]
            [flumelog.facts :as facts]
            [flumelog.fold]
            [flumelog.operations :as operations]
            [flumelog.options :refer [->options ->path open-with]]
            [flumelog.print])
  (:import (flumelog.block BlockCache)
           (flumelog.coll Appender LiveView LogCollection LogCursor Projection SinceRef)
           (flumelog.log LiveOptions OffsetLog Range Since)))

(set! *warn-on-reflection* true)

;; Opening

(defn open
  "Opens the log in the file at `path` (a string, File or Path) and returns it. Close it with `close!` or `with-open`.

   | option              | default            |                                                                     |
   |---------------------|--------------------|---------------------------------------------------------------------|
   | `:codec`            | `:edn`             | `:nippy` `:json` `:utf8` `:bytes`, a Codec, or `{:encode value->bytes :decode bytes->value}`; `:mixed-codecs true` beside it appends to a log whose last records are of another codec, which is refused otherwise |
   | `:offset-bits`      | what the file has  | 32, 48 or 53; a new file gets 53                                    |
   | `:framing`          | what the file has  | `:flume` or `:legacy`; a new file gets `:flume`                     |
   | `:mode`             | `:read-write`      | creates the file and its folder; `:read` takes no lock and writes nothing |
   | `:create`           | `true`             | `false`: where the file is missing it is not made, and `:failed` is thrown |
   | `:sync`             | `{:every-ms 100}`  | `:each`, `:none`: when records are made durable                     |
   | `:block-bytes`      | 16384              | bytes read at once and cached, 1 to 67108864                        |
   | `:cache-blocks`     | 1024               | most blocks in memory, 0 or more                                    |
   | `:cache`            | one of its own     | a `block-cache` that several logs share                             |
   | `:max-record-bytes` | 67108864           | longer data is refused                                              |
   | `:write-buffer-bytes` | none             | 4096 to 67108864: so much of what is appended is held back in a file beside the log, which a killed process leaves whole; an append is several times faster, and other programs than this library see it in the log's file when it is synced |
   | `:progress`         | none               | a function of `{:position p :size n}`, called every MiB or so while opening reads a file that has no checkpoint; it may throw to stop |
   | `:room-bytes`       | none               | 4096 to 67108864: while it is open for writing the file gets so much room behind the log, zeros that small forced appends write over, which makes forces cheaper; closing cuts it off |

   What a crash left unfinished at the end is cut off and kept beside the log; `recovery` tells. Throws `:locked` when
   the log is open for writing elsewhere, `:wrong-format` when the file is no log or not what the options name,
   `:corrupt` when it is damaged before its end, `:full` when the disk is, `:failed` when it can't be opened,
   `:bad-option`. The file is unchanged then.

     (with-open [log (open \"messages.log\")] (append! log {:n 1}))   ;=> 0"
  (^flumelog.coll.LogCollection [path] (open path nil))
  (^flumelog.coll.LogCollection [path options]
   (open-with options #(OffsetLog/open (->path path) %))))

(defn block-cache
  "A cache of blocks that holds at most `max-bytes` bytes: give it as `:cache` to several logs that are to share one
   budget of memory.

     (let [cache (block-cache 33554432)]
       (with-open [a (open \"a.log\" {:cache cache}), b (open \"b.log\" {:cache cache})]
         (append! a 1)))   ;=> 0"
  ^BlockCache [max-bytes]
  (BlockCache. (->bytes max-bytes)))

(defn close!
  "Makes all that was appended durable, ends what is live, and lets go of the file; returns nil, also the second time. The
   same as `.close`, for a log in a var, where `.close` warns of reflection. Throws `:failed` when not all could be made
   durable; the log is closed all the same.

     (close! log)   ;=> nil"
  [log]
  (.close (->log log)))

;; Writing

(defn append!
  "Appends `value`; returns its offset, a long: where its record starts, in bytes from the start of the file. It is
   durable on return only under `:sync :each`.

   Throws `:encode` when the codec can't give it back equal or its data is empty or all zeros, `:wrong-format` when the
   log's last records are of another codec (see `:mixed-codecs` of `open`), `:too-large`, `:full` (nothing
   was appended; try again when there is room), `:failed`, `:read-only`, `:closed`.

     (append! log {:n 1})   ;=> 0
     (append! log {:n 2})   ;=> 22   ; 4 + 6 + 4 + 8 bytes at 53 bits"
  [log value]
  (.append (->log log) value))

(defn append-all!
  "Appends all of the collection `values` as one batch with nothing else between them; returns a vector of their offsets.
   A map or a string is refused: it is one value, for `append!`. Throws as `append!` does, with nothing appended. Where the process is killed or the power goes meanwhile, the first of
   them may be there.

     (append-all! log [{:n 1} {:n 2}])   ;=> [0 22]"
  [log values]
  (vec (.appendAll (->log log) (->values values))))

(defn append-async!
  "Appends `value` without waiting: returns a `CompletableFuture` of its offset, which is complete when `append!` would
   have returned. To cancel it changes nothing: the value is appended all the same. Values are encoded by the caller and appended in the order of the calls; those asked for while others
   are being written go out in one write. Where more than a MiB waits to be written, the call writes it before it returns.
   With `:codec :bytes` the array must not change until the future is complete.

   Throws `:encode` and `:too-large` at once. What else `append!` would throw fails the future: `deref` throws an
   `ExecutionException` then, which has the sentence and the `ex-data` of the failure that is its cause.

     @(append-async! log {:n 1})   ;=> 0"
  ^java.util.concurrent.CompletableFuture [log value]
  (.appendAsync (->log log) value))

(defn appending
  "A reducing function that appends what it is given, for `transduce`: bulk load in constant memory. The result is the
   offset of the last record. Records are appended in batches; when the source throws, the batch that was being
   gathered (at most 1024 records) is not appended.

     (transduce (map #(hash-map :n %)) (appending log) (range 3))   ;=> 44"
  [log]
  (let [log (->log log)]
    (fn
      ([] (Appender. log))
      ([^Appender appender] (.finish appender))
      ([^Appender appender value] (.add appender value)))))

(defn delete!
  "Deletes the record at an offset, or those at each of a collection of offsets; returns how many were live. Their
   data is overwritten with zeros: once it returned no call shows a byte of it, and after `sync!` the file holds none.

   `compact!` gives their room back. Throws `:not-a-record`, and changes nothing, when no record starts at one of the offsets.

     (delete! log 0)   ;=> 1
     (get log 0)       ;=> nil
     (delete! log (offsets log {:lte 22}))   ;=> 1"
  [log offset-or-offsets]
  (.delete (back-end log) (->offsets log offset-or-offsets)))

(defn sync!
  "Returns nil when all that was appended and deleted before is on disk. Throws `:failed` when the disk said no, now or
   before: the log takes no more writes then.

     (sync! log)   ;=> nil"
  [log]
  (.sync (back-end log)))

;; Reading

(defn fetch
  "The value of the record at `offset`: the strict form of `get`. Throws `:not-a-record` when none starts there,
   `:deleted`, `:decode`, `:corrupt`, `:too-large`.

     (fetch log 0)   ;=> {:n 1}"
  [log offset]
  (.fetch (->log log) (offset-in log offset)))

(defn entries
  "The records as `[offset value]` entries: reducible, seqable, `rseq`able, and sorted for `subseq` and `rsubseq`.
   Nothing is read before it is used, and each use sees the records that the log has then.

   Options: `:gt :gte :lt :lte` (any long; nil is no bound), `:reverse true`, `:limit n` (live records, 0 or more), and
   `:on-decode-error`: `:throw`, `:skip`, or a function of the exception whose result takes the place of the value; it is for
   `:decode`, and for records that are `:too-large`.
   Throws `:bad-option`.

     (into [] (entries log {:gt 0 :limit 2}))    ;=> [[22 {:n 2}] [44 {:n 3}]]
     (first (rsubseq (entries log) < 44))        ;=> [22 {:n 2}]"
  ([log] (entries log nil))
  ([log options] (.view (->log log) (Range/of (back-end log) (->options options)) Projection/ENTRIES)))

(defn values
  "The values of the records, in a range given as for `entries`; reducible, seqable and `rseq`able.

     (into [] (values log {:reverse true :limit 1}))   ;=> [{:n 3}]"
  ([log] (values log nil))
  ([log options] (.view (->log log) (Range/of (back-end log) (->options options)) Projection/VALUES)))

(defn offsets
  "The offsets of the live records, in a range given as for `entries`; reads no data beyond what tells a deleted record.

     (into [] (offsets log))   ;=> [0 22 44]"
  ([log] (offsets log nil))
  ([log options] (.view (->log log) (Range/of (back-end log) (->options options)) Projection/OFFSETS)))

(defn live
  "The records of the log and those that will be, as something to reduce, which waits for more: without polling in the
   process that writes, and every 20 ms for what another process appends. Reducing ends by `reduced`, `:limit`, when the
   log is closed, and by an interrupt, after which the thread is still interrupted. Each record is given once, in order.
   An offset past the end is waited for, however far it is: one that was kept may be of another log, which a kept `position` tells.

   Options: `:gt` or `:gte` (any long), `:old false` (only records appended after this call), `:limit n`, `:durable true`
   (records are given once they are on disk), `:as` one of `:entries` (the default), `:values`, `:offsets`, and
   `:on-decode-error` as for `entries`. Throws `:bad-option`, for `:reverse` too, and `:closed`; on a log that is opened with `:mode :read`
   also `:wrong-log`, when it was compacted, replaced, renamed or removed, or when some records that were given were the beginning
   of an append that then failed (`:offset` says from where to go on).

     (into [] (live log {:limit 2 :as :values}))                              ;=> [{:n 1} {:n 2}]
     (reduce (fn [_ [offset value]] (reduced offset)) nil (live log {:gt 5}))   ;=> 22"
  (^LiveView [log] (live log nil))
  (^LiveView [log options]
   (.live (->log log) (LiveOptions/of (back-end log) (->options options)))))

(defn cursor
  "A place between two records, here before the first, from which `next!` and `prev!` step. It sees the records that
   the log has now. For one thread at a time.

     (let [c (cursor log)] [(next! c) (next! c) (prev! c)])   ;=> [[0 {:n 1}] [22 {:n 2}] [22 {:n 2}]]"
  ^LogCursor [log]
  (.cursor (->log log)))

(defn next!
  "Steps over the next record and returns it as an entry, or nil at the end.

     (next! (cursor log))   ;=> [0 {:n 1}]"
  [cursor]
  (.next (->cursor cursor)))

(defn prev!
  "Steps back over the record before and returns it as an entry, or nil at the start.

     (prev! (seek! (cursor log) 44))   ;=> [22 {:n 2}]"
  [cursor]
  (.prev (->cursor cursor)))

(defn seek!
  "Goes to the place before the first record that starts at or above `position`, any long; returns the cursor.

     (next! (seek! (cursor log) 5))   ;=> [22 {:n 2}]"
  ^LogCursor [cursor position]
  (.seek (->cursor cursor) (->position position)))

;; What the log is

(defn since
  "The offset of the last record, -1 when there is none, as a reference: `deref` and `add-watch`. A watch is called
   with the offsets before and after, by the thread that appended; what another process appends it hears within 20 ms.

     @(since log)   ;=> 44"
  ^SinceRef [log]
  (.since (->log log)))

(defn position
  "The place of the record at `offset`, the last one where none is given, as data to keep outside of the log: a map that
   prints and reads as EDN. `get`, `fetch`, `delete!`, the bounds of `entries`, `values`, `offsets` and `live`, and the log as
   a function take it in place of an offset; they throw `:wrong-log` where it does not fit: one of another log, or one from
   before this log was cut back, or replaced by an older copy, and grew again. Deleting records does not matter. The offset -1
   is the place before all records, so it is there for an empty log too. A check costs a few short reads.

   `:id` is that of the log, as `id` has it; `:fingerprint` tells of the record and of up to three before it their lengths
   and checksums. A log opened with `:mode :read` without a checkpoint beside it has an id that is made up for that opening,
   so positions taken from it are of use until it is closed. Throws `:not-a-record`.

     (let [read-until (position log 22)] (into [] (values log {:gt read-until})))   ;=> [{:n 3}]
     (select-keys (position log) [:offset :fingerprint])   ;=> {:offset 44, :fingerprint \"6:7c7cb172,6:6fde2905,6:5b39819c\"}"
  ([log] (facts/position (back-end log) @(since log)))
  ([log offset] (facts/position (back-end log) (if (nil? offset) -1 (->offset offset)))))

(defn durable
  "The offset of the last record known to be on disk, as a reference like `since`; -1 when none is known to be. A log
   opened with `:mode :read` knows of none.

     (do (sync! log) @(durable log))   ;=> 44"
  ^SinceRef [log]
  (.durable (->log log)))

(defn await-since
  "Waits until `since` is at least `offset`; returns it, or `timeout-val` (nil) after `timeout-ms` milliseconds.
   Throws `:closed` when the log is closed meanwhile, `:bad-option`.

     (await-since log 0 1000)   ;=> 44"
  ([log offset timeout-ms] (await-since log offset timeout-ms nil))
  ([log offset timeout-ms timeout-val]
   (let [^Since since (.since (back-end log))]
     (if (.await since (->offset offset) (->millis timeout-ms)) (.get since) timeout-val))))

(defn id
  "What tells this log from all others, a string; nil while it is empty. It is another one after `compact!` and `recover!`,
   which give other records to the same offsets. It is kept in the `.checkpoint` beside the log: a log that is copied, moved
   or restored together with that keeps its id, and so does the copy; the bare file gets another one, and so does an
   older copy that was put back. Opened with `:mode :read`, a log without a checkpoint of its own has an id that only this
   opening knows. Keep it beside offsets that you keep.

     (= (id log) (:id (info log)))   ;=> true"
  [log]
  (.id (back-end log)))

(defn info
  "What the log is, as a map: `:path :since :durable :end :framing :offset-bits :codec :mode :sync :block-bytes
   :cache-bytes :max-record-bytes :max-end :closed`, `:id` where it is not empty, and `:write-buffer-bytes`,
   `:write-buffer-off` (why nothing is held back) and `:room-bytes` where it has them. On a log that takes no more writes
   `:failed` is a sentence that says why. Does no I/O, but that a log opened with `:mode :read` while it was empty looks
   once for its id.

     (select-keys (info log) [:since :end :framing :offset-bits])   ;=> {:since 44, :end 66, :framing :flume, :offset-bits 53}"
  [log]
  (facts/info (back-end log)))

(defn recovery
  "What opening the log found and did, as a map: `:tail` (`:none`, `:torn` or `:corrupt`; the last only where it was
   opened with `:mode :read`), `:frames` and `:end` of what is good, `:size` of the file as it was, `:cut-bytes`,
   `:scanned-from` (where reading began), and where there is something to tell `:watermark` (all below was durable when
   a writer died), `:kept` (the file with the bytes that were cut), `:room-bytes` (zeros behind all that, the room of a
   writer that died, which is cut too, or of one that is at work), `:deletions-finished` (records that a killed writer had
   begun to delete, which are deleted now), `:deletions-left` (records that it was about to delete, which are as they
   were), `:given-up` (what lies beside the log and is not used, because it is of another log, of an older or newer copy, or
   can't be read: `[{:file path :why sentence}]`), `:damage` and `:next-good`; `:buffered-bytes` (so many
   of the last bytes were in the write buffer of a killed process), `:kept-buffer` (the file with such a buffer that does
   not belong to the log as it is now).

     (recovery log)   ;=> {:tail :none, :frames 3, :end 66, :size 66, :cut-bytes 0, :scanned-from 0}"
  [log]
  (facts/recovery (back-end log)))

;; Operations on a file

(defn backup!
  "Copies all records of `log` up to `since`, as of this call, to the file at `path`, also those of a write buffer, while
   appends and deletions go on. They keep their offsets. The file gets its name when all of it is on disk, with a checkpoint
   that has the log's id; it has the mode and owner of the log's file. An existing file is refused, unless it is an older backup of this
   log: then only what is new is copied behind it. Records that were deleted since an older backup stay in that one: make
   a new one and delete the old one to be rid of them.

   Returns `{:end n :since n :frames n :copied-bytes n :id s}`. The option `:progress` is as for `verify`. When it throws, there is no
   new file, or the older backup as it was. Throws `:bad-option` where the path leads to any other file, `:locked` when
   the backup is open for writing, `:corrupt` when the log is damaged, `:full`, `:failed`, `:unsupported` for a log in memory.

     (select-keys (backup! log \"copy.log\") [:end :frames :copied-bytes])   ;=> {:end 66, :frames 3, :copied-bytes 66}
     (do (append! log {:n 4}) (:copied-bytes (backup! log \"copy.log\")))    ;=> 22"
  ([log path] (backup! log path nil))
  ([log path options] (operations/backup! (back-end log) path options)))

(defn verify
  "Reads all of the file at `path`, decodes every record, and changes nothing. Returns a map: `:ok` (all of it is whole
   frames with data that can be decoded), `:frames`, of them `:deleted`, `:since`, `:size`, `:framing`, `:offset-bits`,
   `:skipped` (ranges `[from to]` without a whole frame), `:undecodable` (offsets; of both at most 100 are listed,
   `:skipped-bytes` and `:undecodable-count` count all), `:looks-like` where these look like another codec's; and `:room-bytes`, the zeros at its end that are the room of a
   writer which is at work, or died: no damage. A log may be open meanwhile.

   Options: `:progress`, a function that is called with `{:position p :size n}` every MiB or so, and may throw to stop;
   and of those of `open` `:codec :framing :offset-bits :max-record-bytes`. Throws `:wrong-format` when there is no record.

     (do (sync! log) (select-keys (verify (:path (info log))) [:ok :frames :skipped]))   ;=> {:ok true, :frames 3, :skipped []}"
  ([path] (verify path nil))
  ([path options] (operations/verify path options)))

(defn recover!
  "Cuts a damaged file where it stops being good, and keeps all that it cuts beside it: for a file that `open` refuses
   as `:corrupt`. The option `:cut-at` is the consent: it must be the `:offset` of that error. Records behind the damage
   are cut too; `salvage` copies them. Returns `{:end n :cut-bytes n :kept path}`.
   Other options as for `verify`, `:progress` too. Throws `:bad-option` with the right offset when `:cut-at` is another
   or none, `:locked`, `:wrong-format`.

     (do (.close log) (recover! (:path (info log)) {:cut-at 66}))   ;=> {:end 66, :cut-bytes 0}"
  [path options]
  (operations/recover! path options))

(defn salvage
  "Copies every whole frame of the file at `from`, also those behind damage, to a new file at `to`, in the same format.
   Deleted records stay deleted. A record keeps its offset unless something before it was skipped. Returns
   `{:frames n :skipped-bytes n :skipped [[from to] ...] :end n}`; the new file is on disk then, and is not there at all
   when it throws. What is behind damage is found by a search for whole frames, which data could imitate: look at what
   you get. Options as for `verify`. Throws `:bad-option` when `to` exists, `:wrong-format` when there is no record.

     (do (sync! log) (salvage (:path (info log)) \"saved.log\"))   ;=> {:frames 3, :skipped-bytes 0, :skipped [], :end 66}"
  ([from to] (salvage from to nil))
  ([from to options] (operations/salvage from to options)))

(defn compact!
  "Gives back the room of deleted records: the others go, as they are, to a new file which then takes the place of the one
   at `path`. They get other offsets. Returns `{:frames n :deleted n :freed-bytes n :end n}`: frames in the log now, and
   deleted ones that were left out. A log without any is left as it is; of one without others, one of a single byte stays
   and keeps the format. A crash leaves all of the old file or all of the new one; so does an error.

   No writer may have the log open; readers stay with the old file, as do its other hard links; who follows it by `live` is told. Options: `:moved`, a
   function that is called with the old and the new offset of each record before the new file takes its place, and may
   throw to stop; `:progress`, and of those of `open` `:framing :offset-bits :max-record-bytes`. Throws `:locked`,
   `:corrupt` with the offset, `:wrong-format`, `:too-large`, `:full`, `:failed`, `:bad-option`.

     (do (delete! log 0) (.close log) (compact! (:path (info log))))   ;=> {:frames 2, :deleted 1, :freed-bytes 22, :end 44}"
  ([path] (compact! path nil))
  ([path options] (operations/compact! path options)))

(defn convert
  "Copies the records of the log at `from` to a new file at `to` in the format that `:framing` and `:offset-bits` name,
   `:flume` with 53 bits where they don't. Deleted ones are left out, data stays as it is, offsets are others. Returns
   `{:frames n :deleted n :end n}`; the new file is on disk then, and is not there at all when it throws.

   The log may be open; an unfinished append at its end is left out. Options: `:from`, a map with the `:framing` and
   `:offset-bits` of the old file, for one that `open` can't tell; `:moved` as for `compact!`; `:progress`,
   `:max-record-bytes`. Throws `:bad-option` when `to` exists, `:too-large` when the format is too small, or as `compact!`.

     (do (sync! log) (convert (:path (info log)) \"for-js.log\" {:offset-bits 32}))   ;=> {:frames 3, :deleted 0, :end 54}"
  ([from to] (convert from to nil))
  ([from to options] (operations/convert from to options)))

(defn drop-side-files!
  "Removes what lies beside the log at `path` and can be done without: its checkpoint, and what killed processes left
   unfinished. Returns `{:removed [path ...] :kept [path ...]}`. Before that, what a killed writer held back goes to the log's
   file, and what it was deleting is deleted. Kept are the `.lock`, by which writers exclude each other, and a
   `.buffer-N` or `.deletions` that does not belong to the log or that a damaged log can't take; what is yours, as
   `.torn-N`, is not even looked at. The log gets another `id`, and is read once when it is opened next.
   No writer may have the log open. Throws `:locked`, `:failed`.

     (do (.close log) (map #(re-find #\"[a-z]+$\" %) (:removed (drop-side-files! (:path (info log))))))   ;=> (\"checkpoint\")"
  [path]
  (operations/drop-side-files! path))
