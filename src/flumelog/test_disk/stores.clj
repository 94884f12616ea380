(ns ^:no-doc flumelog.test-disk.stores
  "What was stored to memory that is the content of a file on a flumelog.test-disk."
  (:import (java.nio ByteBuffer)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private header-bytes "Of a file in memory; what is stored there and elsewhere may reach the disk apart." 512)

(defn- snapshot ^bytes [^ByteBuffer memory]
  (let [data (byte-array (.capacity memory))]
    (.get memory 0 data)
    data))

(defn- stored
  "The part from `from` to `to` that differs, as a write; or nil."
  [^bytes before ^bytes after from to]
  (let [start (Arrays/mismatch before (int from) (int to) after (int from) (int to))]
    (when-not (neg? start)
      (let [start (+ (long from) start)
            end (loop [end (long to)] (if (= (aget before (dec end)) (aget after (dec end))) (recur (dec end)) end))]
        [:write start (Arrays/copyOfRange after (int start) (int end))]))))

(defn notice-stores
  "The file with what was stored to its memory since this was last asked, as writes that were not forced."
  [{:keys [memory now] :as file}]
  (if-not memory
    file
    (let [after (snapshot memory), n (alength after)]
      (-> file
          (assoc :now after)
          (update :pending into (keep (fn [[from to]] (stored now after from to)))
                  [[0 header-bytes] [header-bytes n]])))))
