(ns flumelog.backup-crash-test
  "The power goes while a log is backed up, a call fails, a process is killed: there is no backup then, or the older one,
   or the new one; the log is untouched; and the next backup succeeds."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.child :as child]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= formats path-in read-bytes with-temp-folder]]
            [flumelog.process :refer [answer kill! tell! with-fresh-children]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (flumelog.file LogPath)
           (flumelog.log OffsetLog Progress)
           (java.util Random)))

(set! *warn-on-reflection* true)

(def ^:private older (mapv #(str % "older") (range 5)))
(def ^:private newer (mapv #(str % "newer" (.repeat "x" 300)) (range 5)))

(defn- disk-with-log
  "A disk with a log of ten records; with a backup of the first five of them, where one is wanted."
  [format backup?]
  (let [d (disk/disk)]
    (with-open [l (disk/open d "a.log" (merge {:codec :utf8} format))]
      (log/append-all! l older)
      (when backup? (.backup ^OffsetLog (.log l) (LogPath. (disk/folder d) "b.log") Progress/NONE))
      (log/append-all! l newer))
    d))

(defn- back-up! [d]
  (with-open [^LogCollection l (disk/open d "a.log" {:codec :utf8 :mode :read})]
    (.backup ^OffsetLog (.log l) (LogPath. (disk/folder d) "b.log") Progress/NONE)))

(defn- try-backup [d]
  (try (back-up! d) (catch LogException e (is (#{:failed :full} (:flumelog/error (ex-data e)))) nil)))

(defn- values-on [d]
  (with-open [l (disk/open d "b.log" {:codec :utf8})] (vec l)))

(defn- check-left
  "What a run that did not finish has left, on a disk of which this looks at copies."
  [copy backup? finished]
  (let [d (copy), there (some #{"b.log"} (disk/files d))]
    (cond
      finished (is (= (into older newer) (values-on d)))
      backup?  (let [values (values-on d)]
                 (is (= values (take (count values) (into older newer))) "some of the new records may be there")
                 (is (= older (take 5 values)) "the older backup is"))
      there    (is (= (into older newer) (values-on d)) "a new backup is there whole")))
  (let [d (copy)]
    (is (back-up! d))
    (is (bytes= (disk/contents d "a.log") (disk/contents d "b.log")) "the next run makes it whole")
    (is (= (into older newer) (values-on d)))))

(deftest a-power-loss-during-a-backup-keeps-the-older-one
  (doseq [[format-name format] (take (size 2 4) formats), backup? [false true]]
    (testing (str format-name (when backup? ", an older backup is there"))
      (loop [k 1]
        (let [d (disk-with-log format backup?), _ (disk/break-at! d k), finished (try-backup d)]
          (doseq [seed (range (size 2 20)), sector-bytes [1 512]]
            (testing (str "call " k ", seed " seed)
              (check-left #(disk/lose-power d seed {:sector-bytes sector-bytes}) backup? finished)))
          (when-not finished (recur (inc k))))))))

(deftest a-failing-call-during-a-backup-keeps-the-older-one
  (doseq [[format-name format] (take (size 1 4) formats), op [:read :append :overwrite :truncate :force :open], with [:io-error :full]
          for-ever [false true], backup? [false true]]
    (testing (pr-str format-name op with for-ever backup?)
      (loop [k 1]
        (let [d (disk-with-log format backup?)
              before (disk/calls d op)
              _ (disk/fail! d {:op op :with with :for-ever for-ever :after k :file #"^b"})
              finished (try-backup d)
              reached (<= k (- (disk/calls d op) before))]
          (disk/heal! d)
          (testing (str "call " k)
            (when-not backup? (is (= (boolean finished) (boolean (some #{"b.log"} (disk/files d)))) "no half-made backup"))
            (check-left #(disk/kill d) backup? finished))
          (when reached (recur (inc k))))))))

;; Killed

(defn- kill-while-it-backs-up [seed child]
  (with-temp-folder [folder]
    (let [random (Random. seed), path (path-in folder "a.log"), copies (path-in folder "copies")
          options (rand-nth [{:codec :utf8} {:codec :utf8 :framing :legacy} {:codec :utf8 :write-buffer-bytes 65536}])]
      (tell! child `(child/back-up-until-killed ~path ~options ~copies ~seed))
      (answer child)
      (Thread/sleep (.nextInt random 150))
      (kill! child)
      (testing (str options ", seed " seed)
        (with-open [l (log/open path options)]
          (log/sync! l)
          (doseq [^java.io.File copy (.listFiles (io/file copies)) :when (.endsWith (.getName copy) ".log")]
            (testing (.getName copy)
              (log/backup! l copy)
              (is (bytes= (read-bytes path) (read-bytes copy)))
              (with-open [c (log/open copy {:codec :utf8})]
                (is (= :none (:tail (log/recovery c))))
                (is (= @(log/since l) @(log/since c))))))
          (let [copy (path-in folder "copies/new.log")]
            (log/backup! l copy)
            (is (bytes= (read-bytes path) (read-bytes copy)))))))))

(deftest a-kill-leaves-a-backup-that-the-next-run-makes-whole
  (let [seed (System/nanoTime)]
    (with-fresh-children (size 2 25)
      (fn [n child] (kill-while-it-backs-up (+ (quot seed 10000) (long n)) child)))))
