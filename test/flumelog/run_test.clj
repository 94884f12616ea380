(ns flumelog.run-test
  "Segments of an index: whatever they are made of, in memory or in files, they answer as a sorted map would."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.fixtures :refer [error]]
            [flumelog.shapes :refer [below pick rng seed]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.key Keys)
           (flumelog.run Bound Hiding Keep KeyScan NewestScan OffsetWindow RangeScan Run RunWriter Scan Segment Table Tiers)
           (java.util Arrays List)))

(set! *warn-on-reflection* true)

(defn- encode ^bytes [key] (Keys/encode key))

;; The model is a sorted set of pairs, a key's bytes as a vector of numbers and an offset, compared as bytes are.

(defn- unsigned [key] (mapv #(bit-and 0xFF (long %)) (encode key)))

(defn- by-bytes [a b]
  (or (first (remove zero? (map compare a b))) (compare (count a) (count b))))

(defn- by-key-and-offset [[a at] [b bt]]
  (let [order (long (by-bytes a b))] (if (zero? order) (compare at bt) order)))

(def ^:private empty-model (sorted-set-by by-key-and-offset))

;; Generated segments

(defn- random-key [random distinct-keys]
  (let [n (below random distinct-keys)]
    (case (int (rem n 3)) 0 n, 1 (str "key" n), [(str "common to many" (quot n 7)) n])))

(defn- random-records
  "Records of one segment: ascending offsets above `since`, each with the keys it has."
  [random since n distinct-keys]
  (loop [at (long since), n n, records []]
    (if (zero? (long n))
      records
      (let [offset (+ at 1 (below random (pick random [3 300 100000])))
            keys (vec (distinct (repeatedly (pick random [0 1 1 1 3]) #(random-key random distinct-keys))))]
        (recur offset (dec (long n)) (conj records [offset keys]))))))

(defn- prepared [keys]
  (case (count keys) 0 nil, 1 (encode (first keys)), (into-array (map encode keys))))

(defn- table ^Table [records]
  (Table/of (long-array (map first records)) (object-array (map (comp prepared second) records)) (count records)))

(defn- run-of ^Run [folder name segments]
  (RunWriter/write folder name segments Keep/ALL (.last ^Segment (last segments))))

(defn- segments-of
  "A few segments, each a table or a run, and the records that are in them."
  [random folder]
  (let [distinct-keys (pick random [1 3 40 4000])]
    (loop [i 0, since -1, segments [], all []]
      (if (= i 4)
        [segments all]
        (let [records (random-records random since (pick random [1 5 60 1500]) distinct-keys)
              made (table records)
              made (if (and made (pos? (below random 3))) (run-of folder (str "run-" i) [made]) made)]
          (recur (inc i) (long (first (peek records))) (cond-> segments made (conj made)) (into all records)))))))

(defn- model [records]
  (into empty-model (for [[offset keys] records, key keys] [(unsigned key) offset])))

;; Readings, of the segments and of the model

(defn- drain [^Scan scan]
  (loop [found []]
    (if (.next scan) (recur (conj found [(mapv #(bit-and 0xFF (long %)) (.key scan)) (.offset scan)])) found)))

(defn- newest-of-each [reverse? found]
  (let [newest (if reverse? first last)]
    (map newest (partition-by first found))))

(defn- window ^OffsetWindow [{:keys [above most hidden]}]
  (let [hiding (Hiding.)]
    (doseq [offset hidden] (.set hiding offset true))
    (OffsetWindow. above most (.current hiding))))

(defn- in-window [{:keys [above most hidden]} [_ offset]]
  (and (< (long above) (long offset)) (<= (long offset) (long most)) (not (contains? hidden offset))))

(defn- random-window [random records]
  (let [offsets (mapv first records), top (peek offsets)]
    {:above  (pick random [-1 -1 (pick random offsets) (below random top)])
     :most   (pick random [top top (pick random offsets)])
     :hidden (set (repeatedly (pick random [0 0 1 30]) #(pick random offsets)))}))

(defn- key-reading [random segments model records]
  (let [key (random-key random 4000), key (if-let [known (seq (mapcat second records))] (pick random [key (pick random (vec (take 50 known)))]) key)
        reverse? (pick random [true false]), within (random-window random records)]
    [{:key key :reverse reverse? :window within}
     (drain (KeyScan. segments (encode key) (window within) reverse?))
     (cond->> (filter #(and (= (unsigned key) (first %)) (in-window within %)) model) reverse? reverse)]))

(defn- bytes-of ^bytes [bytes] (byte-array (map unchecked-byte bytes)))

(defn- range-reading [random segments model records]
  (let [[low high] (sort-by unsigned by-bytes [(random-key random 4000) (random-key random 4000)])
        [low high] (pick random [[low high] [nil [(byte-array [-1])]]])
        reverse? (pick random [true false]), newest? (pick random [true false]), within (random-window random records)
        inside (filter #(and (<= (long (by-bytes (unsigned low) (first %))) 0) (<= (long (by-bytes (first %) (unsigned high))) 0)
                             (in-window within %)) model)
        ordered (cond->> inside reverse? reverse, newest? (newest-of-each reverse?))
        given (when (and (not newest?) (seq ordered)) (pick random [nil (pick random (vec ordered))]))
        given-bound (when given (Bound. (bytes-of (first given)) (second given)))
        scan (RangeScan. segments (Bound/before (encode low)) (Bound/after (encode high)) (window within) reverse? given-bound)]
    [{:low low :high high :reverse reverse? :newest newest? :given given :window within}
     (drain (if newest? (NewestScan. scan reverse?) scan))
     (if given (rest (drop-while #(not= given %) ordered)) ordered)]))

(deftest segments-answer-as-a-sorted-map-does
  (dotimes [round (size 20 600)]
    (let [random (rng (+ (long seed) round)), folder (disk/folder (disk/disk)), [segments records] (segments-of random folder)]
      (when (seq segments)
        (let [model (model records)
              merged [(run-of folder "merged" segments)]]
          (dotimes [_ 12]
            (let [reading (pick random [key-reading range-reading])
                  [what found expected] (reading random (pick random [segments merged]) model records)]
              (is-each (= found expected) "seed " (+ (long seed) round) " " what))))))))

(deftest the-newest-of-a-key-with-many-offsets-is-found-from-its-end
  (let [folder (disk/folder (disk/disk)), n 100000
        run (run-of folder "run" [(table (for [i (range n)] [(* 100 (long i)) ["author"]]))])
        scan (KeyScan. [run] (encode "author") (window {:above -1 :most Long/MAX_VALUE :hidden #{}}) true)]
    (is (= (range 9999900 9999000 -100) (repeatedly 9 #(do (.next scan) (.offset scan)))))
    (is (< (.bytes run) (* 2 n)))))

(defn- read-all [^Run run]
  (drain (RangeScan. [run] (Bound/before (byte-array [0])) (Bound/before (byte-array [-1]))
                     (window {:above -1 :most Long/MAX_VALUE :hidden #{}}) false nil)))

(deftest no-byte-of-a-run-can-change-without-notice
  (let [d (disk/disk), folder (disk/folder d), random (rng seed)
        run (run-of folder "run" [(table (random-records random 0 2000 4000))])
        check (.check run), whole (aclone (disk/contents d "run")), all (read-all run)]
    (is (= all (read-all (Run/open folder "run" check))))
    (dotimes [_ (size 150 1500)]
      (let [at (below random (alength whole)), cut? (zero? (below random 4))
            changed (if cut? (Arrays/copyOf whole (int at)) (doto (aclone whole) (aset at (unchecked-byte (bit-xor (aget whole at) (inc (below random 255)))))))]
        (disk/put-contents d "run" changed)
        (is-each (= :corrupt (error (read-all (Run/open folder "run" check)))) "seed " seed " at " at " cut " cut?)))))

(deftest another-run-in-the-place-of-a-run-is-refused
  (let [folder (disk/folder (disk/disk)), check (.check (run-of folder "a" [(table [[1 ["x"]]])]))]
    (run-of folder "b" [(table [[2 ["x"]]])])
    (is (= :corrupt (error (Run/open folder "b" check))))))

(deftest what-is-dropped-in-a-merge-is-not-in-the-file
  (let [d (disk/disk), folder (disk/folder d)
        records (for [i (range 3000)] [(* 10 (long i)) [(str "secret-" i) "all"]])
        run (RunWriter/write folder "run" [(table records)] (reify Keep (of [_ offset] (if (= 15000 offset) -1 (+ 5 offset)))) 40000)
        text (String. (disk/contents d "run") "ISO-8859-1")]
    (is (= 5998 (.offsets run)))
    (is (= (sort (remove #{15005} (mapcat (fn [[at]] [(+ 5 (long at)) (+ 5 (long at))]) records))) (sort (map second (read-all run)))))
    (is (not (str/includes? text "1500\u0000")))))

(deftest a-merge-that-leaves-nothing-makes-no-file
  (let [d (disk/disk)]
    (is (nil? (RunWriter/write (disk/folder d) "run" [(table [[1 ["x"]]])] (reify Keep (of [_ _] -1)) 1)))
    (is (= () (disk/files d)))))

(deftest a-full-disk-leaves-no-part-of-a-run
  (doseq [kind [:append :force :truncate]]
    (let [d (disk/disk), segments [(table [[1 ["x"]] [2 ["y"]]])]]
      (disk/fail! d {:op kind :with :full})
      (is-each (= :full (error (run-of (disk/folder d) "run" segments))) kind)
      (disk/heal! d)
      (is-each (= () (disk/files d)) kind)
      (is-each (= 2 (count (read-all (run-of (disk/folder d) "run" segments)))) kind))))

(deftest there-are-few-segments
  (let [segments (reduce (fn [segments i] (Tiers/added segments 0 (table [[i [(rem (long i) 10)]]]))) (List/of) (range 20000))]
    (is (< (count segments) 30))
    (is (= 20000 (Segment/offsets segments)))))

(deftest sealed-segments-stay-as-they-are
  (let [sealed (reduce (fn [segments i] (Tiers/added segments 0 (table [[i ["a"]]]))) (List/of) (range 10))
        n (count sealed)
        more (reduce (fn [segments i] (Tiers/added segments n (table [[i ["a"]]]))) sealed (range 10 500))]
    (is (= sealed (take n more)))))

(deftest what-is-hidden-is-hidden-in-older-answers-too
  (let [hiding (Hiding.), older (.current hiding), segments [(table [[1 ["a"]] [2 ["a"]] [3 ["a"]]])]
        seen (fn [hidden] (mapv second (drain (KeyScan. segments (encode "a") (OffsetWindow. -1 9 hidden) false))))]
    (.set hiding 1 true)
    (.forget hiding [1])
    (is (= [2 3] (seen older)))
    (is (= [1 2 3] (seen (.current hiding))))
    (.set hiding 2 true)
    (is (= [[3] [1 3]] [(seen older) (seen (.current hiding))]))
    (.set hiding 2 false)
    (is (= [[2 3] [1 2 3]] [(seen older) (seen (.current hiding))]))))
