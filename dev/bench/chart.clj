(ns bench.chart
  "Bar charts as SVG: `svg`."
  (:require [bench.peers :as peers]
            [bench.report :as report]
            [clojure.string :as str]))

(set! *warn-on-reflection* true)

(def ^:private bar 16)
(def ^:private gap 4)
(def ^:private head 30)
(def ^:private label 190)
(def ^:private longest 420)
(def ^:private width (+ label longest 110))

(def ^:private colors {:ours "#2a6fb0" :peer "#9aa5b1" :limit "#d9c48b"})

(defn- escape [text]
  (str/escape (str text) {\& "&amp;" \< "&lt;" \> "&gt;"}))

(defn- text [x y anchor content]
  (str "<text x=\"" x "\" y=\"" y "\" text-anchor=\"" anchor "\">" (escape content) "</text>"))

(defn- one-bar [y most {:keys [peer median]}]
  (let [{:keys [title role]} (peers/peers peer)
        length (max 1 (Math/round (* (double longest) (/ (double median) (double most)))))]
    (str (text (- label 8) (+ y 12) "end" title)
         "<rect x=\"" label "\" y=\"" y "\" width=\"" length "\" height=\"" bar "\" fill=\"" (colors role) "\"/>"
         (text (+ label length 6) (+ y 12) "start" (report/number median)))))

(defn- height [{:keys [entries]}]
  (+ head (* (count entries) (+ bar gap)) gap))

(defn- measure [y {:keys [entries] :as measure}]
  (let [most (apply max (map :median entries))]
    (str "<g font-weight=\"bold\">" (text 0 (+ y 18) "start" (report/heading measure)) "</g>\n"
         (str/join "\n" (map-indexed (fn [i entry] (one-bar (+ y head (* i (+ bar gap))) most entry)) entries)))))

(defn svg
  "A chart of measures of `bench.report/table`. Each measure has a bar for each peer; the length of a bar is its median
   relative to the largest median."
  [measures]
  (let [tops (reductions + 0 (map height measures))]
    (str "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" width "\" height=\"" (last tops) "\" viewBox=\"0 0 " width
         " " (last tops) "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n"
         "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
         (str/join "\n" (map measure tops measures))
         "\n</svg>\n")))
