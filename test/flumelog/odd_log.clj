(ns flumelog.odd-log
  "A back end that has as little as a log may have, and what it has is odd: for the tests of the seam.

   Its offsets count nothing: they begin above 2^53, which no double tells from its neighbours, and leave out numbers in no
   order. It has no frames, no deletion, no id, nothing to recover. What is appended is durable. Several logs may be over one
   store, which can be waited for, and may be out of reach."
  (:require [flumelog.options :refer [open-with]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error RecordFailures UseFailures)
           (flumelog.log Cursor Log LogOptions Since Since$Waiter)
           (java.io IOException)))

(set! *warn-on-reflection* true)

(def ^:private ^String path "odd://store")

(def first-offset (+ 1 (bit-shift-left 1 53)))

;; A store is an atom with :records, sorted from offset to data, and whether it is :out-of-reach for appends. Its monitor is
;; notified of what is appended, and of logs that are closed.

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

(defn- wait [store ^Since since closed? millis]
  (locking store
    (when-not (or @closed? (not= (.lastSeen since) (last-offset store)))
      (.wait ^Object store millis))))

(deftype ^:private OddCursor [records closed? ^:unsynchronized-mutable at ^:unsynchronized-mutable current]
  ;; `at` is the lowest offset that is not below the place between two records.
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

(deftype ^:private OddLog [store ^LogOptions options writable? ^Since since closed?]
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
        look #(when-not @closed? (doto ^Since @made (.set (last-offset store)) .tell))
        since (Since. path (last-offset store) look (reify Since$Waiter (await [_ millis] (wait store @made closed? millis))))]
    (deliver made since)
    (OddLog. store options writable? since closed?)))

(defn open
  "A log over a store, a new one where none is given. Of the options of `flumelog.core/open` it takes those of every log."
  (^LogCollection [options] (open (new-store) options))
  (^LogCollection [store options] (open-with options #(over store true %))))

(defn open-to-read
  "A log over a store that takes no writes."
  ^LogCollection [store options]
  (open-with options #(over store false %)))

(defn out-of-reach!
  "Puts the store out of reach for appends, or within it."
  [store out?]
  (swap! store assoc :out-of-reach out?))
