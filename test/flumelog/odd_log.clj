(ns flumelog.odd-log
  "A back end with as little as a log may have, and with odd offsets: for the tests of the Log interface.

   Its offsets count neither bytes nor records. They begin above 2^53, where a double is not exact, and have irregular
   gaps. It has no frames, no deletion, no id, and nothing to recover. Records are durable when they are appended.
   Several logs may use one store. A store notifies threads that wait for it, and may be out of reach."
  (:require [flumelog.options :refer [open-with]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error RecordFailures UseFailures)
           (flumelog.log Cursor Log LogOptions)
           (flumelog.spi LastOffset LastOffset$Waiter)
           (java.io IOException)))

(set! *warn-on-reflection* true)

(def ^:private ^String path "odd://store")

(def first-offset (+ 1 (bit-shift-left 1 53)))

;; A store is an atom with :records, a sorted map from offset to data, and :out-of-reach, whether appends fail. Its
;; monitor is notified when records are appended and when logs are closed.

(defn new-store [] (atom {:records (sorted-map)}))

(defn- last-offset ^long [store]
  (long (or (first (first (rseq (:records @store)))) -1)))

(defn- next-offset [records]
  (if-let [[offset] (first (rseq records))]
    (+ 1 offset (rem (* 7919 (count records)) 23))
    first-offset))

(defn- check-data [^LogOptions options ^bytes data]
  (when (every? zero? data)
    (throw (RecordFailures/encode path "its data is empty or all zero")))
  (when (> (alength data) (.maxRecordBytes options))
    (throw (RecordFailures/recordTooLarge path (alength data) (.maxRecordBytes options)))))

(defn- append! [store batch]
  (locking store
    (when (:out-of-reach @store)
      (throw (UseFailures/unavailable path "appending to" (IOException. "no route to host"))))
    (let [before (count (:records @store))
          add (fn [records ^bytes data] (assoc records (next-offset records) (aclone data)))]
      (swap! store update :records #(reduce add % batch))
      (.notifyAll ^Object store)
      (drop before (keys (:records @store))))))

(defn- wait [store ^LastOffset since closed? millis]
  (locking store
    (when-not (or @closed? (not= (.lastSeen since) (last-offset store)))
      (.wait ^Object store millis))))

(deftype ^:private OddCursor [records closed? ^:unsynchronized-mutable at ^:unsynchronized-mutable current]
  ;; The cursor stands before the first record whose offset is at least `at`.
  Cursor
  (next [this]
    (.seek this at)
    (set! current (ffirst (subseq records >= at)))
    (when current (set! at (inc (long current))))
    (some? current))
  (prev [this]
    (.seek this at)
    (set! current (ffirst (rsubseq records < at)))
    (when current (set! at current))
    (some? current))
  (seek [this position]
    (when @closed? (throw (UseFailures/closed path)))
    (set! at position)
    (set! current nil)
    this)
  (offset [_] (long (or current -1)))
  (data [_]
    (when @closed? (throw (UseFailures/closed path)))
    (when-not current (throw (IllegalStateException. "the cursor has no current record; call next or prev first")))
    (aclone ^bytes (records current))))

(deftype ^:private OddLog [store ^LogOptions options writable? ^LastOffset since closed?]
  Log
  (appendAll [this batch]
    (when @closed? (throw (UseFailures/closed path)))
    (when-not writable? (throw (UseFailures/readOnly path)))
    (let [batch (vec batch)]
      (run! #(check-data options %) batch)
      (let [offsets (append! store batch)]
        (.get since)
        (long-array offsets))))
  (get [_ offset]
    (when @closed? (throw (UseFailures/closed path)))
    (some-> ^bytes (get-in @store [:records offset]) aclone))
  (fetch [this offset]
    (or (.get this offset) (throw (RecordFailures/notARecord path offset (inc (last-offset store))))))
  (cursor [_]
    (when @closed? (throw (UseFailures/closed path)))
    (let [last-seen (.get since)]
      (OddCursor. (into (sorted-map) (subseq (:records @store) <= last-seen)) closed? 0 nil)))
  (since [_] since)
  (durable [_] since)
  (sync [_] (when @closed? (throw (UseFailures/closed path))))
  (path [_] path)
  (writable [_] (boolean writable?))
  (info [_] {"path" path, "since" (.lastSeen since), "durable" (.lastSeen since), "codec" (.codecName (.codec options))
             "mode" (if writable? "read-write" "read"), "max-record-bytes" (.maxRecordBytes options), "closed" @closed?})
  (isClosed [_] @closed?)
  (close [_]
    (reset! closed? true)
    (locking store (.notifyAll ^Object store))
    (.close since)))

(run! #(alter-meta! % assoc :private true) [#'->OddCursor #'->OddLog])

(defn- over [store writable? options]
  (let [closed? (atom false), made (promise)
        look #(when-not @closed? (doto ^LastOffset @made (.set (last-offset store)) .tell))
        since (LastOffset. path (last-offset store) look (reify LastOffset$Waiter (await [_ millis] (wait store @made closed? millis))))]
    (deliver made since)
    (OddLog. store options writable? since closed?)))

(defn open
  "A log over a store, by default a new one. The options are those of `flumelog.core/open` that apply to every log."
  (^LogCollection [options] (open (new-store) options))
  (^LogCollection [store options] (open-with options #(over store true %))))

(defn open-to-read
  "A read-only log over a store."
  ^LogCollection [store options]
  (open-with options #(over store false %)))

(defn out-of-reach!
  "Makes appends to the store fail, or work again."
  [store out?]
  (swap! store assoc :out-of-reach out?))
