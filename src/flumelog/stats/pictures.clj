(ns ^:no-doc flumelog.stats.pictures
  "The pictures of the page, as SVG. Shapes stretch with the page; the words around them are HTML, so that they keep their size on a
   phone. Each shape says its numbers when it is pointed at.

   * `strip`: the file, `histogram`: sizes, `growth` and `activity`: over time"
  (:require [clojure.string :as str]
            [flumelog.stats.times :as times]
            [flumelog.stats.words :as words])
  (:import (java.util Date)))

(set! *warn-on-reflection* true)

(defn- svg [class label width height & children]
  [:svg {:class class :shape-rendering (when-not (= "growth" class) "crispEdges") :viewBox (str "0 0 " width " " height) :preserveAspectRatio "none" :role "img" :aria-label label} children])

(defn- bar [class x y width height title]
  [:rect {:class class :x (words/decimal x) :y (words/decimal y) :width (words/decimal width) :height (words/decimal height)} (when title [:title title])])

;; The file

(def ^:private ^:const strip-height 100)

(def ^:private hatch
  [:defs [:pattern {:id "hatch" :width 6 :height 6 :patternUnits "userSpaceOnUse" :patternTransform "rotate(45)"}
          [:rect {:class "hatch-ground" :width 6 :height 6}]
          [:rect {:class "hatch-line" :width 2.5 :height 6}]]])

(defn- cell-title [{:keys [from to live deleted]}]
  (str "bytes " (words/number from) " to " (words/number to) ": " (words/percent live (- (long to) (long from))) " live, "
       (words/percent deleted (- (long to) (long from))) " deleted"))

(defn- cell [^double scale {:keys [from to live deleted] :as cell}]
  (let [x (* scale (long from)), width (* scale (- (long to) (long from))), share #(/ (* 100.0 (double %)) (- (long to) (long from)))]
    [:g
     (when (pos? (long live)) (bar "live" x (- 100.0 (double (share live))) (+ width 0.05) (share live) nil))
     (when (pos? (long deleted)) (bar "deleted" x 0 (+ width 0.05) (share deleted) nil))
     (bar "touch" x 0 width strip-height (cell-title cell))]))

(defn- tail-bar
  "What is behind the records, never so thin that one does not see it."
  [^double scale ^long size {:keys [state bytes]}]
  (when (pos? (long bytes))
    (let [width (max 6.0 (* scale (long bytes)))]
      (bar (name state) (- 1000.0 width) 0 width strip-height (str (words/counted bytes "byte") " at the end of " (words/size size))))))

(defn strip [{:keys [size strip tail]}]
  (let [scale (/ 1000.0 (double (max 1 (long size))))]
    (svg "strip" (str "The file from its start to its end, " (words/size size)) 1000 strip-height
         hatch (map #(cell scale %) strip) (tail-bar scale size tail))))

;; Bars

(defn- bars
  "Bars of these heights, of which the highest fills the picture. A height above 0 is never so low that one does not see it."
  [class heights titles]
  (let [n (count heights), each (/ 1000.0 n), highest (double (reduce max 1 heights)), gap (if (> n 60) 0.0 (* 0.12 each))]
    (map-indexed (fn [i [height title]]
                   (let [x (* (long i) each), tall (if (pos? (long height)) (max 1.0 (/ (* 100.0 (double height)) highest)) 0.0)]
                     [:g (bar class (+ x (/ gap 2)) (- 100.0 tall) (- each gap) tall nil)
                      (bar "touch" x 0 each 100 title)]))
                 (map vector heights titles))))

(defn histogram [{:keys [histogram]}]
  (svg "histogram" "How many records have which size" 1000 100
       (bars "bar" (map :records histogram)
             (map (fn [{:keys [from to records]}] (str (words/number from) " to " (words/number to) " bytes: " (words/counted records "record")))
                  histogram))))

(def ^:private ^:const most-ticks 6)

(defn ticks
  "Where to write the sizes at which bars begin: at most six places, `[percent size]`."
  [bars]
  (let [n (count bars), every (quot (+ n (dec (long most-ticks))) (long most-ticks))]
    (for [i (range 0 n every)]
      [(/ (* 100.0 (long i)) n) (:from (nth bars i))])))

;; Over time

(defn- places
  "The x of each span's start, and of the end of the last."
  [spans span-ms]
  (let [start (.getTime ^Date (:at (first spans))), scale (/ 1000.0 (double (times/length-of spans span-ms)))]
    (mapv #(* scale (- (long %) start)) (conj (mapv #(.getTime ^Date (:at %)) spans) (+ (.getTime ^Date (:at (peek spans))) (long span-ms))))))

(defn- sums [spans key before]
  (vec (reductions + before (map key spans))))

(defn growth
  "The bytes of all records up to each moment."
  [{:keys [span-ms] :as time}]
  (let [spans (times/shown time), before (reduce + (map :bytes (take-while #(not= % (first spans)) (:spans time))))
        xs (places spans span-ms), totals (sums spans :bytes before), highest (double (max 1 (long (peek totals))))
        y #(- 100.0 (/ (* 100.0 (double %)) highest))
        ends (mapv #(+ (double %) (- (double (peek xs)) (double (xs (dec (count spans)))))) (pop xs))
        points (cons [0.0 (y before)] (mapcat (fn [x end from to] [[x (y from)] [end (y to)]]) xs ends totals (rest totals)))
        line (str/join " " (map (fn [[x y]] (str (words/decimal x) "," (words/decimal y))) points))]
    (svg "growth" "The bytes of all records up to each moment" 1000 100
         [:polygon {:class "area" :points (str line " 1000,100 0,100")}]
         [:polyline {:class "line" :points line}]
         (map (fn [{:keys [at]} x end total]
                (bar "touch" x 0 (- (double end) (double x)) 100 (str (words/moment at span-ms) ": " (words/size total))))
              spans xs ends (rest totals)))))

(defn activity
  "How many records came in each span."
  [{:keys [span-ms] :as time}]
  (let [spans (times/shown time), xs (places spans span-ms), width (- (double (peek xs)) (double (xs (dec (count spans)))))
        highest (double (reduce max 1 (map :records spans)))]
    (svg "activity" "How many records came when" 1000 100
         (map (fn [{moment :at, records :records} x]
                (let [tall (max 1.5 (/ (* 100.0 (double records)) highest))]
                  [:g (bar "bar" x (- 100.0 tall) (* 0.9 width) tall nil)
                   (bar "touch" x 0 width 100 (str (words/moment moment span-ms) ": " (words/counted records "record")))]))
              spans xs))))
