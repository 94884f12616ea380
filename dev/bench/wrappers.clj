(ns bench.wrappers
  "flumelog through `flumelog.core`, as peers: `peer`, and two that append in bulk in other ways, `append-all` and
   `append-async`."
  (:require [flumelog.core :as log])
  (:import (bench.peer Peer Peer$Use Store Store$Getter Sum)
           (flumelog.coll LogCollection)
           (java.nio.file Path)))

(set! *warn-on-reflection* true)

(defn add-sum
  "A reducing function that adds the `Sum` of a record to a total."
  [total data]
  (unchecked-add-int (unchecked-int total) (Sum/of ^bytes data)))

(defn- total [xform records]
  (int (transduce xform (completing add-sum) 0 records)))

(def ^:private batch 1000)

(defn- append-batches [l records]
  (run! #(log/append-all! l %) (partition-all batch records)))

(defn- append-futures
  "Appends a batch without waiting, then waits for its futures; then the next batch."
  [l records]
  (let [append (requiring-resolve 'flumelog.core/append-async!)]
    (run! (fn [records] (run! deref (mapv #(append l %) records))) (partition-all batch records))))

(deftype ClojureStore [^LogCollection l append-bulk]
  Store
  (appendBulk [_ records]
    (append-bulk l records))
  (appendEach [_ records]
    (doseq [record records] (log/append! l record)))
  (appendForced [_ record]
    (log/append! l record))
  (scan [_ limit]
    (if (= Integer/MAX_VALUE limit)
      (int (reduce add-sum 0 l))
      (total (take limit) l)))
  (reverse [_ limit]
    (if (= Integer/MAX_VALUE limit)
      (int (reduce add-sum 0 (rseq l)))
      (total (take limit) (rseq l))))
  (keys [_]
    (long-array (into [] (log/offsets l))))
  (getter [_]
    (reify Store$Getter
      (get [_ offset] (Sum/of ^bytes (get l offset)))))
  (close [_]
    (.close l)))

(defn- peer-that [append-bulk]
  (reify Peer
    (open [_ folder use]
      (ClojureStore. (log/open (.resolve ^Path folder "bench.log")
                               {:codec :bytes, :sync (if (= Peer$Use/FORCED use) :each :none)})
                     append-bulk))))

(def peer (peer-that (fn [l records] (transduce identity (log/appending l) records))))
(def append-all (peer-that append-batches))
(def append-async (peer-that append-futures))
