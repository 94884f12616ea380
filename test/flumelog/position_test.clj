(ns flumelog.position-test
  "A position is data that can be kept. It fits the log that it was taken from while that holds the same records up to there,
   whatever is deleted and appended, in any process; and never another log or another state of this one."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :refer [for-all]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure formats path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.memory :as memory]
            [flumelog.process :refer [answer kill! start-serving tell!]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.log Log OffsetLog Position)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(defn- kept
  "The position as it is after it was printed and read."
  [position]
  (edn/read-string (pr-str position)))

(defn- with-logs
  "Calls f with a log of each kind, in a file of each format and in memory, that holds the values; and their offsets."
  [values f]
  (doseq [[what options] (merge formats {"memory" {} "write buffer" {:write-buffer-bytes 65536} "room" {:room-bytes 65536}})]
    (testing what
      (with-temp-folder [folder]
        (let [options (assoc options :codec :utf8)]
          (with-open [^LogCollection l (if (= "memory" what) (memory/open options) (log/open (path-in folder "a.log") options))]
            (f l (log/append-all! l values))))))))

(deftest a-position-takes-the-place-of-an-offset
  (with-logs ["a" "bb" "ccc" "dddd" "eeeee" "ffffff"]
    (fn [l offsets]
      (let [position (kept (log/position l (offsets 2)))]
        (is (= (offsets 2) (:offset position)))
        (is (= "ccc" (get l position)))
        (is (= "ccc" (l position)))
        (is (= "ccc" (log/fetch l position)))
        (is (= "ccc" (get l position :none)))
        (is (= ["dddd" "eeeee" "ffffff"] (into [] (log/values l {:gt position}))))
        (is (= ["ccc" "dddd" "eeeee" "ffffff"] (into [] (log/values l {:gte position}))))
        (is (= (offsets 1) (last (log/offsets l {:lt position}))))
        (is (= [(offsets 2) "ccc"] (last (log/entries l {:lte position}))))
        (is (= ["dddd"] (into [] (log/live l {:gt position :limit 1 :as :values}))))
        (is (= ["ccc"] (into [] (log/live l {:gte position :limit 1 :as :values}))))
        (is (= 1 (log/delete! l position)))
        (is (nil? (get l position)) "the place of a deleted record is one")
        (is (= 0 (log/delete! l position)) "the place of a deleted record is one")
        (is (= :deleted (error (log/fetch l position))))
        (is (nil? (get l (log/position l (offsets 2)))) "so is one that is taken of it now")))))

(deftest the-position-of-the-last-record-is-the-usual-one
  (with-logs ["a" "b"]
    (fn [l _]
      (is (= (log/position l @(log/since l)) (log/position l)))
      (let [read-until (kept (log/position l))]
        (is (= [] (into [] (log/values l {:gt read-until}))))
        (log/append! l "c")
        (is (= ["c"] (into [] (log/values l {:gt read-until}))))))))

(deftest the-place-before-all-records-is-a-position
  (with-logs []
    (fn [l _]
      (let [start (kept (log/position l))]
        (is (= {:id nil :offset -1} (select-keys start [:id :offset])))
        (is (= start (log/position l nil)))
        (is (= start (log/position l -1)))
        (log/append-all! l ["a" "b"])
        (is (= ["a" "b"] (into [] (log/values l {:gt start}))))
        (is (= ["a" "b"] (into [] (log/live l {:gt start :limit 2 :as :values}))))
        (is (nil? (get l start)))
        (is (= :not-a-record (error (log/fetch l start))))
        (let [start (log/position l nil)]
          (is (= (log/id l) (:id start)) "where the log has an id, so has the place")
          (is (= -1 (:offset start)) "where the log has an id, so has the place")
          (is (= ["a" "b"] (into [] (log/values l {:gt start})))))))))

(deftest a-position-needs-the-start-of-a-record
  (with-logs ["a" "b"]
    (fn [l offsets]
      (doseq [offset [-2 1 (inc (long (offsets 1))) Long/MAX_VALUE Long/MIN_VALUE]]
        (is (= :not-a-record (error (log/position l offset))) offset))
      (is (= :bad-option (error (log/position l "0")))))))

(deftest a-value-that-is-not-a-position-is-refused
  (with-logs ["a" "b"]
    (fn [l _]
      (let [position (log/position l)]
        (doseq [wrong [(assoc position :offset "17") (assoc position :offset nil) (assoc position :fingerprint "x")
                       (assoc position :fingerprint nil) (assoc position :id nil) (assoc position :id 7)
                       (assoc position :offset -7) (assoc position :fingerprint "1:1,1:1,1:1,1:1,1:1")]]
          (is (= :bad-option (error (get l wrong))) wrong)
          (is (= :bad-option (error (log/entries l {:gt wrong}))) wrong)
          (is (= :bad-option (error (log/live l {:gt wrong}))) wrong))
        (is (nil? (get l {:some "map"})) "other maps are no keys, as ever")
        (is (= :bad-option (error (log/entries l {:gt {:some "map"}}))))))))

;; Another log

(defn- wrong
  "What each use of a position is refused with."
  [l position]
  (set [(error (get l position)) (error (l position)) (error (log/fetch l position))
        (error (into [] (log/entries l {:gt position}))) (error (into [] (log/values l {:gte position})))
        (error (into [] (log/offsets l {:lt position}))) (error (into [] (log/entries l {:lte position})))
        (error (log/live l {:gt position})) (error (log/delete! l position))]))

(deftest a-position-of-another-log-is-refused
  (with-logs ["a" "b" "c"]
    (fn [l _]
      (with-temp-folder [folder]
        (with-open [other (log/open (path-in folder "other.log") {:codec :utf8}), empty (memory/open)]
          (log/append-all! other ["a" "b" "c"])
          (let [position (log/position other)]
            (is (= #{:wrong-log} (wrong l position)))
            (is (= #{:wrong-log} (wrong empty position)))
            (is (= {:id (log/id l) :expected-id (:id position) :offset (:offset position)}
                   (select-keys (ex-data (failure (get l position))) [:id :expected-id :offset])))
            (is (= #{:wrong-log} (wrong l (log/position other nil))) "so is the place before its records")
            (is (= #{:wrong-log} (wrong l (assoc position :id (log/id l) :offset 1))) "no record starts there")
            (is (= #{:wrong-log} (wrong l (assoc position :id (log/id l) :offset 1000))) "past the end")))))))

(deftest a-position-past-a-fork-is-refused
  (doseq [[what options] formats]
    (testing what
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), options (assoc options :codec :utf8)
              files #(filter (fn [^java.io.File f] (.isFile f)) (.listFiles (io/file folder)))
              state #(into {} (map (juxt str read-bytes)) (files))
              restore! #(doseq [[file data] %] (write-bytes! file data))]
          (with-open [l (log/open path options)] (log/append-all! l ["a" "b" "c"]))
          (let [old (state)
                [before after] (with-open [l (log/open path options)]
                                 (let [before (log/position l)]
                                   (log/append-all! l ["d" "e"])
                                   [before (log/position l)]))]
            (run! io/delete-file (files))
            (restore! old)
            (testing "an older copy of all files was put back"
              (with-open [l (log/open path options)]
                (is (= "c" (get l before)))
                (is (= #{:wrong-log} (wrong l after)))
                (testing "and grew again"
                  (log/append-all! l ["D" "e" "f"])
                  (is (= "c" (get l before)))
                  (is (= #{:wrong-log} (wrong l after)))
                  (log/delete! l @(log/since l))
                  (is (= #{:wrong-log} (wrong l after))))))))))))

(deftest a-compacted-log-is-another-one
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          [first second] (with-open [l (log/open path {:codec :utf8})]
                           (let [offsets (log/append-all! l ["a" "b" "c"])]
                             (log/delete! l 0)
                             [(log/position l (offsets 1)) (log/position l)]))]
      (log/compact! path)
      (with-open [l (log/open path {:codec :utf8})]
        (is (= #{:wrong-log} (wrong l first)))
        (is (= #{:wrong-log} (wrong l second)))))))

;; Deletion, other processes, other openings

(def ^:private some-lengths (gen/vector (gen/one-of [(gen/choose 1 30) (gen/return 5000) (gen/choose 4090 4110)]) 1 12))

(defspec deleting-does-not-change-whether-a-position-fits (size 15 300)
  (for-all [lengths some-lengths, deletions (gen/vector gen/nat 0 12), format (gen/elements (conj (vals formats) :memory))
            zeros? gen/boolean]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), options (merge {:codec :bytes} (when (map? format) format))
            data (fn [n] (let [data (byte-array n)] (Arrays/fill data (byte (if zeros? 0 1))) (aset data (dec (long n)) (byte 7)) data))]
        (with-open [^LogCollection l (if (= :memory format) (memory/open options) (log/open path options))]
          (let [offsets (log/append-all! l (map data lengths))
                positions (mapv #(log/position l %) offsets)]
            (every? (fn [n]
                      (log/delete! l (offsets (rem (long n) (count offsets))))
                      (every? #(= (:offset %) (.offsetOf (.log l) (Position/from %))) positions))
                    (cons 0 deletions))))))))

(deftest a-position-holds-in-another-process-and-after-reopening
  (let [child (start-serving)]
    (try
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              position (with-open [l (log/open path {:codec :utf8})]
                         (log/append-all! l ["a" "b" "c"])
                         (log/position l 17))]
          (tell! child `(with-open [l# (log/open ~path {:codec :utf8 :mode :read})]
                          [(get l# ~position) (log/position l#) (into [] (log/values l# {:gt ~position}))]))
          (with-open [l (log/open path {:codec :utf8 :mode :read})]
            (is (= [:ok ["b" (log/position l) ["c"]]] (answer child)))
            (is (= "b" (get l position))))))
      (finally (kill! child)))))

(deftest java-has-positions-too
  (with-temp-folder [folder]
    (with-open [l (OffsetLog/open (.toPath (io/file (path-in folder "a.log"))))]
      (.append l (.getBytes "a"))
      (.append l (.getBytes "b"))
      (let [position (.position ^Log l 17)]
        (is (= position (Position/parse (str position))))
        (is (= 17 (.offsetOf ^Log l (Position/parse (str position)))))
        (is (= :bad-option (error (Position/parse "17"))))
        (is (= :bad-option (error (Position/parse ""))))
        (is (= :bad-option (error (Position/parse "a/b/c"))))))))

;; What it costs

(deftest checking-a-position-needs-few-reads
  (let [d (disk/disk), options {:codec :utf8 :cache-blocks 0 :block-bytes 64}]
    (with-open [l (disk/open d "a.log" options)]
      (let [offsets (log/append-all! l (map str (range 10000 12000)))
            reads #(let [before (disk/calls d :read)] (run! identity (log/values l {:gt % :limit 1500})) (- (disk/calls d :read) before))
            plain (reads (offsets 100)), position (log/position l (offsets 100))]
        (is (<= 0 (- (long (reads position)) (long plain)) 20))))))
