(ns bench.loops
  "The Java core's inner loops: turns the output of JMH into lines of results, `lines`, and into the document,
   `markdown`."
  (:require [clojure.data.json :as json]
            [clojure.java.io :as io]
            [clojure.string :as str]))

(set! *warn-on-reflection* true)

(defn- line [{:strs [benchmark params primaryMetric secondaryMetrics]}]
  {:loop (str/replace benchmark #"^bench[.]loops[.]" "")
   :params params
   :nanos (primaryMetric "score")
   :error (primaryMetric "scoreError")
   :bytes (get-in secondaryMetrics ["gc.alloc.rate.norm" "score"])})

(defn lines
  "The measures in a JSON file of JMH: nanoseconds, and bytes of garbage, of one record or one read."
  [file]
  (with-open [in (io/reader file)]
    (mapv line (json/read in))))

(defn- cell [x]
  (if (number? x) (String/format java.util.Locale/ROOT "%.1f" (to-array [(double x)])) "-"))

(defn- row [{:keys [loop params nanos error bytes]}]
  (str "| " loop " | " (str/join ", " (for [[k v] (sort params)] (str k " " v))) " | " (cell nanos) " | " (cell error)
       " | " (cell bytes) " |"))

(defn markdown
  "A section of the document, with the newest measure of each loop."
  [lines]
  (when (seq lines)
    (concat
     ["## The Java core's inner loops" ""
      "One call, of a record or an integer, with JMH and its gc profiler. Again: `bin/bench --loops`." ""
      "| loop | of | ns | +/- | bytes of garbage |"
      "| --- | --- | ---: | ---: | ---: |"]
     (map row (sort-by (juxt :loop (comp vec sort :params))
                       (vals (into {} (map (juxt (juxt :loop :params) identity)) (sort-by :run lines)))))
     [""])))
