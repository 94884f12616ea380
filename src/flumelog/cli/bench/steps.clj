(ns ^:no-doc flumelog.cli.bench.steps
  "The steps of the verb bench. A step is a function of a number of milliseconds. It does its work for about that time, one round, and returns how much it did. The
   first round of a step warms up and does not count.

   * `measure`: all steps"
  (:require [flumelog.core :as log])
  (:import (flumelog.log OffsetLog)
           (java.io File)
           (java.util Arrays Random)
           (java.util.concurrent CountDownLatch)
           (java.util.concurrent.atomic AtomicLong)))

(set! *warn-on-reflection* true)

(def ^:private ^:const most-bytes "The log is not made longer than this." 268435456)
(def ^:private ^:const most-rounds "Of a step." 1000)
(def ^:private threads 16)

;; Rounds

(defn- repeated
  "Calls f until the milliseconds are over. Returns how often."
  ^long [^long ms f]
  (let [end (+ (System/nanoTime) (* 1000000 ms))]
    (loop [n 0]
      (f)
      (if (< (System/nanoTime) end) (recur (inc n)) (inc n)))))

(defn- rate [amount nanos]
  (/ (* 1e9 (double amount)) (double (max 1 (long nanos)))))

(defn- round
  "How much the step did in each second of a round."
  [step]
  (let [started (System/nanoTime), amount (step)]
    (rate amount (- (System/nanoTime) started))))

(defn- at
  "The number at a share of a sorted array."
  [^doubles sorted share]
  (aget sorted (int (Math/floor (* (double share) (dec (alength sorted)))))))

(defn- summary [numbers]
  (let [sorted (doto (double-array numbers) (Arrays/sort))]
    {:median (at sorted 0.5), :lower-quartile (at sorted 0.25), :upper-quartile (at sorted 0.75), :lowest (at sorted 0), :highest (at sorted 1)
     :p99 (at sorted 0.99), :rounds (alength sorted)}))

(defn- rounds
  "The numbers of all rounds that fit into the milliseconds, at least three, as long as `more?` says so."
  [ms step {:keys [tell more?]}]
  (let [end (+ (System/nanoTime) (* 1000000 (long ms)))]
    (round step)
    (loop [numbers []]
      (tell)
      (if (or (< (count numbers) 3)
              (and (< (System/nanoTime) end) (< (count numbers) (long most-rounds)) (more?)))
        (recur (conj numbers (round step)))
        (summary numbers)))))

;; The steps

(defn- record
  "Data with a number at its start, so that no two are the same."
  ^bytes [^long size ^long n]
  (let [data (byte-array size (byte 120))]
    (.putLong (java.nio.ByteBuffer/wrap data) (bit-or n (bit-shift-left 1 56)))
    data))

(defn- appending-one-by-one [^OffsetLog raw bytes round-ms]
  (let [n (long-array 1)]
    #(repeated round-ms (fn [] (.append raw (record bytes (aset n 0 (inc (aget n 0)))))))))

(defn- appending-batches [^OffsetLog raw bytes round-ms]
  (let [batch (mapv #(record bytes %) (range 1000))]
    #(* 1000 (repeated round-ms (fn [] (.appendAll raw batch))))))

(defn- force-times
  "How long each append with a force takes, in milliseconds."
  [^OffsetLog raw bytes ms tell]
  (let [times (volatile! (transient []))]
    (repeated ms (fn []
                   (tell)
                   (let [started (System/nanoTime)]
                     (.append raw (record bytes 1))
                     (vswap! times conj! (/ (- (System/nanoTime) started) 1e6)))))
    (summary (persistent! @times))))

(defn- forcing-together [^OffsetLog raw bytes round-ms]
  (fn []
    (let [done (AtomicLong.), finished (CountDownLatch. threads), failed (atom nil)]
      (dotimes [_ threads]
        (.start (doto (Thread. (fn []
                                 (try (.addAndGet done (repeated round-ms #(.append raw (record bytes 1))))
                                      (catch Throwable e (reset! failed e))
                                      (finally (.countDown finished)))))
                  (.setDaemon true))))
      (.await finished)
      (some-> ^Throwable @failed throw)
      (.get done))))

(defn- scanning
  "Bytes of the log that one pass reads."
  [log records]
  #(do (reduce (fn [^long n ^bytes data] (+ n (alength data))) 0 (records log))
       (:end (log/info log))))

(defn- getting [^OffsetLog raw offsets round-ms]
  (let [^longs offsets (long-array offsets), random (Random. 1)]
    #(repeated round-ms (fn [] (.get raw (aget offsets (.nextInt random (alength offsets))))))))

;; All of it

(defn- file-of ^String [^File folder] (str (java.io.File. folder "bench.log")))

(defn- raw-of ^OffsetLog [^flumelog.coll.LogCollection log] (.log log))

(defn- small? [^OffsetLog raw]
  (< (long (get (.info raw) "end")) (long most-bytes)))

(defn- teller
  "A function that tells how far the whole is, and that throws to stop."
  [progress seconds]
  (let [started (System/nanoTime)]
    (fn []
      (let [gone (/ (- (System/nanoTime) started) 1e9)]
        (progress {:phase :measuring :done (min (long seconds) (long gone)) :total seconds :unit :seconds :per-second 1
                   :remaining-seconds (max 0 (- (long seconds) (long gone)))})))))

(defn measure
  "Measures all steps. Returns a map of them: those of appends and gets in records a second, `:scan` and `:scan-back` in bytes a second, `:force`
   in milliseconds. `progress` may throw to stop."
  [{:keys [folder seconds bytes progress]}]
  (let [tell (teller progress seconds), path (file-of folder), round-ms (min 100 (* 5 (long seconds))), ms #(long (* 1000 (double seconds) (double %)))]
    (letfn [(with-log [options f] (with-open [log (log/open path (assoc options :codec :bytes))] (f log (raw-of log))))
            (steps [share step raw] (rounds (ms share) step {:tell tell :more? #(small? raw)}))]
      (let [written (with-log {:sync :none}
                      (fn [_ raw] {:append (steps 0.15 (appending-one-by-one raw bytes round-ms) raw)
                                   :append-batch (steps 0.1 (appending-batches raw bytes round-ms) raw)}))
            forced (with-log {:sync :each}
                     (fn [_ raw] {:force (force-times raw bytes (ms 0.2) tell)
                                  :force-together (rounds (ms 0.15) (forcing-together raw bytes round-ms) {:tell tell :more? (constantly true)})}))
            read (with-log {:mode :read}
                   (fn [log raw]
                     (let [some-offsets (into [] (comp (take-nth 7) (take 200000)) (log/offsets log))]
                       {:scan (rounds (ms 0.15) (scanning log identity) {:tell tell :more? (constantly true)})
                        :scan-back (rounds (ms 0.1) (scanning log rseq) {:tell tell :more? (constantly true)})
                        :get (rounds (ms 0.15) (getting raw some-offsets round-ms) {:tell tell :more? (constantly true)})
                        :log-bytes (:end (log/info log))})))]
        (merge {:record-bytes bytes :threads threads} written forced read)))))
