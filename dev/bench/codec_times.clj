(ns bench.codec-times
  "The processor's time of the codecs for one record of the workload W, by turns in one process: of writing and of reading, beside what
   Clojure and data.json take for the same text.

     bin/bench --codecs [rounds]      # 40 without the argument; takes half a minute"
  (:require [bench.payload :as payload]
            [bench.rows :as rows]
            [bench.stats :as stats]
            [clojure.data.json :as data-json]
            [clojure.edn :as edn]
            [clojure.walk :as walk]
            [flumelog.options :as options])
  (:import (flumelog.codec Codec)
           (java.io PushbackReader StringReader)
           (java.lang.management ManagementFactory)))

(set! *warn-on-reflection* true)

(def ^:private records 2000)
(def ^:private warm-up "Rounds that are not counted." 25)

(defn- values []
  (mapv #(walk/keywordize-keys (data-json/read-str (String. ^bytes % "UTF-8"))) (into [] (payload/records (:W rows/workloads) records))))

(defn- text [^bytes data] (String. data "UTF-8"))

(defn- of-codec
  "Writing and reading with a codec."
  [values name]
  (let [^Codec codec (options/->codec name), datas (mapv #(.encode codec %) values)]
    (assert (= values (mapv #(.decode codec ^bytes %) datas)))
    {[name "write"] #(run! (fn [value] (.encode codec value)) values)
     [name "read"]  #(run! (fn [data] (.decode codec ^bytes data)) datas)}))

(defn- of-others [values]
  (let [edns (mapv #(.encode (options/->codec :edn) %) values), jsons (mapv #(.encode (options/->codec :json) %) values)]
    {["pr-str" "write"]      #(run! (fn [value] (.getBytes ^String (pr-str value) "UTF-8")) values)
     ["clojure.edn" "read"]  #(run! (fn [data] (edn/read (PushbackReader. (StringReader. (text data))))) edns)
     ["data.json" "write"]   #(run! (fn [value] (.getBytes ^String (data-json/write-str value) "UTF-8")) values)
     ["data.json" "read"]    #(run! (fn [data] (data-json/read-str (text data) :key-fn keyword)) jsons)}))

(defn- cpu-nanos ^long [] (.getCurrentThreadCpuTime (ManagementFactory/getThreadMXBean)))

(defn- nanos-of-one [work]
  (let [from (cpu-nanos)]
    (work)
    (quot (- (cpu-nanos) from) (long records))))

(defn -main [& [rounds]]
  (let [values (values), ways (into (of-others values) (mapcat #(of-codec values %)) [:edn :json :nippy])]
    (dotimes [_ warm-up] (run! #(%) (vals ways)))
    (let [times (repeatedly (parse-long (or rounds "40")) #(update-vals ways nanos-of-one))]
      (println "processor nanoseconds a record, the median of the rounds")
      (doseq [[way nanos] (sort-by (comp str key) (apply merge-with into (map #(update-vals % vector) times)))]
        (println (format "%-12s %-6s %8d" (str (first way)) (second way) (long (stats/median nanos)))))))
  (shutdown-agents))
