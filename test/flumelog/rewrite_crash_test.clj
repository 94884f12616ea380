(ns flumelog.rewrite-crash-test
  "The power goes while a log is compacted or copied, or a call fails: all of the old file or all of the new one is there."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= formats]]
            [flumelog.options :refer [->moved log-options]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.error LogException)
           (flumelog.file LogPath)
           (flumelog.log LogCopy Range Rewrite)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

(defn- disk-with-log
  "A disk with a log of ten records, three of which are deleted; and the values that are left."
  [format]
  (let [d (disk/disk), values (mapv #(str % "v") (range 10))]
    (with-open [l (disk/open d file (merge {:codec :utf8} format))]
      (let [offsets (log/append-all! l values)]
        (log/delete! l (map offsets [0 4 9]))))
    [d (into [] (keep-indexed #(when-not (#{0 4 9} %1) %2)) values)]))

(defn- compact-on! [d]
  (Rewrite/compact (disk/folder d) file (log-options {}) (->moved nil)))

(defn- check-found
  "The log has all records, at their old offsets or at their new ones; goes on; and opening it again changes nothing."
  [d format values]
  (with-open [l (disk/open d file {:codec :utf8})]
    (let [entries (into [] (log/entries l))]
      (is (= values (mapv second entries)))
      (is (#{7 10} (:frames (log/recovery l))))
      (is (= (merge {:framing :flume} format) (select-keys (log/info l) [:framing :offset-bits])))
      (log/append! l "after")))
  (is (not-any? #{"a.log.compact-part"} (disk/files d)))
  (let [bytes (disk/contents d file)]
    (with-open [l (disk/open d file {:codec :utf8})] (is (= (conj values "after") (into [] l))))
    (is (bytes= bytes (disk/contents d file)))))

(defn- try-compaction [d]
  (try (compact-on! d) (catch LogException e (is (#{:failed :full} (:flumelog/error (ex-data e)))) nil)))

(deftest a-power-loss-during-a-rewrite-leaves-the-old-or-the-new-file
  (doseq [[format-name format] formats, twice? [false true]]
    (testing (str format-name (when twice? ", compacted before"))
      (loop [k 1]
        (let [[d values] (disk-with-log format)
              values (if twice?
                       (do (compact-on! d)
                           (with-open [l (disk/open d file {:codec :utf8})] (log/delete! l 0))
                           (subvec values 1))
                       values)
              _ (disk/break-at! d k)
              finished (try-compaction d)]
          (doseq [seed (range (size 3 30)), sector-bytes [1 512]]
            (testing (str "call " k ", seed " seed)
              (let [after (disk/lose-power d seed {:sector-bytes sector-bytes})]
                (with-open [l (disk/open after file {:codec :utf8})]
                  (is (= values (into [] l)))
                  (when finished (is (= (get finished "end") (:end (log/info l)))))))))
          (when-not finished (recur (inc k))))))))

(deftest a-failing-call-during-a-rewrite-leaves-the-old-or-the-new-file
  (doseq [[format-name format] formats, op [:read :append :overwrite :truncate :force :open], with [:io-error :full]
          for-ever [false true]]
    (testing (pr-str format-name op with for-ever)
      (loop [k 1]
        (let [[d values] (disk-with-log format)
              before (disk/calls d op)
              _ (disk/fail! d {:op op :with with :for-ever for-ever :after k})
              _ (try-compaction d)
              reached (<= k (- (disk/calls d op) before))]
          (disk/heal! d)
          (testing (str "call " k)
            (check-found (disk/kill d) format values))
          (when reached (recur (inc k))))))))

;; Copies

(defn- try-copy [d]
  (let [at (fn ^LogPath [name] (LogPath. (disk/folder d) name)), options (log-options {:codec :utf8})]
    (try (LogCopy/run ^LogPath (at file) ^LogPath (at "b.log") options options (Range/all) ^LogPath (at "b.offsets") (->moved nil))
         (catch LogException e (is (#{:failed :full} (:flumelog/error (ex-data e)))) nil))))

(defn- check-copy
  "The log is as it was. The copy has all its values, and its map is there, or neither has its name."
  [d values]
  (with-open [l (disk/open d file {:codec :utf8})] (is (= values (into [] l))))
  (let [files (set (disk/files d))]
    (when (contains? files "b.log")
      (is (contains? files "b.offsets"))
      (is (= (+ 16 (* 16 (count values))) (count (disk/contents d "b.offsets"))))
      (with-open [l (disk/open d "b.log" {:codec :utf8})] (is (= values (into [] l)))))
    (contains? files "b.log")))

(deftest a-power-loss-during-a-copy-leaves-no-part-of-it
  (loop [k 1]
    (let [[d values] (disk-with-log {})
          _ (disk/break-at! d k)
          finished (try-copy d)]
      (doseq [seed (range (size 3 30)), sector-bytes [1 512]]
        (testing (str "call " k ", seed " seed)
          (let [there? (check-copy (disk/lose-power d seed {:sector-bytes sector-bytes}) values)]
            (is (or there? (not finished))))))
      (when-not finished (recur (inc k))))))

(deftest a-failing-call-during-a-copy-leaves-no-part-of-it
  (doseq [op [:read :append :force :open], with [:io-error :full]]
    (loop [k 1]
      (let [[d values] (disk-with-log {})
            before (disk/calls d op)
            _ (disk/fail! d {:op op :with with :after k})
            copied (try-copy d)
            reached (<= k (- (disk/calls d op) before))]
        (disk/heal! d)
        (testing (str op " " with " " k)
          (is (or (check-copy d values) (not-any? #(re-find #"part|offsets" %) (disk/files d))))
          (is (or (not copied) (check-copy d values))))
        (when reached (recur (inc k)))))))
