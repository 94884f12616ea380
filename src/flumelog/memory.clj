(ns flumelog.memory
  "A log in memory: for tests, for records that need not be kept, and as the model against which the log in a file is
   tested. Records have the same offsets as in a file. The functions of `flumelog.core` that take a log work on it,
   except `backup!`. Closing it loses the records."
  (:require [flumelog.options :refer [open-with]]
            [flumelog.print])
  (:import (flumelog.error RecordFailures UseFailures)
           (flumelog.frame FlumeFraming FrameFacts Framing)
           (flumelog.log Cursor DeletionWatches Log LogOptions Position Protection Spacing Trace)
           (flumelog.recovery LogId)
           (flumelog.spi LastOffset)
           (java.util Arrays)
           (java.util.function ToIntFunction)))

(set! *warn-on-reflection* true)

;; The state is a map: :records, a sorted map from offset to data (nil when the record is deleted), :end, :closed, and
;; :id, which is made on first use.

(def ^:private ^String path "memory")

(defn- check-open [state]
  (when (:closed state) (throw (UseFailures/closed path)))
  state)

(defn- zero-data? [^bytes data]
  (every? zero? data))

(defn- check-data [^LogOptions options ^bytes data]
  (when (> (alength data) (.maxRecordBytes options))
    (throw (RecordFailures/recordTooLarge path (alength data) (.maxRecordBytes options))))
  (when (zero-data? data)
    (throw (RecordFailures/encode path "its data is empty or all zero, which is what a deleted record has"))))

(defn- add-record [state ^Framing framing ^bytes data]
  (let [end (long (:end state))]
    (-> state
        (assoc-in [:records end] (aclone data))
        (assoc :end (+ end (.size framing (alength data)))))))

(defn- add-records [state ^Framing framing batch]
  (let [grown (reduce #(add-record %1 framing %2) (check-open state) batch)]
    (when (> (long (:end grown)) (.maxEnd framing))
      (throw (RecordFailures/logTooLarge path (:end grown) (.maxEnd framing) (.describe framing))))
    grown))

(defn- delete-records [state offsets]
  (check-open state)
  (when-let [offset (first (remove #(contains? (:records state) %) offsets))]
    (throw (RecordFailures/notARecord path offset (:end state))))
  (update state :records into (map #(vector % nil)) offsets))

(defn- id-of
  "The id of the log, or nil while the log is empty."
  [state]
  (when (pos? (long (:end @state)))
    (:id (swap! state #(if (:id %) % (assoc % :id (str (LogId/random))))))))

(defn- live-before [state at] (first (filter val (rsubseq (:records state) < at))))
(defn- live-from [state at end] (first (filter val (subseq (:records state) >= at < end))))

(defn- end-of [state offset]
  (or (ffirst (subseq (:records state) > offset)) (:end state)))

(defn- traces
  "The traces of records, which are ordered from newest to oldest; the newest one ends at `end`."
  [^Framing framing records end]
  (map (fn [[start ^bytes data] end]
         (let [length (- (long end) (long start) (.overhead framing))
               head (if data (Arrays/copyOf data (int (min length Trace/HEAD_BYTES))) (byte-array (min length Trace/HEAD_BYTES)))]
           (Trace/of length head (nil? data))))
       records (cons end (map key records))))

(deftype ^:private MemoryCursor [state end ^:unsynchronized-mutable at ^:unsynchronized-mutable current]
  Cursor
  (next [_]
    (let [[offset] (live-from (check-open @state) at end)]
      (set! current offset)
      (set! at (if offset (inc (long offset)) end))
      (some? offset)))
  (prev [_]
    (let [[offset] (live-before (check-open @state) at)]
      (set! current offset)
      (set! at (or offset 0))
      (some? offset)))
  (seek [this position]
    (check-open @state)
    (set! at (max 0 (min position (long end))))
    (set! current nil)
    this)
  (offset [_] (long (or current -1)))
  (end [_] (if current (long (end-of @state current)) -1))
  (data [_]
    (when-not current
      (throw (IllegalStateException. "the cursor has no current record; call next or prev first")))
    (some-> ^bytes (get-in (check-open @state) [:records current]) aclone)))

(deftype ^:private MemoryLog [state ^LogOptions options ^Framing framing ^LastOffset since ^LastOffset durable ^DeletionWatches watches]
  Log
  (appendAll [_ batch]
    (let [batch (vec batch)                                 ; the caller's list may change between two walks
          _ (run! #(check-data options %) batch)
          offsets (locking state
                    (let [[before after] (swap-vals! state add-records framing batch)
                          offsets (keys (subseq (:records after) >= (:end before)))]
                      (when offsets (run! #(.set ^LastOffset % (last offsets) (:end after)) [since durable]))
                      offsets))]
      (run! #(.tell ^LastOffset %) [since durable])
      (long-array offsets)))
  (get [_ offset]
    (some-> ^bytes (get-in (check-open @state) [:records offset]) aclone))
  (fetch [this offset]
    (or (.get this offset)
        (throw (if (contains? (:records @state) offset)
                 (RecordFailures/deleted path offset)
                 (RecordFailures/notARecord path offset (:end @state))))))
  (delete [_ offsets]
    (.delete watches offsets (reify ToIntFunction
                               (applyAsInt [_ offsets]
                                 (let [[before _] (swap-vals! state delete-records offsets)]
                                   (count (keep (:records before) (distinct offsets))))))))
  (watchDeletions [_ watch] (.add watches watch))
  (cursor [_] (MemoryCursor. state (:end (check-open @state)) 0 nil))
  (since [_] since)
  (durable [_] durable)
  (oldest [_] (long (or (ffirst (:records (check-open @state))) -1)))
  (spacing [_] (Spacing. (.size framing 1) 65536))
  (describe [this offset] (FrameFacts/of framing offset (.fetch this offset)))
  (sync [_] (check-open @state) nil)
  (path [_] path)
  (id [_] (id-of state))
  (traces [_ offset]
    (let [{:keys [records end]} (check-open @state)]
      (when (contains? records offset)
        (traces framing (take Position/MOST_TRACES (rsubseq records <= offset))
                (or (ffirst (subseq records > offset)) end)))))
  (info [_]
    (cond-> {"path" path, "since" (.get since), "durable" (.get durable), "end" (:end @state)
             "framing" (.framingName framing), "codec" (.codecName (.codec options)), "mode" "read-write"
             "max-record-bytes" (.maxRecordBytes options), "max-end" (.maxEnd framing)
             "closed" (boolean (:closed @state))}
      (pos? (long (:end @state))) (assoc "id" (id-of state))
      (instance? FlumeFraming framing) (assoc "offset-bits" (.bits ^FlumeFraming framing))))
  (recovery [_] {"tail" "none", "frames" 0, "end" 0, "size" 0, "cut-bytes" 0, "scanned-from" 0})
  (isClosed [_] (boolean (:closed @state)))
  (close [_]
    (locking state (swap! state assoc :records (sorted-map) :closed true))
    (.close since)
    (.close durable)))

;; The constructor functions that deftype makes are not part of the public namespace.
(run! #(alter-meta! % assoc :private true) [#'->MemoryCursor #'->MemoryLog])

(defn- check-unprotected [^LogOptions options]
  (when-not (contains? #{nil Protection/NONE} (.protection options))
    (throw (UseFailures/unsupported path "file, and so nothing to protect"))))

(defn open
  "A new, empty log in memory. The options `:codec`, `:mixed-codecs`, `:framing`, `:offset-bits` and `:max-record-bytes`
   work as in `flumelog.core/open`; its other options are accepted and have no effect, but for `:protect`, which is
   `:unsupported` unless it is `:none`: there is no file to protect.

     (with-open [log (open)] [(flumelog.core/append! log {:n 1}) (vec log)])   ;=> [0 [{:n 1}]]"
  (^flumelog.coll.LogCollection [] (open nil))
  (^flumelog.coll.LogCollection [options]
   (open-with options (fn [^LogOptions options]
                        (check-unprotected options)
                        (MemoryLog. (atom {:records (sorted-map) :end 0}) options (.framingOfNewFile options)
                                    (LastOffset. path -1 nil) (LastOffset. path -1 nil) (DeletionWatches.))))))
