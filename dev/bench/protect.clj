(ns bench.protect
  "What protection costs: `bin/bench --protect [ROUNDS] [BYTES]`. It measures the CPU time of one thread, the ways one behind the other in each
   round, and prints medians in nanoseconds a record, and ratios within the rounds beside their targets."
  (:require [bench.stats :refer [median]]
            [clojure.java.io :as io])
  (:import (flumelog.codec Codecs)
           (flumelog.coll LogCollection)
           (flumelog.log Entry LogOptions OffsetLog Protection SyncPolicy Verification)
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

;; A log is longer than its cache, so single records are read from the mapped file. The first get of an opening may read the lengths of
;; all frames, which costs the same in all ways: it is not measured.

(defn- get-records [folder way]
  (with-open [log (OffsetLog/open (path-of folder way) (options way))]
    (let [offsets (long-array (shuffle (map #(.offset ^Entry %) log)))]
      (.get log (aget offsets 0))
      (nanos-each records #(dotimes [n (alength offsets)] (assert (.get log (aget offsets n))))))))

(defn- scan-arrays
  "Each record as a new array."
  [folder way]
  (with-open [log (OffsetLog/open (path-of folder way) (options way))]
    (let [cursor (.cursor log)] (nanos-each records #(while (.next cursor) (assert (.data cursor)))))))

(defn- scan-texts
  "Each record as a string."
  [folder way]
  (with-open [log (LogCollection. (OffsetLog/open (path-of folder way) (options way)) Codecs/UTF8)]
    (nanos-each records #(assert (= records (reduce (fn [n text] (inc (long n))) 0 log))))))

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

(defn- decrypt-records
  "AES-GCM of each record, from encrypted data."
  [^objects sealed]
  (let [cipher (Cipher/getInstance "AES/GCM/NoPadding"), key (SecretKeySpec. (byte-array 32) "AES"), parameters (GCMParameterSpec. 128 (byte-array 12))
        encrypted (object-array (map #(.doFinal (doto (Cipher/getInstance "AES/GCM/NoPadding") (.init Cipher/ENCRYPT_MODE key parameters))
                                                ^bytes % 0 (- (alength ^bytes %) (long sealed-overhead)))
                                     sealed))]
    (nanos-each records #(dotimes [n records]
                           (.init cipher Cipher/DECRYPT_MODE key parameters)
                           (.doFinal cipher ^bytes (aget encrypted (rem n (long batch-size))))))))

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
                  (for [way [:plain :checked :encrypted], [what f] [[:get get-records] [:scan scan-arrays] [:texts scan-texts]]] [[what way] #(f folder way)])
                  [[:decrypt #(decrypt-records sealed)] [:prove #(prove folder)]])))

;; The report

(def ^:private ratios
  [["append: plain / checked, at least 0.75 (100 bytes: 0.65)" #(/ (% [:append :plain]) (% [:append :checked]))]
   ["append: sealed / (checked + hashes), at most 1.15" #(/ (% [:append :sealed]) (+ (% [:append :checked]) (% :hash)))]
   ["append: encrypted / (plain + AES-GCM), at most 1.15" #(/ (% [:append :encrypted]) (+ (% [:append :plain]) (% :encrypt)))]
   ["verify: hashes / sealed, at least 0.7" #(/ (% :hash) (% [:verify :sealed]))]
   ["open and close: sealed / plain" #(/ (% [:open :sealed]) (% [:open :plain]))]
   ["get: plain / checked, at least 0.85" #(/ (% [:get :plain]) (% [:get :checked]))]
   ["scan with new arrays: plain / checked, at least 0.7" #(/ (% [:scan :plain]) (% [:scan :checked]))]
   ["scan with :utf8: plain / checked, at least 0.93" #(/ (% [:texts :plain]) (% [:texts :checked]))]
   ["scan with new arrays: decryption / encrypted, at least 0.8" #(/ (% :decrypt) (% [:scan :encrypted]))]
   ["get: encrypted / (plain + 1.2 decryption), at most 1" #(/ (% [:get :encrypted]) (+ (% [:get :plain]) (* 1.2 (double (% :decrypt)))))]
   ["a proof in milliseconds, at most 1" #(/ (% :prove) 1e6)]])

(defn- middle [f rounds] (double (median (map f rounds))))

(defn- report [rounds]
  (doseq [way (sort-by str (keys (first rounds)))] (println (format "%-24s %,12.0f ns" (str way) (middle #(% way) rounds))))
  (doseq [[title f] ratios] (println (format "%-56s %6.2f" title (middle f rounds)))))

(defn- delete! [^File folder]
  (run! io/delete-file (reverse (file-seq folder))))

(defn -main [& [rounds bytes]]
  (let [rounds (parse-long (or rounds "8")), bytes (parse-long (or bytes "600")), random (Random. 1)
        arrays (fn [bytes] (repeatedly batch-size #(byte-array (repeatedly bytes (fn [] (+ 32 (.nextInt random 95)))))))
        batch (vec (arrays bytes)), sealed (object-array (arrays (+ (long bytes) (long sealed-overhead))))
        shm (io/file "/dev/shm"), attributes (make-array FileAttribute 0)
        folder (.toFile (if (.canWrite shm) (Files/createTempDirectory (.toPath shm) "flumelog-bench" attributes) (Files/createTempDirectory "flumelog-bench" attributes)))]
    (try
      (report (drop warm-up (doall (repeatedly (+ (long warm-up) (long rounds)) #(round folder sealed batch)))))
      (finally (delete! folder) (shutdown-agents)))))
