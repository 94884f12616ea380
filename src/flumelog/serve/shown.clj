(ns ^:no-doc flumelog.serve.shown
  "A value as a tree that a page can draw: bounded, and made of texts only, so that numbers keep all their digits.

     {:k \"map\" :items [[node node] ...] :more 12}     also vec, list and set, whose items are nodes
     {:k \"str\" :v \"text\" :more 300}                 how many items, chars or bytes are not here
     {:k \"key\" :v \":a\" :p \"[:a]\"}                 num, lit (true, false, nil), other, bytes; tag, with an :item

   `:p` is the field path of an item in a map or vector, as EDN."
  (:import (clojure.lang TaggedLiteral)
           (java.util List Map Set)))

(set! *warn-on-reflection* true)

(def in-a-row "Bounds of a value that stands in one line." {:nodes 60 :items 24 :chars 200 :depth 5})

(def in-full "Bounds of a value that is looked at." {:nodes 4000 :items 1000 :chars 50000 :depth 64})

;; What has no items

(defn- cut [kind ^String text {:keys [chars]}]
  (let [more (- (count text) (long chars))]
    (if (pos? more)
      {:k kind :v (subs text 0 chars) :more more}
      {:k kind :v text})))

(defn- printed
  "The value as Clojure prints it."
  [value]
  (try
    (binding [*print-length* 50, *print-level* 5, *print-meta* false, *print-readably* true] (pr-str value))
    (catch Exception e (str "a " (.getName (class value)) " that can't be printed: " (ex-message e)))))

(def ^:const ^:private most-bytes 64)

(defn- of-bytes [^bytes bytes]
  (let [n (alength bytes), shown (min n (long most-bytes)), out (StringBuilder.)]
    (dotimes [i shown] (.append out (format "%02x" (aget bytes i))))
    (cond-> {:k "bytes" :v (str out)} (< shown n) (assoc :more (- n shown)))))

(defn- scalar [value bounds]
  (cond
    (or (nil? value) (boolean? value)) {:k "lit" :v (pr-str value)}
    (string? value) (cut "str" value bounds)
    (or (keyword? value) (symbol? value)) (cut "key" (str value) bounds)
    (number? value) (cut "num" (printed value) bounds)
    (bytes? value) (of-bytes value)
    :else (cut "other" (printed value) bounds)))

;; What has items

(declare node)

(defn- deeper
  "The path that goes on from `path` by the key; nil where none does."
  [path k]
  (when (and path (or (string? k) (keyword? k) (and (int? k) (<= 0 (long k) Integer/MAX_VALUE))))
    (conj path k)))

(defn- item [k value path walk]
  (let [path (deeper path k)]
    (cond-> (node value path walk) path (assoc :p (pr-str path)))))

(defn- collection
  "The node of a collection: as many of its `size` items as the bounds allow, each made by a function of the item and its index."
  [kind items size ->node {:keys [left bounds]}]
  (let [shown (loop [shown [], more (seq items)]
                (if (and more (< (count shown) (long (:items bounds))) (pos? (long @left)))
                  (recur (conj shown (->node (first more) (count shown))) (next more))
                  shown))
        more (- (long size) (count shown))]
    (cond-> {:k kind :items shown} (pos? more) (assoc :more more))))

(defn- of-map [value path walk]
  (collection "map" value (count value)
              (fn [[k v] _] [(node k nil walk) (item k v path walk)])
              walk))

(defn- of-list [kind ^List value path walk]
  (collection kind value (.size value) (fn [v i] (item i v path walk)) walk))

(defn- of-set [^Set value walk]
  (collection "set" value (.size value) (fn [v _] (node v nil walk)) walk))

(defn- tagged [^TaggedLiteral value walk]
  {:k "tag" :v (str "#" (.tag value)) :item (node (.form value) nil walk)})

(defn- node [value path {:keys [left depth bounds] :as walk}]
  (vreset! left (dec (long @left)))
  (let [walk (update walk :depth dec)]
    (cond
      (and (coll? value) (neg? (long depth))) {:k "other" :v "…"}
      (instance? Map value) (of-map value path walk)
      (vector? value) (of-list "vec" value path walk)
      (instance? List value) (of-list "list" value nil walk)
      (instance? Set value) (of-set value walk)
      (instance? TaggedLiteral value) (tagged value walk)
      :else (scalar value bounds))))

(defn tree
  "The tree of the value within the bounds."
  [value bounds]
  (node value [] {:bounds bounds :depth (:depth bounds) :left (volatile! (:nodes bounds))}))

(defn text
  "The first chars of data as a text, for data that is not decoded."
  [^bytes data most]
  (let [text (String. data 0 (int (min (alength data) (long most))) "UTF-8")]
    {:k "str" :v text :more (max 1 (- (alength data) (long most)))}))
