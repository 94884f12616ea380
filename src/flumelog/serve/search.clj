(ns ^:no-doc flumelog.serve.search
  "Searches a log from the newest record down, and tells what it finds as it goes on."
  (:require [flumelog.core :as log]
            [flumelog.serve.filter :as filter]
            [flumelog.serve.records :as records])
  (:import (flumelog.codec Codec)
           (flumelog.error LogException LogException$Kind)
           (flumelog.log Cursor)))

(set! *warn-on-reflection* true)

(def ^:const ^:private most-hits "After how many hits a search pauses." 200)

(def ^:const ^:private progress-ns "A search tells how far it is after this time." 200000000)

(defn- data-at
  "The data of the record at which the cursor is; nil when it is deleted or too large to be read."
  [^Cursor cursor]
  (try
    (.data cursor)
    (catch LogException e
      (when-not (= LogException$Kind/TOO_LARGE (.kind e)) (throw e)))))

(defn- decode
  "The value of the data; `::none`, in which no field is found, when it can't be decoded."
  [^Codec codec data]
  (try (.decode codec data) (catch Exception _ ::none) (catch StackOverflowError _ ::none)))

(defn- search-down [log ^Cursor cursor matches? send]
  (let [codec (records/codec log), overhead (records/overhead log)]
    (loop [read 0, hits 0, bytes 0, at nil, told (System/nanoTime)]
      (let [now (System/nanoTime), tell? (< (long progress-ns) (- now told))]
        (when tell? (send :progress {:at at :records read :bytes bytes :hits hits}))
        (cond
          (<= (long most-hits) hits) (send :done {:at at :records read :bytes bytes :hits hits :more true})
          (not (.prev cursor)) (send :done {:at 0 :records read :bytes bytes :hits hits})
          :else
          (let [at (.offset cursor), ^bytes data (data-at cursor)
                hit? (and data (matches? data #(decode codec data)))]
            (when hit? (send :hit (records/row log overhead at data)))
            (recur (inc read) (if hit? (inc hits) hits) (+ bytes (long (if data (alength data) 0))) at (if tell? now told))))))))

(defn search!
  "Sends a `:hit` for each record below `lt` that matches, now and then `:progress`, and at last `:done`, with `:more` when it has paused
   and the next search is to begin below `:at`. `:records` and `:bytes` are what it has read."
  [log {:keys [lt] :as wanted} send]
  (let [matches? (filter/matching wanted)
        ^Cursor cursor (.cursorPastCache (records/back-end log))]
    (try
      (.seek cursor (long (or lt Long/MAX_VALUE)))
      (search-down log cursor matches? send)
      (finally (.release cursor)))))
