(ns ^:no-doc flumelog.stats.often
  "What occurs most often, in constant memory. Counts of more items than there is room for are made smaller by their median, and
   items with nothing left are forgotten: Misra and Gries, \"Finding repeated elements\", 1982, with the purges of Anderson and
   others, \"A high-performance algorithm for identifying frequent items in data streams\", 2017.

   A count is never too high, and too low by `lost` at most. Nothing is lost while there is room for all.

   * `often`, `add!`
   * `most`, `lost`"
  (:require [clojure.string :as str])
  (:import (java.util HashMap Map$Entry)
           (java.util.function BiFunction)))

(set! *warn-on-reflection* true)

(def ^:private ^:const default-room 1000)

(deftype ^:private Often [^long room ^HashMap counts ^longs lost])

(defn often
  ([] (often default-room))
  ([room] (->Often room (HashMap.) (long-array 1))))

(defn- purge! [^Often often]
  (let [^HashMap counts (.counts often), ^longs lost (.lost often)
        median (long (nth (sort (.values counts)) (quot (.size counts) 2)))]
    (aset lost 0 (+ (aget lost 0) median))
    (.replaceAll counts (reify BiFunction (apply [_ _ n] (- (long n) median))))
    (.removeIf (.values counts) (reify java.util.function.Predicate (test [_ n] (<= (long n) 0))))))

(defn add!
  "Counts an item n times. The item is kept, so it must be small."
  ([often item] (add! often item 1))
  ([^Often often item n]
   (let [^HashMap counts (.counts often)]
     (.put counts item (+ (long (.getOrDefault counts item 0)) (long n)))
     (when (> (.size counts) (.room often)) (purge! often)))))

(defn lost
  "By how much a count may be too low."
  ^long [^Often often]
  (aget ^longs (.lost often) 0))

(defn- text-of [item]
  (if (vector? item) (str/join " " item) (pr-str item)))

(defn most
  "The n items that occur most often, as `[item count]`, the most frequent first."
  [^Often often n]
  (->> (map (fn [^Map$Entry e] [(.getKey e) (.getValue e)]) (.counts often))
       (sort-by (fn [[item n]] [(- (long n)) (text-of item)]))
       (take n)
       vec))
