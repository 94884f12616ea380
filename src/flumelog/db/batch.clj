(ns ^:no-doc flumelog.db.batch
  "Reading a batch of records, and preparing them for all buildings that are at the same place: decoded once, on all cores.

   * `next-batch`: the records that follow an offset; `prepared`: what each building needs of each, in arrays;
     `record!`: when the views have it
   * `prepare-one`: the same for one record"
  (:require [clojure.string :as str]
            [flumelog.db.build :refer [->Poison]]
            [flumelog.db.kind :as kind])
  (:import (flumelog.codec Codec FieldCodec FieldReader Looks)
           (flumelog.db.build Poison)
           (flumelog.error CodecFailure LogException LogException$Kind RecordFailures)
           (flumelog.event ViewBatches)
           (flumelog.log Cursor Log)
           (java.util Arrays)
           (java.util.concurrent ForkJoinPool ForkJoinTask)))

(set! *warn-on-reflection* true)

(def ^:const most-records 4096)
(def ^:private ^:const most-bytes (* 4 1024 1024))

(def ^:private ^:const least-of-a-slice
  "Records that one thread prepares, where several do; with fewer the handing over costs more than it gains."
  256)

;; Reading

(defn- data-at
  "The data of the cursor's record; the exception when it is longer than the options allow."
  [^Cursor cursor]
  (try
    (.data cursor)
    (catch LogException e
      (if (= LogException$Kind/TOO_LARGE (.kind e)) e (throw e)))))

(defn- cursor-after
  "A long reading goes past the cache, a short one is of records that were just appended and are in it."
  [^Log log ^long offset ^long upto]
  (let [^Cursor cursor (if (> (- upto offset) (long most-bytes)) (.cursorPastCache log) (.cursor log))]
    (if (neg? offset) cursor (.seek cursor (inc offset)))))

(defn- room-for ^long [^long from ^long upto]
  (max 1 (min (long most-records) (if (neg? from) most-records (- upto from)))))

(defn next-batch
  "The records behind `from`, up to `upto`. `:to` is the offset up to which the log was passed. `:event` began with the reading;
   `record!` ends it."
  [^Log log ^long from ^long upto]
  (let [room (room-for from upto), offsets (long-array room), data (object-array room), event (ViewBatches/start)
        ^Cursor cursor (cursor-after log from upto)]
    (try
      (loop [n 0, bytes 0]
        (if (and (< n room) (< bytes (long most-bytes)) (.next cursor) (<= (.offset cursor) upto))
          (let [found (data-at cursor)]
            (aset offsets n (.offset cursor))
            (aset data n found)
            (if (nil? found)
              (recur n bytes)                                ; deleted since the step
              (recur (inc n) (+ bytes (if (bytes? found) (long (alength ^bytes found)) 0)))))
          (let [more? (and (pos? n) (or (= n room) (>= bytes (long most-bytes))))]
            {:from from, :to (if more? (aget offsets (dec n)) upto), :offsets offsets, :data data, :n n, :bytes bytes, :path (.path log)
             :event event})))
      (finally (.release cursor)))))

(defn record!
  "Gives the batch to a recording of Flight Recorder, if there was one when the batch was begun. The views have it by now."
  [{:keys [event path from to n bytes builds]}]
  (when event
    (ViewBatches/end event path (str/join " " (sort (map #(str (:view %)) builds))) from to n bytes)))

;; Preparing. A reading is what all buildings together need: {:codec c, :path p, :value? b, :paths [...], :fields f}, where f is
;; a FieldReader of the paths, or nil where they are looked up in the value.

(defn- field-reader [codec paths]
  (when (and (seq paths) (instance? FieldCodec codec))
    (.fields ^FieldCodec codec (into-array (map object-array paths)))))

(defn reading [{:keys [codec path]} builds]
  (let [paths (into [] (comp (mapcat #(:paths (:traits %))) (distinct)) builds)]
    {:codec codec, :path path, :paths paths, :fields (field-reader codec paths)
     :value? (boolean (some #(:value? (:traits %)) builds))}))

(defn- undecodable [{:keys [^Codec codec path]} offset data e]
  (CodecFailure/throwUnlessOfRecord path e)
  (->Poison (RecordFailures/decode path offset (.codecName codec) (Looks/like data) e)))

(defn- decoded [{:keys [^Codec codec] :as reading} offset data]
  (if (instance? LogException data)
    (->Poison data)
    (try
      (.decode codec data)
      (catch Throwable e (undecodable reading offset data e)))))

(defn- read-fields [{:keys [^FieldReader fields] :as reading} offset ^bytes data]
  (if (instance? LogException data)
    (->Poison data)
    (try
      (.read fields data)
      (catch Throwable e (undecodable reading offset data e)))))

(defn- fields-of
  "An array with the values of all paths; a Poison when the record can't be decoded."
  [{:keys [paths fields] :as reading} value offset data]
  (cond
    (empty? paths) nil
    fields (read-fields reading offset data)
    (instance? Poison value) value
    :else (object-array (map #(get-in value %) paths))))

(defn- own-fields
  "Of the values of all paths those of one building."
  [all own ^objects fields]
  (if (= all own)
    fields
    (object-array (map #(aget fields (int (.indexOf ^java.util.List all %))) own))))

(defn- prepare [{:keys [kind traits]} {path :path all :paths} offset value fields]
  (let [{:keys [value? paths]} traits]
    (cond
      (and value? (instance? Poison value)) value
      (and (seq paths) (instance? Poison fields)) fields
      :else (try
              (kind/prepare kind offset (when value? value) (when (seq paths) (own-fields all paths fields)))
              (catch Throwable e
                (CodecFailure/throwUnlessOfRecord path e)
                (->Poison e))))))

(defn- prepare-record! [{:keys [paths value? fields] :as reading} builds arrays i offset data]
  (let [value (when (or value? (and (seq paths) (nil? fields))) (decoded reading offset data))
        fields (fields-of reading value offset data)]
    (dorun (map (fn [build ^objects array] (aset array (int i) (prepare build reading offset value fields))) builds arrays))))

(defn- prepare-slice! [reading builds arrays {:keys [^longs offsets ^objects data]} from to]
  (loop [i (long from)]
    (when (< i (long to))
      (prepare-record! reading builds arrays i (aget offsets i) (aget data i))
      (recur (inc i)))))

(defn- slices [^long n]
  (let [threads (.availableProcessors (Runtime/getRuntime))
        size (max (long least-of-a-slice) (quot (+ n (dec threads)) threads))]
    (map (fn [^long from] [from (min n (+ from size))]) (range 0 n size))))

(defn- in-parallel! [^ForkJoinPool pool fs]
  (let [tasks (mapv #(.submit pool ^Runnable %) fs)]
    (run! (fn [^ForkJoinTask task] (.join task)) tasks)))

(defn prepared
  "For each building an array with what it needs of each record of the batch. `pool` is nil for a thread that is to do all
   of it."
  [reading builds {:keys [^long n] :as batch} pool]
  (let [arrays (mapv (fn [_] (object-array n)) builds)]
    (if (and pool (> n (* 2 (long least-of-a-slice))))
      (in-parallel! pool (map (fn [[from to]] (fn [] (prepare-slice! reading builds arrays batch from to))) (slices n)))
      (prepare-slice! reading builds arrays batch 0 n))
    arrays))

(defn prepare-one
  "What a building needs of one record."
  [engine build offset data]
  (let [array (object-array 1)]
    (prepare-record! (reading engine [build]) [build] [array] 0 offset data)
    (aget array 0)))
