(ns flumelog.file-test
  "The log and the world below it: a second writer, other processes, writes and forces that fail."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error eventually failure files-in formats path-in read-bytes
                                       with-temp-folder]]
            [flumelog.process :refer [in-other-process]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size skip]])
  (:import (flumelog.coll LogCollection)
           (flumelog.file ChannelFile)
           (java.lang ProcessHandle)
           (java.nio.file Files Path)
           (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(defn- path-of ^Path [path] (.toPath (io/file path)))

;; One writer

(deftest a-second-writer-in-the-same-process-is-refused
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), link (path-in folder "link.log"), hard (path-in folder "hard.log")]
      (with-open [l (log/open path)]
        (log/append! l :a)
        (Files/createSymbolicLink (path-of link) (path-of path) (make-array FileAttribute 0))
        (Files/createLink (path-of hard) (path-of path))
        (doseq [name [path link hard]]
          (let [failure (ex-data (failure (log/open name)))]
            (is (= {:flumelog/error :locked, :pid (.pid (ProcessHandle/current))}
                   (select-keys failure [:flumelog/error :pid])))))
        (testing "which harms neither the log nor its lock"
          (is (= 18 (log/append! l :b)))
          (is (= :locked (error (log/open path))))))
      (with-open [l (log/open link)]
        (is (= [:a :b] (into [] l)))
        (is (= :locked (error (log/open path))))
        (is (= :locked (error (log/open hard))))))))

(deftest what-lies-beside-a-log-is-the-same-under-a-symlink
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), link (path-in folder "link.log")]
      (.close (log/open path))
      (Files/createSymbolicLink (path-of link) (path-of path) (make-array FileAttribute 0))
      (with-open [l (log/open link)]
        (log/delete! l (log/append! l :a)))
      (is (= #{"a.log" "a.log.checkpoint" "a.log.deletions" "a.log.lock" "link.log"} (files-in folder))))))

(deftest a-second-writer-in-another-process-is-refused-until-it-dies
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), link (path-in folder "link.log"), hard (path-in folder "hard.log")]
      (in-other-process [process `(do (require 'flumelog.core)
                                      ((resolve 'flumelog.core/append!) ((resolve 'flumelog.core/open) ~path) "theirs")
                                      (println "ready")
                                      (read-line))]
        (Files/createSymbolicLink (path-of link) (path-of path) (make-array FileAttribute 0))
        (Files/createLink (path-of hard) (path-of path))
        (is (= {:flumelog/error :locked, :pid (.pid process)}
               (select-keys (ex-data (failure (log/open path))) [:flumelog/error :pid])))
        (is (= :locked (error (log/open link))))
        (is (= :locked (error (log/open hard))))
        (testing "reading needs no lock"
          (with-open [l (log/open path {:mode :read})]
            (is (= ["theirs"] (into [] l))))))
      (with-open [l (log/open path)]
        (is (= ["theirs"] (into [] l)) "an append that returned survives the kill")
        (is (= 24 (log/append! l :ours)))))))

(deftest a-reader-follows-what-another-process-appends
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (in-other-process [process `(do (require 'flumelog.core)
                                      (let [l# ((resolve 'flumelog.core/open) ~path)]
                                        (println "ready")
                                        (dotimes [n# 3] (read-line) ((resolve 'flumelog.core/append!) l# n#))
                                        (read-line)))]
        (let [more! #(doto (io/writer (.getOutputStream process)) (.write "go\n") (.flush))]
          (with-open [l (log/open path {:mode :read})]
            (is (= [] (into [] l)))
            (doseq [n (range 3)]
              (more!)
              (is (= (* 17 n) (log/await-since l (* 17 n) 60000 :late)))
              (is (= (range (inc n)) (into [] l) (reverse (rseq l))))
              (is (= n (get l (* 17 n))))
              (is (= (* 17 n) @(log/since l))))))))))

(deftest a-reader-of-an-empty-file-follows-it-or-says-why-not
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), options (merge format {:codec :utf8})]
          (spit path "")
          (with-open [named (log/open path (assoc options :mode :read)), r (log/open path {:codec :utf8 :mode :read})]
            (is (= [] (into [] named)))
            (is (= [] (into [] r)))
            (with-open [w (log/open path options)]
              (log/append-all! w ["a" "bb"])
              (is (= ["a" "bb"] (into [] named)))
              (if (= 53 (:offset-bits format))
                (is (= ["a" "bb"] (into [] r)))
                (is (= :wrong-format (error (into [] r)) (error (get r 0)) (error @(log/since r))))))))))))

(deftest a-reader-does-not-see-an-unfinished-record
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), whole (path-in folder "whole.log")]
      (spit path "")
      (with-open [w (log/open whole {:codec :utf8})] (log/append! w "text"))
      (with-open [r (log/open path {:codec :utf8 :mode :read}), out (io/output-stream path)]
        (doseq [b (read-bytes whole)]
          (is (= [] (into [] r)))
          (.write out (int (bit-and 255 b)))
          (.flush out))
        (is (= ["text"] (into [] r)))))))

(deftest a-reader-takes-no-lock-and-follows-its-own-process
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [w (log/open path), r (log/open path {:mode :read}), r2 (log/open path {:mode :read})]
        (let [told (promise)]
          (add-watch (log/since r) :k (fn [_ _ before now] (deliver told [before now])))
          (log/append-all! w [:a :b])
          (is (= [:a :b] (into [] r)))
          (is (= [:a :b] (into [] r2)))
          (is (= [-1 18] (deref told 10000 nil)) "by whoever saw it first, maybe another thread")
          (log/delete! w 0)
          (is (nil? (get (log/open path {:mode :read}) 0)))
          (is (= -1 @(log/durable r)) "a reader knows nothing of what is on disk")))
      (is (= #{"a.log" "a.log.checkpoint" "a.log.deletions" "a.log.lock"} (files-in folder))))))

(deftest a-reader-sees-a-later-deletion-by-another-process
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8}), r (log/open path {:codec :utf8 :mode :read})]
        (log/append-all! l ["a secret" "b"])
        (is (= "a secret" (get r 0)))
        (is (= ["a secret" "b"] (into [] r)))
        (log/delete! l 0)
        (is (nil? (get r 0)))
        (is (= ["b"] (into [] r)))))))

(deftest readers-fail-when-the-log-was-cut
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (.close (log/open path))
      (with-open [r (log/open path {:mode :read :cache-blocks 0})]
        (with-open [w (log/open path)] (log/append-all! w (range 100)))
        (is (= 100 (count (seq r))))
        (with-open [file (ChannelFile/openForWriting (path-of path))] (.truncate file 40))
        (is (= :corrupt (error (into [] r))))))))

;; Failing writes and forces: on a disk that fails when it is told to

(defmacro ^:private with-log-on-test-disk [[log d opts] & body]
  `(let [~d (disk/disk)]
     (with-open [~log (disk/open ~d "a.log" (merge {:codec :utf8 :sync :none} ~opts))] ~@body)))

(deftest a-write-that-fails-leaves-the-log-as-it-was
  (doseq [[with kind] {:full :full, :half :full, :io-error :failed}]
    (with-log-on-test-disk [l d {}]
      (log/append-all! l ["a" "b"])
      (let [good (disk/contents d "a.log")]
        (disk/fail! d {:op :append :with with :for-ever true})
        (is (= kind (error (log/append! l "c"))))
        (is (= kind (error (log/append-all! l ["d" "e"]))))
        (is (bytes= good (disk/contents d "a.log")) "what was half written is cut off")
        (is (= ["a" "b"] (into [] l)))
        (is (= 17 @(log/since l)))
        (disk/heal! d)
        (is (= 34 (log/append! l "c")) "and it takes writes again")
        (is (= ["a" "b" "c"] (into [] l)))
        (is (= ["a" "b" "c"] (reverse (rseq l))))))))

(defn- close-error [^LogCollection l]
  (error (.close l)))

(deftest a-write-that-cant-be-undone-fails-the-log-for-good
  (with-log-on-test-disk [l d {}]
    (log/append! l "a")
    (disk/fail! d {:op :append :with :half})
    (disk/fail! d {:op :truncate})
    (is (= :full (error (log/append! l "b"))))
    (is (= :failed (error (log/append! l "c"))))
    (is (= :failed (error (log/delete! l 0))))
    (is (= :failed (error (log/append-all! l ["c"]))))
    (is (= ["a"] (into [] l)) "reading goes on")
    (is (= :failed (close-error l)) "which was appended, and may not be on disk")))

(deftest a-failed-log-of-which-all-is-on-disk-closes-in-silence
  (with-log-on-test-disk [l d {}]
    (log/append! l "a")
    (log/sync! l)
    (disk/fail! d {:op :append :with :half})
    (disk/fail! d {:op :truncate})
    (is (= :full (error (log/append! l "b"))))
    (is (nil? (close-error l)))))

(deftest a-force-that-failed-is-never-tried-again
  (with-log-on-test-disk [l d {}]
    (log/append! l "a")
    (log/sync! l)
    (is (= 0 @(log/durable l)))
    (log/append! l "b")
    (disk/fail! d {:op :force})
    (is (= :failed (error (log/sync! l))))
    (let [forces (disk/calls d :force)]
      (is (= :failed (error (log/sync! l))))
      (is (= :failed (error (log/append! l "c"))))
      (is (= 0 @(log/durable l)))
      (is (= 17 @(log/since l)))
      (is (= ["a" "b"] (into [] l)))
      (is (= :failed (close-error l)) "since b may not be on disk")
      (is (nil? (close-error l)) "a log is closed once")
      (is (= forces (disk/calls d :force))))))

(deftest a-force-that-finds-no-room-fails-the-log-as-well
  (with-log-on-test-disk [l d {:sync :each}]
    (disk/fail! d {:op :force :with :full :file #"log$"})
    (is (= :failed (error (log/append! l "a"))))
    (is (= :failed (error (log/append! l "b"))))
    (is (= :failed (close-error l)))))

(deftest bytes-of-a-failed-force-are-written-again
  (with-log-on-test-disk [l d {}]
    (log/append! l "a")
    (log/sync! l)
    (log/append! l "b")
    (disk/fail! d {:op :force})
    (is (= :failed (error (log/sync! l))))
    (is (= :failed (close-error l)))
    (with-open [l (disk/open d "a.log" {:codec :utf8})]
      (is (= ["a" "b"] (into [] l)))
      (is (= 17 @(log/durable l))))
    (with-open [l (disk/open (disk/lose-power d 1) "a.log" {:codec :utf8})]
      (is (= ["a" "b"] (into [] l))))))

(deftest a-read-that-fails-is-an-error-and-not-the-end
  (doseq [cache-blocks [0 1024]]
    (with-log-on-test-disk [l d {:cache-blocks cache-blocks}]
      (log/append-all! l ["a" "b"])
      (disk/fail! d {:op :read :for-ever true})
      (is (= :failed (error (into [] l))))
      (is (= :failed (error (get l 0))))
      (is (= :failed (error (seq l))))
      (is (= :failed (error (rseq l))))
      (disk/heal! d)
      (is (= ["a" "b"] (into [] l))))))

(deftest a-deletion-that-fails-fails-the-log
  (with-log-on-test-disk [l d {}]
    (log/append! l "a")
    (disk/fail! d {:op :overwrite :file #"log$"})
    (is (= :failed (error (log/delete! l 0))))
    (is (= :failed (error (log/append! l "b"))))))

;; When records are durable

(deftest each-append-is-durable-when-it-returns
  (with-log-on-test-disk [l d {:sync :each}]
    (log/append! l "first")
    (let [before (disk/calls d :force)]
      (dotimes [_ 3] (is (= (log/append! l "a") @(log/durable l))))
      (is (= 3 (- (disk/calls d :force) before)))
      (log/append-all! l ["b" "c"])
      (is (= @(log/since l) @(log/durable l)))
      (log/delete! l 0)
      (is (= 8 (- (disk/calls d :force) before))
          "one for a batch; for a deletion that the record was durable, twice, what it intends, and what it did"))))

(deftest appends-that-wait-together-share-a-force
  (with-log-on-test-disk [l d {:sync :each}]
    (log/append! l "durable")
    (let [go-on (promise)
          _ (disk/hold! d :force #"a.log$" go-on)
          before (disk/calls d :force)
          append #(future (let [offset (log/append! l %)] (<= offset @(log/durable l))))
          one (append "one")]
      (is (eventually #(< before (disk/calls d :force))))
      (let [others (mapv #(append (str %)) (range 9))]
        (is (eventually #(= 11 (count (into [] l)))))
        (run! #(deref % 20 nil) others)                    ; most of them wait by now
        (deliver go-on true)
        (is (= (repeat 10 true) (map deref (cons one others))) "each is durable when it returns")
        (is (= 2 (- (disk/calls d :force) before)) "the one under way, and one for all that came meanwhile")))))

(deftest a-force-follows-in-the-background
  (with-log-on-test-disk [l d {:sync {:every-ms 20}}]
    (log/append! l "a")
    (log/append! l "b")
    (let [told (promise)]
      (add-watch (log/durable l) :k (fn [_ _ _ now] (deliver told now)))
      (is (= 17 (if (= 17 @(log/durable l)) 17 (deref told 60000 :never)))))))

(deftest without-sync-only-sync-and-close-force
  (with-log-on-test-disk [l d {:sync :none}]
    (log/append! l "a")
    (let [before (disk/calls d :force)]
      (log/append! l "b")
      (is (= -1 @(log/durable l)))
      (log/sync! l)
      (is (= 1 (- (disk/calls d :force) before)))
      (is (= 17 @(log/durable l)))
      (log/sync! l)
      (is (= 1 (- (disk/calls d :force) before)) "there was nothing to force")
      (log/append! l "c")
      (.close ^LogCollection l)
      (is (= 2 (- (disk/calls d :force) before))))))

;; Many threads

(deftest concurrent-readers-see-whole-records-in-order
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:sync :none :block-bytes 64 :cache-blocks 4})]
      (let [per-thread (size 300 2000)
            writers (doall (for [t (range 4)] (future (mapv #(log/append! l [t %]) (range per-thread)))))
            readers (doall (for [_ (range 2)]
                             (future (loop [n 0]
                                       (let [seen (into [] l)]
                                         (assert (<= n (count seen)))
                                         (if (< (count seen) (* 4 per-thread)) (recur (count seen)) seen))))))
            offsets (mapv deref writers)]
        (is (apply = (into [] l) (map deref readers)))
        (is (= (sort (apply concat offsets)) (into [] (log/offsets l))))
        (doseq [t (range 4)]
          (is (= (map #(vector t %) (range per-thread)) (map l (offsets t)))))))))

(deftest a-record-that-is-being-deleted-is-whole-or-gone
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:codec :utf8 :sync :none :block-bytes 32 :cache-blocks 3})]
      (let [text (apply str (repeat 300 "x"))
            offsets (log/append-all! l (repeat (size 300 1500) text))
            reading (promise)
            odd (future (loop [odd #{}]
                          (deliver reading true)
                          (let [seen (into #{} l)]
                            (if (empty? seen) odd (recur (into odd (remove #{text}) seen))))))]
        @reading
        (run! #(log/delete! l %) offsets)
        (is (= #{} @odd))))))

(deftest deleted-data-is-not-in-the-file
  (with-temp-folder [folder]
    (doseq [block-bytes [7 16384]]
      (let [path (path-in folder (str block-bytes))]
        (with-open [l (log/open path {:codec :utf8 :block-bytes block-bytes})]
          (let [long-one (str "a secret that spans several blocks" (apply str (repeat 200000 \.)) "and ends so")
                [_ b _] (log/append-all! l ["before" long-one "after"])]
            (log/delete! l b)
            (log/sync! l)
            (is (not (re-find #"secret|spans|ends" (slurp path))))
            (is (= ["before" "after"] (into [] l)))))
        (with-open [l (log/open path {:codec :utf8})]
          (is (= ["before" "after"] (into [] l))))))))

(deftest opening-and-closing-leaks-nothing
  (with-temp-folder [folder]
    (let [open-files #(count (.list (io/file "/proc/self/fd")))
          path (path-in folder "a.log")
          round #(do (with-open [l (log/open path {:sync {:every-ms 1}})] (log/append! l 1))
                     (error (log/open path {:framing :legacy}))
                     (.close (log/open path {:mode :read})))]
      (if-not (.exists (io/file "/proc/self/fd"))
        (skip "needs /proc to count open files")
        (do (dotimes [_ 10] (round))
            (let [files (open-files), threads (Thread/activeCount)]
              (dotimes [_ (size 200 10000)] (round))
              (is (<= (open-files) (+ 3 files)))
              (is (<= (Thread/activeCount) (+ 2 threads)))))))))
