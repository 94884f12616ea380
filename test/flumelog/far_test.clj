(ns flumelog.far-test
  "Proves that no position is special: records that end one byte before, at and after 2^31, 2^32 and 2^48 are read,
   followed, cut and deleted like those at the start of a file. The files are sparse."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure formats overhead path-in with-temp-folder]]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.codec Codecs)
           (flumelog.coll LogCollection)
           (flumelog.file ChannelFile LogFile LogFolder WriterLock)
           (flumelog.log LogOptions OffsetLog Rewrite Rewrite$Moved)
           (java.nio ByteBuffer)
           (java.util TreeMap)))

(set! *warn-on-reflection* true)

(def ^:private longest "Bytes of data that a length can name." 0xFFFFFFFF)

(defn- tail-of
  "The last length and the trailer of a frame."
  ^ByteBuffer [length end trailer]
  (let [out (doto (ByteBuffer/allocate 12) (.putInt (unchecked-int length)))]
    (doseq [shift (range (* 8 (dec (long trailer))) -1 -8)]
      (.put out (unchecked-byte (bit-shift-right (long end) shift))))
    (.flip out)))

(defn- write-long-record!
  "Writes a frame from `start` to `end` that is one byte and then a hole."
  [^LogFile file start end options]
  (let [trailer (- (overhead options) 8), length (- (long end) (long start) 8 trailer)]
    (.overwrite file start (doto (ByteBuffer/allocate 5) (.putInt (unchecked-int length)) (.put (byte 1)) .flip))
    (.overwrite file (- (long end) 4 trailer) (tail-of length end trailer))))

(defn- fill-to!
  "Long records from the start of the file up to `end`."
  [file end options]
  (loop [start 0]
    (let [left (- (long end) start)]
      (if (<= left (+ (long longest) (overhead options)))
        (write-long-record! file start end options)
        (let [next-start (+ start (long longest))]
          (write-long-record! file start next-start options)
          (recur next-start))))))

(defn- check-beyond
  "A log whose last record ends at `end` goes on from there."
  [path options end]
  (let [step (+ 1 (overhead options))]
    (with-open [l (log/open path options)]
      (is (= {:end end, :tail :none} (select-keys (log/recovery l) [:end :tail])))
      (is (= [end (+ end step)] (log/append-all! l ["a" "b"])))
      (is (= "a" (get l end)))
      (is (= "b" (log/fetch l (+ end step))))
      (is (nil? (get l (dec end))))
      (is (nil? (get l (inc end)))))
    (with-open [l (log/open path options)]
      (is (= [[end "a"] [(+ end step) "b"]] (into [] (log/entries l {:gte end}))))
      (is (= ["b" "a"] (into [] (take 2) (rseq l))))
      (is (= 1 (log/delete! l end)))
      (is (= [[(+ end step) "b"]] (into [] (log/entries l {:gte end})))))
    (with-open [file (ChannelFile/openForWriting (.toPath (io/file path)))] (.truncate file (+ end step 5)))
    (with-open [l (log/open path options)]
      (is (= {:tail :torn, :end (+ end step), :cut-bytes 5} (select-keys (log/recovery l) [:tail :end :cut-bytes]))))))

(deftest a-record-may-end-around-two-and-four-gigabytes
  (doseq [power [31 32], around [-1 0 1], [format-name format] formats
          :let [end (+ (bit-shift-left 1 power) (long around))]
          :when (or (= power 31) (not= format {:offset-bits 32}))]
    (testing (str format-name " at 2^" power " + " around)
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), options (merge format {:codec :utf8 :sync :none})]
          (with-open [file (ChannelFile/openForWriting (.toPath (io/file path)))] (fill-to! file end options))
          (check-beyond path options end))))))

(deftest a-32-bit-log-may-end-at-the-last-position-and-not-after-it
  (doseq [below [0 1 12 13 14] :let [end (- (dec (bit-shift-left 1 32)) (long below))]]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), options {:offset-bits 32 :codec :utf8 :sync :none}]
        (with-open [file (ChannelFile/openForWriting (.toPath (io/file path)))] (fill-to! file end options))
        (with-open [l (log/open path options)]
          (is (= end (:end (log/info l))))
          (is (= (when (< (long below) 13) :too-large) (error (log/append! l "x"))) (str below " bytes of room"))
          (is (= (if (< (long below) 13) end (+ end 13)) (.length (io/file path)) (:end (log/info l)))
              "what is refused is refused before a byte is written"))))))

;; Beyond what file systems hold

(defn- overlap!
  "Copies what a chunk at `at` has of [position, position + n) into the array at its place."
  [^bytes out position at ^bytes chunk]
  (let [from (max (long position) (long at)), to (min (+ (long position) (alength out)) (+ (long at) (alength chunk)))]
    (when (< from to)
      (System/arraycopy chunk (int (- from (long at))) out (int (- from (long position))) (int (- to from))))))

(defn- sparse-file
  "A LogFile in memory, of any size, that keeps what was written to it in chunks."
  ^LogFile []
  (let [^TreeMap chunks (TreeMap.), end (atom 0)
        write (fn [position ^ByteBuffer in]
                (let [chunk (byte-array (.remaining in))]
                  (.get in chunk)
                  (.put chunks position chunk)
                  (swap! end max (+ (long position) (alength chunk)))))]
    (reify LogFile
      (readAt [_ position into]
        (let [n (max 0 (min (.remaining into) (- (long @end) position))), out (byte-array n)]
          (doseq [[at chunk] (.subMap chunks (- position 100) (+ position n))] (overlap! out position at chunk))
          (.put into out)
          n))
      (append [_ end data] (write end data))
      (overwrite [_ position data] (write position data))
      (truncate [_ n] (.clear (.tailMap chunks n)) (reset! end n))
      (force [_])
      (size [_] @end)
      (close [_]))))

;; Beside the log there are small files, which nobody reads again here.
(defn- folder-of
  "A LogFolder with the file as \"a.log\"."
  ^LogFolder [file]
  (reify LogFolder
    (openForReading [_ name] (if (= "a.log" name) file (throw (java.io.FileNotFoundException. name))))
    (openForWriting [_ name] (if (= "a.log" name) file (sparse-file)))
    (exists [_ name] (= "a.log" name))
    (identity [_ _] 1)
    (boot [_] 1)
    (lock [_ _ _] (reify WriterLock (confirm [_]) (close [_])))
    (path [_ name] name)))

(deftest a-log-goes-on-up-to-two-to-the-48
  ;; That takes 65,536 records of 4 GiB, a few seconds each time; the quick size goes up to 2^40.
  (doseq [[bits around] {53 [-1 0], 48 [-1 -15 -16]}, around around]
    (testing (str bits " bits, 2^48 + " around)
      (let [file (sparse-file)
            end (+ (bit-shift-left 1 (long (size 40 48))) (long around))
            options {:offset-bits bits :sync :none}]
        (fill-to! file end options)
        (with-open [log (OffsetLog/open (folder-of file) "a.log" (LogOptions/of (assoc options :codec Codecs/UTF8)))]
          (let [l (LogCollection. log Codecs/UTF8), room? (or (= bits 53) (< (+ end 15) (bit-shift-left 1 48)))]
            (is (= end (:end (log/info l))))
            (is (= (if room? end :too-large) (or (error (log/append! l "x")) @(log/since l))))
            (when room?
              (is (= "x" (get l end)))
              (is (= "x" (first (rseq l))))
              (is (= [[end "x"]] (into [] (log/entries l {:gte end})))))))))))

;; Into a format that ends before

(defn- folder-that-takes-all
  "A LogFolder in which a file can be written, and nothing stays."
  ^LogFolder []
  (reify LogFolder
    (exists [_ _] false)
    (openForWriting [_ _] (reify LogFile (truncate [_ _]) (append [_ _ _]) (close [_])))
    (path [_ name] name)))

(deftest a-log-above-four-gigabytes-does-not-convert-to-32-bits
  (let [file (sparse-file), mib (bit-shift-left 1 20), frame (* 64 mib), records 65]
    (dotimes [n records]
      (write-long-record! file (* n frame) (* (inc n) frame) {:offset-bits 53}))
    (let [convert #(Rewrite/convert (folder-of file) "a.log" (folder-that-takes-all) "b.log" (LogOptions/of {}) (LogOptions/of %)
                                    Rewrite$Moved/NONE)
          facts (ex-data (failure (convert {:offset-bits 32})))]
      (is (= {:flumelog/error :too-large, :path "b.log"} (select-keys facts [:flumelog/error :path])))
      (is (< (dec (bit-shift-left 1 32)) (:end facts) (+ (bit-shift-left 1 32) frame))))))
