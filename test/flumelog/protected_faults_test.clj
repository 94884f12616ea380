(ns flumelog.protected-faults-test
  "Protected logs in which something is wrong, or which are copied at the wrong moment: what is told of it is exact, and nothing more is
   lost than what is gone."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.protection :as protection])
  (:import (flumelog.file DiskFolder)
           (flumelog.protect GivenKey GivenSeal Protected)
           (flumelog.recovery LogFiles)
           (java.io RandomAccessFile)))

(set! *warn-on-reflection* true)

(def ^:private key-bytes (byte-array (range 32)))
(def ^:private protections [:checked :sealed {:key key-bytes}])

(defn- options-of [protect] (cond-> {:codec :utf8} (map? protect) (assoc :protect protect)))

(defn- hurt!
  "Flips the lowest bit of the byte."
  [^String path ^long position]
  (with-open [file (RandomAccessFile. path "rw")]
    (.seek file position)
    (let [byte (.read file)]
      (.seek file position)
      (.write file (bit-xor 1 byte)))))

(defn- verified [path protect]
  (select-keys (log/verify path (options-of protect)) [:ok :unnoted :damaged]))

(def ^:private whole {:ok true :unnoted [] :damaged []})

(deftest a-salvage-beside-a-writer-accounts-for-what-is-deleted-meanwhile
  (doseq [protect protections]
    (testing (str protect)
      (with-temp-folder [folder]
        (let [[path copy] (map #(path-in folder %) ["a.log" "copy.log"]), values (mapv #(.repeat (str %) 1200000) (range 3))]
          (with-open [l (log/open path (assoc (options-of protect) :protect protect))]
            (let [offsets (log/append-all! l values), deleted (atom nil)
                  delete-once! (fn [_] (when (compare-and-set! deleted nil true) (log/delete! l (peek offsets))))
                  report (log/salvage path copy (assoc (options-of protect) :progress delete-once!))]
              (is @deleted)
              (is (= {:skipped [] :skipped-bytes 0} (select-keys report [:skipped :skipped-bytes])))
              (is (= whole (verified copy protect)))
              (is (= (pop values) (with-open [c (log/open copy (options-of protect))] (vec c)))))))))))

(deftest a-hurt-note-is-reported-where-it-lies
  (doseq [protect protections, in-note [0 5 9 -1 -4], last? [true false]]   ; in its kind, its offset, its proof or text, its length
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), options (options-of protect)
            [b note] (with-open [l (log/open path (assoc options :protect protect))]
                       (let [[_ b] (log/append-all! l ["a" "b" "c"]), note (:end (log/info l))]
                         (log/delete! l b)
                         (when-not last? (log/append! l "d"))
                         [b note]))]
        (io/delete-file (str path ".checkpoint"))                                  ; so that all of the file is proved
        (hurt! path (+ 4 (long note) (long in-note)))
        (let [data (try (log/open path options) (catch Exception e (ex-data e)))]
          (is (= {:flumelog/error :corrupt :offset note :why :checksum} (select-keys data [:flumelog/error :offset :why])) [protect in-note last?]))
        (is (= {:ok false :unnoted [b]} (dissoc (verified path protect) :damaged)))
        (when (nat-int? in-note) (is (= [[note :checksum]] (:damaged (verified path protect)))))
        (testing "a cut there is what it says, and then the zeros are the damage, since nothing tells of them"
          (log/recover! path (assoc options :cut-at note))
          (is (= {:flumelog/error :corrupt :why :unnoted}
                 (try (log/open path options) (catch Exception e (select-keys (ex-data e) [:flumelog/error :why]))))))))))

(defn- chosen-number
  "The number of the key that an opening of this file for writing would go on with."
  [path key]
  (with-open [file (.openForReading (DiskFolder. (.toPath (.getParentFile (io/file path)))) "a.log")]
    (let [blocks (LogFiles/toScan path file (.size file)), given (GivenKey. (protection/source key) GivenKey/NEWEST)
          by (Protected/atStartOf blocks path given GivenSeal/NONE)]
      (.chooseKeyNumber by blocks (.end blocks) path given)
      (.keyNumber by))))

(deftest damage-does-not-choose-the-number-of-a-key
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), keys (fn [number _] (byte-array 32 (byte (+ 1 (long number)))))
          offsets (with-open [l (log/open path {:codec :utf8 :protect {:key keys :key-number 3}})] (mapv #(log/append! l %) ["a" "b" "c"]))]
      (is (= 3 (chosen-number path keys)))
      (hurt! path (+ 4 1 (long (peek offsets))))                                    ; the number 3 becomes 2, that of an older key
      (is (= 3 (chosen-number path keys)))
      (hurt! path (+ 4 1 (long (peek offsets))))
      (with-open [l (log/open path {:codec :utf8 :protect {:key keys}})] (log/delete! l (peek offsets)))
      (is (= 3 (chosen-number path keys)) "of a note behind a deleted record"))))

(defn- batches
  "The values of the records of the log, by batches, as the kinds of its frames say."
  [path protect]
  (with-open [raw (log/open path {:codec :bytes :mode :read :protect :none}), l (log/open path (assoc (options-of protect) :mode :read))]
    (loop [frames (seq (log/entries raw)), batch [], all []]
      (if-let [[[offset ^bytes data] & more] frames]
        (let [kind (bit-and 0xFF (aget data 0)), batch (if (= 0xF8 (bit-and 0xFE kind)) (conj batch (log/fetch l offset)) batch)]
          (if (or (odd? kind) (empty? batch)) (recur more batch all) (recur more [] (conj all batch))))
        (cond-> all (seq batch) (conj (conj batch :without-an-end)))))))

(deftest a-copy-keeps-batches-whole
  (doseq [protect protections, target protections]
    (testing [protect target]
      (with-temp-folder [folder]
        (let [[path copy] (map #(path-in folder %) ["a.log" "copy.log"]), to {:protect target}
              again! (fn [f] (io/delete-file copy true) (io/delete-file (str copy ".checkpoint") true) (f))
              [[a b] [_ d _]] (with-open [l (log/open path (assoc (options-of protect) :protect protect))]
                                [(log/append-all! l ["a" "b"]) (log/append-all! l ["c" "d" "e"]) (log/append! l "f") (log/append-all! l ["g" "h"])])
              from (select-keys (options-of protect) [:protect])]
          (is (= [["a" "b"] ["c" "d" "e"] ["f"] ["g" "h"]] (batches path protect)))
          (again! #(log/convert path copy (merge {:from from} to)))
          (is (= (batches path protect) (batches copy target)))
          (again! #(log/copy! path copy (merge {:from (options-of protect) :codec :utf8} to)))
          (is (= (batches path protect) (batches copy target)))
          (again! #(log/copy! path copy (merge {:from (options-of protect) :codec :utf8 :gte b :limit 5} to)))
          (is (= [["b"] ["c" "d" "e"] ["f"]] (batches copy target)) "what the range cuts is a batch of what is left")
          (again! #(log/copy! path copy (merge {:from (options-of protect) :codec :utf8 :limit 3} to)))
          (is (= [["a" "b"] ["c"]] (batches copy target)))
          (with-open [l (log/open path (options-of protect))] (log/delete! l [a d]))
          (again! #(log/copy! path copy (merge {:from (options-of protect) :codec :utf8} to)))
          (is (= [["b"] ["c"] ["e"] ["f"] ["g" "h"]] (batches copy target)) "a deleted record ends its batch")
          (when (= protect target)
            (again! #(log/salvage path copy (dissoc (options-of protect) :codec)))
            (is (= [["b"] ["c"] ["e"] ["f"] ["g" "h"]] (batches copy target)))
            (log/compact! path from)
            (is (= [["b"] ["c"] ["e"] ["f"] ["g" "h"]] (batches path target))))
          (is (= whole (verified (if (= protect target) path copy) target))))))))

(deftest ^{:ci "copies 21 MB three times"} a-large-batch-is-copied-as-one
  (with-temp-folder [folder]
    (let [[path copy] (map #(path-in folder %) ["a.log" "copy.log"]), large (vec (repeat 30 (.repeat "x" 700000)))]   ; 21 MB, above a head that is due
      (with-open [l (log/open path {:codec :utf8 :protect :checked})] (log/append-all! l large) (log/append-all! l ["a" "b"]))
      (doseq [f [#(log/convert path copy) #(log/copy! path copy {:codec :utf8 :from {:codec :utf8}})]]
        (f)
        (is (= [large ["a" "b"]] (batches copy :checked)))
        (is (= whole (verified copy :checked)))
        (is (= (.length (io/file path)) (.length (io/file copy))) "the head is written again behind it, as in the log")
        (io/delete-file copy)))))
