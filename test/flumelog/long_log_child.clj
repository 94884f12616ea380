(ns flumelog.long-log-child
  "All that can be done to a log that is much longer than the heap, in a JVM that flumelog.long-log-test starts."
  (:require [clojure.java.io :as io]
            [flumelog.core :as log])
  (:import (flumelog.coll LogCollection)
           (java.util Random)))

(set! *warn-on-reflection* true)

(def ^:private record-bytes 1000)
(def ^:private far "Deleted records are this far apart: each deletion is forced." 500)
(def ^:private readers 100)

(defn- record [^long n]
  (let [data (byte-array record-bytes (byte 1))]
    (dotimes [i 8] (aset data i (unchecked-byte (bit-shift-right n (* 8 i)))))
    data))

(defn- number [^bytes data]
  (loop [i 7, n 0]
    (if (neg? i) n (recur (dec i) (bit-or (bit-shift-left n 8) (bit-and 0xff (aget data i)))))))

(defn- sum [total data] (+ (long total) (long (number data))))

(defn- sum-below ^long [^long n] (quot (* n (dec n)) 2))

(def ^:private options {:codec :bytes :sync :none})

(defn- some-offsets
  "The offset of each 1,000th record, by its number."
  [l]
  (into [] (comp (map-indexed vector) (filter #(zero? (rem (long (first %)) 1000)))) (log/offsets l)))

(defn- each-reading
  "What each way of reading says, by its name; beside what it should say."
  [l ^long n]
  (let [offsets (some-offsets l), random (Random. 1), picks (repeatedly 20000 #(nth offsets (.nextInt random (count offsets))))
        right? (fn [read] (every? (fn [[i offset]] (= i (read offset))) picks))]
    {:scan    [(sum-below n) (reduce sum 0 l)]
     :reverse [(sum-below n) (reduce sum 0 (rseq l))]
     :get     [true (right? #(number (get l %)))]
     :seek    [true (let [cursor (log/cursor l)]
                      (right? (fn [offset] (log/seek! cursor offset) (number (second (log/next! cursor))))))]
     :live    [(sum-below n) (transduce (take n) (completing sum) 0 (log/live l {:as :values}))]}))

(defn- wrong [found] (into {} (remove (fn [[_ [right said]]] (= right said))) found))

(defn- many-readers
  "What many say that are open at once: the first records, the newest one, and one of them all records. None
   reads a record by its offset: that makes the landmarks of a log, up to 8 MiB for each that is open."
  [path ^long n]
  (let [open (vec (repeatedly readers #(log/open path {:codec :bytes :mode :read})))]
    (try
      {:readers [(repeat readers [[0 1 2] (dec n)])
                 (doall (for [l open] [(into [] (comp (take 3) (map number)) l) (number (first (rseq l)))]))]
       :last-reader [(sum-below n) (reduce sum 0 (peek open))]}
      (finally (run! #(.close ^LogCollection %) open)))))

(defn- call
  "What f returns; what it throws as a map from the step to its text."
  [step f]
  (try (f) (catch Throwable e {step (str e)})))

(defn- sum-in [path] (with-open [l (log/open path options)] (reduce sum 0 l)))

(defn work
  "Does all of it to a log of n records in the folder. Prints what was wrong, by step: {} if nothing was."
  [folder n]
  (let [path (str (io/file folder "a.log")), beside #(str (io/file folder %)), n (long n)
        steps [[:append #(with-open [l (log/open path options)]
                           (transduce (map record) (log/appending l) (range n)))]
               [:append-one #(with-open [l (log/open path options)] (dotimes [i 1000] (log/append! l (record (+ n i)))))]
               [:read #(with-open [l (log/open path options)] (wrong (each-reading l (+ n 1000))))]
               [:open-without-checkpoint #(do (io/delete-file (str path ".checkpoint"))
                                              (with-open [l (log/open path options)] (wrong {:newest [(+ n 999) (number (first (rseq l)))]})))]
               [:read-only #(with-open [l (log/open path {:codec :bytes :mode :read})] (wrong (each-reading l (+ n 1000))))]
               [:readers #(wrong (many-readers path (+ n 1000)))]
               [:verify #(wrong {:verify [[true (+ n 1000)] ((juxt :ok :frames) (log/verify path {:codec :bytes}))]})]
               [:backup #(with-open [l (log/open path options)]
                           (log/backup! l (beside "backup.log"))
                           (wrong {:backup [(sum-below (+ n 1000)) (sum-in (beside "backup.log"))]}))]
               [:delete-backup #(io/delete-file (beside "backup.log"))]
               [:convert #(do (log/convert path (beside "legacy.log") {:framing :legacy})
                              (with-open [l (log/open (beside "legacy.log") (assoc options :framing :legacy))]
                                (wrong {:convert [(sum-below (+ n 1000)) (reduce sum 0 l)]})))]
               [:delete-converted #(io/delete-file (beside "legacy.log"))]
               [:delete #(with-open [l (log/open path options)]
                           (run! (fn [offset] (log/delete! l offset)) (into [] (take-nth far) (log/offsets l))))]
               [:compact #(do (log/compact! path)
                              (let [kept (- (sum-below (+ n 1000)) (* far (sum-below (quot (+ n 1000 (dec far)) far))))]
                                (wrong {:compact [kept (sum-in path)]})))]]]
    (prn (into {} (for [[step f] steps
                        :let [start (System/nanoTime), said (call step f)]]
                    (do (binding [*out* *err*] (println step (quot (- (System/nanoTime) start) 1000000) "ms"))
                        (when (map? said) said)))))
    (shutdown-agents)))
