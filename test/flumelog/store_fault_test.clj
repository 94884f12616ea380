(ns flumelog.store-fault-test
  "Stores to the memory of a write buffer that do not happen: a page needs a block that a full disk has not, the file was
   cut, or nothing can be mapped. The append fails with a sentence or goes another way; nothing is built on what is missing."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.buffered :refer [buffered file layout plain side values-of]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error log-in path-in with-temp-folder]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.file LogFolder NotMappable SharedMemory)
           (flumelog.error LogException)
           (java.io IOException RandomAccessFile)
           (java.util Random)))

(set! *warn-on-reflection* true)

;; Memory that refuses stores

(defn- refusing
  "Shared memory in which a store that touches the file between `from` and `to` does not happen, as on a full disk; the atom
   holds them, or nil while there is room."
  ^SharedMemory [^SharedMemory memory refused]
  (let [refuses? (fn [at n] (when-let [[from to] @refused] (and (< (long at) (long to)) (< (long from) (+ (long at) (long n))))))]
    (reify SharedMemory
      (bytes [_] (.bytes memory))
      (force [_] (.force memory))
      (put [_ at from] (when-not (refuses? at (.remaining from)) (.put (.bytes memory) (int at) from (.position from) (.remaining from))))
      (putLong [_ at value] (when-not (refuses? at 8) (.putLong (.bytes memory) (int at) value)))
      (write [_ at from]
        (when (refuses? at (.remaining from)) (throw (IOException. "No space left on device")))
        (.put (.bytes memory) (int at) from (.position from) (.remaining from)))
      (isWhole [_] true))))

(defn- folder-of
  "The folder of a disk; its shared memory goes through `(share make)`."
  ^LogFolder [d share]
  (let [^LogFolder folder (disk/folder d)]
    (reify LogFolder
      (openForReading [_ name] (.openForReading folder name))
      (openForWriting [_ name] (.openForWriting folder name))
      (exists [_ name] (.exists folder name))
      (rename [_ from to] (.rename folder from to))
      (delete [_ name] (.delete folder name))
      (share [_ name n] (share #(.share folder name n)))
      (identity [_ name] (.identity folder name))
      (boot [_] (.boot folder))
      (lock [_ name file] (.lock folder name file))
      (path [_ name] (.path folder name)))))

(defn- text [n] (format "record %06d %s" n (.repeat "x" 80)))

(defn- append-some!
  "Tries to append these numbers; [those that were acknowledged, what the others failed with]."
  [l numbers]
  (let [outcomes (map (fn [n] [n (error (log/append! l (text n)))]) numbers)]
    [(keep (fn [[n failure]] (when-not failure (text n))) outcomes) (set (keep second outcomes))]))

(deftest a-store-that-did-not-happen-is-reported-as-a-full-disk
  (doseq [framing [:flume :legacy]
          [what refused] (let [{:keys [base commit header-bytes]} layout, end 1000000]
                           {"all of the memory" [0 end]
                            "the header"        [0 header-bytes]
                            "the base"          [base commit]
                            "the commit"        [commit (+ 8 (long commit))]
                            "the bytes"         [header-bytes end]
                            "the last bytes"    [3000 end]})]
    (testing (str framing " " what)
      (let [d (disk/disk), room (atom nil)
            l (log-in (folder-of d #(refusing (%) room)) file (assoc buffered :framing framing :write-buffer-bytes 8192))
            [first-ones] (doall (append-some! l (range 30)))]
        (is (= 30 (count first-ones)))
        (reset! room refused)
        (let [[more failures] (append-some! l (range 100 200))
              held (concat first-ones more)]
          (is (contains? #{#{} #{:full}} failures))
          (is (= held (into [] l)))
          (is (= held (values-of (disk/kill d) plain)) "nothing that was acknowledged is lost by a kill")
          (is (contains? #{nil :full} (error (log/sync! l))))
          (is (= held (values-of (disk/kill d) plain)))
          (reset! room nil)
          (let [[again failures] (append-some! l (range 300 400))]
            (is (= 100 (count again)) "it goes on when there is room")
            (is (= #{} failures) "it goes on when there is room")
            (log/sync! l)
            (.close l)
            (is (= (concat held again) (values-of d plain)))
            (is (not-any? #{side} (disk/files d)))))))))

(deftest room-that-comes-and-goes-loses-nothing
  (dotimes [seed (size 30 600)]
    (let [random (Random. seed), d (disk/disk), room (atom nil), held (atom [])
          l (log-in (folder-of d #(refusing (%) room)) file (assoc buffered :framing (if (even? seed) :flume :legacy)))]
      (testing (str "seed " seed)
        (dotimes [n 150]
          (case (.nextInt random 12)
            0 (reset! room (let [from (.nextInt random 4600)] [from (+ from (.nextInt random 3000))]))
            1 (reset! room nil)
            2 (error (log/sync! l))
            3 (error (log/append-all! l (repeat 3 (.repeat "b" (.nextInt random 3000)))))
            (let [value (.repeat (str (char (+ 97 (rem n 26)))) (inc (.nextInt random 700)))]
              (error (log/append! l value))))
          (reset! held (into [] l)))
        (is (= @held (values-of (disk/kill d) plain)))
        (reset! room nil)
        (is (nil? (error (log/sync! l))))
        (is (nil? (error (.close l))))
        (is (= @held (values-of d plain)))))))

(deftest a-buffer-that-cannot-be-wiped-is-removed
  (let [d (disk/disk), room (atom nil)
        l (log-in (folder-of d #(refusing (%) room)) file buffered)]
    (log/append-all! l ["first" "secret"])
    (log/sync! l)
    (reset! room [(layout :header-bytes) 1000000])
    (log/delete! l 21)
    (is (not-any? #(str/includes? (String. (disk/contents d %) "ISO-8859-1") "secret") (disk/files d)))
    (reset! room nil)
    (is (= ["first" "more"] (do (log/append! l "more") (into [] l))))
    (.close l)))

;; A real file

(deftest a-write-buffer-that-is-cut-loses-nothing
  (doseq [framing [:flume :legacy], before [20 (size 500 30000)], cut [0 100 600 4096 10000]]
    (testing (str framing " " before " records, cut to " cut)
      (with-temp-folder [folder]
        (let [path (path-in folder file)
              l (log/open path {:codec :utf8 :sync :none :write-buffer-bytes 65536 :framing framing})
              [held] (doall (append-some! l (range before)))]
          (with-open [f (RandomAccessFile. (str path ".buffer") "rw")] (.setLength f cut))
          (let [outcomes (mapv (fn [n] (try (log/append! l (text n)) nil (catch LogException e e))) (range 50000 50700))
                failures (remove nil? outcomes)
                held (concat held (keep-indexed (fn [i e] (when-not e (text (+ 50000 (long i))))) outcomes))]
            (is (= [:failed] (map (comp :flumelog/error ex-data) failures)))
            (is (str/includes? (ex-message (first failures)) (str path ".buffer")))
            (is (= held (into [] l)))
            (is (nil? (error (log/sync! l))))
            (is (nil? (error (.close l))))
            (is (= held (with-open [l (log/open path plain)] (into [] l))))
            (is (not (.exists (io/file (str path ".buffer")))))))))))

(deftest records-of-a-cut-buffer-can-be-read-synced-and-deleted
  (doseq [cut [0 600], [what f] {"get" #(is (= (text 0) (get % 0))), "sync" #(log/sync! %), "close" #(.close ^java.io.Closeable %)
                                 "delete" #(log/delete! % (first (log/offsets %)))}]
    (testing (str what ", cut to " cut)
      (with-temp-folder [folder]
        (let [path (path-in folder file)
              l (log/open path (assoc buffered :write-buffer-bytes 65536))]
          (dotimes [n 100] (log/append! l (text n)))
          (with-open [f (RandomAccessFile. (str path ".buffer") "rw")] (.setLength f cut))
          (f l)
          (.close l)
          (is (= (map text (range (if (= "delete" what) 1 0) 100)) (with-open [l (log/open path plain)] (into [] l)))))))))

;; Where nothing can be mapped

(deftest without-mapping-appends-are-not-buffered
  (let [d (disk/disk), asked (atom 0)]
    (with-open [l (log-in (folder-of d (fn [_] (swap! asked inc) (throw (NotMappable. "No such device")))) file buffered)]
      (is (nil? (:write-buffer-off (log/info l))))
      (is (= [0 17] (mapv #(log/append! l %) ["a" "b"])))
      (is (= ["a" "b"] (into [] l)))
      (is (= ["a" "b"] (values-of (disk/kill d) plain)))
      (is (= "No such device" (:write-buffer-off (log/info l))))
      (log/sync! l))
    (is (= 1 @asked) "it is tried once")
    (is (= ["a" "b"] (values-of d plain)))))
