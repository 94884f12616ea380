;; A part of flumelog.core: appending records, deleting them, and making both durable.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn append!
  "Appends `value`. Returns the offset of its record, a long: the position where the record starts, in bytes from the
   start of the file. The record is durable on return only under `:sync :each`.

   Throws `:encode` when the codec could not read back an equal value, or when the encoded data is empty or all zeros;
   `:wrong-format` when the log's last records are of another codec (see `:mixed-codecs` of `open`); `:too-large`;
   `:full` when the disk is full (nothing was appended; try again when there is room); `:failed`, `:read-only`,
   `:closed`.

     (append! log {:n 1})   ;=> 0
     (append! log {:n 2})   ;=> 22   ; 4 + 6 + 4 + 8 bytes at 53 bits"
  [log value]
  (.append (->log log) value))

(defn append-all!
  "Appends all of the collection `values` as one batch: no other record comes between them. Returns a vector of their
   offsets. A map or a string is refused, since it is one value: use `append!`. Throws as `append!` does, and then
   nothing of the batch was appended. After a kill or a power loss during the call, the log may have the first records
   of the batch.

     (append-all! log [{:n 1} {:n 2}])   ;=> [0 22]"
  [log values]
  (vec (.appendAll (->log log) (->values values))))

(defn append-async!
  "Appends `value` without waiting. Returns a `CompletableFuture` of the offset, which completes when `append!` would
   have returned. Cancelling the future has no effect: the value is appended anyway.

   The calling thread encodes the value. Values are appended in the order of the calls; those that come while a write is
   under way share the next write. When more than 1 MiB waits to be written, the call writes it before it returns. With
   `:codec :bytes` the array must not change until the future is complete.

   The call itself throws `:encode` and `:too-large`. Any other error of `append!` fails the future: `deref` then throws
   an `ExecutionException` with the message and the `ex-data` of its cause.

     @(append-async! log {:n 1})   ;=> 0"
  ^java.util.concurrent.CompletableFuture [log value]
  (.appendAsync (->log log) value))

(defn appending
  "A reducing function that appends each value, for `transduce`: it loads any number of values in constant memory. The
   result is the offset of the last record. Values are appended in batches. When the source throws, the unfinished batch
   (at most 1024 records) is not appended.

     (transduce (map #(hash-map :n %)) (appending log) (range 3))   ;=> 44"
  [log]
  (let [log (->log log)]
    (fn
      ([] (Appender. log))
      ([^Appender appender] (.finish appender))
      ([^Appender appender value] (.add appender value)))))

(defn delete!
  "Deletes the record at an offset, or the records at a collection of offsets. Returns how many of them were not deleted
   before. The data is overwritten with zeros: after the call no read returns a byte of it, and after `sync!` the file
   holds none. The frames keep their place in the file until `compact!` leaves them out.

   Throws `:not-a-record` when no record starts at one of the offsets; nothing is changed then.

     (delete! log 0)   ;=> 1
     (get log 0)       ;=> nil
     (delete! log (offsets log {:lte 22}))   ;=> 1"
  [log offset-or-offsets]
  (.delete (back-end log) (->offsets log offset-or-offsets)))

(defn forget-before!
  "Forgets the records below `offset`: no call returns them any more. Returns the offset of the first record that is left, -1 when
   none is. A log over Kafka does that (`flumelog.kafka`), and its brokers remove the bytes some time later. A log in a file keeps
   its start, and throws `:unsupported`: to be rid of its old records rotate it, as doc/operating.md says.

     (:flumelog/error (try (forget-before! log 22) (catch Exception e (ex-data e))))   ;=> :unsupported"
  [log offset]
  (.forgetBefore (back-end log) (offset-in log offset)))

(defn sync!
  "Makes all appends and deletions before this call durable. Returns nil when they are on disk; a log that is not in a
   file has its own meaning of durable. Throws `:failed` when the disk reports an error, or reported one before; the log
   then takes no more writes.

     (sync! log)   ;=> nil"
  [log]
  (.sync (back-end log)))
