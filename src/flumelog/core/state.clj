;; A part of flumelog.core: the identity and the state of a log, and the report of its opening.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn id
  "The id of the log, a string; nil while the log is empty. Store it beside offsets that you store: a different id means
   that the offsets are void. `compact!` and `recover!` give the log a new id, because afterwards other records may have
   the same offsets.

   The id is kept in the `.checkpoint` beside the log. A log that is copied, moved or restored together with its
   checkpoint keeps the id, and the copy has the same one. Without its checkpoint a file gets a new id, and so does an
   older copy that replaces a newer one. A log without its own checkpoint that is opened with `:mode :read` has a new id
   each time.

     (= (id log) (:id (info log)))   ;=> true"
  [log]
  (.id (back-end log)))

(defn count
  "The number of records of the log, without the deleted ones, as a long. A log that is open for writing knows it once it was
   asked, and keeps it up to date; the checkpoint of a log that was closed after that knows it too. Otherwise the log is read
   once, without decoding. So the first call after a crash takes as long as reading the file.

   The option `:progress` is as for `verify`, with the phase `:counting`. Records that are appended or deleted during
   the call may be counted or not. Throws `:closed`, `:corrupt`, `:failed`, `:bad-option`.

     (do (delete! log 22) (count log))   ;=> 2"
  ([log] (count log nil))
  ([log options] (operations/count-records (back-end log) options)))

(defn position
  "The position of the record at `offset`, by default the last record, as data to store outside of the log: a map that
   prints and reads as EDN. The offset -1 stands for the place before all records, so an empty log has a position too.

   `get`, `fetch`, `delete!`, the log as a function, and the bounds of `entries`, `values`, `offsets` and `live` take a
   position in place of an offset. They check it with a few short reads. They throw `:wrong-log` when the position is of
   another log, or was taken before this log was cut back, or replaced by an older copy, and grew again. Deleting
   records does not void a position.

   `:id` is the `id` of the log. `:fingerprint` has the lengths and checksums of the record and of up to three records
   before it. A log without a checkpoint that is opened with `:mode :read` has a new id each time, so its positions are
   valid only until it is closed. Throws `:not-a-record`.

     (let [read-until (position log 22)] (into [] (values log {:gt read-until})))   ;=> [{:n 3}]
     (select-keys (position log) [:offset :fingerprint])   ;=> {:offset 44, :fingerprint \"6:7c7cb172,6:6fde2905,6:5b39819c\"}"
  ([log] (facts/position (back-end log) @(since log)))
  ([log offset] (facts/position (back-end log) (if (nil? offset) -1 (->offset offset)))))

(defn info
  "The facts of the log, as a map. Every log has `:path :since :durable :codec :mode :max-record-bytes :closed`. A log
   in a file also has `:end :framing :offset-bits :sync :block-bytes :max-end`; `:cache-bytes`, but not with the cache
   of another library; `:id` unless the log is empty; `:write-buffer-bytes` and `:room-bytes` where these options are
   set; `:write-buffer-off`, a sentence, when a write buffer is set but not in use; and `:failed`, a sentence, when the
   log takes no more writes. Counters begin with 0 when the log is opened: `:cache-misses`, the blocks that were read
   from the file; and in a log that takes writes `:appends` (records), `:appended-bytes`, `:forces`,
   `:longest-force-nanos`, and `:waiting`, the threads that wait for the disk at the moment. Does no I/O, with one exception: a log that was empty when it was opened with `:mode :read`
   looks for its id once.

     (select-keys (info log) [:since :end :framing :offset-bits])   ;=> {:since 44, :end 66, :framing :flume, :offset-bits 53}"
  [log]
  (facts/info (back-end log)))

(defn recovery
  "What opening the log found and did, as a map. It always has

   * `:tail`: `:none`, `:torn` or `:corrupt`; a corrupt tail is reported only with `:mode :read`, else `open` refuses it
   * `:frames`, `:end`: how many whole frames were found, and the position behind them; in a protected log its own frames count
     too, which are heads, notes of deletions and seals
   * `:size`, `:cut-bytes`: the size of the file as it was, and how many bytes were cut off its end
   * `:scanned-from`: the position where reading began

   and where they apply

   * `:kept`: the file that has the bytes that were cut off
   * `:watermark`: all below this position was durable when the last writer died
   * `:damage`, `:next-good`: the damage in a sentence, and the position of the next whole frame
   * `:room-bytes`: the zeros at the end of the file, which are the room of a writer; a dead writer's room is cut off
     too
   * `:deletions-finished`: how many records a killed writer had begun to delete; they are deleted now
   * `:deletions-left`: how many records it was about to delete; they are as they were
   * `:buffered-bytes`: how many of the last bytes came from the write buffer of a killed process
   * `:kept-buffer`: a file with a write buffer that does not fit the log as it is now
   * `:given-up`: the files beside the log that are not used, because they are of another log, of an older or newer
     copy, or can't be read: `[{:file path :why sentence}]`

     (recovery log)   ;=> {:tail :none, :frames 3, :end 66, :size 66, :cut-bytes 0, :scanned-from 0}"
  [log]
  (facts/recovery (back-end log)))
