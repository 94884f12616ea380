(ns ^:no-doc flumelog.view.bitmap.offsets
  "A table of ascending offsets, by the places of records in a chunk. One that grows has longs. A full one has ints, where all
   offsets lie within 2 GiB; so most records take 4 bytes. On disk there are only the distances, most of them 2 bytes."
  (:import (java.io DataInput DataOutput)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(definterface Table
  (^long at [^long place]))

(deftype ^:private Near [^long base ^ints distances]
  Table
  (at [_ place] (+ base (aget distances (int place)))))

(deftype ^:private Growing [^longs offsets]
  Table
  (at [_ place] (aget offsets (int place))))

(defn- growing ^Table [^longs offsets] (Growing. offsets))

(def empty-table (growing (long-array 0)))

(defn extended
  "The table with `count` more offsets behind the first n, those of the array from index `from`. The array of the given table is
   filled up, since nobody looks at places that were not in use yet."
  ^Table [^Growing table n ^longs more from count]
  (let [^longs offsets (.offsets table), room (alength offsets), needed (+ (long n) (long count))
        ^longs larger (if (< room needed) (Arrays/copyOf offsets (int (max (* 2 room) needed))) offsets)]
    (System/arraycopy more from larger n count)
    (growing larger)))

(defn compacted
  "The table of n offsets, none of which will be added to, with as few bytes as it can have."
  ^Table [^Table table ^long n]
  (let [base (.at table 0)]
    (if (< (- (.at table (dec n)) base) Integer/MAX_VALUE)
      (let [distances (int-array n)]
        (dotimes [i n] (aset distances i (int (- (.at table i) base))))
        (Near. base distances))
      table)))

(defn below
  "How many of the first n offsets are below `offset`: the place where it is, if it is there."
  ^long [^Table table ^long n ^long offset]
  (loop [low 0, high n]
    (if (= low high)
      low
      (let [middle (quot (+ low high) 2)]
        (if (< (.at table middle) offset) (recur (inc middle) high) (recur low middle))))))

;; On disk: the first offset as a long, and then each distance, seven bits in each byte, the lowest first

(defn- write-distance [^DataOutput out ^long distance]
  (loop [left distance]
    (if (< left 128)
      (.writeByte out left)
      (do (.writeByte out (bit-or 128 (bit-and left 127)))
          (recur (unsigned-bit-shift-right left 7))))))

(defn- read-distance ^long [^DataInput in]
  (loop [distance 0, shift 0]
    (let [b (long (.readUnsignedByte in)), distance (bit-or distance (bit-shift-left (bit-and b 127) shift))]
      (if (< b 128) distance (recur distance (+ shift 7))))))

(defn write! [^DataOutput out ^Table table ^long n]
  (.writeLong out (.at table 0))
  (loop [i 1]
    (when (< i n)
      (write-distance out (- (.at table i) (.at table (dec i))))
      (recur (inc i)))))

(defn read! ^Table [^DataInput in ^long n]
  (let [offsets (long-array n)]
    (aset offsets 0 (.readLong in))
    (loop [i 1]
      (when (< i n)
        (aset offsets i (+ (aget offsets (dec i)) (read-distance in)))
        (recur (inc i))))
    (growing offsets)))
