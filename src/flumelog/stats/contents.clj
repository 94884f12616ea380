(ns ^:no-doc flumelog.stats.contents
  "What is in the values of a log: their kinds, keys, types and times. The first values are kept; they show where the values have a
   time and a type, and are counted then.

   * `contents`, `add!`, `report`"
  (:require [flumelog.stats.fields :as fields]
            [flumelog.stats.often :as often]
            [flumelog.stats.times :as times]))

(set! *warn-on-reflection* true)

(def ^:private ^:const kept 256)

(defn contents
  "`options` may have the field paths `:time` and `:type`."
  [options]
  {:given options, :first (volatile! []), :paths (volatile! nil)
   :kinds (often/often), :keys (often/often), :types (often/often), :times (times/times)})

(defn- count-time! [{:keys [times]} value path records bytes]
  (when path
    (when-let [moment (times/millis (get-in value path))]
      (times/add! times moment records bytes))))

(defn- count-type! [{:keys [types]} value path]
  (when path
    (when-some [type (fields/short-item (get-in value path))]
      (often/add! types type))))

(defn- count-value! [{:keys [kinds keys paths] :as contents} [value records bytes]]
  (often/add! kinds (fields/kind value))
  (fields/each-field (fn [path _] (often/add! keys path)) value)
  (count-time! contents value (:time @paths) records bytes)
  (count-type! contents value (:type @paths)))

(defn- choose-paths!
  "Counts the values that were kept."
  [{:keys [given first paths] :as contents}]
  (let [values (map clojure.core/first @first)]
    (vreset! paths {:time (or (:time given) (fields/find-path :time values)), :type (or (:type given) (fields/find-path :type values))})
    (run! #(count-value! contents %) @first)
    (vreset! first nil)))

(defn add!
  "Counts a value, which stands for a number of records that have a number of bytes."
  [{:keys [first paths] :as contents} value records bytes]
  (if @paths
    (count-value! contents [value records bytes])
    (when (= (long kept) (count (vswap! first conj [value records bytes])))
      (choose-paths! contents))))

(defn- listed [often n]
  (mapv (fn [[item records]] {:item item :records records}) (often/most often n)))

(defn report [{:keys [paths kinds keys types times] :as contents}]
  (when-not @paths (choose-paths! contents))
  (let [line (times/line times)]
    (cond-> {:kinds (listed kinds 20), :keys (listed keys 40), :keys-error (often/lost keys)}
      line (assoc :time (assoc line :path (:time @paths)))
      (seq (often/most types 1)) (assoc :types {:path (:type @paths) :values (listed types 20) :error (often/lost types)}))))
