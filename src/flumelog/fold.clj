(ns ^:no-doc flumelog.fold
  "`clojure.core.reducers/fold` over a log and its ranges. A range is split by offset or by end, as its `:key` says, and the parts are read and
   decoded on all cores. A record belongs to the part that contains its key, so wherever the bounds are, each record
   is read once."
  (:require [clojure.core.reducers :as r])
  (:import (flumelog.coll LogCollection LogView Projection)
           (flumelog.log Range)
           (java.util.concurrent Callable ForkJoinPool ForkJoinTask)))

(set! *warn-on-reflection* true)

(def ^:private ^:const records-of-a-part
  "`Spacing/part` is roughly the distance between two offsets that are this many records apart."
  512)

(def ^:private ^:const worth-beginning
  "When there are enough parts, a part with fewer records than this costs more to start than it gains."
  8192)

(defn- span-of
  "Roughly the distance between the first and the last offset of this many records, in the unit of offsets."
  ^long [^LogView view ^long records]
  (* (max 1 (quot (.part (.spacing (.log view))) records-of-a-part)) records))

(defn- part-span
  "The distance between the bounds of a part that has at least about n records."
  ^long [^LogView view ^long n]
  (let [range (.range view)
        share (quot (- (.high range) (.low range)) (* 8 (.getParallelism ^ForkJoinPool @r/pool)))]
    (max 1 (max (span-of view n) (min (span-of view worth-beginning) share)))))

(defn- fork ^ForkJoinTask [f]
  (.fork (ForkJoinTask/adapt ^Callable f)))

(defn- part ^LogView [^LogView view ^long low ^long high]
  (.part view (.between (.range view) low high)))

(defn- fold-part [^LogView view ^long part-span combinef reducef]
  (let [range (.range view), low (.low range), high (.high range)]
    (if (<= (- high low) part-span)
      (.reduce view reducef (combinef))
      (let [middle (+ low (quot (- high low) 2))
            [a b]  (cond-> [(part view low middle) (part view middle high)] (.reverse range) rseq)
            later  (fork #(fold-part b part-span combinef reducef))
            first  (fold-part a part-span combinef reducef)]
        (combinef first (.join later))))))

(defn- bounded
  "The view with its bounds cut to the records that the log has now."
  ^LogView [^LogView view]
  (let [last (.last (.key (.range view)) (.since (.log view)))
        low  (min (max (.low (.range view)) (.oldest (.log view))) (inc last))]
    (part view low (max low (min (.high (.range view)) (inc last))))))

(defn- in-pool [^Callable f]
  (if (ForkJoinTask/inForkJoinPool)
    (.call f)
    (.invoke ^ForkJoinPool @r/pool (ForkJoinTask/adapt f))))

(defn- ends-where-decoding-says?
  "Whether a record must be decoded to know whether it counts towards the limit."
  [^LogView view]
  (and (.skips view) (< (.limit (.range view)) Long/MAX_VALUE)))

(defn- fold-view [^LogView view n combinef reducef]
  (if (ends-where-decoding-says? view)
    (.reduce view reducef (combinef))
    (let [view (bounded (.in view (.unlimited view)))]
      (in-pool #(fold-part view (part-span view n) combinef reducef)))))

(extend-protocol r/CollFold
  LogView
  (coll-fold [view n combinef reducef] (fold-view view n combinef reducef))
  LogCollection
  (coll-fold [log n combinef reducef]
    (fold-view (.view ^LogCollection log (Range/all) Projection/VALUES nil) n combinef reducef)))
