(ns ^:no-doc flumelog.db.batch
  "Reading a batch of records, and preparing them for all buildings that are at the same place: decoded once, on all cores.

   * `next-batch`: the records that follow an offset; `prepared`: what each building needs of each, in arrays;
     `record!`: when the views have it
   * `prepare-one`: the same for one record"
  (:require [clojure.string :as str]
            [flumelog.db.build :refer [->Poison]]
            [flumelog.db.kind :as kind]
            [flumelog.db.place :as place])
  (:import (flumelog.codec Codec FieldCodec FieldReader Looks)
           (flumelog.db.build Poison)
           (flumelog.error CodecFailure LogException LogException$Kind RecordFailures)
           (flumelog.event ViewBatches)
           (flumelog.log Cursor Log)
           (java.util Arrays)
           (java.util.concurrent ForkJoinPool ForkJoinTask)
           (java.util.concurrent.atomic AtomicBoolean)))

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
  "The records behind `from`, up to `upto`. `:to` is the offset up to which the log was passed, `:sum` that of the records'
   `place/mix`. `:event` began with the reading; `record!` ends it."
  [^Log log ^long from ^long upto]
  (let [room (room-for from upto), offsets (long-array room), data (object-array room), event (ViewBatches/start)
        ^Cursor cursor (cursor-after log from upto)]
    (try
      (loop [n 0, bytes 0, sum 0]
        (if (and (< n room) (< bytes (long most-bytes)) (.next cursor) (<= (.offset cursor) upto))
          (let [found (data-at cursor), offset (.offset cursor)]
            (aset offsets n offset)
            (aset data n found)
            (if (nil? found)
              (recur n bytes sum)                            ; deleted since the step
              (recur (inc n) (if (instance? LogException found) bytes (+ bytes (alength ^bytes found)))
                     (unchecked-add sum (place/mix offset)))))
          (let [more? (and (pos? n) (or (= n room) (>= bytes (long most-bytes))))]
            {:from from, :to (if more? (aget offsets (dec n)) upto), :offsets offsets, :data data, :n n, :bytes bytes, :sum sum
             :path (.path log), :event event})))
      (finally (.release cursor)))))

(defn record!
  "Gives the batch to a recording of Flight Recorder, if there was one when the batch was begun. The views have it by now."
  [{:keys [event path from to n bytes builds]}]
  (when event
    (ViewBatches/end event path (str/join " " (sort (map #(str (:view %)) builds))) from to n bytes)))

;; Preparing. What is done for each record is done in plain loops, without a sequence or a closure, since a view that is built
;; spends its time here.

(deftype ^:private Need [kind value? ^ints own])             ; of one building; `own` are the places of its paths, nil for none

(deftype ^:private Reading [^Codec codec path paths ^FieldReader fields value? needs ^AtomicBoolean poisoned])

(defn- field-reader [codec paths]
  (when (and (seq paths) (instance? FieldCodec codec))
    (.fields ^FieldCodec codec (into-array (map object-array paths)))))

(defn- need [^java.util.List all {:keys [kind traits]}]
  (let [{:keys [value? paths]} traits]
    (Need. kind (boolean value?) (when (seq paths) (int-array (map #(.indexOf all %) paths))))))

(defn reading
  "How the records for these buildings are read: with values when one of them needs these, or when `fields`, which reads the paths
   of all of them from a record's bytes, is nil."
  [{:keys [codec path]} builds]
  (let [all (into [] (comp (mapcat #(:paths (:traits %))) (distinct)) builds), fields (field-reader codec all)]
    (Reading. codec path all fields
              (boolean (or (and (seq all) (nil? fields)) (some #(:value? (:traits %)) builds)))
              (object-array (map #(need all %) builds))
              (AtomicBoolean.))))

(defn poisoned?
  "Whether one of the records that were prepared by this reading can't be added to one of the buildings."
  [^Reading reading]
  (.get ^AtomicBoolean (.poisoned reading)))

(defn- undecodable [^Reading reading offset data e]
  (let [path (.path reading)]
    (CodecFailure/throwUnlessOfRecord path e)
    (->Poison (RecordFailures/decode path offset (.codecName ^Codec (.codec reading)) (Looks/like data) e))))

(defn- decoded [^Reading reading offset data]
  (if (instance? LogException data)
    (->Poison data)
    (try
      (.decode ^Codec (.codec reading) data)
      (catch Throwable e (undecodable reading offset data e)))))

(defn- read-fields [^Reading reading offset data]
  (if (instance? LogException data)
    (->Poison data)
    (try
      (.read ^FieldReader (.fields reading) data)
      (catch Throwable e (undecodable reading offset data e)))))

(defn- fields-in [value ^java.util.List paths]
  (let [found (object-array (.size paths))]
    (dotimes [i (alength found)] (aset found i (get-in value (.get paths i))))
    found))

(defn- fields-of
  "An array with the values of all paths; a Poison when the record can't be decoded; nil when there are no paths."
  [^Reading reading value offset data]
  (cond
    (some? (.fields reading)) (read-fields reading offset data)
    (.isEmpty ^java.util.List (.paths reading)) nil
    (instance? Poison value) value
    :else (fields-in value (.paths reading))))

(defn- own-fields
  "Of the values of all paths those of one building."
  [^ints own ^objects fields]
  (let [found (object-array (alength own))]
    (dotimes [i (alength own)] (aset found i (aget fields (aget own i))))
    found))

(defn- prepare [^Need need path offset value fields]
  (let [value? (.value? need), own (.own need)]
    (cond
      (and value? (instance? Poison value)) value
      (and own (instance? Poison fields)) fields
      :else (try
              (kind/prepare (.kind need) offset (when value? value) (when own (own-fields own fields)))
              (catch Throwable e
                (CodecFailure/throwUnlessOfRecord path e)
                (->Poison e))))))

(defn- prepare-record! [^Reading reading ^objects arrays i offset data]
  (let [value (when (.value? reading) (decoded reading offset data))
        fields (fields-of reading value offset data)
        ^objects needs (.needs reading)]
    (dotimes [b (alength needs)]
      (let [prepared (prepare (aget needs b) (.path reading) offset value fields)]
        (when (instance? Poison prepared) (.set ^AtomicBoolean (.poisoned reading) true))
        (aset ^objects (aget arrays b) (int i) prepared)))))

(defn- prepare-slice! [reading arrays {:keys [^longs offsets ^objects data]} from to]
  (loop [i (long from)]
    (when (< i (long to))
      (prepare-record! reading arrays i (aget offsets i) (aget data i))
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
  [^Reading reading {:keys [^long n] :as batch} pool]
  (let [arrays (object-array (map (fn [_] (object-array n)) (.needs reading)))]
    (if (and pool (> n (* 2 (long least-of-a-slice))))
      (in-parallel! pool (map (fn [[from to]] (fn [] (prepare-slice! reading arrays batch from to))) (slices n)))
      (prepare-slice! reading arrays batch 0 n))
    (vec arrays)))

(defn prepare-one
  "What a building needs of one record."
  [engine build offset data]
  (let [array (object-array 1)]
    (prepare-record! (reading engine [build]) (object-array [array]) 0 offset data)
    (aget array 0)))
