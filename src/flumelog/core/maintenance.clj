;; A part of flumelog.core: backups of an open log, and operations on the file of a closed one.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn backup!
  "Copies all records of `log` up to `since`, as of this call, to the file at `path`; those in a write buffer too.
   Appends and deletions go on meanwhile. The records keep their offsets. The new file gets its name when all of it is
   on disk. It has the mode and owner of the log's file, and a checkpoint with the log's id.

   When `path` is an older backup of this log, only the new records are copied to its end. Records that were deleted
   since then stay in that file: to be rid of them, make a new backup and delete the old one.

   Returns `{:end n :since n :frames n :copied-bytes n :id s}`. The option `:progress` is as for `verify`. After an
   error there is no new file, and an older backup is as it was. Throws `:bad-option` when `path` is any other file,
   `:locked` when the backup is open for writing, `:corrupt` when the log is damaged, `:full`, `:failed`, and
   `:unsupported` for a log in memory.

     (select-keys (backup! log \"copy.log\") [:end :frames :copied-bytes])   ;=> {:end 66, :frames 3, :copied-bytes 66}
     (do (append! log {:n 4}) (:copied-bytes (backup! log \"copy.log\")))    ;=> 22"
  ([log path] (backup! log path nil))
  ([log path options] (operations/backup! (back-end log) path options)))

(defn verify
  "Reads all of the file at `path`, decodes every record, and changes nothing. The log may be open meanwhile. Returns a
   map:

   * `:ok`: true when the file consists of whole frames and all their data can be decoded
   * `:frames`, `:deleted`: the number of frames, and how many of them are deleted
   * `:since`, `:size`, `:framing`, `:offset-bits`
   * `:skipped`, `:skipped-bytes`: the ranges `[from to]` without a whole frame, at most 100 of them, and the bytes in
     all
   * `:undecodable`, `:undecodable-count`: the offsets of records that can't be decoded, at most 100, and how many there
     are
   * `:looks-like`: the codec that the undecodable records seem to be of, if they seem to be of one
   * `:room-bytes`: the zeros at the end of the file, if they are the room of a writer; these are no damage
   * of a protected log `:protect`, `:log-id`; `:damaged`, at most 100 pairs of an offset and `:checksum`, `:head`, `:batch`, `:root`, `:signature`
     or `:rolled-back`; `:unnoted`, at most 100 offsets of zeros of which no note tells
   * of a sealed log also `:seals`, how many it has; `:sealed-end`, up to where all is as it was sealed; `:signed-by`, the public key that has
     signed all seals; and `:head-ok` with the option `:head`

   Options: `:progress`, a function that is called about every MiB and at the end, and may throw to stop, with
   `{:phase :verifying :done n :total n :unit :bytes :per-second n :remaining-seconds n :position n :size n}`. The rate is that since
   the phase began; `:remaining-seconds` is nil while that is not known; `:position` and `:size` are `:done` and `:total`. Work
   that has several phases tells each from its start: `:scanning` a file, `:looking` for deleted records, `:copying`,
   `:checking` a copy, `:salvaging`. Further options, as for `open`: `:codec :framing :offset-bits :max-record-bytes`, and `:protect {:key k}` for an encrypted log.
   `:head`, a head that the log had, and `:protect {:trust public-key}` check a sealed log; the latter needs no key of an encrypted one.
   Throws `:wrong-format` when the file has no record.

     (do (sync! log) (select-keys (verify (:path (info log))) [:ok :frames :skipped]))   ;=> {:ok true, :frames 3, :skipped []}"
  ([path] (verify path nil))
  ([path options] (operations/verify path options)))

(defn recover!
  "Cuts a damaged file off where the damage begins, for a file that `open` refuses as `:corrupt`. The bytes that are cut
   are kept in a file beside the log. Records behind the damage are cut too; `salvage` can copy them. Returns `{:end n
   :cut-bytes n :kept path}`.

   The option `:cut-at` is required as consent: it must be the `:offset` of the error that `open` threw. The other
   options, such as `:progress`, are those of `verify`. Throws `:bad-option` with the right offset when `:cut-at` is
   missing or differs; `:locked`, `:wrong-format`.

     (do (.close log) (recover! (:path (info log)) {:cut-at 66}))   ;=> {:end 66, :cut-bytes 0}"
  [path options]
  (operations/recover! path options))

(defn salvage
  "Copies every whole frame of the file at `from`, also those behind damage, to a new file at `to`, in the same format.
   Deleted records stay deleted. A record keeps its offset unless something before it was skipped. Returns
   `{:frames n :skipped-bytes n :skipped [[from to] ...] :end n}` when the new file is on disk. After an error there is
   no new file.

   Behind damage, records are found by a search for bytes that form a whole frame. Data could look like a frame, so
   check the result. Takes the options of `verify`. Throws `:bad-option` when `to` exists, `:wrong-format` when the file
   has no record.

     (do (sync! log) (salvage (:path (info log)) \"saved.log\"))   ;=> {:frames 3, :skipped-bytes 0, :skipped [], :end 66}"
  ([from to] (salvage from to nil))
  ([from to options] (operations/salvage from to options)))

(defn compact!
  "Removes the deleted records from the file at `path`: copies the other records to a new file, which then replaces the
   old one. The records get new offsets. Returns `{:frames n :deleted n :freed-bytes n :end n}`: `:frames` are in the
   log now, and `:deleted` ones were left out. A log without deleted records is left as it is. When all records are
   deleted, the new file has one deleted record of a single byte, which shows the format. A crash or an error leaves
   either the whole old file or the whole new one. Of a sealed log the result also has the last head of the old file, `:from`, and the `:head` of
   the new one, which has another id.

   No writer may have the log open. Readers that have it open go on with the old file, and hard links still name the old
   file; a `live` of such a reader throws `:wrong-log`. Views of `flumelog.db` go on: the file `<log>.moves` tells them where
   the records went.

   Options: `:moved`, a function that is called with the old and the new offset of each record before the new file takes
   its place, and may throw to stop; `:progress` as for `verify`; and, as for `open`, `:framing :offset-bits
   :max-record-bytes`. Throws `:locked`, `:corrupt` with the offset, `:wrong-format`, `:too-large`, `:full`, `:failed`,
   `:bad-option`.

     (do (delete! log 0) (.close log) (compact! (:path (info log))))   ;=> {:frames 2, :deleted 1, :freed-bytes 22, :end 44}"
  ([path] (compact! path nil))
  ([path options] (operations/compact! path options)))

(defn convert
  "Copies the records of the log at `from` to a new file at `to` in another format. The options `:framing` and
   `:offset-bits` name the format; the default is `:flume` with 53 bits. Data is copied as it is, deleted records are
   left out, and the records get new offsets. Returns `{:frames n :deleted n :end n}` when the new file is on disk, with `:from`, the last head, if
   the old file is sealed, and `:head`, if the new one is. The option `:protect` names the protection of the new file; the default is that of the
   old one. After an error there is no new file.

   The log may be open; an unfinished append at its end is left out. Further options: `:from`, a map with the `:framing`
   and `:offset-bits` of the old file, for a file whose format `open` can't find out; `:moved` as for `compact!`;
   `:progress` as for `verify`; `:max-record-bytes` as for `open`. Throws `:bad-option` when `to` exists, `:too-large`
   when the log is too large for the new format, and the errors of `compact!`.

     (do (sync! log) (convert (:path (info log)) \"for-js.log\" {:offset-bits 32}))   ;=> {:frames 3, :deleted 0, :end 54}"
  ([from to] (convert from to nil))
  ([from to options] (operations/convert from to options)))

(defn copy!
  "Copies the records of the log at `from` to a new log at `to`, which may have another codec and another format. Their order
   stays, and they get new offsets. Returns `{:frames n :end n :offsets m}` when the new file is on disk; `m` gives
   the new offset of a record by its old one: `(get m old)` or `(m old)`, nil for a record that was not copied. It can be
   reduced like a map, and takes no memory: it is read from the file `<to>.offsets`, which `offset-map` opens again later. After
   an error there is no new file.

   Options:

   * `:codec :framing :offset-bits :max-record-bytes` of the new log, as for `open`; without a codec it has that of the old one
   * `:from`, a map of the same options for the old log; without them its format is found out, and its codec is `:edn`.
     Without any codec the data is copied as it is
   * `:gt :gte :lt :lte :limit`, which records are copied, as for `entries`
   * `:offsets`, the path of the file with the offsets, in place of `<to>.offsets`; false for none
   * `:moved` as for `compact!`, `:progress` as for `verify`

   One or both may be a topic: \"kafka://host:port/topic\", or a map of the options of `flumelog.kafka/open`. Then the copy is made in
   batches, and what was copied stays after an error: the same call goes on where it has stopped, or with what was appended since.
   `:frames` are all records of the copy, `:copied` those of this call. The map of offsets is beside the file,
   as `<to>.offsets` or `<from>.<topic>.offsets`; where neither is a file, `:offsets` names it. Throws `:wrong-log` when `to` has records
   that are not of this copy.

   The log may be open; an unfinished append at its end is left out. Throws `:bad-option` when `to` exists, or a file with the
   name of the offsets that holds something else; `:decode` with the offset, `:encode`, `:too-large`, `:corrupt`,
   `:wrong-format`, `:full`, `:failed`.

     (do (sync! log) (map (:offsets (copy! (:path (info log)) \"new.log\" {:codec :json :from {:codec :edn}, :gt 0})) [0 22 44]))   ;=> (nil 0 23)"
  ([from to] (copy! from to nil))
  ([from to options] (operations/copy! from to options)))

(defn offset-map
  "The map of offsets in a file that `copy!` has written, as `copy!` returns it. Throws `:bad-option` when the file is something
   else, `:failed` when it can't be read.

     (do (sync! log) (copy! (:path (info log)) \"new.log\" {:offsets \"old-to-new.log\"}) (get (offset-map \"old-to-new.log\") 22))   ;=> 22"
  [path]
  (operations/offset-map path))

(defn drop-side-files!
  "Removes the side files of the log at `path` that are not needed: its checkpoint, the moves of `compact!`, and files that
   killed processes left unfinished. Before that, it writes what a killed writer held back to the log's file, and finishes the deletions that
   it had begun. Returns `{:removed [path ...] :kept [path ...]}`.

   Kept are the `.lock`, by which writers exclude each other, and a `.buffer-N` or `.deletions` that is of another log
   or that a damaged log can't take. Files that hold cut bytes, such as `.torn-N`, are yours: they are neither removed
   nor listed. The log gets a new `id`, and the next `open` reads the whole file. No writer may have the log open.
   An encrypted or signed log needs the option `:protect`, as in `open`. Throws `:locked`, `:wrong-key`, `:failed`.

     (do (.close log) (map #(re-find #\"[a-z]+$\" %) (:removed (drop-side-files! (:path (info log))))))   ;=> (\"checkpoint\")"
  ([path] (drop-side-files! path nil))
  ([path options] (operations/drop-side-files! path options)))
