(ns flumelog.moves-test
  "A compacted log tells where its records went, to whoever knows one of the ids that it had, also after a crash."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error files-in formats path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.options :refer [->moved log-options]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.error LogException)
           (flumelog.log Log LogOptions Moves OffsetLog Rewrite)
           (java.nio.file Files LinkOption)))

(set! *warn-on-reflection* true)

(def ^:private u {:codec :utf8 :sync :none})

(defn- open-log ^OffsetLog [path] (OffsetLog/open (.toPath (io/file path)) (LogOptions/defaults)))

(defn- moved-from
  "Where the records at these offsets went since the log at the path had the id; nil when that is not known."
  [path id offsets]
  (with-open [l (open-log path)]
    (when-let [^Moves moves (.moves l id)]
      (is (= [id (.id l)] [(.from moves) (.to moves)]))
      (mapv #(.newOffset moves %) offsets))))

(defn- id-of [path] (with-open [l (open-log path)] (.id l)))

(defn- append! [path options values]
  (with-open [l (log/open path (merge u options))] (log/append-all! l values)))

(defn- delete-and-compact!
  "Deletes the records at these offsets and compacts the log; the new offset of each that is left, by its old one."
  [path offsets]
  (with-open [l (log/open path u)] (log/delete! l offsets))
  (let [moved (atom {})]
    (log/compact! path {:moved #(swap! moved assoc %1 %2)})
    @moved))

(def ^:private gen-round
  "Values to append; and for each record of the log then, whether it is deleted before a compaction."
  (gen/tuple (gen/vector (gen/fmap #(.repeat "x" (inc (int %))) (gen/choose 0 300)) 1 12)
             (gen/vector gen/boolean 12)))

(defn- round!
  "Appends, deletes and compacts. Returns the id before, all offsets before, and where they went, -1 for nowhere."
  [path format [values deleted?]]
  (append! path format values)
  (let [offsets (with-open [l (log/open path u)] (into [] (log/offsets l)))
        gone (keep-indexed #(when (nth deleted? (mod %1 12)) %2) offsets)
        id (id-of path)
        moved (delete-and-compact! path gone)]
    {:id id, :offsets offsets, :went (if (= id (id-of path)) offsets (mapv #(moved % -1) offsets))}))

(defn- follow [rounds offset]
  (reduce (fn [offset {:keys [offsets went]}]
            (get (zipmap offsets went) offset -1))            ; a record that was deleted before is not among them
          offset rounds))

(defspec the-moves-of-all-compactions-are-those-that-were-told (size 60 1000)
  (prop/for-all [plan (gen/vector gen-round 1 4), format (gen/elements (vals formats))]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log")
            rounds (mapv #(round! path format %) plan)
            now (id-of path)]
        (every? true?
                (for [n (range (count rounds))
                      :let [{:keys [id offsets]} (nth rounds n)]
                      :when (not= id now)]
                  (= (mapv #(follow (subvec rounds n) %) offsets) (moved-from path id offsets))))))))

(deftest moves-that-nobody-needs-are-dropped
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), [a b] (append! path {} ["a" "b" "c"]), before (id-of path)]
      (with-open [l (open-log path)]
        (is (nil? (.moves l before)) "a log that was not compacted has none")
        (.dropMoves l))
      (delete-and-compact! path [a])
      (is (= [-1 0] (moved-from path before [a b])))
      (with-open [reader (OffsetLog/open (.toPath (io/file path)) (log-options {:mode :read}))]
        (is (= [-1 0] (mapv #(.newOffset (.moves reader before) %) [a b])) "a reader knows them")
        (.dropMoves reader)
        (is (some #{"a.log.moves"} (files-in folder)) "and drops nothing"))
      (with-open [l (open-log path)]
        (.dropMoves l)
        (is (nil? (.moves l before))))
      (is (not-any? #{"a.log.moves"} (files-in folder))))))

(deftest a-closed-log-tells-no-moves
  (with-temp-folder [folder]
    (let [l (doto (open-log (path-in folder "a.log")) .close)]
      (is (= :closed (error (.moves l "")) (error (.dropMoves l)))))))

(deftest moves-of-another-log-are-not-used
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), other (path-in folder "b.log")
          [a] (append! path {} ["a" "b"]), before (id-of path)]
      (append! other {} ["something else"])
      (delete-and-compact! path [a])
      (io/copy (io/file (str path ".moves")) (io/file (str other ".moves")))
      (is (nil? (moved-from other before [0])))
      (testing "and the next compaction replaces them"
        (let [[first-of-other] (append! other {} ["more"]), before-other (id-of other)]
          (delete-and-compact! other [0])
          (is (= [-1 0] (moved-from other before-other [0 first-of-other])))
          (is (nil? (moved-from other before [0]))))))))

(deftest the-eight-newest-compactions-are-kept
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          ids (doall (for [n (range 10)]
                       (let [offsets (append! path {} [(str "gone " n) (str "stays " n)]), id (id-of path)]
                         (delete-and-compact! path [(first offsets)])
                         id)))]
      (is (= [nil nil] (map #(moved-from path % [17]) (take 2 ids))))
      (is (every? some? (map #(moved-from path % [17]) (drop 2 ids)))))))

(deftest damaged-moves-are-no-moves
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), file (str path ".moves"), values (map str (range 40))
          offsets (append! path {} values), before (id-of path)]
      (delete-and-compact! path (take-nth 3 offsets))
      (let [data (read-bytes file), right (moved-from path before offsets)]
        (is (some pos? right))
        (doseq [at (range 0 (alength data) (size 7 1))]
          (let [damaged (aclone data)]
            (aset damaged at (unchecked-byte (bit-xor 1 (aget data at))))
            (write-bytes! file damaged)
            (is (contains? #{nil right} (moved-from path before offsets)) at)))
        (doseq [length (range (alength data))]
          (write-bytes! file (java.util.Arrays/copyOf data (int length)))
          (is (nil? (moved-from path before offsets)) length))))))

(deftest the-file-of-moves-is-for-those-who-may-read-the-log
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), mode #(Files/getAttribute (.toPath (io/file %)) "unix:mode" (make-array LinkOption 0))
          [a] (append! path {} ["a" "b"])]
      (Files/setAttribute (.toPath (io/file path)) "unix:mode" (int 0600) (make-array LinkOption 0))
      (delete-and-compact! path [a])
      (is (= (mode path) (mode (str path ".moves")))))))

(deftest side-files-that-are-dropped-are-dropped-with-the-moves
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), [a] (append! path {} ["a" "b"])]
      (delete-and-compact! path [a])
      (write-bytes! (str path ".moves-part") (byte-array 3))
      (log/drop-side-files! path)
      (is (= #{"a.log" "a.log.lock"} (files-in folder))))))

;; After a crash

(defn- disk-with-log
  "A disk with a log from which each third record was deleted, that log's id, and the offsets of all its records."
  [format values]
  (let [d (disk/disk)]
    (with-open [l (disk/open d "a.log" (merge u format))]
      (let [offsets (log/append-all! l values)]
        (log/delete! l (take-nth 3 offsets))
        [d (log/id l) offsets]))))

(defn- compact-on! [d moved]
  (Rewrite/compact (disk/folder d) "a.log" (log-options {}) (->moved #(swap! moved assoc %1 %2))))

(defn- check-old-or-new
  "The log is as it was, with its id; or it is compacted and has its moves."
  [d before offsets moved frames]
  (with-open [^Log l (OffsetLog/open (disk/folder d) "a.log" (LogOptions/defaults))]
    (if (= frames (get (.recovery l) "frames"))
      (is (= [before nil] [(.id l) (.moves l before)]))
      (let [moves (.moves l before)]
        (is (some? moves))
        (when moves (is (= (mapv #(moved % -1) offsets) (mapv #(.newOffset moves %) offsets))))))))

(def ^:private log-values
  "Of logs in which many records are alike, so that a compacted log looks as if the old one had been cut."
  [(repeat 10 "same") (map #(str % "v") (range 10))])

(deftest a-power-loss-leaves-the-old-log-with-its-id-or-the-new-one-with-its-moves
  (doseq [[format-name format] formats, values log-values]
    (testing format-name
      (loop [k 1]
        (let [[d before offsets] (disk-with-log format values), moved (atom {})
              _ (disk/break-at! d k)
              finished (try (compact-on! d moved) (catch LogException _ nil))]
          (doseq [seed (range (size 3 30))]
            (testing (str "call " k ", seed " seed)
              (check-old-or-new (disk/lose-power d seed {:sector-bytes 512}) before offsets @moved 10)))
          (when-not finished (recur (inc k))))))))

(deftest a-power-loss-in-a-second-compaction-loses-no-moves-of-the-first
  (loop [k 1]
    (let [[d before offsets] (disk-with-log {} (map #(str % "v") (range 10))), first-moved (atom {}), moved (atom {})
          _ (compact-on! d first-moved)
          _ (with-open [l (disk/open d "a.log" u)] (log/delete! l 0))
          _ (disk/break-at! d k)
          finished (try (compact-on! d moved) (catch LogException _ nil))]
      (doseq [seed (range (size 3 30))]
        (testing (str "call " k ", seed " seed)
          (with-open [^Log l (OffsetLog/open (disk/folder (disk/lose-power d seed)) "a.log" (LogOptions/defaults))]
            (let [moves (.moves l before), old? (= 6 (get (.recovery l) "frames"))]
              (is (some? moves))
              (when moves
                (is (= (mapv #(let [to (@first-moved % -1)] (if old? to (@moved to -1))) offsets)
                       (mapv #(.newOffset moves %) offsets))))))))
      (when-not finished (recur (inc k))))))
