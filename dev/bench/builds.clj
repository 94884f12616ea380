(ns bench.builds
  "How two builds of ours compare that were measured turn by turn: `table`, as data; `text`, the same to be read."
  (:require [bench.peers :as peers]
            [bench.report :as report]
            [bench.rows :as rows]
            [bench.stats :as stats]
            [clojure.string :as str]))

(set! *warn-on-reflection* true)

(defn- by-build
  "The values {round value} of the cell's peer, of one build."
  [values build]
  (into {} (for [[[run round] value] values :when (= build run)] [round value])))

(defn table
  "A map for each row and peer of the lines, whose `:run` is :now or :then: `:ratio` is the median, over the rounds, of how
   many times better this build is than the other one."
  [lines]
  (for [[[row-id workload records temperature] by-peer] (stats/cells (comp :unit rows/by-id) lines)
        [peer values] by-peer
        :let [row (rows/by-id row-id), now (by-build values :now), then (by-build values :then)]
        :when (and (seq now) (seq then))]
    {:row row :workload workload :records records :temperature temperature :peer peer
     :now (stats/median (vals now)) :then (stats/median (vals then))
     :spread (stats/spread (vals now)) :then-spread (stats/spread (vals then))
     :ratio (stats/ratio (:unit row) now then)}))

(defn- line [{:keys [peer now then spread then-spread ratio] :as measure}]
  (str (report/heading measure) ", " (get-in peers/peers [peer :title]) ": "
       (report/number now) " (" (report/percent spread) "), before " (report/number then) " (" (report/percent then-spread) "): "
       (report/number ratio) " x"))

(defn text
  "A line for each row and peer: medians and spreads of this build and of the other one, and the ratio."
  [lines]
  (str/join "\n" (concat (sort (map line (table lines)))
                         (map #(str "! " %) (report/problems lines)))))
