(ns flumelog.torn-tail-test
  "Opening after a torn tail: what it forces is forced once, and wherever the power goes, the tail is still in the log or all of
   it is in the copy, and nothing lies behind a cut that is not on disk. See ADR 4."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error formats log-in path-in watched with-temp-folder write-bytes!]]
            [flumelog.process :refer [start why-no-strace]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size skip]])
  (:import (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

(defn- cut [^bytes data n] (Arrays/copyOf data (int n)))

(defn- torn-by-a-crash
  "A disk with a log whose writer died within its last append: `:end` is where the log is good up to, `:tail` what follows."
  [options]
  (let [d (disk/disk)
        l (disk/open d file (merge {:codec :utf8 :sync :none} options))
        _ (log/append! l "kept")
        end (:end (log/info l))
        _ (log/sync! l)
        _ (log/append! l "torn in the middle")
        data (cut (disk/contents d file) (+ (long end) 15))]
    {:disk (disk/put-contents (disk/kill d) file data) :options options :end end :tail (vec (drop end data))}))

(defn- torn-by-another-program
  "The same, where the log was closed, and another program has begun an append since."
  [options]
  (let [{:keys [disk tail] :as torn} (torn-by-a-crash options)
        _ (.close (disk/open disk file {:codec :utf8}))
        data (byte-array (concat (disk/contents disk file) tail))]
    (assoc torn :disk (disk/put-contents (atom (update @disk :files dissoc (str file ".torn-" (:end torn)))) file data))))

(defn- torn-head
  "The same, where a protected log was to be made, of which a part of the first frame is there."
  []
  (let [d (disk/disk), options {:codec :utf8 :protect :checked}
        _ (.close (disk/open d file options))
        data (cut (disk/contents d file) 20)]
    {:disk (disk/put-contents (disk/disk) file data) :options options :end 0 :tail (vec data)}))

(defn- all-torn []
  (-> (into {} (for [[n format] (size {"flume 53" {:offset-bits 53}} (assoc formats "room" {:room-bytes 4096}))
                     [who torn] {"a crash" torn-by-a-crash, "another program" torn-by-another-program}]
                 [(str n ", torn by " who) (torn format)]))
      (assoc "the head of a protected log" (torn-head))))

(defn- forced-by-opening [{d :disk :keys [options]}]
  (let [forced (atom [])]
    (.close (log-in (watched (disk/folder d) (fn [op name] (when (= :force op) (swap! forced conj name))))
                    file (merge {:codec :utf8} options)))
    @forced))

(deftest opening-after-a-torn-tail-forces-the-copy-the-log-and-the-checkpoint-once
  (doseq [[what torn] (dissoc (all-torn) "the head of a protected log")]
    (testing what
      (is (= ["a.log.torn-part" "a.log" "a.log.checkpoint"] (forced-by-opening torn))))))

(deftest ^{:ci "runs a JVM under strace"} on-a-file-system-the-folder-is-forced-too-once
  (if-let [reason (why-no-strace)]
    (skip reason)
    (with-temp-folder [folder]
      (let [{:keys [disk]} (torn-by-a-crash {}), path (path-in folder file), trace (path-in folder "trace")
            form `(do (require 'flumelog.core) (.close ((resolve 'flumelog.core/open) ~path)))]
        (doseq [name ["" ".checkpoint"]] (write-bytes! (str path name) (disk/contents disk (str file name))))
        (.waitFor (start ["strace" "-f" "-qq" "-y" "-o" trace "-e" "trace=fsync,fdatasync"] form))
        (is (= [(str path ".torn-part") (str folder) path (str path ".checkpoint")]
               (mapv second (re-seq #"sync\(\d+<([^>]*)>" (slurp trace)))))))))

(defn- in-the-log-or-kept?
  "Whether the log ends with all of the tail, or ends before it and a copy has all of it."
  [d {:keys [end tail]}]
  (let [data (vec (disk/contents d file))]
    (or (= tail (drop end data))
        (some #(= tail (vec (disk/contents d %))) (filter #(re-find #"torn-\d" %) (disk/files d))))))

(deftest wherever-the-power-goes-the-torn-tail-is-in-the-log-or-in-the-copy
  (doseq [[what torn] (all-torn)]
    (testing what
      (loop [call 1]
        (let [d (disk/kill (:disk torn))
              _ (disk/break-at! d call)
              broken (error (.close (disk/open d file (merge {:codec :utf8} (:options torn)))))]
          (swap! d update :files dissoc "a.log.checkpoint")     ; whatever becomes of it
          (doseq [left (disk/every-power-loss d)]
            (is-each (in-the-log-or-kept? left torn) "the power goes at call " call))
          (when broken (recur (inc call))))))))

(defn- cut-not-on-disk? [d]
  (some #(= :truncate (first %)) (:pending (get-in @d [:files file]))))

(deftest nothing-is-written-behind-a-cut-that-is-not-on-disk
  (doseq [[what {d :disk :keys [options end tail]}] (all-torn)]
    (testing what
      (let [written (atom 0)
            before (fn [op name] (when (and (= :append op) (= file name))
                                   (swap! written inc)
                                   (is (not (cut-not-on-disk? d)))))]
        (with-open [l (log-in (watched (disk/folder d) before) file (merge {:codec :utf8 :sync :none} options))]
          (is (= {:tail :torn :cut-bytes (count tail)} (select-keys (log/recovery l) [:tail :cut-bytes])))
          (is (every? #(= (count (disk/contents d file)) (count (disk/contents % file))) (disk/every-power-loss d)) "the cut is on disk")
          (log/append! l "more"))
        (is (pos? (long @written)))
        (is (bytes= (byte-array tail) (disk/contents d (str file ".torn-" end))))))))

(deftest a-new-log-has-lost-nothing
  (doseq [options [{} {:protect :checked} {:protect :sealed}]]
    (with-open [l (disk/open (disk/disk) file options)]
      (is (= {:tail :none :cut-bytes 0} (select-keys (log/recovery l) [:tail :cut-bytes :kept])) (str options)))))
