(ns bench.protect
  "What protection costs: `bin/bench --protect [ROUNDS] [BYTES]`. It measures the CPU time of one thread, the ways one behind the other in each
   round, and prints medians in nanoseconds a record, and ratios within the rounds beside their targets."
  (:require [bench.stats :refer [median]]
            [clojure.java.io :as io])
  (:import (flumelog.log LogOptions OffsetLog Protection SyncPolicy Verification)
           (flumelog.protect Frontier SealedEnvelope Tree)
           (java.io File)
           (java.lang.management ManagementFactory ThreadMXBean)
           (java.nio ByteBuffer)
           (java.nio.file Files Path)
           (java.nio.file.attribute FileAttribute)
           (java.util Random)
           (javax.crypto Cipher)
           (javax.crypto.spec GCMParameterSpec SecretKeySpec)))

(set! *warn-on-reflection* true)

(def ^:private records 100000)
(def ^:private batch-size 1000)
(def ^:private proofs 200)
(def ^:private openings 20)
(def ^:private warm-up 4)
(def ^:private sealed-overhead (+ 5 SealedEnvelope/BLIND_BYTES))

(def ^:private protections
  {:plain Protection/NONE, :checked Protection/CHECKED, :sealed Protection/SEALED, :encrypted (Protection/encrypted (byte-array 32))})

(def ^:private ^ThreadMXBean threads (ManagementFactory/getThreadMXBean))

(defn- nanos-each
  "The CPU time of this thread for f, divided by n."
  [n f]
  (let [start (.getCurrentThreadCpuTime threads)]
    (f)
    (/ (- (.getCurrentThreadCpuTime threads) start) (double n))))

(defn- path-of ^Path [^File folder way] (.toPath (io/file folder (name way))))

(defn- options ^LogOptions [way]
  (-> (LogOptions/defaults) (.withSync SyncPolicy/NONE) (.withProtection (protections way))))

;; The ways

(defn- append [folder ^java.util.List batch way]
  (run! #(Files/deleteIfExists (path-of folder (str (name way) %))) ["" ".checkpoint" ".tree"])
  (with-open [log (OffsetLog/open (path-of folder way) (options way))]
    (nanos-each records #(dotimes [_ (quot (long records) (long batch-size))] (.appendAll log batch)))))

(defn- verify [folder way]
  (nanos-each records #(assert (.isOk (Verification/run (path-of folder way) (options way))))))

(defn- open-and-close [folder way]
  (nanos-each openings #(dotimes [_ openings] (.close (OffsetLog/open (path-of folder way) (options way))))))

(defn- hash-records
  "SHA-256 of each record as a sealed log has it, and of one node a record."
  [^objects sealed]
  (let [tree (Tree.), frontier (Frontier. tree)]
    (nanos-each records #(dotimes [n records]
                           (let [^bytes data (aget sealed (rem n (long batch-size)))] (.add frontier (.leaf tree n data 0 (alength data))))))))

(defn- encrypt-records
  "AES-GCM of each record, with the nonce as a part of it."
  [^objects sealed]
  (let [cipher (Cipher/getInstance "AES/GCM/NoPadding"), key (SecretKeySpec. (byte-array 32) "AES"), nonce (ByteBuffer/allocate 12)]
    (nanos-each records #(dotimes [n records]
                           (let [^bytes data (aget sealed (rem n (long batch-size)))]
                             (.putLong nonce 4 n)
                             (.init cipher Cipher/ENCRYPT_MODE key (GCMParameterSpec. 128 (.array nonce)))
                             (.doFinal cipher data 0 (- (alength data) (long sealed-overhead))))))))

(defn- prove [folder]
  (with-open [log (OffsetLog/open (path-of folder :sealed) (options :sealed))]
    (let [random (Random. 7), sealed (.sealed log), cursor (.cursor log)
          offsets (long-array (repeatedly proofs #(do (.next (.seek cursor (long (* (.nextDouble random) (.get (.since log)))))) (.offset cursor))))]
      (nanos-each proofs #(doseq [offset offsets] (.prove sealed (long offset)))))))

(defn- round [folder sealed batch]
  (reduce (fn [found [way f]] (assoc found way (f))) {}
          (concat (for [way [:plain :checked :sealed :encrypted]] [[:append way] #(append folder batch way)])
                  [[:hash #(hash-records sealed)] [:encrypt #(encrypt-records sealed)]]
                  (for [way [:checked :sealed]] [[:verify way] #(verify folder way)])
                  (for [way [:plain :checked :sealed]] [[:open way] #(open-and-close folder way)])
                  [[:prove #(prove folder)]])))

;; The report

(def ^:private ratios
  [["append: plain / checked, at least 0.75 (100 bytes: 0.65)" #(/ (% [:append :plain]) (% [:append :checked]))]
   ["append: sealed / (checked + hashes), at most 1.15" #(/ (% [:append :sealed]) (+ (% [:append :checked]) (% :hash)))]
   ["append: encrypted / (plain + AES-GCM), at most 1.15" #(/ (% [:append :encrypted]) (+ (% [:append :plain]) (% :encrypt)))]
   ["verify: hashes / sealed, at least 0.7" #(/ (% :hash) (% [:verify :sealed]))]
   ["open and close: sealed / plain" #(/ (% [:open :sealed]) (% [:open :plain]))]
   ["a proof in milliseconds, at most 1" #(/ (% :prove) 1e6)]])

(defn- middle [f rounds] (double (median (map f rounds))))

(defn- report [rounds]
  (doseq [way (sort-by str (keys (first rounds)))] (println (format "%-24s %,12.0f ns" (str way) (middle #(% way) rounds))))
  (doseq [[title f] ratios] (println (format "%-56s %6.2f" title (middle f rounds)))))

(defn- delete! [^File folder]
  (run! io/delete-file (reverse (file-seq folder))))

(defn -main [& [rounds bytes]]
  (let [rounds (parse-long (or rounds "8")), bytes (parse-long (or bytes "600")), random (Random. 1)
        arrays (fn [bytes] (repeatedly batch-size #(let [data (byte-array bytes)] (.nextBytes random data) data)))
        batch (vec (arrays bytes)), sealed (object-array (arrays (+ (long bytes) (long sealed-overhead))))
        shm (io/file "/dev/shm"), attributes (make-array FileAttribute 0)
        folder (.toFile (if (.canWrite shm) (Files/createTempDirectory (.toPath shm) "flumelog-bench" attributes) (Files/createTempDirectory "flumelog-bench" attributes)))]
    (try
      (report (drop warm-up (doall (repeatedly (+ (long warm-up) (long rounds)) #(round folder sealed batch)))))
      (finally (delete! folder) (shutdown-agents)))))
