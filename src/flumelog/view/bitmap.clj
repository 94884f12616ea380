(ns ^:no-doc flumelog.view.bitmap
  "The kind of view that has a bitmap for each value of a field. Needs org.roaringbitmap/RoaringBitmap."
  (:require flumelog.view.bitmap.library                     ; which is first, since it says what is missing
            [flumelog.db.kind :as kind :refer [Kind State]]
            [flumelog.view.bitmap.adding :as adding]
            [flumelog.view.bitmap.answer :as answer]
            [flumelog.view.bitmap.chunk :as chunk]
            [flumelog.view.bitmap.disk :as disk]
            [flumelog.view.bitmap.field :as field]
            [flumelog.view.options :as options])
  (:import (flumelog.error OptionFailures ViewFailures)
           (flumelog.field Fields)
           (java.io IOException)))

(set! *warn-on-reflection* true)

;; Compaction

(defn- rows
  "The offsets and the values of the records of a chunk that are present and have a new offset, in two arrays."
  [chunk moved]
  (let [n (chunk/records chunk), values (object-array n), fields (count (chunk/maps chunk))]
    (doseq [place (chunk/present chunk)] (aset values (int place) (object-array fields)))
    (doseq [[field bitmaps] (map-indexed vector (chunk/maps chunk)), [value bits] bitmaps, place bits]
      (aset ^objects (aget values (int place)) (int field) value))
    (let [kept (for [place (range n) :when (aget values (int place))
                     :let [offset (long (moved (chunk/offset-at chunk place)))] :when (not (neg? offset))]
                 [offset (aget values (int place))])]
      [(long-array (map first kept)) (object-array (map second kept))])))

(defn- moved-contents [limits {:keys [chunks counts]} moved]
  (reduce (fn [contents chunk]
            (let [[^longs offsets values] (rows chunk moved)]
              (first (adding/add limits contents offsets values (alength offsets)))))
          (adding/nothing (count counts)) chunks))

;; Writing

(defn- saved-chunk!
  "The part in which the chunk is, which is written if it is not yet."
  [saved files index chunk]
  (let [{:keys [next] :as before} @saved, known (get-in before [:parts index])]
    (if (identical? chunk (:chunk known))
      (:part known)
      (let [part (str "chunk-" index "-" next)]
        (disk/write-chunk! files part chunk)
        (swap! saved #(cond-> (-> % (assoc-in [:parts index] {:chunk chunk :part part}) (update :next inc))
                        known (update :old conj (:part known))))
        part))))

(defn- write-chunks! [saved files names chunks]
  (let [parts (into [] (map-indexed #(saved-chunk! saved files %1 %2)) (pop chunks))]
    {:head {:fields names, :parts parts, :next (:next @saved)}, :payload (chunk/encode (peek chunks))}))

;; `contents` and `hidden` are atoms that answers look at; `saved` has what is on disk: `:parts`, by index of the chunk, `:next`,
;; the number of the next one, and `:old`, those that the next manifest will not name.

(deftype ^:private BitmapState [names most contents hidden saved files]
  State
  (add! [_ offsets prepared n]
    (let [[larger [refused cause]] (adding/add {:names names :most most} @contents offsets prepared n)]
      (reset! contents larger)
      (when refused (throw (kind/failed-at refused cause)))))
  (hide! [_ offset hidden?]
    (swap! hidden (if hidden? conj disj) offset))
  (forget! [_ offset _]
    (swap! contents adding/remove-record offset)
    (swap! hidden disj offset)
    true)
  (answer [_ since] (answer/answer names contents hidden since))
  (freeze! [_] (:chunks @contents))
  (write! [_ frozen files] (write-chunks! saved files names frozen))
  (written! [_ _]
    (let [{:keys [old]} @saved]
      (disk/delete! files old)
      (swap! saved update :old #(reduce disj % old))))
  (move! [_ moved]
    (reset! contents (moved-contents {:names names :most Integer/MAX_VALUE} @contents moved))
    (swap! saved (fn [{:keys [parts next]}] {:parts {}, :next next, :old (into #{} (map :part) (vals parts))}))
    true)
  (close! [_]))

(defn- restored [names most files {:keys [fields parts next]} payload]
  (when (not= names fields) (throw (IOException. (str "it has the fields " fields))))
  (let [full (mapv #(disk/read-chunk files % (count names)) parts)
        saved (into {} (map-indexed (fn [index part] [index {:chunk (nth full index) :part part}])) parts)]
    (BitmapState. names most (atom (adding/counted (count names) (conj full (chunk/decode payload (count names)))))
                  (atom (sorted-set)) (atom {:parts saved, :next next, :old #{}}) files)))

;; The kind

(defn- value-of [{:keys [name path f]} value ^objects fields]
  (field/kept (if path (aget fields (int path)) (f value))
              #(throw (ViewFailures/badFieldValue (str name) % field/kinds))))

(deftype ^:private BitmapKind [names sources most traits]
  Kind
  (traits [_] traits)
  (prepare [_ _ value fields] (object-array (map #(value-of % value fields) sources)))
  (start [_ files]
    (BitmapState. names most (atom (adding/nothing (count names))) (atom (sorted-set)) (atom {:parts {}, :next 0, :old #{}}) files))
  (restore [_ files head payload] (restored names most files head payload))
  Object
  (toString [this] (kind/shown this)))

(kind/print-by-text! BitmapKind)

(defn names [kind] (.names ^BitmapKind kind))

(defn- source
  "Where a field's values come from: the index of its path, or a function."
  [paths [name from]]
  (let [from (if (keyword? from) [from] from)]
    (cond
      (vector? from) (do (Fields/path from) [(conj paths from) {:name name :path (count paths)}])
      (ifn? from)    [paths {:name name :f from}]
      :else (throw (OptionFailures/badOption (str ":fields, " name ",") from "a field path or a function of the record's value")))))

(defn- check-fields [fields]
  (when-not (and (map? fields) (seq fields) (every? keyword? (keys fields)))
    (throw (OptionFailures/badOption ":fields" fields "a map of one or more fields: {name path-or-function}, with keywords as names"))))

(defn- check-most [most]
  (when-not (and (pos-int? most) (<= (long most) Integer/MAX_VALUE))
    (throw (OptionFailures/badOption ":max-values" most "a whole number of values, 1 or more"))))

(defn kind
  "The kind for the options of `flumelog.view/bitmap`."
  [options]
  (let [{:keys [fields max-values] :as options} (options/check [:fields :max-values] options), most (if (nil? max-values) 10000 max-values)]
    (check-fields fields)
    (check-most most)
    (let [[paths sources] (reduce (fn [[paths sources] field] (let [[paths source] (source paths field)] [paths (conj sources source)]))
                                  [[] []] fields)]
      (BitmapKind. (vec (keys fields)) sources most
                   (merge {:kind :bitmap, :paths paths, :value? (boolean (some :f sources))} (options/common options))))))
