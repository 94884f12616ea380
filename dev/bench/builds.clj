(ns bench.builds
  "Compares two builds of flumelog that were measured in turn: `table` as data, `text` for people."
  (:require [bench.peers :as peers]
            [bench.report :as report]
            [bench.rows :as rows]
            [bench.stats :as stats]
            [clojure.string :as str]))

(set! *warn-on-reflection* true)

(defn- by-build
  "The values {round value} that one build of the peer has in the cell."
  [values build]
  (into {} (for [[[run round] value] values :when (= build run)] [round value])))

(defn table
  "A map for each row and peer. The `:run` of a line is :now or :then. `:ratio` is the median, over the rounds, of how
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
  "A line for each row and peer: the medians and spreads of both builds, and the ratio."
  [lines]
  (str/join "\n" (concat (sort (map line (table lines)))
                         (map #(str "! " %) (report/problems lines)))))
