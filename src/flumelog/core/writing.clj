;; A part of flumelog.core: appending and deleting records, and making that durable.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

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
