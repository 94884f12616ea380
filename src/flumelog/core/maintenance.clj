;; A part of flumelog.core: copies of a log, and work on the file of a log that is closed.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

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
