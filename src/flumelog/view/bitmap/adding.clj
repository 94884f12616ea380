(ns ^:no-doc flumelog.view.bitmap.adding
  "Adding records to the chunks of a bitmap view. The contents are a map of `:chunks`, a vector of which only the last one may
   grow, and `:counts`, for each field {value how many records have it}.

   * `nothing`; `add`, `remove-record`: the contents with more or fewer records
   * `counted`: the contents that have these chunks"
  (:require [flumelog.codec.edn :as edn]
            [flumelog.view.bitmap.chunk :as chunk])
  (:import (flumelog.codec Codec)
           (flumelog.error ViewFailures)
           (org.roaringbitmap RoaringBitmap)))

(set! *warn-on-reflection* true)

(defn nothing [fields]
  {:chunks [(chunk/empty-chunk fields)], :counts (vec (repeat fields {}))})

;; A group is a bitmap of the records of a batch that have one value of one field. Each field has a volatile with a map of them.

(defn- too-many? [most counts groups]
  (and (>= (+ (count counts) (count groups)) (long most))
       (>= (+ (count counts) (count (remove #(contains? counts %) (keys groups)))) (long most))))

(defn- check-new
  "A value that no other record has must be one that can be written, and not be one too many."
  [{:keys [names most]} field counts groups value]
  (when (too-many? most counts groups)
    (throw (ViewFailures/tooManyValues (str (nth names field)) value most)))
  (.encode ^Codec edn/codec value))

(defn- group! [limits field counts groups value]
  (or (get @groups value)
      (let [bits (RoaringBitmap.)]
        (when-not (contains? counts value)
          (check-new limits field counts @groups value))
        (vswap! groups assoc value bits)
        bits)))

(defn- take-record!
  "Puts a record into the groups of its values. When a value is refused the record is in none."
  [limits counts groups ^objects values place]
  (let [fields (alength values), found (object-array fields)]
    (dotimes [field fields]
      (aset found field (group! limits field (nth counts field) (nth groups field) (aget values field))))
    (dotimes [field fields]
      (.add ^RoaringBitmap (aget found field) (int place)))))

(defn- take-records!
  "Puts the records from index `from` up to `to` into groups, until one is refused. Returns the index of that one and why; `to`
   if there is none."
  [limits counts groups ^objects prepared from to place]
  (loop [i (long from), place (long place)]
    (if (= i (long to))
      [i nil]
      (if-let [refused (try (take-record! limits counts groups (aget prepared i) place) nil (catch Exception e e))]
        [i refused]
        (recur (inc i) (inc place))))))

(defn- counts-with [counts groups]
  (reduce-kv (fn [counts value ^RoaringBitmap bits] (assoc counts value (+ (long (get counts value 0)) (.getLongCardinality bits))))
             counts groups))

(defn- non-empty [groups]
  (into {} (remove #(.isEmpty ^RoaringBitmap (val %))) groups))

(defn- add-to-last
  "The contents with records of one chunk, the index up to which they are in, and why no further."
  [limits {:keys [chunks counts]} offsets prepared from to]
  (let [last-chunk (peek chunks), groups (mapv (fn [_] (volatile! {})) counts)
        [taken refused] (take-records! limits counts groups prepared from to (chunk/records last-chunk))
        groups (mapv (comp non-empty deref) groups)
        larger (chunk/extended last-chunk offsets from (- (long taken) (long from)) groups)
        chunks (conj (pop chunks) larger)]
    [{:chunks (if (chunk/full? larger) (conj chunks (chunk/empty-chunk (count counts))) chunks), :counts (mapv counts-with counts groups)}
     taken refused]))

(defn- add-all [limits contents offsets prepared n]
  (loop [contents contents, from 0]
    (if (= from (long n))
      [contents nil]
      (let [room (- (long chunk/most-records) (chunk/records (peek (:chunks contents))))
            [contents taken refused] (add-to-last limits contents offsets prepared from (min (long n) (+ from room)))]
        (if refused [contents [taken refused]] (recur contents (long taken)))))))

(defn- wanted-indexes
  "The indexes of the first n records that are not ignored; nil when all of them are wanted."
  [^objects prepared n]
  (let [wanted (filterv #(some? (aget prepared (int %))) (range n))]
    (when (< (count wanted) (long n)) wanted)))

(defn add
  "The contents with the first n records of the arrays, as `flumelog.db.kind/add!` has them; and nil, or the index of the first
   record that is refused, and why. `limits` has the `:names` of fields, and of their values the `:most`."
  [limits contents ^longs offsets ^objects prepared n]
  (if-let [wanted (wanted-indexes prepared n)]
    (let [[contents [refused cause]] (add-all limits contents (long-array (map #(aget offsets (int %)) wanted))
                                              (object-array (map #(aget prepared (int %)) wanted)) (count wanted))]
      [contents (when refused [(nth wanted refused) cause])])
    (add-all limits contents offsets prepared n)))

;; Removing

(defn- fewer [counts [value]]
  (let [left (dec (long (get counts value)))]
    (if (zero? left) (dissoc counts value) (assoc counts value left))))

(defn index-of-chunk
  "The index of the chunk in which the record at an offset is, if it is in one."
  ^long [chunks ^long offset]
  (loop [low 0, high (dec (count chunks))]
    (if (>= low high)
      low
      (let [middle (quot (+ low high 1) 2), chunk (nth chunks middle)]
        (if (or (zero? (chunk/records chunk)) (> (chunk/offset-at chunk 0) offset))
          (recur low (dec middle))
          (recur middle high))))))

(defn remove-record
  "The contents without the record at the offset. Nothing is left of a value that no other record has."
  [{:keys [chunks counts] :as contents} offset]
  (let [index (index-of-chunk chunks offset), chunk (nth chunks index), place (chunk/place-of chunk offset)]
    (if (neg? place)
      contents
      (let [values (chunk/values-at chunk place)]
        {:chunks (assoc chunks index (chunk/without chunk place values)), :counts (mapv fewer counts values)}))))

(defn counted [fields chunks]
  {:chunks (if (or (empty? chunks) (chunk/full? (peek chunks))) (conj chunks (chunk/empty-chunk fields)) chunks)
   :counts (reduce (fn [counts chunk] (mapv counts-with counts (chunk/maps chunk))) (vec (repeat fields {})) chunks)})
