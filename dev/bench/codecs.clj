(ns bench.codecs
  "Logs of values, to show the time that the log adds to its codec. There is a peer for each codec, and one that decodes
   the same bytes from arrays in memory (`...-alone`). `nippy-fold` reads in parallel; `nippy-halves` reads with two
   threads that share nothing."
  (:require [clojure.core.reducers :as r]
            [clojure.data.json :as json]
            [clojure.walk :as walk]
            [flumelog.core :as log]
            [flumelog.options :as options])
  (:import (bench.peer Peer Store)
           (flumelog.codec Codec)
           (flumelog.coll LogCollection)
           (java.nio.file Path)
           (java.util.concurrent CompletableFuture)
           (java.util.function Supplier)))

(set! *warn-on-reflection* true)

(defn- value-of
  "The value of a payload's record for a codec."
  [codec ^bytes data]
  (let [text (String. data "UTF-8")]
    (if (= :utf8 codec) text (walk/keywordize-keys (json/read-str text)))))

(defn- weight
  "The number of a value that is summed up. It can only be found by decoding the value."
  [value]
  (if (string? value)
    (count value)
    (+ (count (:text value)) (long (:sequence value)))))

(defn- add-weight [total value]
  (unchecked-add (long total) (long (weight value))))

(defn- sum ^long [reducible]
  (reduce add-weight 0 reducible))

(defn- parallel-sum
  ([] 0)
  ([a b] (unchecked-add (long a) (long b))))

(defn- sum-of-halves
  "The sums of both halves of the log, by one thread each: the most that a second processor can gain."
  [l]
  (let [middle (quot (long (:end (log/info l))) 2)
        lower  (CompletableFuture/supplyAsync (reify Supplier (get [_] (sum (log/values l {:lt middle})))))]
    (parallel-sum (sum (log/values l {:gte middle})) (.join lower))))

(defn- open-log ^LogCollection [codec ^Path folder]
  (log/open (.resolve folder "bench.log") {:codec codec :sync :none}))

(deftype LogStore [codec ^LogCollection l read-all]
  Store
  (appendBulk [_ records]
    (transduce (map (partial value-of codec)) (log/appending l) records))
  (scan [_ _limit]
    (unchecked-int (read-all l)))
  (reverse [_ limit]
    (unchecked-int (sum (into [] (take limit) (rseq l)))))
  (close [_]
    (.close l)))

(defn- store-peer [codec read-all]
  (reify Peer
    (open [_ folder _use] (LogStore. codec (open-log codec folder) read-all))))

(defn- decoded
  "A reducible of the values that byte arrays decode to, from the first or from the last."
  [^Codec codec ^objects arrays step]
  (reify clojure.lang.IReduceInit
    (reduce [_ f init]
      (let [n (alength arrays), step (long step)]
        (loop [i (if (neg? step) (dec n) 0) acc init]
          (cond
            (reduced? acc) @acc
            (or (= i n) (neg? i)) acc
            :else (recur (+ i step) (f acc (.decode codec ^bytes (aget arrays i))))))))))

(deftype MemoryStore [codec ^objects arrays]
  Store
  (scan [_ _limit]
    (unchecked-int (sum (decoded codec arrays 1))))
  (reverse [_ limit]
    (unchecked-int (sum (into [] (take limit) (decoded codec arrays -1)))))
  (close [_]))

(defn- alone-peer
  "Reads all data of the log into memory when it is opened."
  [codec]
  (reify Peer
    (open [_ folder _use]
      (with-open [l (open-log :bytes folder)]
        (MemoryStore. (options/->codec codec) (into-array Object (into [] l)))))))

(def utf8 (store-peer :utf8 sum))
(def nippy (store-peer :nippy sum))
(def edn (store-peer :edn sum))
(def json (store-peer :json sum))
(def nippy-fold (store-peer :nippy (partial r/fold parallel-sum add-weight)))
(def nippy-halves (store-peer :nippy sum-of-halves))
(def utf8-alone (alone-peer :utf8))
(def nippy-alone (alone-peer :nippy))
(def edn-alone (alone-peer :edn))
(def json-alone (alone-peer :json))
