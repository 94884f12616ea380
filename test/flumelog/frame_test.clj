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
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.block Blocks ClockCache)
           (flumelog.file LogPath)
           (flumelog.frame FlumeFraming Frame Framing Landmarks LegacyFraming)
           (flumelog.recovery TornTail)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

(defn- framing-of ^Framing [{:keys [offset-bits]}]
  (if offset-bits (FlumeFraming. (int offset-bits)) (LegacyFraming.)))

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
            blocks (Blocks. file (.openForReading (disk/folder d) file) block-bytes (ClockCache. 1024) end)
            place (fn [^Frame f] (when f [(.start f) (.end f)]))
            frames (map vec (partition 2 1 places))
            starting-at (into {} (map (juxt first identity)) frames)
            ending-at (into {} (map (juxt second identity)) frames)]
        (doseq [position (range (inc end))]
          (is-each (= (starting-at position) (place (.at framing blocks position end))) "from its start, at " position)
          (is-each (= (ending-at position) (place (.before framing blocks position))) "from its end, at " position)
          (is-each (= (or (first (filter #(<= position %) (butlast places))) -1) (.search framing blocks position))
                   "the next start from " position))))))

(defn- landmarks-of ^Landmarks [starts]
  (let [landmarks (Landmarks.)]
    (doseq [batch (partition-all 7 starts)] (.addAll landmarks (long-array batch)))
    landmarks))

(defn- spacing
  "How many bytes of a log of `end` bytes share a landmark, at most: there is one for each 256 bytes where a start lies in
   them, up to 2^22 of them, and then for each twice as many."
  ^long [^long end]
  (max 256 (bit-shift-right end 21)))

(defn- floor-wrong
  "What is wrong with the landmark found below a position; nil when it is a start, not above, and near."
  [^Landmarks landmarks starts end position]
  (let [found (.floor landmarks position)
        wanted (first (rsubseq starts <= position))]
    (cond (not (contains? starts found))                      {:no-start found}
          (< (long position) found)                           {:above found}
          (<= (spacing end) (- (long wanted) found))          {:far found :wanted wanted}
          (not (.has landmarks found))                        {:not-known found})))

(defn- above-wrong
  "What is wrong with the landmark found above a position; nil when it is a start, above, and near, or none is there."
  [^Landmarks landmarks starts end position]
  (let [found (.above landmarks position), position (long position), spacing (spacing end)
        nearest (first (subseq starts >= (+ position spacing)))]
    (cond (= -1 found)                        (when (and nearest (< (- (long nearest) position) (* 8 spacing)))
                                                {:missed nearest})
          (not (contains? starts found))      {:no-start found}
          (<= found position)                 {:not-above found}
          (< (* 18 spacing) (- found position)) {:far found})))

(defspec a-landmark-is-a-true-start-near-and-not-above (size 100 1000)
  (prop/for-all [longest (gen/elements [17 300 5000 1000000 50000000])
                 n (gen/choose 1 3000)
                 part-before-opening (gen/elements [0 1/2 1])
                 seed gen/large-integer]
    (let [random (java.util.Random. seed)
          ordered (vec (reductions + 0 (repeatedly (dec (long n)) #(+ 17 (long (* (.nextDouble random) (long longest)))))))
          starts (into (sorted-set) ordered)
          end (long (peek ordered))
          [before-opening since] (split-at (* part-before-opening n) ordered)
          landmarks (landmarks-of since)]
      (.setEarlier landmarks #(landmarks-of before-opening))
      (empty? (for [position (concat (take 50 (shuffle ordered))
                                     (repeatedly 50 #(long (* (.nextDouble random) 1.2 end))))
                    :let [wrong (or (floor-wrong landmarks starts end position)
                                    (above-wrong landmarks starts end position)
                                    (when (and (.has landmarks position) (not (contains? starts position)))
                                      {:has position}))]
                    :when wrong]
                [position wrong])))))

(deftest a-log-of-any-length-has-landmarks
  (doseq [{:keys [end most-frames-away]} [{:end 0x40000000, :most-frames-away 10}
                                          {:end 0x4000000000, :most-frames-away 10}
                                          {:end 0x8000000000, :most-frames-away 100}
                                          {:end 0x100000000000, :most-frames-away 2000}
                                          {:end 0x20000000000000, :most-frames-away 100000}]
          :let [frame-bytes (quot (long end) 100000)
                starts (range 0 end frame-bytes)
                landmarks (landmarks-of starts)]]
    (testing (format "of 0x%x bytes" end)
      (doseq [start (take-nth 97 starts)
              :let [start (long start), found (.floor landmarks (inc start))]]
        (is-each (<= found start))
        (is-each (zero? (rem found frame-bytes)) "a start")
        (is-each (<= (quot (- start found) frame-bytes) (long most-frames-away)) "near " start)))))

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
  "Cuts a file of the numbers from 0 to 39 at `end` as if it had `size` bytes. What a power loss leaves: the bytes that
   are `:left` of it, and those that were `:kept`."
  [{:keys [end size most-kept]}]
  (let [d (disk/put-contents (disk/disk) file (byte-array (range 40)))
        opened (.openForWriting (disk/folder d) file)
        kept (TornTail/cut (LogPath. (disk/folder d) file) opened end size most-kept)
        _ (.force opened)
        after (disk/lose-power d 1)]
    (is (= (str file ".torn-" end) kept))
    {:left (vec (disk/contents after file)), :kept (vec (disk/contents after kept))}))

(deftest the-torn-tail-is-kept-up-to-a-bound
  (is (= {:left (range 10), :kept (range 10 40)} (cut-tail {:end 10, :size 40, :most-kept Long/MAX_VALUE})))
  (is (= {:left (range 10), :kept (range 10 40)} (cut-tail {:end 10, :size 40, :most-kept 30})))
  (is (= {:left (range 10), :kept (range 10 25)} (cut-tail {:end 10, :size 40, :most-kept 15})))
  (is (= {:left (range 10), :kept []} (cut-tail {:end 10, :size 40, :most-kept 0}))))

(deftest a-torn-tail-that-shrinks-is-kept-as-far-as-it-is-there
  (is (= {:left (range 10), :kept (range 10 40)} (cut-tail {:end 10, :size 200000, :most-kept 1000000})))
  (is (= {:left (range 40), :kept []} (cut-tail {:end 40, :size 41, :most-kept 1000000}))))

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
