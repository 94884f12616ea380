(ns flumelog.deletions-test
  "A deletion is done or not begun, whatever comes between: a crash, a force, a reader. What it intends stands beside the
   log until it is on disk, and deletes nothing else."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [await-blocked bytes= error log-in path-in watched with-temp-folder]]
            [flumelog.test-disk :as disk])
  (:import (flumelog.error LogException)
           (java.io IOException)
           (java.nio ByteBuffer)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")
(def ^:private intents "a.log.deletions")
(def ^:private options {:codec :utf8 :sync :none})

(defn- disk-of [values]
  (let [d (disk/disk)]
    (with-open [l (disk/open d file options)] (log/append-all! l values))
    d))

(defn- values-on [d]
  (with-open [l (disk/open d file options)] (into [] l)))

(defn- ints-of ^bytes [& values]
  (let [data (ByteBuffer/allocate (* 4 (count values)))]
    (run! #(.putInt data (unchecked-int %)) values)
    (.array data)))

;; Intents that are none

(deftest an-intent-that-was-torn-deletes-nothing
  (let [d (disk-of ["a" "b" "c"])]
    (with-open [l (disk/open d file options)]
      (disk/fail! d {:op :append :file #"deletions" :with :half})
      (is (= :full (error (log/delete! l [0 17]))))
      (is (= ["a" "b" "c"] (into [] l))))
    (is (= 26 (alength (disk/contents d intents))) "half of it is there")
    (is (= ["a" "b" "c"] (values-on (disk/kill d))))))

(deftest bytes-that-are-not-an-intent-delete-nothing
  (doseq [[what data] {"ones" (ints-of -1 -1 -1 -1 -1)
                       "less than no offset" (ints-of -2 1 0 17 12345)
                       "more offsets than there are" (ints-of 9 0 0 0)
                       "as many as an int can say" (ints-of Integer/MAX_VALUE 0 0 0)
                       "a wrong checksum" (ints-of 1 0 17 12345)
                       "less than an intent" (ints-of 1)}]
    (testing what
      (is (= ["a" "b" "c"] (values-on (disk/put-contents (disk-of ["a" "b" "c"]) intents data)))))))

(deftest a-deletion-of-another-log-of-that-name-is-not-carried-out
  (let [d (disk-of ["a" "b" "c"])
        l (disk/open d file options)]
    (disk/fail! d {:op :overwrite :file #"log$"})
    (is (= :failed (error (log/delete! l 17))))
    (let [after (disk/kill d)]
      (swap! after assoc-in [:files file :id] 4711)
      (is (= ["a" "b" "c"] (values-on after))))))

(defn- left-by-a-crash
  "The disk on which a process died when it was about to delete the record at the offset, or half of it was deleted."
  [d offset how]
  (let [l (disk/open d file options)]
    (disk/fail! d {:op :overwrite :file #"log$" :with how})
    (is (#{:full :failed} (error (log/delete! l offset))))
    (disk/kill d)))

(deftest a-deletion-that-had-not-begun-is-not-done-on-open
  (let [left (left-by-a-crash (disk-of ["a" "bb" "c"]) 17 :io-error)]
    (with-open [l (disk/open left file options)]
      (is (= ["a" "bb" "c"] (into [] l)))
      (is (= {:deletions-left 1} (select-keys (log/recovery l) [:deletions-finished :deletions-left]))))
    (is (zero? (alength (disk/contents left intents))) "and forgotten")))

(deftest a-deletion-that-was-begun-is-finished-on-open
  (let [left (left-by-a-crash (disk-of ["a" "bb" "c"]) 17 :half)]
    (with-open [l (disk/open left file options)]
      (is (= ["a" "c"] (into [] l)))
      (is (= {:deletions-finished 1} (select-keys (log/recovery l) [:deletions-finished :deletions-left]))))
    (is (zero? (alength (disk/contents left intents))) "and forgotten")))

(deftest a-journal-that-can-t-be-read-stops-the-opening
  (doseq [op [:open :read]]
    (testing op
      (let [d (disk-of ["a" "a record of some length" "c"]), l (disk/open d file options)]
        (disk/fail! d {:op :overwrite :file #"log$" :with :half})
        (is (keyword? (error (log/delete! l 17))))
        (error (.close l))
        (disk/fail! d {:op op :file #"deletions" :with :io-error})
        (is (= :failed (error (.close (disk/open d file options)))))
        (disk/heal! d)
        (is (= ["a" "c"] (values-on d)) "the next opening finishes the deletion")))))

(deftest an-empty-journal-that-can-t-be-read-stops-nobody
  (let [d (disk-of ["a" "b"])]
    (with-open [l (disk/open d file options)] (log/delete! l 0))
    (disk/fail! d {:op :open :file #"deletions" :with :io-error})
    (with-open [l (disk/open d file options)]
      (is (= ["b"] (into [] l)))
      (is (str/includes? (pr-str (:given-up (log/recovery l))) "a.log.deletions")))))

(deftest a-folder-with-the-name-of-the-journal-stops-nobody
  (with-temp-folder [folder]
    (let [path (path-in folder file)]
      (with-open [l (log/open path options)] (log/append! l "a"))
      (.mkdir (io/file (str path ".deletions")))
      (with-open [l (log/open path options)]
        (is (= ["a"] (into [] l)))
        (is (str/includes? (pr-str (:given-up (log/recovery l))) "a.log.deletions"))))))

(deftest an-intent-that-points-at-no-record-is-left-alone
  (let [left (left-by-a-crash (disk-of ["a" "b" "c"]) 17 :io-error)
        other (disk-of ["another log, in its place" "bb" "cc"])]
    (disk/put-contents left file (disk/contents other file))
    (is (= (values-on other) (values-on left)))
    (is (bytes= (disk/contents other file) (disk/contents left file)))))

;; What happens meanwhile

(def ^:private long-text (apply str (repeat 100000 "x")))

(defn- at-the-second-part
  "Calls f when the first 65,536 bytes of a record were overwritten, and those behind them not yet."
  [f]
  (let [parts (atom 0)]
    (fn [op name]
      (when (and (= [:overwrite file] [op name]) (= 2 (swap! parts inc))) (f)))))

(deftest a-force-in-the-middle-of-a-deletion-does-not-forget-it
  (let [d (disk-of [long-text "kept"])
        log (promise)
        die (fn []
              @(future (log/sync! @log))
              (throw (IOException. "the power is gone")))
        l (log-in (watched (disk/folder d) (at-the-second-part die)) file options)]
    (deliver log l)
    (log/append! l "to be forced")
    (is (= :failed (error (log/delete! l 0))))
    (doseq [left (cons (disk/kill d) (map #(disk/lose-power d %) (range 10)))]
      (is (= ["kept" "to be forced"] (values-on left))))))

(deftest a-read-during-a-deletion-waits-and-finds-the-record-gone
  (let [d (disk-of [long-text "kept"])
        log (promise), found (promise)
        reader (Thread. #(deliver found (get @log 0 :gone)))
        l (log-in (watched (disk/folder d) (at-the-second-part #(doto reader .start await-blocked))) file options)]
    (deliver log l)
    (is (= long-text (get l 0)) "and now it is in memory too")
    (is (= 1 (log/delete! l 0)))
    (is (= :gone (deref found 30000 :waits-for-ever)))
    (.close l)))

;; A reader in another process: at each of its reads the record may go

(defn- delete-at-read
  "The disk of a log of three records, and a log that reads it; another process deletes the second record just before
   the n-th read from now on. `reads` counts them."
  [n]
  (let [d (disk-of ["a" "bb" "ccc"])
        writer (disk/open d file options)
        reads (atom 0)
        at-work (atom false)
        before (fn [op name]
                 (when (and @at-work (= [:read file] [op name]) (= n (swap! reads inc)))
                   (log/delete! writer 17)))
        reader (log-in (watched (disk/folder d) before) file (assoc options :mode :read :cache-blocks 0))]
    {:reader reader :reads reads :begin #(reset! at-work true)}))

(defn- joined [a b] (str a " " b))
(defn- words [s] (str/split s #" "))

(def ^:private ways-to-read
  {"reduce"            #(reduce conj [] %)
   "reduce, no init"   #(words (reduce joined %))
   "from the second"   #(into ["a"] (words (reduce joined (log/values % {:gt 0}))))
   "reduce-kv"         #(reduce-kv (fn [acc _ v] (conj acc v)) [] %)
   "seq"               #(vec (seq %))
   "rseq"              #(vec (reverse (rseq %)))
   "skipping seq"      #(vec (seq (log/values % {:on-decode-error :skip})))
   "iterator"          #(vec (iterator-seq (.iterator ^Iterable %)))
   "limited, reversed" #(vec (reverse (rseq (log/values % {:limit 3}))))
   "next!"             #(let [c (log/cursor %)] (mapv val (take-while some? (repeatedly (fn [] (log/next! c))))))
   "prev!"             #(let [c (log/seek! (log/cursor %) 1000)]
                          (vec (reverse (map val (take-while some? (repeatedly (fn [] (log/prev! c))))))))
   "get"               #(vec (keep % [0 17 35]))
   "fetch"             #(mapv (fn [offset] (log/fetch % offset)) [0 17 35])})

(deftest a-record-deleted-during-a-read-is-whole-or-missing
  (doseq [[what read] ways-to-read]
    (testing what
      (loop [n 1]
        (let [{:keys [reader reads begin]} (delete-at-read n)
              _ (begin)
              found (try (read reader) (catch LogException e (:flumelog/error (ex-data e))))]
          (when-not (#{["a" "bb" "ccc"] ["a" "ccc"] :deleted} found)
            (is (= ["a" "bb" "ccc"] found) (str "at read " n)))
          (if (and (<= n @reads) (< n 200))
            (recur (inc n))
            (is (= ["a" "bb" "ccc"] found) "when nothing was deleted all is read")))))))

;; Many of them

(deftest a-large-deletion-is-journalled-in-small-parts
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), n 150000]
      (with-open [l (log/open path options)]
        (log/append-all! l (repeat n "a"))
        (is (= (- n 2) (log/delete! l (drop-last 2 (into [] (log/offsets l))))))
        (is (< (.length (io/file (str path ".deletions"))) 800000) "all of them in one intent would take 1.2 MB")
        (is (= ["a" "a"] (into [] l)))
        (log/sync! l)
        (is (= 0 (.length (io/file (str path ".deletions"))))))
      (with-open [l (log/open path options)] (is (= ["a" "a"] (into [] l)))))))
