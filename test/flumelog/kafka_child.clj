(ns flumelog.kafka-child
  "What a writer does in a JVM of its own until it is killed: see flumelog.kafka-crash-test."
  (:require [flumelog.child :refer [say!]]
            [flumelog.core :as log]
            [flumelog.kafka :as kafka]))

(set! *warn-on-reflection* true)

(defn- values [round n]
  (let [size (if (zero? (rem (long n) 3)) 20 1)]
    (mapv #(vector [round n] % size "") (range size))))

(defn append-until-killed!
  "Appends batches, and prints [[offset value] ...] when one was acknowledged."
  [options round]
  (let [l (kafka/open options)]
    (doseq [n (range), :let [batch (values round n)]]
      (say! (mapv vector (log/append-all! l batch) batch)))))
