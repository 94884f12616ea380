(ns bench.payload
  "Payload files: JSON records made from a seed. The same seed gives the same bytes on every machine.

   * `record-lengths`, `records`: the records of a workload
   * `file`: the file with them, which is made if it is missing: `(length(uint32 BE) data)*`"
  (:require [clojure.java.io :as io])
  (:import (java.io BufferedOutputStream DataOutputStream File)
           (java.nio.charset StandardCharsets)
           (java.util SplittableRandom)))

(set! *warn-on-reflection* true)

(def ^:private pool-bytes (bit-shift-left 1 16))

(def ^:private words
  ["log" "offset" "append" "only" "the" "a" "message" "of" "and" "gossip" "feed" "sequence" "peer" "block" "is" "not"
   "read" "written" "hello" "world" "scuttle" "butt" "replicate" "signed" "hash" "key" "with" "from" "until" "every"])

(defn- pool
  "The text of which the records contain parts."
  ^bytes [^SplittableRandom random]
  (let [text (StringBuilder.)]
    (while (< (.length text) (+ 2048 (long pool-bytes)))
      (.append (.append text ^String (nth words (.nextInt random (count words)))) \space))
    (.getBytes (str text) StandardCharsets/US_ASCII)))

(defn- length
  "A random length between the shortest and the longest. Many of them have the wanted mean."
  ^long [^SplittableRandom random {:keys [^long min-bytes ^long max-bytes ^long mean-bytes]}]
  (if (= min-bytes max-bytes)
    min-bytes
    (let [range (- max-bytes min-bytes)
          power (dec (/ (double range) (- mean-bytes min-bytes)))]
      ;; StrictMath, because the last bit of a result of Math may differ between machines.
      (+ min-bytes (long (* (inc range) (StrictMath/pow (.nextDouble random) power)))))))

(defn- record ^bytes [^SplittableRandom random ^bytes pool ^long n workload]
  (let [head   (.getBytes (str "{\"sequence\":" n ",\"author\":\"@" (Long/toString (.nextLong random 1000000000) 36)
                               "\",\"type\":\"post\",\"text\":\"")
                          StandardCharsets/US_ASCII)
        tail   (.getBytes "\"}" StandardCharsets/US_ASCII)
        bytes  (byte-array (length random workload))
        text   (- (alength bytes) (alength head) (alength tail))]
    (System/arraycopy head 0 bytes 0 (alength head))
    (System/arraycopy pool (.nextInt random (int pool-bytes)) bytes (alength head) text)
    (System/arraycopy tail 0 bytes (+ (alength head) text) (alength tail))
    bytes))

(defn records
  "A reducible of the first `n` records of a workload, as byte arrays."
  [workload n]
  (reify clojure.lang.IReduceInit
    (reduce [_ f init]
      (let [random (SplittableRandom. (long (:seed workload)))
            pool (pool random)]
        (loop [i 0 acc init]
          (cond
            (reduced? acc) @acc
            (= i (long n)) acc
            :else (recur (inc i) (f acc (record random pool i workload)))))))))

(defn- write! [^File file workload n]
  (let [part (File. (str file ".part"))]
    (io/make-parents file)
    (with-open [out (DataOutputStream. (BufferedOutputStream. (io/output-stream part) (bit-shift-left 1 20)))]
      (reduce (fn [_ ^bytes data] (.writeInt out (alength data)) (.write out data 0 (alength data)))
              nil (records workload n)))
    (.renameTo part file)))

(defn file
  "The file with the first `n` records of the workload, in the folder; made if it is missing."
  ^File [folder id workload n]
  (let [file (io/file folder (str (name id) "-" (:seed workload) "-" n ".payload"))]
    (when-not (.exists file)
      (write! file workload n))
    file))
