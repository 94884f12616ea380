(ns flumelog.notes-test
  "The note of a deletion lies behind its record, and may be newer than the checkpoint, the copy or the cut that the record is in. No
   zeros of a deletion are ever taken for damage."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error hurt! path-in with-temp-folder]]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.file LogPath)
           (flumelog.log OffsetLog Progress)
           (java.io RandomAccessFile)))

(set! *warn-on-reflection* true)

(def ^:private utf8 {:codec :utf8 :sync :none})
(def ^:private protections [:checked {:key (byte-array (range 32))}])

(defn- options-of [protect] (cond-> utf8 (map? protect) (assoc :protect protect)))

(defn- verify [path options] (select-keys (log/verify path (dissoc options :sync)) [:ok :unnoted :damaged]))

(def ^:private whole {:ok true :unnoted [] :damaged []})

(deftest a-cut-keeps-the-deletions-of-what-is-below-it
  (doseq [protect protections, checkpoint? [true false]]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), options (options-of protect)
            offsets (with-open [l (log/open path (assoc utf8 :protect protect))]
                      (let [offsets (mapv #(log/append! l (str "r" %)) (range 20))]
                        (log/delete! l (nth offsets 5))
                        offsets))]
        (hurt! path (+ 8 (long (nth offsets 12))))
        (when-not checkpoint? (io/delete-file (str path ".checkpoint")))
        (is (= :corrupt (error (log/open path options))))
        (log/recover! path (assoc (dissoc options :sync) :cut-at (nth offsets 12)))
        (is (= whole (verify path options)))
        (with-open [l (log/open path options)]
          (is (= (map #(str "r" %) (remove #{5} (range 12))) (vec l)))
          (log/append! l "more"))
        (is (= whole (verify path options)))))))

(deftest a-checkpoint-that-is-older-than-a-deletion-is-no-damage
  (doseq [protect protections, when-copied [:closed :open]]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), options (options-of protect), [checkpoint older] (map #(path-in folder %) ["a.log.checkpoint" "older"])]
        (with-open [l (log/open path (assoc utf8 :protect protect))] (log/append-all! l ["a" "b"]))
        (when (= :closed when-copied) (io/copy (io/file checkpoint) (io/file older)))
        (with-open [l (log/open path options)]
          (let [offsets (mapv #(log/append! l %) ["c" "d" "e"])]
            (when (= :open when-copied) (io/copy (io/file checkpoint) (io/file older)))
            (log/delete! l (second offsets))
            (log/append! l "f")))
        (io/copy (io/file older) (io/file checkpoint))
        (with-open [l (log/open path options)] (is (= ["a" "b" "c" "e" "f"] (vec l))))
        (is (= whole (verify path options)))))))

(deftest a-backup-has-the-note-of-what-was-deleted-before-it-was-copied
  (doseq [protect protections, mode [:read-write :read]]
    (with-temp-folder [folder]
      (let [[path copy] (map #(path-in folder %) ["a.log" "copy.log"]), options (options-of protect)]
        (with-open [l (log/open path (assoc utf8 :protect protect)), r (if (= :read mode) (log/open path (assoc options :mode :read)) l)]
          (let [offsets (log/append-all! l (map #(.repeat (str %) 1500000) (range 4))), deleted (atom nil)
                delete-once! (reify Progress (at [_ _ _] (when (compare-and-set! deleted nil true) (log/delete! l (peek offsets)))))]
            (.backup ^OffsetLog (.log ^LogCollection r) (LogPath/of (.toPath (io/file copy))) delete-once!)
            (is @deleted)
            (is (= whole (verify copy options)))
            (io/delete-file (str copy ".checkpoint"))
            (is (= 3 (with-open [c (log/open copy options)] (count (vec c)))))))))))

(defn- batch [^long megabytes] (repeat (* 10 megabytes) (byte-array 104000 (byte 7))))

(deftest batches-that-begin-in-a-new-part-of-the-file-write-the-head-again
  (with-temp-folder [folder]
    (let [path (path-in folder "one.log")]
      (with-open [l (log/open path {:codec :bytes :sync :none :protect :checked})]
        (log/append-all! l (batch 17))
        (let [end (:end (log/info l))]
          (is (= (+ 115 (long end)) (log/append! l (byte-array 3))) "behind a head"))))
    (let [path (path-in folder "a.log"), options {:codec :bytes :sync :none}]
      (with-open [l (log/open path (assoc options :protect :checked))] (log/append-all! l (batch 17)))
      (with-open [l (log/open path options)]
        (log/delete! l @(log/since l))
        (log/append-all! l (batch 1))
        (log/append-all! l (batch 17)))
      (testing "without its start the file still tells how it is protected"
        (hurt! path 30)
        (io/delete-file (str path ".checkpoint"))
        (is (= {:frames 350 :skipped [[0 115]]} (select-keys (log/salvage path (path-in folder "b.log")) [:frames :skipped])))))))

(deftest readers-and-verify-take-no-deletion-of-a-moment-for-damage
  (doseq [protect protections]
    (with-temp-folder [folder]
      (let [[path copy] (map #(path-in folder %) ["a.log" "copy.log"]), options (options-of protect), rounds (size 40 400)
            l (log/open path (assoc utf8 :protect protect))
            deleting (future (dotimes [_ rounds]
                               (let [offsets (log/append-all! l (map str (range 10)))]
                                 (log/delete! l (take 3 (shuffle offsets))))))]
        (try
          (while (not (realized? deleting))
            (is-each (= true (:ok (log/verify path (dissoc options :sync)))) "verify")
            (with-open [r (log/open path (assoc options :mode :read))] (is-each (= false (= :corrupt (:tail (log/recovery r)))) "a reader"))
            (is-each (= true (map? (log/copy! path copy {:from (dissoc options :sync)}))) "a copy")
            (io/delete-file copy))
          (finally
            @deleting
            (log/close! l)))))))

(deftest a-lost-record-is-not-left-out-of-a-copy-as-if-it-were-deleted
  (doseq [protect protections]
    (with-temp-folder [folder]
      (let [[path copy] (map #(path-in folder %) ["a.log" "copy.log"]), options (dissoc (options-of protect) :sync)
            offsets (with-open [l (log/open path (assoc utf8 :protect protect))]
                      (let [offsets (log/append-all! l (repeat 1000 (.repeat "x" 100)))]
                        (log/delete! l (nth offsets 300))
                        offsets))
            lost (long (nth offsets 500))]
        (with-open [file (RandomAccessFile. ^String path "rw")]
          (.seek file (+ 4 lost))
          (.write file (byte-array (- (long (nth offsets 501)) lost 16))))
        (doseq [f [#(log/convert path copy (if (map? protect) {:from {:protect protect} :protect protect} {})) #(log/compact! path (dissoc options :codec))]]
          (is (= {:flumelog/error :corrupt :offset lost :why :unnoted}
                 (try (f) (catch Exception e (select-keys (ex-data e) [:flumelog/error :offset :why])))))
          (is (= #{"a.log"} (set (remove #(re-find #"checkpoint|lock" %) (.list (io/file folder)))))))))))
