(ns flumelog.readings-test
  "A frame is read through blocks, through a window, from the mapped file, and by a shorter way in memory. All of these agree
   with the plain reading of doc/format.md in flumelog.shapes, whatever the bytes are."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.fixtures :refer [formats path-in with-temp-folder]]
            [flumelog.shapes :refer [frame log-bytes trailer-bytes whole-frame-end]]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.block Blocks Bytes ClockCache)
           (flumelog.file ChannelFile LogFile)
           (flumelog.frame FlumeFraming Framing LegacyFraming)
           (java.io RandomAccessFile)
           (java.nio ByteBuffer)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(defn- framing-of ^Framing [format]
  (if-let [bits (:offset-bits (formats format))] (FlumeFraming. (int bits)) (LegacyFraming.)))

;; Bytes

(def ^:private gen-data
  "A record's data: text, data that begins with zeros, what deletion leaves, or nothing."
  (gen/fmap (fn [[zeros n]] (byte-array (concat (repeat zeros 0) (repeat n 7))))
            (gen/one-of [(gen/tuple (gen/return 0) (gen/choose 0 40)) (gen/tuple (gen/choose 0 20) (gen/choose 0 20))])))

(def ^:private gen-damage
  "What is written over 1 or 4 bytes: any byte, or as a length a number near one of the limits."
  (gen/tuple (gen/choose 0 1000)
             (gen/one-of [(gen/fmap #(vector :byte %) (gen/elements [0 1 7 127 -128 -1]))
                          (gen/fmap #(vector :length %)
                                    (gen/elements [0 1 -1 Integer/MAX_VALUE (dec Integer/MAX_VALUE) (- Integer/MAX_VALUE 16) Integer/MIN_VALUE]))
                          (gen/fmap #(vector :rest %) (gen/choose -20 20))])))

(defn- damaged
  "The bytes of a log after the damage. A `:rest` is a length that leads as far from the end of the log as it says."
  ^bytes [^bytes data damage]
  (let [bytes (ByteBuffer/wrap (Arrays/copyOf data (alength data)))]
    (doseq [[at [kind n]] damage :let [at (rem (long at) (max 1 (- (alength data) 3)))] :when (<= (+ at 4) (alength data))]
      (case kind
        :byte (.put bytes (int at) (byte n))
        :length (.putInt bytes (int at) (int n))
        :rest (.putInt bytes (int at) (int (+ (- (alength data) at) (long n))))))
    (.array bytes)))

(def ^:private gen-log
  "The format of a log and its bytes: whole, damaged in some places, or cut."
  (gen/fmap (fn [[format records damage cut]]
              (let [[data] (log-bytes (trailer-bytes format) records), data (damaged data damage)]
                [format (Arrays/copyOf data (max 0 (- (alength data) (long cut))))]))
            (gen/tuple (gen/elements (keys formats)) (gen/vector gen-data 1 6) (gen/vector gen-damage 0 3)
                       (gen/frequency [[3 (gen/return 0)] [1 (gen/choose 0 20)]]))))

(defn- file-of
  "A file of these bytes, which can be mapped."
  ^LogFile [^bytes data]
  (reify LogFile
    (size [_] (alength data))
    (readAt [_ position into]
      (let [n (max 0 (min (.remaining into) (- (alength data) position)))]
        (.put into data (int position) (int n))
        (int n)))
    (map [_ position n] (.slice (ByteBuffer/wrap data) (int position) (int n)))))

(defn- blocks-of ^Blocks [^LogFile file block-bytes]
  (Blocks. "a.log" file block-bytes (ClockCache. 100) (.size file)))

(defn- mapping-of ^Bytes [^LogFile file]
  (let [blocks (blocks-of file 64)]
    (last (repeatedly 64 #(.mapped blocks)))))

(defn- windows-of
  "Windows that hold all of the file, its first half, its second half, and nothing."
  [^LogFile file]
  (let [n (.size file), half (quot n 2)]
    (for [[from to] [[0 n] [0 half] [half n] [0 0]]]
      (doto (.windowPastCache (blocks-of file 1)) (.coverUpwards from (- (long to) (long from)))))))

(defn- readings
  "The bytes of a file in each way in which the log has them."
  [^LogFile file]
  (concat [(mapping-of file)] (windows-of file) (map #(blocks-of file %) [1 7 64])))

;; Readings

(defn- whole-frames
  "Where each thing starts that is a whole frame, and where it ends; by the plain reading."
  [format data]
  (into {} (for [start (range (inc (alength ^bytes data)))
                 :let [end (whole-frame-end (trailer-bytes format) data start)]
                 :when (<= 0 end)]
             [start end])))

(defn- at-most [limit position] (if (and position (<= (long position) (long limit))) position -1))
(defn- at-least [limit position] (if (and position (>= (long position) (long limit))) position -1))

(defn- by-end [frames] (into {} (map (fn [[start end]] [end start])) frames))

(defn- slow-disagreements
  "[bytes position limit] of each reading through `Bytes` that doesn't agree with the frames."
  [^Framing framing frames all-bytes positions limits]
  (let [starts (by-end frames)]
    (for [^Bytes bytes all-bytes, position positions, limit limits
          :when (or (not= (at-most limit (frames position)) (.endOf framing bytes position limit))
                    (not= (at-least limit (starts position)) (.startOf framing bytes position limit)))]
      [bytes position limit])))

(defn- quick-disagreements
  "[from to position limit] of each quick reading that doesn't agree with the frames `quick`, which are all that it knows. A
   buffer holds only the bytes from `from` to `to`, and what would be read beyond it throws."
  [^Framing framing quick ^bytes data borders positions limits]
  (let [starts (by-end quick)]
    (for [from borders, to borders :when (<= (long from) (long to))
          :let [buffer (.slice (ByteBuffer/wrap data) (int from) (int (- (long to) (long from))))]
          position positions :when (<= (long from) (long position) (long to))
          limit limits
          :let [up (min (long limit) (long to)), down (max (long limit) (long from))]
          :when (or (not= (at-most up (quick position)) (.quickEndOf framing buffer from position up))
                    (not= (at-least down (starts position)) (.quickStartOf framing buffer from position down)))]
      [from to position limit])))

(defn- end-disagreements
  "[start end] of each piece of the data that ends as a frame does when it is none, or the other way round."
  [^Framing framing frames ^bytes data]
  (for [start (range (- (alength data) 3))
        :let [length (.getInt (ByteBuffer/wrap data) (int start)), end (+ (long start) (.size framing length))]
        :when (and (pos? length) (<= end (alength data)))
        :when (not= (= end (frames start)) (.isWhole framing (ByteBuffer/wrap data) start length end))]
    [start end]))

(defn- begins-with-zero? [^bytes data [start _]] (zero? (aget data (+ 4 (long start)))))

(defn- known-to-quick
  "Those of the frames that have data which does not begin with zero."
  [^Framing framing frames data]
  (into {} (comp (filter (fn [[start end]] (pos? (.length framing start end)))) (remove #(begins-with-zero? data %))) frames))

(defspec every-reading-of-a-frame-agrees-with-the-format (size 150 3000)
  (prop/for-all [[format ^bytes data] gen-log]
    (let [framing (framing-of format), frames (whole-frames format data), positions (range (inc (alength data)))
          borders (take 8 (distinct (concat [0 (alength data)] (keys frames) (vals frames))))]
      (and (empty? (slow-disagreements framing frames (readings (file-of data)) positions (take 6 borders)))
           (empty? (quick-disagreements framing (known-to-quick framing frames data) data borders positions (take 6 borders)))
           (empty? (end-disagreements framing frames data))))))

(deftest a-frame-is-read-the-same-where-one-mapped-segment-ends-and-another-begins
  (doseq [format (keys formats), before [1 3 5 9 14 20]]
    (testing (str format ", " before " bytes before the border")
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              start (- (bit-shift-left 1 30) (long before))
              data (frame (trailer-bytes format) start (byte-array (repeat 5 7)))
              end (+ start (alength data))]
          (with-open [out (RandomAccessFile. path "rw")]
            (.seek out start)
            (.write out data))
          (with-open [file (ChannelFile/openForReading (.toPath (io/file path)))]
            (let [framing (framing-of format)]
              (doseq [^Bytes bytes [(mapping-of file) (blocks-of file 7)]]
                (is (= end (.endOf framing bytes start end)))
                (is (= start (.startOf framing bytes end start)))))))))))
