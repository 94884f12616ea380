(ns flumelog.count-test
  "The number of records is right after whatever has happened to the log, also where a checkpoint tells it."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.child :refer [say!]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.process :refer [answer kill! tell! with-fresh-children]]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (java.io RandomAccessFile)))

(set! *warn-on-reflection* true)

(defn- walked
  "The number of records, by a walk over them."
  [l]
  (reduce (fn [n _] (inc (long n))) 0 (log/offsets l)))

(defn- delete-nth! [l n]
  (let [offsets (into [] (log/offsets l))]
    (when (seq offsets) (log/delete! l (nth offsets (rem (long n) (count offsets)))))))

(def ^:private gen-action
  (gen/frequency [[4 (gen/fmap #(vector :append %) (gen/choose 1 5))] [4 (gen/fmap #(vector :delete %) gen/nat)]
                  [2 (gen/return [:count])] [2 (gen/elements [[:reopen {}] [:reopen {:write-buffer-bytes 4096}] [:reopen {:room-bytes 4096}]])]
                  [1 (gen/return [:read])]]))

(defspec the-count-is-that-of-a-walk (size 20 400)
  (prop/for-all [actions (gen/vector gen-action 1 30)]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log")
            same? #(= (walked %) (log/count %))
            act (fn [^LogCollection l [action argument]]
                  (case action
                    :append (do (log/append-all! l (range argument)) l)
                    :delete (do (delete-nth! l argument) l)
                    :count  (do (assert (same? l)) l)
                    :reopen (do (log/close! l) (log/open path argument))
                    :read   (do (with-open [r (log/open path {:mode :read})] (assert (same? r))) l)))]
        (with-open [l ^LogCollection (reduce act (log/open path) actions)]
          (same? l))))))

(def ^:private settles-ms "After which a checkpoint believes that a file has not changed since it was closed." 1100)

(defn- count-of
  "The count of the log in the file, and whether the log was read for it."
  [path options]
  (let [told (atom [])]
    (with-open [l (log/open path options)]
      [(log/count l {:progress #(swap! told conj (:phase %))}) (if (seq @told) :read :known)])))

(deftest a-log-that-was-counted-once-knows-its-count
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path)]
        (log/append-all! l (range 10))
        (log/delete! l [17 34])
        (is (= 8 (log/count l))))
      (Thread/sleep (long settles-ms))
      (is (= [8 :known] (count-of path {:mode :read}) (count-of path {}) (count-of path {:mode :read})))
      (testing "until another program has changed the file"
        (with-open [file (RandomAccessFile. ^String path "rw")]
          (.seek file 55)
          (.write file (byte-array 1)))
        (Thread/sleep (long settles-ms))
        (is (= [7 :read] (count-of path {:mode :read}) (count-of path {})))
        (is (= [7 :known] (count-of path {:mode :read})) "a writer leaves what it has counted"))
      (testing "or the checkpoint is gone"
        (io/delete-file (str path ".checkpoint"))
        (is (= [7 :read] (count-of path {})))))))

(deftest a-count-beside-deletions-is-right-afterwards
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:sync :none})]
      (let [offsets (log/append-all! l (range 2000))]
        (log/close! l)
        (with-open [l (log/open (path-in folder "a.log") {:sync :none})]
          (let [deleting (future (run! #(log/delete! l %) (take-nth 5 offsets)))]
            (dotimes [_ 20] (is (<= 1600 (log/count l) 2000)))
            @deleting
            (is (= 1600 (log/count l) (walked l)))))))))

(defn work-until-killed
  "Deletes and appends records, counts them, and opens the log again; says what count is wrong."
  [path]
  (say! :open)
  (while true
    (with-open [l (log/open path)]
      (dotimes [n 20]
        (log/append! l n)
        (delete-nth! l (* 7 n))
        (when (not= (walked l) (log/count l)) (say! :wrong))))
    (Thread/sleep 30)))

(deftest ^{:ci "starts several JVMs"} after-a-kill-the-count-is-right
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path)] (log/append-all! l (range 3000)))
      (with-fresh-children (size 1 20)
        (fn [n child]
          (tell! child (list 'do '(require 'flumelog.count-test) (list 'flumelog.count-test/work-until-killed path)))
          (is (= :open (answer child)))
          (Thread/sleep (long (+ 150 (* 31 (rem (* 7 (long n)) 23)))))
          (kill! child)
          (is (nil? (answer child)) "it found nothing wrong")
          (Thread/sleep (long settles-ms))
          (doseq [options [{:mode :read} {}]]
            (with-open [l (log/open path options)]
              (is (= (walked l) (log/count l)) options))))))))

(deftest other-logs-are-counted-too
  (with-open [l (memory/open)]
    (log/append-all! l [1 2 3])
    (log/delete! l 0)
    (is (= 2 (log/count l)))
    (is (= :bad-option (error (log/count l {:progess 1})) (error (log/count "no log"))))))
