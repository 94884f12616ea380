(ns flumelog.write-buffer-kill-test
  "A write buffer that a killed process or a power loss left: the next open finds what it holds, and believes it only where
   it is whole and fits the log."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.buffered :refer [buffered file layout length plain side text values-of]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= contents-of error path-in with-temp-folder]]
            [flumelog.process :refer [answer kill! start-serving tell!]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.error LogException)
           (flumelog.log LogOptions Repair Verification)
           (java.nio ByteBuffer)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(deftest opening-after-a-kill-finds-every-record
  (doseq [options [buffered plain (assoc buffered :write-buffer-bytes 65536)]]
    (let [d (disk/disk)
          l (disk/open d file buffered)]
      (log/append-all! l ["a" "b"])
      (log/sync! l)
      (log/append! l "c")
      (let [left (disk/kill d)]
        (is (= ["a" "b" "c"] (values-of left {:codec :utf8 :mode :read})))
        (is (= 34 (length left file)) "to read changes nothing")
        (is (= {"frames" 3, "ok" true} (select-keys (Verification/run (disk/folder left) file (LogOptions/of {})) ["frames" "ok"])))
        (with-open [l (disk/open left file options)]
          (is (= ["a" "b" "c"] (into [] l)))
          (is (= 34 @(log/durable l)))
          (is (= {:tail :none, :buffered-bytes 17} (select-keys (log/recovery l) [:tail :buffered-bytes :kept-buffer]))
              "and nothing is set aside"))
        (is (= 51 (length left file)))
        (is (= [file "a.log.checkpoint"] (disk/files left)))
        (with-open [l (disk/open left file options)]
          (is (nil? (:buffered-bytes (log/recovery l))))
          (is (= ["a" "b" "c"] (into [] l))))))))

(defn- left-by
  "The disk that a process leaves which has appended these values, the last ones not handed over."
  [handed-over held]
  (let [d (disk/disk)
        l (disk/open d file buffered)]
    (when (seq handed-over) (log/append-all! l handed-over))
    (log/sync! l)
    (when (seq held) (log/append-all! l held))
    (disk/kill d)))

(deftest repairs-of-a-damaged-log-include-the-buffer
  (let [long-text (.repeat "x" 600)                           ; further below what is held than it is looked at
        left (left-by ["a" "b" long-text] ["c"])
        damaged (doto ^bytes (disk/contents left file) (aset 20 (byte 9)))]
    (disk/put-contents left file damaged)
    (is (= :corrupt (error (disk/open left file plain))))
    (testing "salvage"
      (is (= {"frames" 3, "end" 650} (select-keys (Repair/salvage (disk/folder left) file (disk/folder left) "saved.log" (LogOptions/of {}))
                                                  ["frames" "end"])))
      (with-open [l (disk/open left "saved.log" plain)] (is (= ["a" long-text "c"] (into [] l)))))
    (testing "recover!"
      (Repair/recover (disk/folder left) file (LogOptions/of {}) 17)
      (is (= 650 (length left "a.log.torn-17")))
      (is (= ["a"] (values-of left plain))))))

(deftest a-drain-that-a-kill-cut-short-is-done-again
  (let [left (left-by ["a"] ["b" "c" "d"])
        whole (with-open [l (disk/open (disk/kill left) file plain)] (into [] (log/entries l)))
        bytes (let [again (disk/kill left)] (.close (disk/open again file plain)) (disk/contents again file))
        cut (fn [n more] (let [d (disk/kill left)]
                           (swap! d update-in [:files file]
                                  #(assoc % :now (Arrays/copyOf (Arrays/copyOf ^bytes bytes (int n)) (int (+ n more)))))
                           d))]
    (is (= 4 (count whole)))
    (doseq [n (range 17 (inc (alength ^bytes bytes))), zeros [0 1 5000]]
      (testing (str n " bytes are in the file, and " zeros " zeros")
        (let [d (cut n zeros)]
          (is-each (= (map val whole) (values-of (disk/kill d) {:codec :utf8 :mode :read})) "for a reader")
          (with-open [l (disk/open d file plain)]
            (is-each (= whole (into [] (log/entries l))) "for a writer")
            (is (nil? (:kept-buffer (log/recovery l))))))))))

(defn- store-at! [disk name at & values]
  (let [data (disk/contents disk name)]
    (doseq [[i value] (map-indexed vector values)] (aset data (int (+ at i)) (unchecked-byte value)))
    (swap! disk assoc-in [:files name :now] data)
    disk))

(def ^:private held-bytes "What two records of one byte take in the buffer." 34)

(defn- of-the-commit? [at]
  (<= (long (layout :commit)) (long at) (+ 7 (long (layout :commit)))))

(deftest a-buffer-torn-by-a-power-loss-is-set-aside
  (doseq [at (concat (range (layout :before) (+ 8 (long (layout :commit))))
                     (range (layout :header-bytes) (+ (long (layout :header-bytes)) (long held-bytes))))]
    (testing (str "byte " at)
      (let [left (left-by ["a"] ["b" "c"])
            wrong (bit-xor 1 (aget (disk/contents left side) (int at)))]
        (store-at! left side at wrong)
        (is (= ["a"] (values-of left {:codec :utf8 :mode :read})))
        (let [before (disk/contents left side)]
          (with-open [l (disk/open left file buffered)]
            (is (= ["a"] (into [] l)))
            (is (nil? (:buffered-bytes (log/recovery l))))
            (when-let [kept (:kept-buffer (log/recovery l))]
              (is (str/starts-with? kept (str side "-")))
              (is (bytes= before (disk/contents left kept)))
              (is (= 17 (log/append! l "goes on"))))))
        (when-not (of-the-commit? at)
          (is (some #(str/starts-with? % (str side "-")) (disk/files left)) "it may have held more than the log"))))))

(deftest a-buffer-that-was-cut-is-set-aside
  (doseq [n (let [header-bytes (long (layout :header-bytes))]
              (concat (range 40) (range (- header-bytes 7) (+ header-bytes (long held-bytes) 1) 3)))]
    (let [left (left-by ["a"] ["b" "c"])]
      (swap! left update-in [:files side :now] #(Arrays/copyOf ^bytes % (int n)))
      (is (= ["a"] (values-of left {:codec :utf8 :mode :read})) (str n " bytes"))
      (is (= ["a"] (values-of left buffered)) (str n " bytes")))))

(deftest a-buffer-does-not-fit-where-somebody-changed-the-log
  (let [frame (fn [value at] (let [n (count value), out (ByteBuffer/allocate (+ 16 n))]
                               (.putInt out n) (.put out (.getBytes ^String value)) (.putInt out n)
                               (.array (.putLong out (+ at 16 n)))))
        with-log (fn [d ^bytes data] (swap! d assoc-in [:files file :now] data) d)
        concat-bytes (fn [& parts] (byte-array (mapcat seq parts)))
        a (frame "a" 0)]
    (doseq [[what data found] [["cut" (byte-array 0) []]
                               ["appended to" (concat-bytes a (frame "theirs" 17)) ["a" "theirs"]]
                               ["appended to, like ours at first" (concat-bytes a (frame "B" 17)) ["a" "B"]]]]
      (testing what
        (let [left (with-log (left-by ["a"] ["b" "c"]) data)]
          (is (= found (values-of left {:codec :utf8 :mode :read})))
          (with-open [l (disk/open left file plain)]
            (is (= found (into [] l)))
            (is (= "a.log.buffer-17" (:kept-buffer (log/recovery l)))))
          (with-open [l (disk/open left file buffered)]
            (is (= found (into [] l)))
            (is (nil? (:kept-buffer (log/recovery l))) "there is nothing more to set aside")))))
    (testing "but it does where somebody appended behind all of it"
      (let [left (with-log (left-by ["a"] ["b"]) (concat-bytes a (frame "b" 17) (frame "c" 34)))]
        (is (= ["a" "b" "c"] (values-of left {:codec :utf8 :mode :read})))
        (is (= ["a" "b" "c"] (values-of left plain)))))
    (testing "and where the log is another file, with the same content"
      (let [left (left-by ["a"] ["b"])]
        (swap! left assoc-in [:files file :id] 12345)
        (is (= ["a" "b"] (values-of left {:codec :utf8 :mode :read})))
        (is (= ["a" "b"] (values-of left plain)))))
    (testing "but not where it is another log of the same length"
      (let [left (with-log (left-by ["a"] ["b"]) (frame "A" 0))]
        (with-open [l (disk/open left file {:codec :utf8 :mode :read})]
          (is (= ["A"] (into [] l)))
          (is (= [side] (filter #{side} (map :file (:given-up (log/recovery l)))))))
        (is (= ["A"] (values-of left plain)))
        (is (some #{"a.log.buffer-17"} (disk/files left)))))))

(deftest durable-records-are-never-set-aside-as-a-buffer
  (let [d (disk/disk)
        l (disk/open d file buffered)
        secret (log/append! l "secret")]
    (log/append! l "b")
    (let [old (disk/contents d side)]                           ; may be what the disk has after a power loss
      (log/sync! l)
      (log/delete! l secret)
      (log/sync! l)
      (let [left (disk/kill d)]
        (swap! left assoc-in [:files side :now] old)
        (is (= ["b"] (values-of left {:codec :utf8 :mode :read})))
        (is (= ["b"] (values-of left plain)))
        (is (= [file "a.log.checkpoint" "a.log.deletions"] (disk/files left)))))))

(deftest a-process-may-be-killed-before-any-call
  (doseq [room-bytes [nil 4096], call (range 1 80)]
    (let [d (disk/disk), acknowledged (atom [])]
      (disk/break-at! d call)
      (error (let [l (disk/open d file (assoc buffered :room-bytes room-bytes))]
               (dotimes [n 12]
                 (let [text (str n (.repeat "x" 900))]
                   (log/append! l text)
                   (swap! acknowledged conj text)
                   (when (#{2 5} n) (log/sync! l))))))
      (is (= @acknowledged (take (count @acknowledged) (values-of (disk/kill d) plain))) (pr-str room-bytes call)))))

(deftest a-log-that-is-refused-is-not-written-to
  (with-temp-folder [folder]
    (let [path (path-in folder file), child (start-serving)]
      (try
        (tell! child `(let [l# (log/open ~path ~buffered)] (log/append! l# "first") (log/append! l# "held")))
        (is (= [:ok 21] (answer child)))
        (is (= :locked (error (log/open path))))
        (finally (kill! child)))
      (let [before (contents-of folder)]
        (is (contains? before side))
        (is (= :wrong-format (error (log/open path {:offset-bits 32}))))
        (is (= :wrong-format (error (log/open path {:framing :legacy}))))
        (is (= before (contents-of folder))))
      (with-open [l (log/open path plain)] (is (= ["first" "held"] (into [] l)))))))

(defn- acknowledged-before
  "What a history had acknowledged when the power of the disk went at the k-th call; and whether it went at all."
  [d k]
  (let [acknowledged (atom [])]
    (disk/break-at! d k)
    (try
      (let [l (disk/open d file buffered)]
        (doseq [n (range 30)]
          (swap! acknowledged conj [(log/append! l (text n)) (text n)])
          (when (= 11 n) (log/sync! l))
          (when (= 17 n)
            (log/append! l (.repeat "x" 5000))
            (let [[doomed] (peek @acknowledged)]
              (swap! acknowledged pop)
              (log/delete! l doomed))))
        (.close l)
        [@acknowledged false])
      (catch LogException _ [@acknowledged true]))))

(deftest a-process-killed-at-any-call-loses-nothing
  (loop [k 1]
    (let [d (disk/disk)
          [acknowledged broken] (acknowledged-before d k)
          left (disk/kill d)
          reading (when (contains? (set (disk/files left)) file)
                    (with-open [l (disk/open left file {:codec :utf8 :mode :read})] (set (log/entries l))))
          again (disk/kill left)]
      (testing (str "call " k)
        (is (every? (or reading #{}) acknowledged))
        (testing "nor where recovery is killed too"
          (loop [j (long 1)]
            (let [twice (disk/kill again)]
              (disk/break-at! twice j)
              (let [failed (error (.close (disk/open twice file plain)))]
                (is-each (every? (with-open [l (disk/open (disk/kill twice) file plain)] (set (log/entries l))) acknowledged)
                         "recovery, call " j)
                (when (and failed (< j 100)) (recur (+ j (long (size 5 1))))))))))
      (when broken (recur (inc k))))))
