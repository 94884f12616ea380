(ns flumelog.encrypted-crash-test
  "Power losses leave an encrypted log with whole batches, and no text on the disk. The original walks the file."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in]]
            [flumelog.options :refer [log-options]]
            [flumelog.original :refer [bytes-of their-reading with-original]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.error LogException)
           (flumelog.log Verification)
           (java.util Arrays Base64)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")
(def ^:private text "the text that nobody may read")
(def ^:private protect {:key (byte-array (range 32))})

(def ^:private gen-batch
  (gen/vector (gen/one-of [(gen/return "") (gen/fmap #(str text %) (gen/choose 0 9)) (gen/fmap #(apply str (repeat % text)) (gen/choose 2 40))]) 1 6))

(def ^:private gen-options
  (gen/let [bits (gen/elements [32 48 53]), sync (gen/elements [:each :none :none])
            room (gen/elements [nil nil 4096]), buffer (gen/elements [nil nil 4096])]
    {:offset-bits bits :codec :utf8 :sync sync :room-bytes room :write-buffer-bytes buffer :protect protect}))

(defn- run-batches
  "Appends the batches until the power goes, and deletes the first record behind each third. Says how many batches were tried, how
   many are durable, and whether the record may be deleted."
  [d options batches]
  (let [tried (atom 0), durable (atom 0), deleting (atom false)]
    (try
      (let [l (disk/open d file options)]
        (doseq [[n batch] (map-indexed vector batches)]
          (swap! tried inc)
          (log/append-all! l batch)
          (when (zero? (rem (long n) 3))
            (log/sync! l)
            (reset! durable @tried))
          (when (= 4 n)
            (reset! deleting true)
            (log/delete! l (first (log/offsets l))))))
      (catch LogException _ nil))
    {:tried @tried :durable @durable :deleting @deleting}))

(defn- text-anywhere [d]
  (first (filter #(str/includes? (String. (disk/contents d %) "ISO-8859-1") (subs text 4 20)) (disk/files d))))

(defn- wrong-after
  "What is wrong with the log on a disk after a crash; nil if it has whole batches, goes on, and shows nothing."
  [d options batches {:keys [tried durable deleting]}]
  (let [found    (with-open [l (disk/open d file options)] (vec l))
        wholes   (map #(vec (apply concat (take % batches))) (range durable (inc (long tried))))
        possible (set (cond-> wholes deleting (concat (map (comp vec rest) wholes))))]
    (cond
      (not (possible found)) {:found found :durable durable :tried tried}
      (not (get (Verification/run (disk/folder d) file (log-options (select-keys options [:codec :protect]))) "ok")) :not-whole
      (not= (conj found "after") (with-open [l (disk/open d file options)] (log/append! l "after") (vec l))) :does-not-go-on
      (text-anywhere d) {:text-in (text-anywhere d)})))

(defspec after-a-power-loss-there-are-whole-batches-and-no-text (size 12 400)
  (prop/for-all [options gen-options
                 batches (gen/vector gen-batch 1 10)
                 break-at (gen/frequency [[2 (gen/return nil)] [2 (gen/choose 1 60)]])
                 sector (gen/elements [1 16 512])
                 seed gen/large-integer]
    (let [d (disk/disk)
          _ (when break-at (disk/break-at! d break-at))
          history (run-batches d options batches)]
      (and (nil? (text-anywhere d))
           (every? #(nil? (wrong-after (disk/lose-power d (+ seed (long %)) {:sector-bytes sector}) options batches history)) (range 4))))))

(deftest a-log-that-is-cut-anywhere-has-its-whole-batches
  (let [d (disk/disk), options {:codec :utf8 :sync :none :offset-bits 32 :protect protect}
        batches [["a" "b"] ["c"] ["d" "" "e"]]
        [_ whole] (with-open [l (disk/open d file options)]
                    (reduce (fn [[_ ends] batch] (log/append-all! l batch) [nil (conj ends (:end (log/info l)))]) [nil []] batches))
        bytes (disk/contents d file)]
    (doseq [cut (range 111 (inc (alength bytes)) (size 3 1))
            :let [bare (disk/put-contents (disk/disk) file (Arrays/copyOf bytes (int cut)))
                  expected (mapcat second (take-while #(<= (long (first %)) (long cut)) (map vector whole batches)))]]
      (with-open [l (disk/open bare file options)]
        (is-each (= expected (vec l)) "cut at " cut)))))

(deftest the-original-walks-an-encrypted-log
  (with-original folder
    (let [path (path-in folder "a.log"), options {:offset-bits 53 :codec :base64}
          offsets (with-open [l (log/open path {:codec :utf8 :protect protect})] (log/append-all! l ["one" "two" "three"]))
          before (bytes-of path)
          frames (with-open [l (log/open path {:codec :bytes :mode :read :protect :none})] (mapv vec l))]
      (is (= 4 (count frames)))
      (is (= frames (mapv #(vec (.decode (Base64/getDecoder) ^String %)) (:values (their-reading path options offsets)))))
      (is (= before (bytes-of path))))))
