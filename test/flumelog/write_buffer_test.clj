(ns flumelog.write-buffer-test
  "The write buffer: what it holds is in the log for everybody who reads with this library, and
   goes to the log's file when it is full, synced or closed. What it can't hand over stays in it."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.buffered :refer [buffered file layout length plain side text values-of]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error eventually files-in log-in path-in read-bytes watched with-temp-folder]]
            [flumelog.process :refer [answer kill! start-serving tell!]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.buffer WriteBuffer)
           (flumelog.file LogFolder LogPath SharedMemory)
           (java.nio ByteBuffer)))

(set! *warn-on-reflection* true)

;; Held back

(deftest an-append-is-in-the-log-before-it-is-in-the-file
  (let [d (disk/disk)
        l (disk/open d file buffered)]
    (is (= 0 (log/append! l "hello")))
    (is (= 21 (log/append! l "again")))
    (is (= ["hello" "again"] (into [] l)) "but for the first record, which tells whose buffer it is")
    (is (= "again" (get l 21)) "but for the first record, which tells whose buffer it is")
    (is (= 42 (:end (log/info l))) "but for the first record, which tells whose buffer it is")
    (is (= 21 (length d file)) "but for the first record, which tells whose buffer it is")
    (is (= ["hello" "again"] (values-of d {:codec :utf8 :mode :read})) "also for who only reads")
    (log/sync! l)
    (is (= 42 (length d file)) "a sync hands it over")
    (is (= 21 @(log/durable l)) "a sync hands it over")
    (log/append! l "held")
    (.close l)
    (is (= 62 (length d file)) "as does close, which leaves no buffer")
    (is (= [file "a.log.checkpoint"] (disk/files d)) "as does close, which leaves no buffer")))

(deftest the-file-sees-few-writes
  (let [d (disk/disk)]
    (with-open [l (disk/open d file buffered)]
      (log/append! l (.repeat "x" 84))
      (let [before (disk/calls d :append)]
        (dotimes [_ 99] (log/append! l (.repeat "x" 84)))       ; 100 bytes each
        (is (= 2 (- (disk/calls d :append) before)))
        (is (= (repeat 100 (.repeat "x" 84)) (into [] l)))
        (is (= 10000 (:end (log/info l))))))))

(deftest long-records-go-to-the-file-behind-the-buffered-ones
  (let [d (disk/disk), long-text (.repeat "long" 2000)]
    (with-open [l (disk/open d file buffered)]
      (let [values ["a" long-text "b" (.repeat "c" 1024) "d"]]
        (run! #(log/append! l %) values)
        (is (= values (into [] l)))
        (is (= values (reverse (rseq l))))
        (is (= values (values-of (disk/kill d) plain)))
        (log/append-all! l [long-text "e"])
        (is (= 7 (count (into [] l))))))
    (is (= 7 (count (values-of d plain))))))

(deftest a-thread-that-is-interrupted-appends-all-the-same
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder file) buffered)]
      (.interrupt (Thread/currentThread))
      (let [offsets (mapv #(log/append! l (text %)) (range 50))]
        (is (Thread/interrupted) "and stays interrupted")
        (is (= (map text (range 50)) (map l offsets) (into [] l)))))))

(deftest forced-appends-are-not-buffered
  (let [d (disk/disk)]
    (with-open [l (disk/open d file (assoc buffered :sync :each))]
      (log/append! l "a")
      (is (= 17 (length d file)))
      (is (= [file "a.log.checkpoint"] (disk/files d)))
      (disk/fail! d {:op :append :file #"a.log$" :with :full})
      (is (= :full (error (log/append! l "b"))))
      (is (= ["a"] (into [] l)) "an append that failed has appended nothing"))))

;; The memory itself

(defn- folder-with
  "A folder whose only file is in memory, and whose shared memory is the buffer."
  ^LogFolder [d ^ByteBuffer memory]
  (let [^LogFolder folder (disk/folder d)]
    (reify LogFolder
      (openForWriting [_ name] (.openForWriting folder name))
      (identity [_ name] (.identity folder name))
      (delete [_ _])
      (path [_ name] name)
      (share [_ _ _] (reify SharedMemory (bytes [_] memory) (force [_]))))))

(deftest the-bytes-are-stored-before-they-are-committed
  (let [d (disk/put-contents (disk/disk) file (byte-array 10))
        folder (folder-with d (ByteBuffer/allocateDirect (+ (long (layout :header-bytes)) 100)))
        buffer (WriteBuffer. (LogPath. folder file) (.openForWriting folder file) 10 4096)]
    (.append buffer 10 (ByteBuffer/wrap (byte-array 80 (byte 1))))
    (is (= 90 (.size buffer)))
    (is (thrown? IndexOutOfBoundsException (.append buffer 90 (ByteBuffer/wrap (byte-array 80 (byte 2))))) "no room for them")
    (is (= 90 (.size buffer)))))

(deftest deleted-data-is-in-no-file-after-a-sync
  (with-temp-folder [folder]
    (let [path (path-in folder file), secret "a secret that nobody must find"]
      (with-open [l (log/open path (assoc buffered :write-buffer-bytes 65536))]
        (let [found #(set (for [name (files-in folder)
                                :when (str/includes? (String. (read-bytes (path-in folder name)) "ISO-8859-1") secret)] name))
              _ (log/append! l "before")
              offsets (log/append-all! l ["first" secret "last"])]
          (is (= #{side} (found)))
          (log/sync! l)
          (is (= #{side file} (found)) "the memory is not cleared by each sync")
          (log/delete! l (offsets 1))
          (log/sync! l)
          (is (= #{} (found)))
          (is (= ["before" "first" "last"] (into [] l)))
          (is (= ["before" "first" "last" "more"] (do (log/append! l "more") (into [] l)))))))))

(deftest wiped-memory-is-on-disk-after-a-sync
  (doseq [seed (range (size 20 200))]
    (let [d (disk/disk)
          l (disk/open d file (assoc buffered :codec :bytes))
          secret (byte-array 3000 (byte 115))]
      (log/append! l (byte-array 10 (byte 1)))
      (let [offset (log/append! l (byte-array 900 (byte 115)))]
        (log/append! l secret)
        (log/delete! l offset)
        (log/sync! l)
        (log/append! l (byte-array 5 (byte 2)))
        (let [lost (disk/lose-power d seed)]
          (is (zero? (count (filter #(= 115 %) (disk/contents lost side))))))))))

;; A disk that is full

(deftest a-full-disk-keeps-what-was-appended-and-the-log-goes-on
  (let [d (disk/disk)
        l (disk/open d file buffered)
        values (map text (range 20))
        full? (fn [f] (= :full (error (f))))]
    (log/append! l "first")
    (disk/fail! d {:op :append :file #"a.log$" :with :half :for-ever true})
    (let [taken (vec (take-while #(not (full? (fn [] (log/append! l %)))) values))]
      (is (< 3 (count taken) 20))
      (let [held (cons "first" taken)]
        (is (= held (into [] l)))
        (is (= held (values-of d {:codec :utf8 :mode :read})))
        (testing "a sync fails, and so does the deletion, which needs one; the log does not"
          (is (full? #(log/sync! l)))
          (is (full? #(log/delete! l 0)))
          (is (= -1 @(log/durable l)))
          (is (= held (into [] l))))
        (testing "nothing is lost when the process is killed now"
          (is (= held (values-of (disk/kill d) plain))))
        (disk/heal! d)
        (is (= (:end (log/info l)) (log/append! l "room again")))
        (log/sync! l)
        (is (= @(log/since l) @(log/durable l)))
        (.close l)
        (is (= (concat held ["room again"]) (values-of (disk/kill d) plain)))))))

(deftest close-on-a-full-disk-leaves-the-buffer-for-the-next-open
  (let [d (disk/disk)
        l (disk/open d file buffered)]
    (log/append! l "a")
    (log/append! l "b")
    (disk/fail! d {:op :append :file #"a.log$" :with :full :for-ever true})
    (is (= :full (error (.close l))))
    (is (= :closed (error (log/append! l "c"))))
    (is (= :closed (error (into [] l))))
    (is (= ["a" "b"] (values-of d {:codec :utf8 :mode :read})))
    (is (= :full (error (disk/open d file plain))) "there is no room for what is left either")
    (disk/heal! d)
    (is (= ["a" "b"] (values-of d plain)))))

(deftest a-background-sync-tries-again-when-the-disk-was-full
  (let [d (disk/disk)]
    (with-open [l (disk/open d file (assoc buffered :sync {:every-ms 5}))]
      (log/append! l "a")
      (log/sync! l)
      (disk/fail! d {:op :append :file #"a.log$" :with :full})
      (log/append! l "b")
      (is (= 17 (log/await-since l 17 0)))
      (is (eventually #(= 17 @(log/durable l)))))))

(deftest a-buffer-that-has-no-room-is-a-full-disk
  (let [d (disk/disk)]
    (with-open [l (disk/open d file buffered)]
      (log/append! l "first")
      (disk/fail! d {:op :open :file #"buffer" :with :full})
      (is (= :full (error (log/append! l "a"))))
      (is (= 21 (log/append! l "b")))
      (is (= ["first" "b"] (into [] l))))))

(deftest a-batch-that-fails-halfway-leaves-what-was-held
  (let [d (disk/disk)]
    (with-open [l (disk/open d file (assoc buffered :write-buffer-bytes 8388608))]   ; holds back a MiB of a batch at a time
      (log/append! l "kept")
      (let [big (.repeat "b" 1500000)]
        (disk/fail! d {:op :append :file #"a.log$" :with :full :for-ever true})
        (is (= :full (error (log/append-all! l (repeat 10 big)))))
        (is (= ["kept"] (into [] l)))
        (is (= ["kept"] (values-of d {:codec :utf8 :mode :read})))
        (is (= ["kept"] (values-of (disk/kill d) plain)))
        (disk/heal! d)
        (is (= 20 (log/append! l "more")))
        (is (= ["kept" "more"] (into [] l)))))
    (is (= ["kept" "more"] (values-of d plain)))))

;; Readers

(deftest a-reader-in-another-process-sees-every-append-at-once
  (with-temp-folder [folder]
    (let [path (path-in folder file), child (start-serving)
          ask #(do (tell! child %) (answer child))]
      (try
        (ask `(do (def ~'l (log/open ~path ~(assoc buffered :sync {:every-ms 20}))) nil))
        (with-open [r (log/open path {:codec :utf8 :mode :read})]
          (doseq [n (range (size 60 1000))]
            (let [[_ offset] (ask `(log/append! ~'l ~(text n)))]
              (is-each (= (text n) (get r offset)) "record " n)))
          (let [wanted (map text (range (size 60 1000)))]
            (is (= wanted (into [] r)))
            (is (= wanted (reverse (rseq r))))
            (testing "also when the log is closed and opened again"
              (is (= [:ok "last"] (ask `(do (.close ~'l)
                                            (with-open [l# (log/open ~path ~buffered)] (log/append! l# "one more"))
                                            (def ~'l (log/open ~path ~buffered))
                                            (log/append! ~'l "last")
                                            "last"))))
              (is (= (concat wanted ["one more" "last"]) (into [] r))))))
        (finally (kill! child))))))

(deftest a-reader-reads-again-when-the-buffer-was-drained-meanwhile
  ;; In the format without trailers a frame of the same length looks whole at any place.
  (doseq [k (range 1 50), format [{} {:framing :legacy}]]
    (let [d (disk/disk)
          w (disk/open d file (merge buffered format))
          reads (atom 0)
          meanwhile (fn [op name] (when (and (= [:read side] [op name]) (= k (swap! reads inc)))
                                    (log/sync! w)
                                    (log/append! w "third")))
          _ (log/append! w "first")
          second-at (log/append! w "old value")]
      (testing (str "at read " k " of the buffer, " format)
        (with-open [r (log-in (watched (disk/folder d) meanwhile) file {:codec :utf8 :mode :read :cache-blocks 0})]
          (is (<= 2 (:frames (log/recovery r))))
          (is (= "first" (get r 0)))
          (is (= "old value" (get r second-at)))
          (is (= ["first" "old value"] (take 2 r)))
          (is (< 20 @reads)))))))

(deftest a-reader-sees-a-growing-log-and-never-a-wrong-byte
  (with-temp-folder [folder]
    (let [path (path-in folder file), n (size 20000 500000)
          writer (future (with-open [l (log/open path buffered)] (dotimes [i n] (log/append! l (text i)))))]
      (eventually #(.exists (io/file path)))
      (with-open [r (log/open path {:codec :utf8 :mode :read :cache-blocks 0})]
        (loop [seen (long 0)]
          (let [done (realized? writer)
                now (reduce (fn [i value] (if (= value (text i)) (inc (long i)) (reduced [:wrong i value]))) 0 r)]
            (cond
              (vector? now) (is (= :right now))
              (< (long now) (long seen)) (is (<= seen now) "a reader loses records")
              (not done) (recur (long now))
              :else (is (= n now)))))
        (is (nil? @writer))))))
