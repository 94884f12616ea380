(ns ^:no-doc flumelog.arguments
  "Checks the arguments of the public functions before anything is done. A wrong argument throws `:bad-option` with a
   message of one sentence."
  (:import (flumelog.coll LogCollection LogCursor)
           (flumelog.error OptionFailures)
           (flumelog.log Log)
           (java.util Map)))

(set! *warn-on-reflection* true)

(defn refuse [argument value expected]
  (throw (OptionFailures/badArgument argument value expected)))

(defn ->log ^LogCollection [log]
  (if (instance? LogCollection log) log (refuse "log" log "a log, which open returns")))

(defn back-end ^Log [log]
  (.log (->log log)))

(defn ->cursor ^LogCursor [cursor]
  (if (instance? LogCursor cursor) cursor (refuse "cursor" cursor "a cursor, which the function cursor makes of a log")))

(defn ->offset ^long [offset]
  (if (int? offset) (long offset) (refuse "offset" offset "a whole number, the offset of a record")))

(defn offset-in
  "The offset that is given as a number or as a position of the log."
  ^long [log offset]
  (long (or (.offsetOf (->log log) offset) (->offset offset))))

(defn ->end ^long [end]
  (if (int? end) (long end) (refuse "end" end "a whole number, the end of a record")))

(defn ->position ^long [position]
  (if (int? position) (long position) (refuse "position" position "a whole number, a position in the log")))

(defn ->millis ^long [timeout-ms]
  (if (int? timeout-ms) (long timeout-ms) (refuse "timeout-ms" timeout-ms "a whole number of milliseconds")))

(defn ->bytes ^long [max-bytes]
  (if (nat-int? max-bytes) (long max-bytes) (refuse "max-bytes" max-bytes "a whole number of bytes, 0 or more")))

(defn ->values
  "The values to append. A map or a string is refused: it is one value, although it is seqable."
  ^Iterable [values]
  (cond
    (nil? values) ()
    (or (map? values) (instance? Map values)) (refuse "values" values "a collection of values; append! appends a map as one")
    (instance? CharSequence values) (refuse "values" values "a collection of values; append! appends a string as one")
    (not (seqable? values)) (refuse "values" values "a collection of the values to append")
    (instance? Iterable values) values
    :else (or (seq values) ())))

(defn ->offsets
  "The offsets as an array. They are given as one or as a collection, each as a number or as a position of the log."
  ^longs [log offset-or-offsets]
  (let [many? (and (seqable? offset-or-offsets) (not (string? offset-or-offsets)) (not (map? offset-or-offsets)))]
    (into-array Long/TYPE (map #(offset-in log %) (if many? offset-or-offsets [offset-or-offsets])))))
