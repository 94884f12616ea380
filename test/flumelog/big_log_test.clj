(ns flumelog.big-log-test
  "What must not depend on how long the log is."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= delete-folder! error failure formats log-in path-in temp-folder
                                       watched with-temp-folder]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.file ChannelFile)
           (flumelog.frame Landmarks)
           (java.nio ByteBuffer)))

(set! *warn-on-reflection* true)

(deftest the-newest-ten-of-a-million-records-are-all-that-is-decoded
  (with-temp-folder [folder]
    (let [decoded (atom 0)
          codec {:encode (fn [n] (.getBytes (str n))) :decode (fn [^bytes b] (swap! decoded inc) (parse-long (String. b)))}]
      (with-open [l (log/open (path-in folder "a.log") {:codec codec :sync :none})]
        (transduce identity (log/appending l) (range 1000000))
        (is (= (range 999999 999989 -1) (into [] (take 10) (rseq l))))
        (is (= 10 @decoded))
        (is (= 1000000 (reduce (fn [n _] (inc (long n))) 0 (log/offsets l))))
        (is (= 10 @decoded))
        (let [middle (nth (into [] (log/offsets l)) 500000)]
          (is (= [500000 500001] (into [] (log/values l {:gte middle :limit 2}))))
          (is (= [499999] (into [] (log/values l {:lt middle :reverse true :limit 1})))))))))

(deftest both-ends-are-read-without-the-middle
  (let [d (disk/disk), reads (atom [])
        folder (watched (disk/folder d) (fn [op name] (when (= :read op) (swap! reads conj name))))
        text (str/join (repeat 100 "x"))
        ends {"the oldest" first, "the newest" #(first (rseq %)), "the newest ten" #(into [] (take 10) (rseq %))
              "all below the end" #(first (log/values % {:reverse true})), "from the start" #(first (log/values % {:gte 0}))
              "stepping back" #(log/prev! (log/seek! (log/cursor %) Long/MAX_VALUE))}
        reading (fn [read l] (reset! reads []) (read l) (frequencies @reads))]
    (doseq [[how leave] {"closed" #(.close ^LogCollection %), "left by one that died" identity}]
      (leave (doto (log-in folder how {:codec :utf8 :sync :none})
               (-> log/appending ((fn [f] (transduce identity f (repeat 20000 text)))))
               log/sync!))
      (doseq [[what read] ends]
        (with-open [l (log-in folder how {:codec :utf8 :sync :none})]
          (is (= {how 1} (reading read l)) (str what ", " how)))))))

(deftest a-reader-beside-a-writer-finds-the-newest-records-without-reading-all
  (doseq [[format-name format] (select-keys formats ["flume 53" "legacy"])]
    (testing format-name
      (let [d (disk/disk), reads (atom 0), options (assoc format :codec :utf8 :sync :none)
            folder (watched (disk/folder d) (fn [op name] (when (= [:read "a.log"] [op name]) (swap! reads inc))))
            text (str/join (repeat 1000 "x")), n 24000, reads-of (fn [f] (reset! reads 0) (f) @reads)]
        (with-open [l (log-in folder "a.log" options)]
          (transduce identity (log/appending l) (map #(str % text) (range n))))
        (with-open [writer (log-in folder "a.log" {:codec :utf8 :sync :none})]
          (log/append! writer "the newest")
          (let [offsets (into [] (log/offsets writer)), all (into [] (log/values writer))]
            (with-open [reader (log-in folder "a.log" {:codec :utf8 :mode :read})]
              (let [is-there #(is (= (nth all %) (get reader (nth offsets %))) (str %))
                    pages #(is (= (subvec all (- % 60) %) (rseq (into [] (log/values reader {:lt (nth offsets %) :reverse true :limit 60})))))]
                (is (< (long (reads-of #(do (is-there n) (is-there (- n 100)) (pages (- n 200)) (pages (- n 3000))))) 120) "of 370 blocks")
                (is (nil? (get reader (inc (long (nth offsets (- n 4000)))))) "no record starts there")
                (run! is-there [(- n 16000) 100 0 (- n 9000)])
                (pages 12000)))))))))

(deftest landmarks-stay-few-and-true
  (let [landmarks (Landmarks.)
        starts (range 0 (* (size 2000000 4000000) 5000) 5000)]
    (run! #(.add landmarks %) starts)
    (doseq [position [0 1 4999 5000 123456789 (last starts) Long/MAX_VALUE]
            :let [floor (.floor landmarks position)]]
      (is (<= 0 floor position))
      (is (zero? (rem floor 5000)) "a landmark is a start")
      (is (<= (- (min position (long (last starts))) floor) (* 32 5000)) "and never far"))))

(defn- sparse-log
  "A 53-bit log whose first record is so long that the next one starts past `position`; nearly all of it is a hole."
  [path position]
  (let [length (- position 16)
        word #(doto (ByteBuffer/allocate 12) (.putInt (unchecked-int length)) (.putLong (long %)) (.flip))]
    (with-open [file (ChannelFile/openForWriting (.toPath (io/file path)))]
      (.overwrite file 0 (doto (ByteBuffer/allocate 5) (.putInt (unchecked-int length)) (.put (byte 1)) (.flip)))
      (.overwrite file (- position 12) (word position)))))

(deftest a-log-goes-on-past-two-and-four-gigabytes
  (doseq [position [(dec (bit-shift-left 1 31)) (bit-shift-left 1 31) (+ 15 (bit-shift-left 1 32))]]
    (testing position
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")]
          (sparse-log path position)
          (with-open [l (log/open path {:codec :utf8})]
            (is (= [position (+ 17 position)] (log/append-all! l ["a" "b"])))
            (is (= ["b" "a"] (into [] (take 2) (rseq l))))
            (is (= "a" (get l position))))
          (with-open [l (log/open path {:codec :utf8})]
            (is (= [[position "a"] [(+ 17 position) "b"]] (into [] (log/entries l {:gt 0}))))
            (is (= :too-large (:flumelog/error (ex-data (failure (log/fetch l 0))))))))))))

(deftest a-32-bit-log-ends-at-four-gigabytes
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          position (- (bit-shift-left 1 32) 20)
          length (- position 12)]
      (with-open [file (ChannelFile/openForWriting (.toPath (io/file path)))]
        (.overwrite file 0 (doto (ByteBuffer/allocate 5) (.putInt (unchecked-int length)) (.put (byte 1)) (.flip)))
        (.overwrite file (- position 8)
                    (doto (ByteBuffer/allocate 8) (.putInt (unchecked-int length)) (.putInt (unchecked-int position)) (.flip))))
      (with-open [l (log/open path {:codec :utf8})]
        (is (= 32 (:offset-bits (log/info l))))
        (doseq [text ["12345678" "too long to fit here"]]
          (is (= :too-large (:flumelog/error (ex-data (failure (log/append! l text)))))))
        (is (= position (log/append! l "1234567")) "the last position that 32 bits can name is used")
        (is (= (dec (bit-shift-left 1 32)) (:end (log/info l))))
        (is (= ["1234567"] (into [] (take 1) (rseq l))))
        (is (= :too-large (:flumelog/error (ex-data (failure (log/append! l "x"))))))))))

(deftest a-batch-may-be-longer-than-two-gigabytes
  (let [folder (temp-folder (.toPath (io/file (System/getProperty "java.io.tmpdir"))))
        path (path-in folder "a.log")
        longest (byte-array 67108864 (byte 7))              ; by default no record is longer
        n (size 2 33), step (+ 16 (alength longest))]
    (try
      (with-open [l (log/open path {:codec :bytes :sync :none})]
        (is (= :too-large (error (log/append-all! l [(byte-array [1]) (byte-array (inc (alength longest)) (byte 1))]))))
        (is (= (range 0 (* n step) step) (log/append-all! l (repeat n longest))))
        (is (= (* n step) (:end (log/info l)) (.length (io/file path))))
        (is (every? #(bytes= longest %) (take 2 (rseq l))))
        (log/append! l (byte-array [1])))
      (with-open [l (log/open path {:codec :bytes})]
        (is (= [[(* n step) [1]]] (map (fn [[offset value]] [offset (vec value)]) (log/entries l {:gte (* n step)}))))
        (is (= (inc n) (count (into [] (log/offsets l))))))
      (finally (delete-folder! folder)))))

(deftest a-range-reads-little-of-a-long-log
  (doseq [[format-name format] formats]
    (testing format-name
      (let [d (disk/disk), options (merge format {:codec :utf8 :block-bytes 1024})]
        (with-open [l (disk/open d "a.log" options)]
          (log/append-all! l (map #(str "record " %) (range 8000))))                      ; some 200 blocks
        (doseq [[what read] {"from the middle" #(log/values % {:gt 100001 :limit 3})
                             "back from the middle" #(log/values % {:lt 100001 :reverse true :limit 3})
                             "the newest" #(log/values % {:reverse true :limit 3})
                             "past the end" #(log/values % {:gte Long/MAX_VALUE})
                             "live from the middle" #(log/live % {:gt 100001 :limit 3 :as :values})
                             "one in the middle" #(vector (get % 100001))
                             "a cursor" #(vector (log/prev! (log/seek! (log/cursor %) 100001)))
                             "subseq" #(take 3 (subseq (log/entries %) > 100001))}]
          (testing what
            (with-open [l (disk/open d "a.log" options)]
              (let [before (disk/calls d :read)]
                (into [] (read l))
                (is (> 12 (- (disk/calls d :read) before)))))))))))
