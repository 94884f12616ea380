(ns flumelog.write-buffer-test
  "The write buffer: what it holds is in the log for everybody who reads with this library, survives a killed process, and
   goes to the log's file when it is full, synced or closed. What it can't hand over stays in it."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error files-in log-in path-in read-bytes watched with-temp-folder]]
            [flumelog.process :refer [answer kill! start-serving tell!]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (flumelog.file LogFile LogFolder SharedMemory WriteBuffer)
           (flumelog.log LogOptions Repair Verification)
           (java.nio ByteBuffer)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")
(def ^:private side "a.log.buffer")
(def ^:private buffered {:codec :utf8 :sync :none :write-buffer-bytes 4096})
(def ^:private plain {:codec :utf8})

(defn- text [n] (str n (.repeat "." (rem (* 37 (long n)) 900))))

(defn- values-of [disk options]
  (with-open [l (disk/open disk file options)] (into [] l)))

(defn- length [disk name] (alength (disk/contents disk name)))

;; Held back

(deftest what-is-appended-is-in-the-log-before-it-is-in-the-file
  (let [d (disk/disk)
        l (disk/open d file buffered)]
    (is (= [0 21] [(log/append! l "hello") (log/append! l "again")]))
    (is (= [["hello" "again"] "again" 42 0] [(into [] l) (get l 21) (:end (log/info l)) (length d file)]))
    (is (= ["hello" "again"] (values-of d {:codec :utf8 :mode :read})) "also for who only reads")
    (log/sync! l)
    (is (= [42 21] [(length d file) @(log/durable l)]) "a sync hands it over")
    (log/append! l "held")
    (.close l)
    (is (= [62 [file "a.log.checkpoint"]] [(length d file) (disk/files d)]) "as does close, which leaves no buffer")))

(deftest the-file-sees-few-writes
  (let [d (disk/disk)]
    (with-open [l (disk/open d file buffered)]
      (let [before (disk/calls d :append)]
        (dotimes [_ 100] (log/append! l (.repeat "x" 84)))      ; 100 bytes each
        (is (= 2 (- (disk/calls d :append) before)))
        (is (= [(repeat 100 (.repeat "x" 84)) 10000] [(into [] l) (:end (log/info l))]))))))

(deftest long-records-go-straight-to-the-file-behind-what-is-held
  (let [d (disk/disk), long-text (.repeat "long" 2000)]
    (with-open [l (disk/open d file buffered)]
      (let [values ["a" long-text "b" (.repeat "c" 1024) "d"]]
        (run! #(log/append! l %) values)
        (is (= values (into [] l) (reverse (rseq l))))
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

(deftest what-is-to-be-on-disk-at-once-is-not-held-back
  (let [d (disk/disk)]
    (with-open [l (disk/open d file (assoc buffered :sync :each))]
      (log/append! l "a")
      (is (= [17 [file "a.log.checkpoint"]] [(length d file) (disk/files d)]))
      (disk/fail! d {:op :append :file #"a.log$" :with :full})
      (is (= :full (error (log/append! l "b"))))
      (is (= ["a"] (into [] l)) "an append that failed has appended nothing"))))

;; Left behind by a killed process

(deftest whoever-opens-the-log-after-a-kill-finds-all-of-it
  (doseq [options [buffered plain (assoc buffered :write-buffer-bytes 65536)]]
    (let [d (disk/disk)
          l (disk/open d file buffered)]
      (log/append-all! l ["a" "b"])
      (log/sync! l)
      (log/append! l "c")
      (let [left (disk/kill d)]
        (is (= ["a" "b" "c"] (values-of left {:codec :utf8 :mode :read})))
        (is (= 34 (length left file)) "to read changes nothing")
        (is (= {"frames" 3, "ok" true} (select-keys (Verification/of (disk/folder left) file (LogOptions/of {})) ["frames" "ok"])))
        (with-open [l (disk/open left file options)]
          (is (= [["a" "b" "c"] 34] [(into [] l) @(log/durable l)]))
          (is (= [:none 17 nil] ((juxt :tail :buffered-bytes :kept-buffer) (log/recovery l)))))
        (is (= [51 [file "a.log.checkpoint"]] [(length left file) (disk/files left)]))
        (with-open [l (disk/open left file options)]
          (is (= [nil ["a" "b" "c"]] [(:buffered-bytes (log/recovery l)) (into [] l)])))))))

(defn- left-by
  "The disk that a process leaves which has appended these values, the last ones not handed over."
  [handed-over held]
  (let [d (disk/disk)
        l (disk/open d file buffered)]
    (when (seq handed-over) (log/append-all! l handed-over))
    (log/sync! l)
    (when (seq held) (log/append-all! l held))
    (disk/kill d)))

(deftest damaged-logs-are-repaired-with-what-is-held
  (let [left (left-by ["a" "b"] ["c"])
        damaged (doto ^bytes (disk/contents left file) (aset 20 (byte 9)))]
    (disk/put-contents left file damaged)
    (swap! left assoc-in [:files file :id] (hash file))
    (is (= :corrupt (error (disk/open left file plain))))
    (testing "salvage"
      (is (= {"frames" 2, "end" 34} (select-keys (Repair/salvage (disk/folder left) file (disk/folder left) "saved.log" (LogOptions/of {}))
                                                 ["frames" "end"])))
      (with-open [l (disk/open left "saved.log" plain)] (is (= ["a" "c"] (into [] l)))))
    (testing "recover!"
      (Repair/recover (disk/folder left) file (LogOptions/of {}) 17)
      (is (= 34 (length left "a.log.torn-17")))
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
          (when-not (= (map val whole) (values-of (disk/kill d) {:codec :utf8 :mode :read})) (is false "read"))
          (with-open [l (disk/open d file plain)]
            (when-not (= whole (into [] (log/entries l))) (is false (into [] l)))
            (is (nil? (:kept-buffer (log/recovery l))))))))))

(defn- store-at! [disk name at & values]
  (let [data (disk/contents disk name)]
    (doseq [[i value] (map-indexed vector values)] (aset data (int (+ at i)) (unchecked-byte value)))
    (swap! disk assoc-in [:files name :now] data)
    disk))

(deftest a-buffer-that-was-torn-by-a-power-loss-is-kept-and-not-believed
  (doseq [at (concat (range 8 32) (range 512 (+ 512 34)))]
    (testing (str "byte " at)
      (let [left (left-by ["a"] ["b" "c"])
            wrong (bit-xor 1 (aget (disk/contents left side) at))]
        (store-at! left side at wrong)
        (is (= ["a"] (values-of left {:codec :utf8 :mode :read})))
        (let [before (disk/contents left side)]
          (with-open [l (disk/open left file buffered)]
            (is (= [["a"] nil] [(into [] l) (:buffered-bytes (log/recovery l))]))
            (when-let [kept (:kept-buffer (log/recovery l))]
              (is (str/starts-with? kept (str side "-")))
              (is (bytes= before (disk/contents left kept)))
              (is (= 17 (log/append! l "goes on"))))))
        (is (= (if (<= 24 at 31) #{"kept" "gone"} #{"kept"})
               (into (if (<= 24 at 31) #{"kept" "gone"} #{})
                     [(if (some #(str/starts-with? % (str side "-")) (disk/files left)) "kept" "gone")])))))))

(deftest a-buffer-that-was-cut-is-not-believed
  (doseq [n (concat (range 40) (range 505 (+ 512 35) 3))]
    (let [left (left-by ["a"] ["b" "c"])]
      (swap! left update-in [:files side :now] #(Arrays/copyOf ^bytes % (int n)))
      (is (= ["a"] (values-of left {:codec :utf8 :mode :read}) (values-of left buffered)) (str n " bytes")))))

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
            (is (= [found "a.log.buffer-17"] [(into [] l) (:kept-buffer (log/recovery l))])))
          (is (= [found nil] (with-open [l (disk/open left file buffered)] [(into [] l) (:kept-buffer (log/recovery l))]))))))
    (testing "but it does where somebody appended behind all of it"
      (let [left (with-log (left-by ["a"] ["b"]) (concat-bytes a (frame "b" 17) (frame "c" 34)))]
        (is (= ["a" "b" "c"] (values-of left {:codec :utf8 :mode :read}) (values-of left plain)))))
    (testing "or where it is another log's"
      (let [left (left-by ["a"] ["b"])]
        (swap! left assoc-in [:files file :id] 12345)
        (is (= ["a"] (values-of left plain)))
        (is (some #{"a.log.buffer-17"} (disk/files left)))))))

(deftest what-was-durable-is-never-kept-as-a-buffer-again
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
        (is (= ["b"] (values-of left {:codec :utf8 :mode :read}) (values-of left plain)))
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
        (tell! child `(log/append! (log/open ~path ~buffered) "held"))
        (is (= [:ok 0] (answer child)))
        (is (= :locked (error (log/open path))))
        (finally (kill! child)))
      (let [before (into {} (map (fn [name] [name (vec (read-bytes (path-in folder name)))])) (files-in folder))]
        (is (contains? before side))
        (is (= :wrong-format (error (log/open path {:offset-bits 32})) (error (log/open path {:framing :legacy}))))
        (is (= before (into {} (map (fn [name] [name (vec (read-bytes (path-in folder name)))])) (files-in folder)))))
      (with-open [l (log/open path plain)] (is (= ["held"] (into [] l)))))))

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
                (when-not (every? (with-open [l (disk/open (disk/kill twice) file plain)] (set (log/entries l))) acknowledged)
                  (is false (str "recovery, call " j)))
                (when (and failed (< j 100)) (recur (+ j (long (size 5 1))))))))))
      (when broken (recur (inc k))))))

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
  (let [d (disk/put-contents (disk/disk) file (byte-array 0))
        folder (folder-with d (ByteBuffer/allocateDirect (+ 512 100)))
        buffer (WriteBuffer. folder file (.openForWriting folder file) 0 4096)]
    (.append buffer 0 (ByteBuffer/wrap (byte-array 80 (byte 1))))
    (is (= 80 (.size buffer)))
    (is (thrown? IndexOutOfBoundsException (.append buffer 80 (ByteBuffer/wrap (byte-array 80 (byte 2))))) "no room for them")
    (is (= 80 (.size buffer)))))

(deftest deleted-data-is-in-no-file-after-a-sync
  (with-temp-folder [folder]
    (let [path (path-in folder file), secret "a secret that nobody must find"]
      (with-open [l (log/open path (assoc buffered :write-buffer-bytes 65536))]
        (let [found #(set (for [name (files-in folder)
                                :when (str/includes? (String. (read-bytes (path-in folder name)) "ISO-8859-1") secret)] name))
              offsets (log/append-all! l ["first" secret "last"])]
          (is (= #{side} (found)))
          (log/sync! l)
          (is (= #{side file} (found)) "the memory is not cleared by each sync")
          (log/delete! l (offsets 1))
          (log/sync! l)
          (is (= #{} (found)))
          (is (= ["first" "last"] (into [] l)))
          (is (= ["first" "last" "more"] (do (log/append! l "more") (into [] l)))))))))

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
        (is (= held (into [] l) (values-of d {:codec :utf8 :mode :read})))
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

(deftest closing-on-a-full-disk-says-so-and-leaves-the-buffer-for-the-next-open
  (let [d (disk/disk)
        l (disk/open d file buffered)]
    (log/append-all! l ["a" "b"])
    (disk/fail! d {:op :append :file #"a.log$" :with :full :for-ever true})
    (is (= :full (error (.close l))))
    (is (= :closed (error (log/append! l "c")) (error (into [] l))))
    (is (= ["a" "b"] (values-of d {:codec :utf8 :mode :read})))
    (is (= :full (error (disk/open d file plain))) "there is no room for what is left either")
    (disk/heal! d)
    (is (= ["a" "b"] (values-of d plain)))))

(deftest a-background-sync-tries-again-when-the-disk-was-full
  (let [d (disk/disk)]
    (with-open [l (disk/open d file (assoc buffered :sync {:every-ms 5}))]
      (disk/fail! d {:op :append :file #"a.log$" :with :full})
      (log/append! l "a")
      (is (= 0 (log/await-since l 0 0) (loop [n 0] (if (or (= 0 @(log/durable l)) (= n 3000)) @(log/durable l) (do (Thread/sleep 10) (recur (inc n))))))))))

(deftest a-buffer-that-has-no-room-is-a-full-disk
  (let [d (disk/disk)]
    (with-open [l (disk/open d file buffered)]
      (disk/fail! d {:op :open :file #"buffer" :with :full})
      (is (= :full (error (log/append! l "a"))))
      (is (= 0 (log/append! l "b")))
      (is (= ["b"] (into [] l))))))

(deftest a-batch-that-fails-halfway-leaves-what-was-held
  (let [d (disk/disk)]
    (with-open [l (disk/open d file (assoc buffered :write-buffer-bytes 8388608))]   ; holds back a MiB of a batch at a time
      (log/append! l "kept")
      (let [big (.repeat "b" 1500000)]
        (disk/fail! d {:op :append :file #"a.log$" :with :full :for-ever true})
        (is (= :full (error (log/append-all! l (repeat 10 big)))))
        (is (= ["kept"] (into [] l) (values-of d {:codec :utf8 :mode :read}) (values-of (disk/kill d) plain)))
        (disk/heal! d)
        (is (= [20 ["kept" "more"]] [(log/append! l "more") (into [] l)]))))
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
              (when-not (= (text n) (get r offset)) (is false (str n " is not seen at once")))))
          (let [wanted (map text (range (size 60 1000)))]
            (is (= wanted (into [] r) (reverse (rseq r))))
            (testing "also when the log is closed and opened again"
              (is (= [:ok "last"] (ask `(do (.close ~'l)
                                            (with-open [l# (log/open ~path ~buffered)] (log/append! l# "one more"))
                                            (def ~'l (log/open ~path ~buffered))
                                            (log/append! ~'l "last")
                                            "last"))))
              (is (= (concat wanted ["one more" "last"]) (into [] r))))))
        (finally (kill! child))))))

(deftest a-reader-reads-again-when-what-it-reads-goes-to-the-file-meanwhile
  (doseq [k (range 1 50)]
    (let [d (disk/disk)
          w (disk/open d file buffered)
          reads (atom 0)
          meanwhile (fn [op name] (when (and (= [:read side] [op name]) (= k (swap! reads inc)))
                                    (log/sync! w)
                                    (log/append! w "New value")))]
      (log/append! w "old value")
      (with-open [r (log-in (watched (disk/folder d) meanwhile) file {:codec :utf8 :mode :read :cache-blocks 0})]
        (is (<= 1 (:frames (log/recovery r))) (str "at read " k " of the buffer"))
        (is (= "old value" (get r 0) (first r)) (str "at read " k " of the buffer"))
        (is (< 20 @reads))))))

(deftest a-reader-sees-a-growing-log-and-never-a-wrong-byte
  (with-temp-folder [folder]
    (let [path (path-in folder file), n (size 20000 500000)
          writer (future (with-open [l (log/open path buffered)] (dotimes [i n] (log/append! l (text i)))))]
      (while (not (.exists (io/file path))) (Thread/yield))
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
