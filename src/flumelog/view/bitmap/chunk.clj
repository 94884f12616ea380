(ns ^:no-doc flumelog.view.bitmap.chunk
  "The records of a bitmap view, 65,536 in each chunk. A record's place in its chunk is its number in the bitmaps there: for each
   field, a bitmap of the records that have a value. Chunks are immutable. Only the last one grows: each batch makes a new
   one in its place, and copies the bitmaps that it changes. So readers need no lock, the newest records are found without a
   look at older chunks, and a full chunk is written to disk once.

   * `empty-chunk`, `extended`, `without`: making chunks
   * `offset-at`, `place-of`, `places-below`: from places to offsets and back
   * `encode`, `decode`: a chunk as bytes"
  (:require [flumelog.codec.edn :as edn]
            [flumelog.view.bitmap.offsets :as offsets])
  (:import (flumelog.codec Codec)
           (flumelog.view.bitmap.offsets Table)
           (java.io ByteArrayInputStream ByteArrayOutputStream DataInputStream DataOutput DataOutputStream EOFException IOException)
           (org.roaringbitmap RoaringBitmap)))

(set! *warn-on-reflection* true)

(def most-records
  "As many as a container of the bitmaps has. Tests have smaller chunks."
  65536)

(deftype Chunk
  [^long n                  ; records, also deleted ones
   ^Table offsets
   ^RoaringBitmap present   ; the records that are not deleted
   maps])                   ; for each field {value RoaringBitmap}

(defn empty-chunk [fields]
  (Chunk. 0 offsets/empty-table (RoaringBitmap.) (vec (repeat fields {}))))

(defn records ^long [^Chunk chunk] (.n chunk))
(defn present ^RoaringBitmap [^Chunk chunk] (.present chunk))
(defn maps [^Chunk chunk] (.maps chunk))
(defn full? [^Chunk chunk] (= (long most-records) (.n chunk)))

(defn deleted
  "How many of the records are deleted."
  ^long [^Chunk chunk]
  (- (.n chunk) (.getCardinality ^RoaringBitmap (.present chunk))))

(defn size-in-bytes
  "About how many bytes of memory the chunk takes, values not counted."
  ^long [^Chunk chunk]
  (transduce (mapcat vals) (fn ([total] total) ([total ^RoaringBitmap bits] (+ (long total) (.getLongSizeInBytes bits))))
             (+ (* 4 (.n chunk)) (.getLongSizeInBytes ^RoaringBitmap (.present chunk))) (.maps chunk)))

;; Places

(defn offset-at ^long [^Chunk chunk ^long place]
  (.at ^Table (.offsets chunk) place))

(defn places-below
  "How many of the records have offsets below this one."
  ^long [^Chunk chunk ^long offset]
  (offsets/below (.offsets chunk) (.n chunk) offset))

(defn place-of
  "The place of the record at an offset, -1 when it is not there or deleted."
  ^long [^Chunk chunk ^long offset]
  (let [place (places-below chunk offset)]
    (if (and (< place (.n chunk)) (= offset (offset-at chunk place)) (.contains ^RoaringBitmap (.present chunk) place))
      place
      -1)))

;; Making chunks

(defn- with-bits [bitmaps value ^RoaringBitmap more]
  (if-let [^RoaringBitmap bits (get bitmaps value)]
    (assoc bitmaps value (RoaringBitmap/or bits more))
    (assoc bitmaps value more)))

(defn- packed
  "The bitmap in its smallest form."
  [^RoaringBitmap bits]
  (doto (.clone bits) (.runOptimize) (.trim)))

(defn- sealed [^Chunk chunk]
  (Chunk. (.n chunk) (offsets/compacted (.offsets chunk) (.n chunk)) (packed (.present chunk)) (mapv #(update-vals % packed) (.maps chunk))))

(defn extended
  "The chunk with `added` more records, whose offsets begin at index `from` of the array. `groups` has for each field
   {value RoaringBitmap} of their places. The caller does not change the bitmaps later."
  [^Chunk chunk offsets from added groups]
  (let [n (+ (.n chunk) (long added))
        present (doto (.clone ^RoaringBitmap (.present chunk)) (.add (.n chunk) n))
        extended (Chunk. n (offsets/extended (.offsets chunk) (.n chunk) offsets from added) present
                         (mapv #(reduce-kv with-bits %1 %2) (.maps chunk) groups))]
    (if (full? extended) (sealed extended) extended)))

(defn- without-place
  "The map without the place, and without a value that no other record has."
  [bitmaps value place]
  (let [bits (doto (.clone ^RoaringBitmap (get bitmaps value)) (.remove (int place)))]
    (if (.isEmpty bits) (dissoc bitmaps value) (assoc bitmaps value bits))))

(defn values-at
  "The value of each field of the record at a place that is present."
  [^Chunk chunk ^long place]
  (mapv (fn [bitmaps] (some (fn [[value ^RoaringBitmap bits]] (when (.contains bits place) [value])) bitmaps)) (.maps chunk)))

(defn without
  "The chunk without the record at the place, which has these values, each in a vector."
  [^Chunk chunk place values]
  (Chunk. (.n chunk) (.offsets chunk) (doto (.clone ^RoaringBitmap (.present chunk)) (.remove (int place)))
          (mapv (fn [bitmaps [value]] (without-place bitmaps value place)) (.maps chunk) values)))

;; On disk: n, the values of all fields as EDN, the offsets, the present records, and the bitmaps in the order of the values

(defn- write-values! [^DataOutput out maps]
  (let [data (.encode ^Codec edn/codec (mapv (comp vec keys) maps))]
    (.writeInt out (alength data))
    (.write out data)))

(defn encode ^bytes [^Chunk chunk]
  (let [bytes (ByteArrayOutputStream.), out (DataOutputStream. bytes)]
    (.writeInt out (.n chunk))
    (when (pos? (.n chunk))
      (write-values! out (.maps chunk))
      (offsets/write! out (.offsets chunk) (.n chunk))
      (.serialize ^RoaringBitmap (.present chunk) out)
      (doseq [bitmaps (.maps chunk), ^RoaringBitmap bits (vals bitmaps)] (.serialize bits out)))
    (.toByteArray bytes)))

(defn- read-values [^DataInputStream in]
  (let [length (.readInt in), data (.readNBytes in length)]
    (when (not= length (alength data)) (throw (EOFException. "a chunk of a bitmap view ends in its values")))
    (.decode ^Codec edn/codec data)))

(defn- read-bitmap [^DataInputStream in]
  (doto (RoaringBitmap.) (.deserialize in)))

(defn decode
  "The chunk in these bytes, with that number of fields. Throws IOException."
  [^bytes data fields]
  (let [in (DataInputStream. (ByteArrayInputStream. data)), n (.readInt in)]
    (if (zero? n)
      (empty-chunk fields)
      (let [values (read-values in)
            offsets (offsets/read! in n)
            present (read-bitmap in)
            maps (mapv (fn [values] (into {} (map (fn [value] [value (read-bitmap in)])) values)) values)
            chunk (Chunk. n offsets present maps)]
        (when-not (and (= fields (count maps)) (zero? (.available in)))
          (throw (IOException. "a chunk of a bitmap view has other fields, or does not end where it should")))
        (if (full? chunk) (sealed chunk) chunk)))))
