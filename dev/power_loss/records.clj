(ns power-loss.records
  "The records that are appended, and a reader of the records in a file that does not use flumelog.

   * `value`: the data of the record with an id [seed thread n]; `id-of`: the id in some data
   * `frame-at`, `frames-of`: the whole frames of a file
   * `zeros?`: whether data was deleted"
  (:require [flumelog.fixtures :refer [bytes= overhead]])
  (:import (java.nio ByteBuffer)
           (java.util Arrays Random)))

(set! *warn-on-reflection* true)

;; The records to append

(def ^:private header-bytes 16)

(defn- some-zeros!
  "Puts zeros over a random range of the data, so that good records too contain zeros, as holes do."
  [^Random random ^bytes data]
  (let [from (+ (long header-bytes) (.nextInt random (- (alength data) (long header-bytes))))
        to (+ from 1 (.nextInt random (- (alength data) from)))]
    (Arrays/fill data (int from) (int to) (byte 0))))

(defn- body-length ^long [^Random random]
  (let [dice (.nextInt random 100)]
    (cond (< dice 60) (.nextInt random 200)
          (< dice 85) (.nextInt random 3000)
          (< dice 98) (.nextInt random 20000)
          :else (.nextInt random 150000))))

(defn value
  "The data of the n-th record of a thread: its id, and random bytes that follow from the id."
  ^bytes [[seed thread n :as id]]
  (let [random (Random. (hash id))
        data (byte-array (+ (long header-bytes) (body-length random)))]
    (.nextBytes random data)
    (doto (ByteBuffer/wrap data) (.putLong seed) (.putInt thread) (.putInt n))
    (when (and (< 600 (alength data)) (zero? (.nextInt random 8))) (some-zeros! random data))
    data))

(defn id-of
  "The id [seed thread n] in the header of the data."
  [^bytes data]
  (when (<= (long header-bytes) (alength data))
    (let [in (ByteBuffer/wrap data)]
      [(.getLong in) (.getInt in) (.getInt in)])))

;; The records in a file

(defn- trailer-bytes ^long [options]
  (- (overhead options) 8))

(defn- uint ^long [^bytes data at n]
  (reduce (fn [sum i] (+ (* 256 (long sum)) (bit-and 255 (aget data (+ (long at) (long i)))))) 0 (range n)))

(defn frame-at
  "[offset data end] of the whole frame at the offset, read without flumelog; nil if there is none."
  [^bytes file options offset]
  (let [offset (long offset)]
    (when (<= (+ offset (overhead options)) (alength file))
      (let [length (uint file offset 4)
            end (+ offset (overhead options) length)
            trailer (trailer-bytes options)]
        (when (and (pos? length) (<= end (alength file))
                   (= length (uint file (- end trailer 4) 4))
                   (or (zero? trailer) (= end (uint file (- end trailer) trailer))))
          [offset (Arrays/copyOfRange file (int (+ offset 4)) (int (+ offset 4 length))) end])))))

(defn frames-of [file options]
  (take-while some? (iterate (fn [[_ _ end]] (frame-at file options end)) (frame-at file options 0))))

(defn zeros? [^bytes data]
  (bytes= data (byte-array (alength data))))
