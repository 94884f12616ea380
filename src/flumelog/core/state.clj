;; A part of flumelog.core: what a log is, and what opening it found.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn id
  "What tells this log from all others, a string; nil while it is empty. It is another one after `compact!` and `recover!`,
   which give other records to the same offsets. It is kept in the `.checkpoint` beside the log: a log that is copied, moved
   or restored together with that keeps its id, and so does the copy; the bare file gets another one, and so does an
   older copy that was put back. Opened with `:mode :read`, a log without a checkpoint of its own has an id that only this
   opening knows. Keep it beside offsets that you keep.

     (= (id log) (:id (info log)))   ;=> true"
  [log]
  (.id (back-end log)))

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
