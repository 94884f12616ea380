(ns bench.criterium
  "Measures single calls of the Clojure wrappers with criterium: `run`. The time that a wrapper adds to the Java core is
   the difference between its line and the one below."
  (:require [flumelog.core :as log])
  (:import (flumelog.coll LogCollection)
           (flumelog.log Cursor)
           (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private records 10000)

(defn- missing []
  (throw (ex-info (str "criterium is missing: it is on Clojars only, so bin/bench --wrappers works where "
                       "`lein with-profile +bench deps` can fetch it") {})))

(defn- quick-bench
  "The function of criterium with that name, for a function without arguments."
  []
  (let [measure (try (requiring-resolve 'criterium.core/quick-benchmark*)
                     (catch java.io.FileNotFoundException _ (missing)))
        report (requiring-resolve 'criterium.core/report-result)]
    (fn [f] (report (measure f {})))))

(defn- with-log [f]
  (let [file (File/createTempFile "wrappers" ".log")]
    (try
      (with-open [l (log/open file {:codec :bytes :sync :none})]
        (transduce (map #(.getBytes (str "{\"n\":" % "}"))) (log/appending l) (range records))
        (f l))
      (finally (.delete file)))))

(defn- count-by-cursor [^LogCollection l]
  (let [^Cursor cursor (.cursor (.log l))]
    (loop [n 0] (if (.next cursor) (do (.data cursor) (recur (inc n))) n))))

(defn- cases [^LogCollection l]
  (let [offset (long (nth (into [] (log/offsets l)) (quot (long records) 2)))
        data (.getBytes "{\"n\":1}")]
    [["reduce over the log" #(reduce (fn [n _] (inc (long n))) 0 l)]
     ["reduce-kv over the log" #(reduce-kv (fn [n _ _] (inc (long n))) 0 l)]
     ["the Java cursor over the log" #(count-by-cursor l)]
     ["(into [] (take 10) (rseq log))" #(into [] (take 10) (rseq l))]
     ["(get log offset)" #(get l offset)]
     ["Log.get" #(.get (.log l) offset)]
     ["append!" #(log/append! l data)]
     ["Log.append" #(.append (.log l) data)]]))

(defn run
  "Measures and prints. Throws an error with a sentence when criterium is missing."
  []
  (let [bench (quick-bench)]
    (with-log
      (fn [l]
        (doseq [[title f] (cases l)]
          (println title)
          (bench f)
          (println))))))
