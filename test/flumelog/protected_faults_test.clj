(ns flumelog.protected-faults-test
  "Protected logs in which something is wrong, or which are copied at the wrong moment: what is told of it is exact, and nothing more is
   lost than what is gone."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error hurt! path-in with-temp-folder]]
            [flumelog.protection :as protection]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.file DiskFolder)
           (flumelog.protect GivenKey GivenSeal Protected)
           (flumelog.recovery LogFiles)
           (java.io RandomAccessFile)))

(set! *warn-on-reflection* true)

(def ^:private key-bytes (byte-array (range 32)))
(def ^:private protections [:checked :sealed {:key key-bytes}])

(defn- options-of [protect] (cond-> {:codec :utf8} (map? protect) (assoc :protect protect)))

(defn- verified [path protect]
  (select-keys (log/verify path (options-of protect)) [:ok :unnoted :damaged]))

(def ^:private whole {:ok true :unnoted [] :damaged []})

(deftest a-salvage-beside-a-writer-accounts-for-what-is-deleted-meanwhile
  (doseq [protect (take (size 1 3) protections)]
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
  (doseq [protect protections, in-note (if (= 1 (size 1 2)) [0 9 -4] [0 5 9 -1 -4]), last? [true false]]   ; in its kind, its offset, its proof or text, its length
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
  (doseq [[protect target] (concat (map #(vector % %) protections) [[:checked {:key key-bytes}] [{:key key-bytes} :sealed]])]
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

(deftest a-log-that-is-named-by-its-id-is-no-other
  (doseq [protect protections]
    (with-temp-folder [folder]
      (let [[path other plain] (map #(path-in folder %) ["a.log" "b.log" "plain.log"])
            with-id (fn [id] {:codec :utf8 :protect (assoc (if (map? protect) protect {}) :id id)})
            [id _] (mapv (fn [p] (with-open [l (log/open p (assoc (options-of protect) :protect protect))] (log/append! l "a") (log/id l))) [path other])]
        (with-open [l (log/open plain {:codec :utf8})] (log/append! l "a"))
        (with-open [l (log/open path (with-id id))] (is (= ["a"] (vec l))))
        (doseq [p [other plain], mode [:read :read-write] :let [before (vec (.list (io/file folder)))]]
          (is (= :wrong-log (error (log/open p (assoc (with-id id) :mode mode)))))
          (is (= before (vec (.list (io/file folder))))))
        (is (= :failed (error (log/open (path-in folder "missing.log") (with-id id)))) "a new log has an id of its own")
        (is (= :wrong-log (error (log/verify other (with-id id)))))
        (is (= :bad-option (error (log/open path (with-id "x")))))
        (is (= :bad-option (error (log/convert plain (path-in folder "c.log") {:protect {:id id}}))))))))

(deftest records-without-any-head-are-salvaged-with-the-id
  (doseq [protect protections]
    (with-temp-folder [folder]
      (let [[path copy] (map #(path-in folder %) ["a.log" "copy.log"])
            id (with-open [l (log/open path (assoc (options-of protect) :protect protect))] (log/append-all! l ["a" "b"]) (log/append! l "c") (log/id l))
            options {:protect (assoc (if (map? protect) protect {}) :id id)}]
        (with-open [file (RandomAccessFile. ^String path "rw")] (.write file (byte-array 115 (byte 7))))
        (io/delete-file (str path ".checkpoint"))
        (log/salvage path copy (dissoc (options-of protect) :codec))
        (is (nil? (with-open [c (log/open copy {:codec :bytes :mode :read})] (:protect (log/info c)))) "without the id nothing proves them")
        (io/delete-file copy)
        (is (= {:frames 3 :skipped [[0 115]]} (select-keys (log/salvage path copy options) [:frames :skipped])))
        (is (= [["a" "b"] ["c"]] (batches copy protect)))))))

(deftest a-log-whose-head-is-hurt-is-salvaged-with-the-id-in-the-checkpoint
  (doseq [protect protections]
    (with-temp-folder [folder]
      (let [[path copy] (map #(path-in folder %) ["a.log" "copy.log"])]
        (with-open [l (log/open path (assoc (options-of protect) :protect protect))] (log/append-all! l ["a" "b"]))
        (hurt! path 30)
        (log/salvage path copy (dissoc (options-of protect) :codec))
        (is (= [["a" "b"]] (batches copy protect)))))))

(deftest a-raw-copy-that-lacks-the-note-of-a-deletion-is-refused-and-salvaged
  (doseq [protect protections, zeros [:all :half]]
    (with-temp-folder [folder]
      (let [[path raw saved] (map #(path-in folder %) ["a.log" "raw.log" "saved.log"]), options (options-of protect)
            [b c size] (with-open [l (log/open path (assoc options :protect protect))]
                         (let [[_ b c] (mapv #(log/append! l %) ["a" "to be deleted" "c"]), size (:end (log/info l))]
                           (log/delete! l b)
                           [b c size]))]
        (with-open [in (io/input-stream path), out (io/output-stream raw)] (.write out (.readNBytes in (int size))))
        (when (= :half zeros)
          (with-open [file (RandomAccessFile. ^String raw "rw")] (.seek file (+ 4 (long b))) (.write file 0xF8)))
        (is (= {:flumelog/error :corrupt :offset b :why (if (= :half zeros) :checksum :unnoted)}
               (try (log/open raw options) (catch Exception e (select-keys (ex-data e) [:flumelog/error :offset :why])))))
        (is (= {:frames 2 :skipped [[b c]]} (select-keys (log/salvage raw saved (dissoc options :codec)) [:frames :skipped])))
        (is (= [["a"] ["c"]] (batches saved protect)))))))

(deftest a-change-in-the-last-record-is-damage-and-no-torn-tail
  (doseq [protect protections, how (size [0 4 5 11 20 -9 -1] (range 22))]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), options (options-of protect)
            [start end] (with-open [l (log/open path (assoc options :protect protect))]
                          (log/append! l "a")
                          (let [b (log/append! l "b")] [b (:end (log/info l))]))]
        (hurt! path (+ (long (if (neg? (long how)) end start)) (long how)))
        (is (= {:flumelog/error :corrupt :offset start :why :checksum}
               (try (log/open path options) (catch Exception e (select-keys (ex-data e) [:flumelog/error :offset :why]))))
            (str protect ", byte " how))
        (is (= [] (filter #(re-find #"torn" %) (.list (io/file folder)))))
        (log/recover! path (assoc options :cut-at start))
        (is (= ["a"] (with-open [l (log/open path options)] (vec l))) "recover! cuts it where that is asked for")))))
