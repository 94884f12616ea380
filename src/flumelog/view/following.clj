(ns ^:no-doc flumelog.view.following
  "Reading what an index has, and then what comes.

   * `live`: see `flumelog.view`"
  (:require [flumelog.db.handle :as handle]
            [flumelog.view.lookup :as lookup])
  (:import (clojure.lang IReduce)
           (flumelog.coll LogCollection)
           (flumelog.error LogException LogException$Kind)
           (flumelog.log Log Since)
           (flumelog.run Scan)
           (flumelog.view.index Answer)
           (java.util Arrays)
           (java.util.stream LongStream)))

(set! *warn-on-reflection* true)

(defn- closed? [e]
  (and (instance? LogException e) (= LogException$Kind/CLOSED (.kind ^LogException e))))

(defn- since-of ^Since [view]
  (.since ^Log (.log ^LogCollection (handle/log-of view))))

(defn- sorted-offsets ^longs [view ^Scan scan]
  (let [found (LongStream/builder)]
    (while (lookup/next! view scan) (.add found (.offset scan)))
    (doto (.toArray (.build found)) (Arrays/sort))))

(defn- counting
  "A function like f that counts, and ends the reduction after the last wanted item. `left` is a volatile."
  [f left]
  (fn [acc x]
    (let [acc (f acc x)]
      (if (zero? (long (vswap! left (fn [n] (dec (long n)))))) (ensure-reduced acc) acc))))

(defn- reduce-offsets [offsets item f init]
  (reduce (fn [acc offset]
            (let [x (item offset), acc (if (identical? lookup/none x) acc (f acc x))]
              (if (reduced? acc) (reduced acc) acc)))
          init offsets))

(defn- reduce-round
  "What the answer has above an offset: at first in the order of the index, later in that of the log."
  [view answer {:keys [first?] :as question} item f acc]
  (let [scan (lookup/scan answer question)]
    (if first?
      (lookup/reduce-scan view scan item f acc Long/MAX_VALUE)
      (reduce-offsets (sorted-offsets view scan) item f acc))))

(defn- next-answer
  "The answer once the log has more than the offset `above`. Nil when the log or the db is closed, and at an interrupt."
  [view above]
  (let [since (since-of view)]
    (try
      (while (not (.await since (inc (long above)) 100))
        (handle/fresh view {:await :none}))                  ; throws when the db is closed
      (handle/fresh view nil)
      (catch InterruptedException _
        (.interrupt (Thread/currentThread)))
      (catch LogException e
        (if (closed? e) nil (throw e))))))

(defn- follow [view {:keys [old] :as question} item f init]
  (let [at-first (handle/fresh view nil)]
    (loop [answer (when-not (false? old) at-first), acc init, above (if (false? old) (.since ^Answer at-first) -1), first? true]
      (let [acc (if answer (reduce-round view answer (assoc question :above above :first? first?) item f acc) acc)
            above (if answer (.since ^Answer answer) above)]
        (if (reduced? acc)
          @acc
          (if-let [more (next-answer view above)]
            (recur more acc (long above) false)
            acc))))))

(deftype Following [view question item]
  IReduce
  (reduce [_ f init]
    (let [limit (lookup/limit-of question)]
      (if (zero? limit) init (follow view question item (counting f (volatile! limit)) init))))
  (reduce [this f] (lookup/reduce-without-init this f))
  Object
  (toString [_] "#flumelog/Live[...]"))

(defn live [view key-or-range options]
  (let [{:keys [as old] :as question} (lookup/asked view [:old :limit :as] key-or-range options)]
    (lookup/check-flag :old old)
    (Following. view (assoc question :newest? false) (lookup/item-fn (handle/log-of view) as))))
