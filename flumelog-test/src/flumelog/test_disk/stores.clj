(ns ^:no-doc flumelog.test-disk.stores
  "Finds the stores to the shared memory of a file on a flumelog.test-disk."
  (:import (java.nio ByteBuffer)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private header-bytes
  "The size of a shared file's header. Stores to the header and to the rest may reach the disk independently."
  512)

(defn- snapshot ^bytes [^ByteBuffer memory]
  (let [data (byte-array (.capacity memory))]
    (.get memory 0 data)
    data))

(defn- stored
  "The bytes between `from` and `to` that differ, as a write; nil when none differ."
  [^bytes before ^bytes after from to]
  (let [start (Arrays/mismatch before (int from) (int to) after (int from) (int to))]
    (when-not (neg? start)
      (let [start (+ (long from) start)
            end (loop [end (long to)] (if (= (aget before (dec end)) (aget after (dec end))) (recur (dec end)) end))]
        [:write start (Arrays/copyOfRange after (int start) (int end))]))))

(defn notice-stores
  "The file with the stores to its shared memory since the last call added as unforced writes."
  [{:keys [memory now] :as file}]
  (if-not memory
    file
    (let [after (snapshot memory), n (alength after)]
      (-> file
          (assoc :now after)
          (update :pending into (keep (fn [[from to]] (stored now after from to)))
                  [[0 header-bytes] [header-bytes n]])))))
