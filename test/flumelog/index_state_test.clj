(ns flumelog.index-state-test
  "The storage of an index by itself: what it writes, what it leaves when writing fails, and what it finds again."
  (:require [clojure.test :refer [deftest is]]
            [flumelog.db.files :as files]
            [flumelog.db.kind :as kind]
            [flumelog.fixtures :refer [error]]
            [flumelog.shapes :refer [below pick rng seed]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]]
            [flumelog.view :as view])
  (:import (flumelog.key Keys)
           (flumelog.run Bound OffsetWindow RangeScan Scan)
           (flumelog.view.index Answer)))

(set! *warn-on-reflection* true)

(def ^:private by-a (view/index {:keys [[:a]]}))

(defn- files-on [d] (files/files (disk/folder d) :i 1))

(defn- add!
  "Adds records, a sorted map from offsets to keys."
  [state records]
  (kind/add! state (long-array (keys records)) (object-array (map #(Keys/encode %) (vals records))) (count records)))

(defn- found
  "What an answer has, a sorted map from offsets to keys."
  [^Answer answer]
  (let [scan (RangeScan. (.segments answer) (Bound/before (byte-array 0)) (Bound/before (byte-array [-1]))
                         (OffsetWindow. -1 (.since answer) (.hidden answer)) false nil)]
    (loop [found (sorted-map)]
      (if (.next ^Scan scan) (recur (assoc found (.offset scan) (Keys/decode (.key scan)))) found))))

(defn- all [state] (found (kind/answer state Long/MAX_VALUE)))

(defn- persist!
  "Writes the state as the db does, and returns the head."
  [state files]
  (let [frozen (kind/freeze! state), {:keys [head]} (kind/write! state frozen files)]
    (kind/written! state frozen)
    head))

(defn- records [from n]
  (into (sorted-map) (for [i (range from (+ (long from) (long n)))] [(* 10 (long i)) (str "key " (rem (long i) 50))])))

(deftest what-was-written-is-found-again
  (let [d (disk/disk), state (kind/start by-a (files-on d))
        head (reduce (fn [_ i] (add! state (records (* 100 (long i)) 100)) (persist! state (files-on d))) nil (range 40))]
    (is (= (records 0 4000) (all state) (all (kind/restore by-a (files-on d) head nil))))
    (is (< (count (:runs head)) 8))
    (is (= (set (map #(str "i.1." (:part %)) (:runs head))) (set (disk/files d))) "no other file is left")))

(deftest an-answer-stays-right-when-its-runs-are-merged-and-deleted
  (let [d (disk/disk), files (files-on d), state (kind/start by-a files)]
    (add! state (records 0 100))
    (persist! state files)
    (let [early (kind/answer state 990)]
      (dotimes [i 10]
        (add! state (records (* 100 (inc (long i))) 100))
        (persist! state files))
      (is (= (records 0 100) (found early)))
      (kind/hide! state 500 true)
      (is (= (dissoc (records 0 100) 500) (found early))))))

(deftest records-added-or-deleted-while-it-is-written-are-not-lost
  (let [d (disk/disk), files (files-on d), state (kind/start by-a files)]
    (add! state (records 0 100))
    (let [frozen (kind/freeze! state)]
      (add! state (records 100 50))
      (kind/forget! state 10 nil)
      (kind/write! state frozen files)
      (kind/written! state frozen)
      (is (= (dissoc (records 0 150) 10) (all state)))
      (is (= (dissoc (records 0 150) 10) (all (kind/restore by-a files (persist! state files) nil)))))))

(deftest only-the-runs-with-a-deleted-record-are-written-again
  (let [d (disk/disk), files (files-on d), state (kind/start by-a files)]
    (doseq [[from n] [[0 900] [900 500] [1400 200]]]
      (add! state (records from n))
      (persist! state files))
    (let [before (disk/files d)]
      (is (= 3 (count before)))
      (kind/forget! state 10000 nil)
      (persist! state files)
      (is (= 2 (count (filter (set before) (disk/files d)))))
      (is (= (dissoc (records 0 1600) 10000) (all state))))))

(defn- moved [gone by] (fn [offset] (if (contains? gone offset) -1 (+ (long offset) (long by)))))

(deftest a-moved-index-has-the-new-offsets
  (dotimes [round (size 10 100)]
    (let [random (rng (+ (long seed) round)), d (disk/disk), files (files-on d), state (kind/start by-a files)
          by (pick random [-7 0 1000 100000000000]), gone (set (repeatedly (pick random [0 3]) #(* 10 (below random 1500))))
          _ (doseq [[from n] [[1 900] [901 500] [1401 100]]] (add! state (records from n)) (persist! state files))
          head (persist! state files)
          restored (kind/restore by-a (files-on d) head nil)
          expected (into (sorted-map) (for [[offset key] (records 1 1500) :when (not (gone offset))] [(+ (long offset) (long by)) key]))]
      (is-each (= true (kind/move! restored (moved gone by))) "seed " (+ (long seed) round))
      (is-each (= expected (all restored)) "seed " (+ (long seed) round))
      (let [head (persist! restored (files-on d))]
        (is-each (= expected (all (kind/restore by-a (files-on d) head nil))) "seed " (+ (long seed) round))
        (is-each (= (set (map #(str "i.1." (:part %)) (:runs head))) (set (disk/files d))) "no other file is left")))))

(deftest what-can-not-be-written-is-written-later
  (dotimes [call 12]
    (doseq [op [:append :force :open :truncate]]
      (let [d (disk/disk), files (files-on d), state (kind/start by-a files)]
        (doseq [[from n] [[0 300] [300 200]]]
          (add! state (records from n))
          (persist! state files))
        (add! state (records 500 10))
        (kind/forget! state 0 nil)
        (kind/forget! state 3000 nil)
        (let [before (disk/files d), frozen (kind/freeze! state)]
          (disk/fail! d {:op op :after (inc call) :with :full})
          (let [failure (error (kind/write! state frozen files))]
            (disk/heal! d)
            (when failure
              (is-each (= before (disk/files d)) "nothing is left " op " " call)
              (add! state (records 510 10)))
            (is-each (= (dissoc (records 0 (if failure 520 510)) 0 3000) (all state)) op " " call)
            (is-each (= (all state) (all (kind/restore by-a files (persist! state files) nil))) op " " call)))))))

(deftest what-a-crash-has-left-is-deleted
  (let [d (disk/disk), files (files-on d), state (kind/start by-a files)]
    (add! state (records 0 100))
    (let [head (persist! state files)]
      (add! state (records 100 1000))
      (kind/forget! state 10 nil)
      (kind/write! state (kind/freeze! state) files)           ; and then the process dies
      (let [restored (kind/restore by-a (files-on d) head nil)]
        (is (= (records 0 100) (all restored)))
        (is (= (map #(str "i.1." (:part %)) (:runs head)) (disk/files d)))
        (add! restored (records 100 10))
        (is (= (records 0 110) (all (kind/restore by-a (files-on d) (persist! restored (files-on d)) nil)))))
      (kind/start by-a (files-on d))
      (is (= () (disk/files d)) "a new state deletes what the one before it has left"))))

(deftest a-damaged-run-is-not-restored
  (let [d (disk/disk), files (files-on d), state (kind/start by-a files), random (rng seed)]
    (add! state (records 0 3000))
    (let [head (persist! state files), [name] (disk/files d), whole (aclone (disk/contents d name))]
      (dotimes [_ (size 100 2000)]
        (let [at (below random (alength whole))]
          (disk/put-contents d name (doto (aclone whole) (aset at (unchecked-byte (bit-xor 1 (aget whole at))))))
          (is-each (= :corrupt (error (kind/restore by-a (files-on d) head nil))) "seed " seed " at " at))))))
