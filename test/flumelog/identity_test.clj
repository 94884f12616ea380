(ns flumelog.identity-test
  "What lies beside a log goes with what the log holds. It is believed wherever both are copied, and for no other log, no older
   and no newer copy that gets the log's name."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :refer [sh]]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing use-fixtures]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= delete-folder! error files-in path-in read-bytes temp-folder with-temp-folder write-bytes!]]
            [flumelog.process :refer [answer kill! start-serving tell!]]
            [flumelog.test-disk :as disk])
  (:import (java.io File)
           (java.nio.file Files)
           (java.nio.file.attribute FileTime)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private u {:codec :utf8})
(def ^:private many (map #(str % (.repeat "x" (rem (* 37 (long %)) 300))) (range 1000)))
(def ^:private buffered (assoc u :sync :none :write-buffer-bytes 65536))

(defn- write! [path options values]
  (with-open [l (log/open path (merge u options))]
    (log/append-all! l values)
    (log/id l)))

(defn- seen
  "What a reader finds and then a writer, by their mode: the `:values`, and those of some facts that recovery knows."
  [path & facts]
  (into {} (for [mode [:read :read-write]]
             (with-open [l (log/open path (assoc u :mode mode))]
               [mode (assoc (select-keys (log/recovery l) facts) :values (into [] l))]))))

(defn- both
  "What a reader and a writer see alike."
  [found]
  {:read found, :read-write found})

(defn- given-up [path options]
  (with-open [l (log/open path (merge u options))]
    (mapv #(last (str/split (:file %) #"\.")) (:given-up (log/recovery l)))))

(def ^:private by-killed-processes
  "What is done to a log in a folder of each name, by a process that is killed then: functions from the log's path to a form."
  {"held"        (fn [path] `(let [l# (log/open ~path ~buffered)]
                               (run! (fn [value#] (log/append! l# value#)) ~(vec (take 200 many)))))
   "three"       (fn [path] `(let [l# (log/open ~path ~buffered)]
                               (run! (fn [value#] (log/append! l# value#)) ["first" "second" "third"])))
   "deleted"     (fn [path] `(do (with-open [l# (log/open ~path ~u)] (log/append-all! l# ["a" "b" "c"]))
                                 (log/delete! (log/open ~path ~(assoc u :sync :none)) 0)))
   "not synced"  (fn [path] `(log/append-all! (log/open ~path ~(assoc u :sync :none)) ~(mapv (partial str "mine ") (range 20))))
   "synced"      (fn [path] `(let [l# (log/open ~path ~(assoc u :sync :none))]
                               (log/append-all! l# ~(mapv (partial str "mine ") (range 20)))
                               (log/sync! l#)))
   "id"          (fn [path] `(let [l# (log/open ~path ~(assoc u :sync :none))] (log/append! l# "a") (log/id l#)))
   "to be dropped" (fn [path] `(let [l# (log/open ~path ~buffered)]
                                 (run! (fn [value#] (log/append! l# value#)) ["a" "b" "c"])
                                 (log/delete! l# 0)
                                 (log/append! l# "d")))})

(defn- left-by-killed-processes
  "The folder in which a process has done all that and was killed, and what each form gave: one JVM for all tests."
  []
  (let [folder (temp-folder), child (start-serving)]
    (try
      {:folder folder
       :gave (into {} (for [[name form] by-killed-processes]
                        (do (.mkdirs (io/file folder name))
                            (tell! child (form (path-in folder (str name "/a.log"))))
                            [name (answer child)])))}
      (finally (kill! child)))))

(def ^:private ^:dynamic *left* nil)

(use-fixtures :once (fn [run]
                      (binding [*left* (delay (left-by-killed-processes))]
                        (try (run) (finally (when (realized? *left*) (delete-folder! (:folder @*left*))))))))

(defn- folder-of ^File [name]
  (is (= :ok (first (get-in @*left* [:gave name]))) name)
  (io/file (:folder @*left*) name))

(defn- files-of
  "All files of the folder: names and bytes."
  [folder]
  (into {} (map (fn [name] [name (read-bytes (path-in folder name))])) (files-in folder)))

(defn- put-back!
  "Makes the folder what it was: the files that are there stay the same files."
  [folder left]
  (doseq [name (files-in folder) :when (not (left name))] (io/delete-file (path-in folder name)))
  (doseq [[name data] left] (write-bytes! (path-in folder name) data)))

(defn- shell! [& command]
  (let [{:keys [exit err]} (apply sh command)]
    (when-not (zero? (long exit)) (throw (ex-info (str command err) {})))))

(def ^:private ways
  "How people take a folder elsewhere: functions of the folder and of where it is to be."
  {"cp -r"  #(shell! "cp" "-r" %1 %2)
   "cp -a"  #(shell! "cp" "-a" %1 %2)
   "tar"    #(do (.mkdirs (io/file %2))
                 (shell! "sh" "-c" "tar -C \"$1\" -cf - . | tar -C \"$2\" -xf -" "sh" %1 %2))
   "mv to another file system" #(shell! "mv" %1 %2)})

(defn- for-each-way [make check]
  (doseq [[what move] ways]
    (testing what
      (with-temp-folder [here]
        (let [^File elsewhere (temp-folder (.toPath (io/file (System/getProperty "java.io.tmpdir"))))]
          (try
            (let [from (path-in here "logs"), to (path-in elsewhere "logs")
                  _ (.mkdirs (io/file from))
                  made (make (path-in from "a.log"))]
              (move from to)
              (check made (path-in to "a.log")))
            (finally (shell! "rm" "-rf" (str elsewhere)))))))))

;; It travels

(deftest a-copied-log-is-the-same-log-and-is-not-read-again
  (for-each-way
    #(write! % {} many)
    (fn [id path]
      (is (= (both {:values many, :tail :none}) (seen path :tail :given-up)))
      (doseq [mode [:read :read-write]]
        (with-open [l (log/open path (assoc u :mode mode))]
          (is (= id (log/id l)) mode)
          (is (= id (:id (log/info l))) mode)
          (is (< 65536 (:scanned-from (log/recovery l))) mode)
          (is (= (nth many 500) (get l (nth (into [] (log/offsets l)) 500))) mode))))))

(deftest records-that-a-killed-writer-held-back-go-with-the-log
  (let [left (files-of (folder-of "held"))]
    (is (contains? left "a.log.buffer"))
    (for-each-way
      #(put-back! (.getParentFile (io/file %)) left)
      (fn [_ path]
        (is (= (both {:values (take 200 many)}) (seen path :given-up)))))))

(deftest an-unfinished-append-is-torn-in-a-copy-too
  (let [d (disk/disk), l (disk/open d "a.log" (assoc u :sync :none))]
    (log/append-all! l (take 100 many))
    (log/sync! l)
    (log/append! l "and one that is torn")
    (let [left (disk/kill d)]
      (with-temp-folder [folder]
        (doseq [name ["a.log" "a.log.checkpoint"]] (write-bytes! (path-in folder name) (disk/contents left name)))
        (let [path (path-in folder "a.log"), data (read-bytes path)]
          (write-bytes! path (Arrays/copyOf data (- (alength data) 10)))
          (is (= (both {:values (take 100 many), :tail :torn}) (seen path :tail :given-up))))))))

;; It is not believed for another log

(defn- bytes-of
  "The file of a log of the values."
  ^bytes [options values]
  (let [d (disk/disk)]
    (with-open [l (disk/open d "b.log" (merge u options))] (log/append-all! l values))
    (disk/contents d "b.log")))

(deftest a-deletion-is-not-done-to-a-copy-that-was-put-back
  (let [folder (folder-of "deleted"), path (path-in folder "a.log"), left (files-of folder)]
    (doseq [[what data values told] [["the log as it was" (bytes-of {} ["a" "b" "c"]) ["a" "b" "c"] :deletions-left]
                                     ["a different log" (bytes-of {} ["d" "e" "f"]) ["d" "e" "f"] :given-up]
                                     ["nothing" nil ["b" "c"] :tail]]]
      (testing what
        (put-back! folder left)
        (when data (write-bytes! path data))
        (with-open [l (log/open path u)]
          (is (= values (into [] l)))
          (is (some? (told (log/recovery l)))))
        (log/compact! path)
        (is (= values (with-open [l (log/open path u)] (into [] l))))))))

(defn- replacements
  "Ways to put the other file in the place of a log, by name."
  [path other]
  {"cp over it" #(write-bytes! path (read-bytes other))
   "cp -p with the time of the old one" #(let [file (.toPath (io/file path)), was (Files/getLastModifiedTime file (make-array java.nio.file.LinkOption 0))]
                                           (write-bytes! path (read-bytes other))
                                           (Files/setLastModifiedTime file ^FileTime was))
   "rm and cp" #(do (io/delete-file path) (shell! "cp" other path))
   "mv"        #(shell! "mv" other path)})

(deftest landmarks-of-another-log-are-not-used
  (let [values (conj (mapv #(.repeat (str (rem (long %) 10)) (inc (rem (* 311 (long %)) 997))) (range 200)) "end")
        reversed (conj (vec (rseq (pop values))) "end")
        same-first (into [(first values)] (conj (vec (rseq (subvec values 1 200))) "end"))]
    (doseq [[how other-values append?] [["cp over it" reversed false] ["cp over it" same-first true]
                                        ["cp -p with the time of the old one" same-first false]
                                        ["rm and cp" reversed true] ["mv" same-first false]]]
      (testing (str how (when append? ", and then one more"))
        (with-temp-folder [folder]
          (let [path (path-in folder "a.log"), other (path-in folder "other.log")]
            (write! path {} values)
            (write! other {} other-values)
            ((get (replacements path other) how))
            (when append? (with-open [l (log/open path u)] (log/append! l "more")))
            (doseq [mode [:read :read-write]]
              (with-open [l (log/open path (assoc u :mode mode))]
                (let [wanted (cond-> other-values append? (conj "more"))
                      offsets (into [] (log/offsets l))]
                  (is (= wanted (mapv #(get l %) offsets)))
                  (is (= wanted (into [] l)))
                  (is (= wanted (vec (rseq (vec (rseq l))))))
                  (is (= (drop 100 wanted) (into [] (log/values l {:gte (nth offsets 100)})))))))))))))

(deftest a-log-rewritten-in-its-middle-is-read-by-its-own-lengths
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), other (path-in folder "other.log")
          anew (concat (take 100 many) (reverse (take 800 (drop 100 many))) (drop 900 many))]
      (write! path {} many)
      (write! other {} anew)
      (write-bytes! path (read-bytes other))
      (doseq [mode [:read :read-write :read]]
        (with-open [l (log/open path (assoc u :mode mode))]
          (is (= anew (map #(get l %) (into [] (log/offsets l))))))))))

(deftest a-killed-writers-watermark-is-not-applied-to-another-log
  (let [values (map #(str "value " %) (range 400))
        other (bytes-of {:offset-bits 32} values)
        damaged (doto ^bytes (aclone other) (Arrays/fill 1001 1021 (byte 99)))]
    (doseq [state ["not synced" "synced"]]
      (testing state
        (let [folder (folder-of state), path (path-in folder "a.log"), left (files-of folder)]
          (write-bytes! path other)
          (is (= (both {:values values, :tail :none, :frames 400}) (seen path :tail :frames)))
          (put-back! folder left)
          (write-bytes! path damaged)
          (is (= :corrupt (error (log/open path u))))
          (is (bytes= damaged (read-bytes path)))
          (is (not-any? #(str/includes? % ".torn") (files-in folder))))))))

(deftest a-write-buffer-is-kept-aside-where-the-log-is-another-one
  (let [folder (folder-of "three"), path (path-in folder "a.log"), left (files-of folder)]
    (doseq [[what change] {"rm and touch"             #(do (io/delete-file path) (spit path ""))
                           "rm"                       #(io/delete-file path)
                           "a log of the same length" #(write-bytes! path (bytes-of {} ["other"]))}]
      (testing what
        (put-back! folder left)
        (change)
        (let [before (when (.exists (io/file path)) (with-open [l (log/open path (assoc u :mode :read))] (into [] l)))]
          (when before (is (some #{"buffer"} (given-up path {:mode :read}))))
          (with-open [l (log/open path u)]
            (is (= (vec before) (into [] l)))
            (is (re-find #"a\.log\.buffer-\d+$" (:kept-buffer (log/recovery l))))))))))

;; Older and newer copies

(deftest an-older-copy-is-reported-and-a-cut-file-is-refused
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          id (write! path {} (take 600 many))
          older (read-bytes path)]
      (with-open [l (log/open path u)] (log/append-all! l (drop 600 many)))
      (let [whole (read-bytes path)]
        (testing "an older copy"
          (write-bytes! path older)
          (is (= ["checkpoint"] (given-up path {:mode :read})))
          (with-open [l (log/open path u)]
            (is (= (take 600 many) (into [] l)))
            (is (= :none (:tail (log/recovery l))))
            (is (= ["checkpoint"] (mapv #(last (str/split (:file %) #"\.")) (:given-up (log/recovery l)))))
            (is (not= id (log/id l)) "which may go on otherwise, and so is another log")
            (log/append! l "otherwise"))
          (is (= {:values (concat (take 600 many) ["otherwise"])} (:read (seen path :given-up)))))
        (testing "a newer copy"
          (write-bytes! path whole)
          (is (= many (:values (:read (seen path))))))
        (testing "a file that was cut far below what was on disk"
          (write-bytes! path (Arrays/copyOf whole (- (alength older) 5)))
          (is (= :corrupt (error (log/open path u))))
          (with-open [l (log/open path (assoc u :mode :read))]
            (is (= :corrupt (:tail (log/recovery l))))
            (is (= (take 599 many) (into [] l)))))))))

;; The id

(deftest a-log-is-told-from-others-by-its-id
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), bare (path-in folder "bare.log")]
      (with-open [l (log/open path u), r (log/open path (assoc u :mode :read))]
        (is (nil? (log/id l)) "an empty log has none")
        (is (nil? (log/id r)) "an empty log has none")
        (log/append! l "a")
        (is (re-matches #"[0-9a-f]{32}" (log/id l)))
        (is (= (log/id l) (log/id l) (log/id r)) "a reader that was there before it too"))
      (let [id (with-open [l (log/open path u)] (log/id l))]
        (with-open [l (log/open path u)] (log/append! l "b") (log/delete! l 0))
        (is (= id (with-open [l (log/open path u)] (log/id l))))
        (io/copy (io/file path) (io/file bare))
        (with-open [r (log/open bare (assoc u :mode :read))]
          (is (not= id (log/id r)))
          (is (= (log/id r) (log/id r))))
        (is (not= id (with-open [l (log/open bare u)] (log/id l))))
        (log/compact! path)
        (is (not= id (with-open [l (log/open path u)] (log/id l))))))))

(deftest a-killed-writers-log-has-an-id
  (let [path (path-in (folder-of "id") "a.log"), id (second (get-in @*left* [:gave "id"]))]
    (is (string? id))
    (is (= id (with-open [l (log/open path (assoc u :mode :read))] (log/id l))))
    (is (= id (with-open [l (log/open path u)] (log/id l))))))

;; Without them

(deftest side-files-can-be-dropped
  (let [folder (folder-of "to be dropped"), path (path-in folder "a.log"), base #(set (map (fn [p] (.getName (io/file p))) %))]
    (doseq [name ["a.log.part" "a.log.part.2" "a.log.compact-part" "a.log.torn-part" "a.log.torn-17"]]
      (spit (path-in folder name) "left"))
    (with-open [l (log/open (path-in folder "b.log") u)]
      (log/append! l "b")
      (is (= :locked (error (log/drop-side-files! (path-in folder "b.log"))))))
    (let [{:keys [removed kept]} (log/drop-side-files! path)]
      (is (= #{"a.log.checkpoint" "a.log.deletions" "a.log.part" "a.log.part.2" "a.log.torn-part"}
             (disj (base removed) "a.log.compact-part")))
      (is (= #{"a.log.lock"} (base kept))))
    (is (= #{"a.log" "a.log.lock" "a.log.torn-17"} (into #{} (filter #(str/starts-with? % "a.log")) (files-in folder))))
    (is (= ["b" "c" "d"] (with-open [l (log/open path u)] (into [] l))))
    (is (= :failed (error (log/drop-side-files! (path-in folder "none.log")))))))

(deftest a-buffer-of-another-log-is-not-dropped
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (put-back! folder (files-of (folder-of "held")))
      (io/delete-file path)
      (write-bytes! path (bytes-of {} ["another"]))
      (log/drop-side-files! path)
      (is (some #(re-matches #"a\.log\.buffer-\d+" %) (files-in folder))))))
