(ns flumelog.protected-use-test
  "Protected logs in the life of a program: kills, power losses within a repair, nonces over broken histories, memory after the close,
   small heaps, many threads, descriptors, and views behind a repair."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.fixtures :refer [error failure hurt! log-in path-in with-temp-folder]]
            [flumelog.options :refer [log-options]]
            [flumelog.process :refer [answer kill! tell! with-fresh-children]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size skip]]
            [flumelog.view :as view])
  (:import (flumelog.error LogException)
           (flumelog.file LogFile LogFolder)
           (flumelog.log Repair Verification)
           (java.nio ByteBuffer)
           (java.util List Random)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")
(def ^:private key-bytes (byte-array (range 32)))
(def ^:private protections [:checked :sealed {:key key-bytes} {:key key-bytes :sealed true}])

(defn- options-of [protect] (cond-> {:codec :utf8} (map? protect) (assoc :protect protect)))

;; Kills

(defn- whole-batches?
  "Whether the values, each a batch, a place and a size, are the whole batches from the first on."
  [values]
  (and (= (range (count (distinct (map first values)))) (dedupe (map first values)))
       (every? (fn [part] (let [[[n _ _ n-of]] part] (= part (map #(vector n % "secret text" n-of) (range n-of))))) (partition-by first values))))

(deftest ^{:ci "kills JVMs"} a-writer-with-a-key-that-is-killed-leaves-whole-batches-and-no-text
  (with-temp-folder [folder]
    (with-fresh-children (size 1 6)
      (fn [n child]
        (let [path (path-in folder (str n ".log")), protect {:key (byte-array (range 32)) :sealed (even? (long n))}]
          (tell! child `(let [l# (log/open ~path {:protect {:key (byte-array (range 32)) :sealed ~(even? (long n))} :sync :none
                                                  :write-buffer-bytes ~(when (odd? (quot (long n) 2)) 65536)})]
                          (flumelog.child/say! [:begun])
                          (doseq [n# (range)]
                            (let [size# (inc (rem (* 37 n#) 400))
                                  offsets# (log/append-all! l# (map #(vector n# % "secret text" size#) (range size#)))]
                              (when (= 5 (rem n# 7)) (log/append! l# [:gone]) (log/delete! l# @(log/since l#)))
                              offsets#))))
          (answer child)
          (Thread/sleep (long (+ 200 (rand-int 300))))
          (kill! child)
          (doseq [^java.io.File f (.listFiles (io/file folder)) :when (.isFile f)]
            (is (not (str/includes? (slurp f :encoding "ISO-8859-1") "secret text")) (str f)))
          (with-open [l (log/open path {:protect protect})]
            (let [found (vec (remove #{[:gone]} l))]
              (is (pos? (count found)))
              (is (whole-batches? found)))
            (log/append! l :more))
          (is (:ok (log/verify path {:protect protect}))))))))

;; Power losses within a repair

(defn- damaged-disk
  "A disk with a protected log of ten records whose third one is deleted and whose seventh is hurt, and the offsets."
  [protect]
  (let [d (disk/disk), l (disk/open d file (assoc (options-of protect) :protect protect))
        offsets (mapv #(log/append! l (str "r" %)) (range 10))]
    (log/delete! l (offsets 2))
    (log/close! l)
    (let [bytes (disk/contents d file), at (+ 8 (long (offsets 6)))]
      (aset-byte bytes at (unchecked-byte (bit-xor 1 (aget ^bytes bytes at))))
      (disk/put-contents d file bytes))
    [d offsets]))

(defn- recover-in [d options offset]
  (Repair/recover ^LogFolder (disk/folder d) ^String file (log-options options) (long offset)))

(deftest the-power-may-go-anywhere-in-a-repair-of-a-protected-log
  (doseq [protect protections, n (range 1 (size 8 40)), seed (range (size 1 6))
          :let [[d offsets] (damaged-disk protect), options (options-of protect), cut (offsets 6)]]
    (disk/break-at! d n)
    (try (recover-in d options cut) (catch LogException _ nil))
    (let [lost (disk/lose-power d seed {:sector-bytes 512})
          found (failure (.close (disk/open lost file options)))]
      (is-each (= true (or (nil? found) (= :corrupt (:flumelog/error (ex-data found))))) "at call " n " " found)
      (when found (recover-in lost options (:offset (ex-data found))))
      (with-open [l (disk/open lost file options)]
        (is-each (= ["r0" "r1" "r3" "r4" "r5"] (vec l)) "at call " n " of " protect))
      (is-each (= true (get (Verification/run (disk/folder lost) file (log-options options)) "ok")) "verify, at call " n " of " protect))))

;; Nonces

(defn- writes-of
  "The folder, which adds the bytes of each write to the log to the atom."
  ^LogFolder [^LogFolder folder written]
  (let [taken (fn [^ByteBuffer data] (let [bytes (byte-array (.remaining data))] (.get (.duplicate data) bytes) (swap! written conj bytes)))
        file-of (fn [^LogFile f]
                  (reify LogFile
                    (readAt [_ position into] (.readAt f position into))
                    (append [_ end data] (taken data) (.append f end data))
                    (overwrite [_ position data] (.overwrite f position data))
                    (truncate [_ n] (.truncate f n))
                    (force [_] (.force f))
                    (size [_] (.size f))
                    (close [_] (.close f))))]
    (reify LogFolder
      (openForReading [_ name] (.openForReading folder name))
      (openForWriting [_ name] (cond-> (.openForWriting folder name) (= file name) file-of))
      (exists [_ name] (.exists folder name))
      (rename [_ from to] (.rename folder from to))
      (delete [_ name] (.delete folder name))
      (share [_ name n] (.share folder name n))
      (identity [_ name] (.identity folder name))
      (boot [_] (.boot folder))
      (lock [_ name file] (.lock folder name file))
      (path [_ name] (.path folder name)))))

(defn- frames-of
  "Key number and nonce of each frame in the bytes of a write, with the ciphertext behind them; not those of heads and zeros."
  [^bytes bytes]
  (let [in (ByteBuffer/wrap bytes)]
    (loop [frames []]
      (if (< (.remaining in) 16)
        frames
        (let [length (.getInt in), data (byte-array length)]
          (.get in data)
          (.position in (+ (.position in) 12))
          (recur (if (#{0xF8 0xF9 0xFC 0xFE} (bit-and 0xFF (aget data 0))) (conj frames (mapv vec (split-at 12 (rest data)))) frames)))))))

(deftest no-nonce-comes-twice-over-writes-that-fail-and-copies-that-are-restored
  (let [random (Random. 7), d (disk/disk), written (atom []), copies (atom []), options {:codec :utf8 :sync :none :protect {:key key-bytes}}]
    (dotimes [n (size 40 400)]
      (when (zero? (rem n 3))                                   ; an earlier state of the file is put back, as of a machine that was restored
        (when-let [copy (seq @copies)]
          (disk/put-contents d file (nth copy (.nextInt random (count copy))))
          (run! #(disk/put-contents d % (byte-array 0)) (filter #(str/includes? % ".checkpoint") (disk/files d)))))
      (try
        (with-open [l (log-in (writes-of (disk/folder d) written) file options)]
          (dotimes [m 4]
            (when (zero? (.nextInt random 4)) (disk/fail! d {:op :append}))
            (let [pending (mapv #(log/append-async! l (str "async" %)) (range (.nextInt random 4)))]
              (try (log/append-all! l (repeat (inc (.nextInt random 3)) "the same text")) (catch LogException _ nil))
              (doseq [p pending] (try @p (catch Exception _ nil))))
            (disk/heal! d)
            (when (zero? (.nextInt random 5)) (log/delete! l @(log/since l)))))
        (catch LogException _ nil))
      (swap! copies conj (disk/contents d file)))
    (let [frames (mapcat frames-of @written)]
      (is (< 100 (count frames)))
      (is (= (count (distinct frames)) (count (distinct (map first frames)))) "two frames with one nonce are the same frame, written again"))))

;; Views, descriptors

(deftest views-answer-behind-a-repair-of-a-protected-log
  (doseq [protect protections]
    (with-temp-folder [folder]
      (let [path (path-in folder file), options (cond-> {:codec :edn} (map? protect) (assoc :protect protect))
            by-parity #(db/open % {:dir (path-in folder "views") :views {:parity (view/index {:version 1 :keys (fn [n] [(odd? n)])})}})
            odds #(with-open [^java.io.Closeable d (by-parity %)] (mapv val (into [] (view/lookup (:parity d) true))))
            offsets (with-open [l (log/open path (assoc options :protect protect))]
                      (let [offsets (mapv #(log/append! l %) (range 10))]
                        (is (= [1 3 5 7 9] (odds l)))
                        (log/delete! l (offsets 1))
                        offsets))]
        (hurt! path (+ 8 (long (offsets 6))))
        (io/delete-file (str path ".checkpoint"))
        (log/recover! path (assoc (dissoc options :codec) :cut-at (offsets 6)))
        (with-open [l (log/open path options)]
          (is (= [3 5] (odds l)))
          (log/append-all! l [11 12 13])
          (is (= [3 5 11 13] (odds l))))))))

(defn- descriptors [path]
  (count (filter #(try (str/starts-with? (str (.toRealPath (.toPath ^java.io.File %) (make-array java.nio.file.LinkOption 0))) path) (catch java.io.IOException _ false))
                 (.listFiles (io/file "/proc/self/fd")))))

(deftest openings-of-protected-logs-leave-no-descriptor
  (if-not (.exists (io/file "/proc/self/fd"))
    (skip "there is no /proc/self/fd here")
    (doseq [protect protections]
      (with-temp-folder [folder]
        (let [path (path-in folder file), options (options-of protect), real (str (.toRealPath (.toPath (io/file folder)) (make-array java.nio.file.LinkOption 0)))]
          (with-open [l (log/open path (assoc options :protect protect))] (dotimes [n 20] (log/append! l (str n))))
          (doseq [wrong [{:protect {:key (byte-array 32)}} {:protect :none :offset-bits 32} {:protect {:id (.repeat "0" 32)}} {:protect {:trust (byte-array 31)}}]
                  mode [:read :read-write]]
            (error (.close ^java.io.Closeable (log/open path (assoc wrong :mode mode)))))
          (log/verify path options)
          (log/salvage path (path-in folder "s.log") (dissoc options :codec))
          (log/compact! path (dissoc options :codec))
          (hurt! path 130)
          (io/delete-file (str path ".checkpoint"))
          (dotimes [_ 3] (error (log/open path options)) (log/verify path options))
          (is (= 0 (descriptors real)) (str protect)))))))

;; JVMs of their own

(defn- said-by
  "What a JVM with these options prints as its last line when it evaluates the form."
  [jvm-options form]
  (let [command (concat [(str (System/getProperty "java.home") "/bin/java") "-XX:+UseSerialGC" "-XX:TieredStopAtLevel=1"] jvm-options
                        ["-cp" (System/getProperty "java.class.path") "clojure.main" "-e" (pr-str form)])
        process (.start (doto (ProcessBuilder. ^List command) (.redirectErrorStream true)))
        lines (future (vec (line-seq (io/reader (.getInputStream process)))))]
    (try
      (if (.waitFor process 300 TimeUnit/SECONDS)
        (try (edn/read-string (peek @lines)) (catch Exception _ {:ended @lines}))
        :hangs)
      (finally (.destroyForcibly process)))))

(deftest ^{:ci "starts a JVM with a small heap"} sixteen-threads-read-an-encrypted-log-in-a-heap-of-64-mib
  (with-temp-folder [folder]
    (is (= {:sums #{199990000} :folds #{199990000}}
           (said-by ["-Xmx64m"]
                    `(do (require '[flumelog.core :as ~'log] '[clojure.core.reducers :as ~'r])
                         (let [path# ~(path-in folder file), o# {:protect {:key (byte-array (range 32))} :cache-blocks 16}
                               offsets# (with-open [l# (flumelog.core/open path# o#)]
                                          (vec (mapcat #(flumelog.core/append-all! l# (map (fn [n#] {:n n# :text (.repeat "x" 200)}) %)) (partition-all 500 (range 20000)))))
                               virtual# (try (.getMethod Thread "startVirtualThread" (into-array Class [Runnable])) (catch NoSuchMethodException e# nil))
                               start# (fn [f#] (if virtual# (.invoke virtual# nil (object-array [f#])) (doto (Thread. f#) (.start))))]
                           (with-open [l# (flumelog.core/open path# o#)]
                             (let [sums# (atom []), folds# (atom [])
                                   threads# (doall (for [t# (range 16)]
                                                     (start# (fn []
                                                               (if (even? t#)
                                                                 (swap! sums# conj (reduce (fn [a# o2#] (+ a# (:n (flumelog.core/fetch l# o2#)))) 0 offsets#))
                                                                 (swap! folds# conj (clojure.core.reducers/fold + (fn [a# v#] (+ a# (:n v#))) l#)))))))]
                               (run! (fn [^Thread t#] (.join t#)) threads#)
                               (prn {:sums (set @sums#) :folds (set @folds#)})))
                           (shutdown-agents))))))))

(deftest ^{:ci "writes the heap of a JVM to disk"} no-key-is-in-the-heap-after-a-close
  (with-temp-folder [folder]
    (is (= {:open true :closed false}
           (said-by ["-Xmx256m" "-XX:MarkSweepDeadRatio=0"]   ; without it the collector leaves garbage in filler arrays that the dump has too
                    `(do (require 'flumelog.core 'flumelog.protected-use-test)
                         (prn (flumelog.protected-use-test/keys-in-heap ~(str folder)))
                         (shutdown-agents)))))))

(defn- dump! [path]
  (let [bean (java.lang.management.ManagementFactory/getPlatformMXBean com.sun.management.HotSpotDiagnosticMXBean)]
    (.dumpHeap ^com.sun.management.HotSpotDiagnosticMXBean bean path true)))

(defn- in-file? [path ^bytes wanted]
  (with-open [in (java.io.BufferedInputStream. (java.io.FileInputStream. ^String path) 1048576)]
    (let [n (alength wanted), buffer (byte-array 1048576)]
      (loop [kept 0]
        (let [read (.read in buffer kept (- (alength buffer) kept))]
          (if (neg? read)
            false
            (let [end (+ kept read)
                  text (String. buffer 0 (int end) "ISO-8859-1")]
              (if (.contains text (String. wanted "ISO-8859-1"))
                true
                (let [keep (min end (dec n))]
                  (System/arraycopy buffer (- end keep) buffer 0 keep)
                  (recur (int keep)))))))))))

(defn keys-in-heap
  "Whether the key of the records of a log is among the objects that are reachable: while the log is open, and after its close."
  [folder]
  (let [in-folder #(str (io/file folder %)), l (log/open (in-folder file) {:protect {:key (byte-array (range 32))}})
        _ (log/append-all! l (range 100))
        _ (vec l)
        id (log/id l)
        derived (fn []
                  (let [bytes #(byte-array (map (fn [[a b]] (unchecked-byte (Integer/parseInt (str a b) 16))) (partition 2 %)))]
                    (flumelog.protect.Hkdf/derive (bytes id) (byte-array (range 32)) (byte-array (concat (.getBytes "flumelog 1 record") [0])) 32)))
        found #(do (dump! (in-folder %)) (let [key (derived), there? (in-file? (in-folder %) key)] (java.util.Arrays/fill ^bytes key (byte 0)) there?))
        open? (found "open.hprof")]
    (log/close! l)
    {:open open? :closed (found "closed.hprof")}))
