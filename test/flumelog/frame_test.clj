(ns flumelog.frame-test
  "Frames are found from both of their ends, written whole however large they are, and a torn tail is kept before it is
   cut."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error formats overhead]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.block BlockCache Blocks)
           (flumelog.file LogPath)
           (flumelog.frame FlumeFraming Frame Framing Landmarks LegacyFraming OffsetWidth)
           (flumelog.recovery TornTail)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

(defn- framing-of ^Framing [{:keys [offset-bits]}]
  (if offset-bits (FlumeFraming. (OffsetWidth/ofBits offset-bits)) (LegacyFraming.)))

(defn- disk-of [options values]
  (let [d (disk/disk)]
    (with-open [l (disk/open d file (merge {:codec :bytes :sync :none} options))]
      [d (conj (log/append-all! l values) (:end (log/info l)))])))

(defn- hard-values
  "Data with lengths in it: one that leads from within the second record back to the first, zeros, and large ones."
  [format]
  (let [second-start (inc (overhead format))]
    (map #(byte-array (map unchecked-byte %))
         [[1] (concat [0 0 0 second-start] (repeat 8 1)) (concat [9] (repeat 16 0) [9]) (repeat 40 255) (repeat 30 0x7F)])))

(deftest a-frame-is-found-from-its-start-and-its-end-only
  (doseq [[format-name format] formats, block-bytes [1 7 64]]
    (testing (str format-name ", blocks of " block-bytes)
      (let [[d places] (disk-of format (hard-values format))
            end (long (peek places))
            framing (framing-of format)
            blocks (Blocks. file (.openForReading (disk/folder d) file) block-bytes (BlockCache. 1024) end)
            place (fn [^Frame f] (when f [(.start f) (.end f)]))
            frames (map vec (partition 2 1 places))
            right? (fn [position]
                     (and (= (first (filter #(= position (first %)) frames)) (place (.at framing blocks position end)))
                          (= (first (filter #(= position (second %)) frames)) (place (.before framing blocks position)))
                          (= (or (first (filter #(<= position %) (butlast places))) -1) (.search framing blocks position))))]
        (is (= [] (remove right? (range (inc end)))))))))

(defn- cell-bytes
  "How many bytes of a log that ends there share a landmark."
  ^long [^long end]
  (first (drop-while #(<= (bit-shift-left 1 22) (quot end (long %))) (iterate #(* 2 (long %)) 256))))

(defn- landmarks-of ^Landmarks [starts]
  (let [landmarks (Landmarks.)]
    (doseq [batch (partition-all 7 starts)] (.addAll landmarks (long-array batch)))
    landmarks))

(defn- first-above
  "The first in the 16 cells that follow the one of the position, or -1."
  ^long [firsts ^long cell ^long position]
  (let [next-cell (inc (quot position cell))]
    (or (first (subseq firsts >= (* next-cell cell) < (* (+ 16 next-cell) cell))) -1)))

(defspec a-landmark-is-a-true-start-near-and-not-above (size 100 1000)
  (prop/for-all [longest (gen/elements [17 300 5000 1000000 50000000])
                 n (gen/choose 1 3000)
                 kept (gen/elements [0 1/2 1])
                 seed gen/large-integer]
    (let [random (java.util.Random. seed)
          starts (vec (reductions + 0 (repeatedly (dec (long n)) #(+ 17 (long (* (.nextDouble random) (long longest)))))))
          last-start (long (peek starts)), cell (cell-bytes last-start)
          firsts (into (sorted-set) (map first) (partition-by #(quot (long %) cell) starts))
          [below above] (split-at (* kept (count starts)) starts)
          known (into firsts (take 1) above)                ; the first that is noted after opening may lie within a cell
          landmarks (landmarks-of above)]
      (.setEarlier landmarks #(landmarks-of below))
      (every? (fn [^long position]
                (let [found (.floor landmarks position)]
                  (and (contains? known found)
                       (<= (long (first (rsubseq firsts <= position))) found position)
                       (= (first-above firsts cell position) (.above landmarks position))
                       (if (.has landmarks position) (contains? known position) (not (contains? firsts position))))))
              (concat (take 50 (shuffle starts))
                      (repeatedly 50 #(long (* (.nextDouble random) 1.2 last-start))))))))

(deftest a-log-of-any-length-has-landmarks
  (doseq [[bits far] {30 10, 38 10, 39 100, 44 2000, 53 100000}
          :let [end (bit-shift-left 1 (long bits)), step (quot end 100000)
                starts (range 0 end step), landmarks (landmarks-of starts)]]
    (testing (str "of 2^" bits " bytes")
      (is (every? (fn [^long start]
                    (let [found (.floor landmarks (inc start))]
                      (and (<= found start) (zero? (rem found step)) (<= (quot (- start found) step) (long far)))))
                  (take-nth 97 starts))))))

(deftest without-landmarks-a-walk-begins-at-the-start
  (let [landmarks (Landmarks.)]
    (is (= 0 (.floor landmarks 12345)))
    (.add landmarks 0)
    (.add landmarks 10000)
    (is (= [0 0 10000 10000] (map #(.floor landmarks %) [0 9999 10000 12345])))))

(deftest large-batches-are-written-whole-one-after-the-other
  (let [d (disk/disk)
        value (fn [n] (byte-array 500000 (byte n)))
        batch (fn [n] (map value (range n (+ n 5))))]
    (with-open [l (disk/open d file {:codec :bytes :sync :none :max-record-bytes 500000})]
      (doseq [n [1 6 11]]
        (let [before (disk/calls d :append)]
          (log/append-all! l (batch n))
          (is (= 3 (- (disk/calls d :append) before)) "a MiB at a time")))
      (log/append! l (byte-array [42])))
    (with-open [l (disk/open d file {:codec :bytes})]
      (is (every? true? (map bytes= (concat (mapcat batch [1 6 11]) [(byte-array [42])]) (into [] l))))
      (is (= 16 (:frames (log/recovery l)))))))

;; Torn tails

(defn- cut-tail
  "Cuts a file of the numbers from 0 to 39 at `end` as if it had `size` bytes; its bytes afterwards, and those that were kept."
  [end size most-kept]
  (let [d (disk/put-contents (disk/disk) file (byte-array (range 40)))
        kept (TornTail/cut (LogPath. (disk/folder d) file) (.openForWriting (disk/folder d) file) end size most-kept)]
    (is (= (str file ".torn-" end) kept))
    (let [left (disk/lose-power d 1)]
      [(vec (disk/contents left file)) (vec (disk/contents left kept))])))

(deftest the-torn-tail-is-kept-up-to-a-bound
  (is (= [(range 10) (range 10 40)] (cut-tail 10 40 Long/MAX_VALUE) (cut-tail 10 40 30)))
  (is (= [(range 10) (range 10 25)] (cut-tail 10 40 15)))
  (is (= [(range 10) []] (cut-tail 10 40 0))))

(deftest a-torn-tail-that-shrinks-is-kept-as-far-as-it-is-there
  (is (= [(range 10) (range 10 40)] (cut-tail 10 200000 1000000)))
  (is (= [(range 40) []] (cut-tail 40 41 1000000))))

(deftest a-torn-tail-that-can-t-be-kept-is-not-cut
  (doseq [fault [{:op :append :file #"torn"} {:op :append :file #"torn" :with :half} {:op :force :file #"torn"}
                 {:op :open :file #"torn"} {:op :read :file #"log$" :after 2}]]
    (testing fault
      (let [[d] (disk-of {} [(byte-array [1]) (byte-array [2])])
            torn (Arrays/copyOf (disk/contents d file) 30)
            d (disk/put-contents (disk/disk) file torn)]
        (disk/fail! d fault)
        (is (= (if (:with fault) :full :failed) (error (disk/open d file))))
        (is (bytes= torn (disk/contents d file)))
        (is (= 0 (reduce + (map #(count (disk/contents d %)) (filter #(re-find #"torn" %) (disk/files d)))))
            "half a copy takes no room")
        (disk/heal! d)
        (with-open [l (disk/open d file {:codec :bytes})]
          (is (= [[1]] (map vec l)))
          (is (= 13 (:cut-bytes (log/recovery l)))))))))

(deftest a-file-named-as-a-kept-tail-holds-all-of-it
  (let [[whole] (disk-of {} [(byte-array [1]) (byte-array [2])])
        torn (Arrays/copyOf (disk/contents whole file) 30)
        tail (vec (drop 17 torn))]
    (doseq [n (range 1 30), left [disk/kill #(disk/lose-power % 7) #(disk/lose-power % 8)]
            :let [d (disk/put-contents (disk/disk) file torn)
                  _ (disk/break-at! d n)
                  _ (error (.close (disk/open d file {:codec :bytes})))
                  after (left d)]]
      (testing (str "the power goes at call " n)
        (doseq [name (disk/files after) :when (re-find #"torn-\d" name)]
          (is (= tail (vec (disk/contents after name)))))
        (with-open [l (disk/open after file {:codec :bytes})] (is (= [[1]] (map vec l))))))))
