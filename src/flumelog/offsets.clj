(ns ^:no-doc flumelog.offsets
  "A map of offsets, as `copy!` writes it, as something to look up in and to reduce. It stays in its file."
  (:import (clojure.lang Counted IFn IKVReduce ILookup IReduceInit MapEntry)
           (flumelog.log OffsetMap)
           (java.io Writer)))

(set! *warn-on-reflection* true)

(def ^:private ^:const at-once "How many records are read at once." 4096)

(defn- new-offset [^OffsetMap pairs old not-found]
  (let [now (if (int? old) (.newOffset pairs (long old)) -1)]
    (if (neg? now) not-found now)))

(defn- reduce-read
  "The reduction of f over pairs that were read: the old and the new offset of each."
  [f acc ^longs read]
  (loop [acc acc, i 0]
    (if (or (reduced? acc) (= i (alength read)))
      acc
      (recur (f acc (aget read i) (aget read (inc i))) (+ i 2)))))

(defn- reduce-pairs [^OffsetMap pairs f init]
  (loop [acc init, index 0]
    (if (or (reduced? acc) (= index (.size pairs)))
      (unreduced acc)
      (let [read (.read pairs index at-once)]
        (recur (reduce-read f acc read) (+ index (quot (alength read) 2)))))))

(deftype Offsets [^OffsetMap pairs]
  ILookup
  (valAt [_ old] (new-offset pairs old nil))
  (valAt [_ old not-found] (new-offset pairs old not-found))
  IFn
  (invoke [_ old] (new-offset pairs old nil))
  (invoke [_ old not-found] (new-offset pairs old not-found))
  Counted
  (count [_] (int (min (.size pairs) Integer/MAX_VALUE)))
  IReduceInit
  (reduce [_ f init] (reduce-pairs pairs (fn [acc old now] (f acc (MapEntry/create old now))) init))
  IKVReduce
  (kvreduce [_ f init] (reduce-pairs pairs f init))
  Object
  (toString [_] (str "#flumelog/Offsets" (pr-str [(str (.file pairs)) {:count (.size pairs)}]))))

(defmethod print-method Offsets [offsets ^Writer w]
  (.write w (str offsets)))
