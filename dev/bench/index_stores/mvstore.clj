(ns bench.index-stores.mvstore
  "H2's MVStore under the contract of `bench.index-stores`. An entry is a key with the first offset of a chunk, and the chunk's
   offsets as differences. The records since the last commit are in memory, as tables."
  (:import (flumelog.run Entries Hiding KeyScan OffsetWindow Scan Table Tiers)
           (java.io File)
           (java.nio ByteBuffer)
           (java.util Arrays List)
           (org.h2.mvstore MVMap MVMap$Builder MVStore MVStore$Builder)
           (org.h2.mvstore.type ByteArrayDataType)))

(set! *warn-on-reflection* true)
(set! *unchecked-math* true)

(def ^:private ^:const most-offsets 256)

(defn- with-offset ^bytes [^bytes key ^long offset]
  (let [all (Arrays/copyOf key (+ 8 (alength key)))]
    (.putLong (ByteBuffer/wrap all) (alength key) offset)
    all))

(defn- chunk-of ^bytes [^longs offsets]
  (let [out (ByteBuffer/allocate (* 9 (alength offsets)))]
    (loop [i 1]
      (when (< i (alength offsets))
        (loop [rest (- (aget offsets i) (aget offsets (dec i)))]
          (if (< rest 128)
            (.put out (unchecked-byte rest))
            (do (.put out (unchecked-byte (bit-or 128 (bit-and rest 127))))
                (recur (unsigned-bit-shift-right rest 7)))))
        (recur (inc i))))
    (Arrays/copyOf (.array out) (.position out))))

(defn- offsets-of ^longs [^bytes key ^bytes chunk]
  (let [found (long-array most-offsets), in (ByteBuffer/wrap chunk)]
    (aset found 0 (.getLong (ByteBuffer/wrap key) (- (alength key) 8)))
    (loop [n 1]
      (if (.hasRemaining in)
        (let [delta (loop [value 0, shift 0]
                      (let [b (long (.get in)), value (bit-or value (bit-shift-left (bit-and b 127) shift))]
                        (if (neg? b) (recur value (+ shift 7)) value)))]
          (aset found n (+ (aget found (dec n)) (long delta)))
          (recur (inc n)))
        (Arrays/copyOf found n)))))

(defn- of-key? [^bytes entry ^bytes key]
  (and entry (= (alength entry) (+ 8 (alength key))) (Arrays/equals entry 0 (alength key) key 0 (alength key))))

(defn- put-offsets!
  "Appends offsets to the last chunk of the key, and begins new ones."
  [^MVMap map key ^longs offsets]
  (let [last (.floorKey map (with-offset key Long/MAX_VALUE))
        before (when (of-key? last key) (offsets-of last (.get map last)))
        all (if (and before (< (alength ^longs before) most-offsets)) (long-array (concat before offsets)) offsets)]
    (loop [from 0]
      (when (< from (alength ^longs all))
        (let [part (Arrays/copyOfRange ^longs all from (min (+ from most-offsets) (alength ^longs all)))]
          (.put map (with-offset key (aget part 0)) (chunk-of part))
          (recur (+ from (alength part))))))))

(defn- put-tables! [map ^List tables]
  (doseq [^Table table tables, :let [^Entries entries (.entries table)]]
    (while (.next entries)
      (put-offsets! map (.key entries) (Arrays/copyOfRange (.offsets entries) (.offsetsFrom entries) (.offsetsTo entries))))))

(defn- newest-stored [^MVMap map key n]
  (loop [found [], entry (.floorKey map (with-offset key Long/MAX_VALUE))]
    (if (and (< (count found) (long n)) (of-key? entry key))
      (recur (into found (take (- (long n) (count found)) (rseq (vec (offsets-of entry (.get map entry)))))) (.lowerKey map entry))
      found)))

(defn- newest-young [tables key n]
  (let [^Scan scan (KeyScan. tables key (OffsetWindow. -1 Long/MAX_VALUE (.current (Hiding.))) true)]
    (loop [found []] (if (and (< (count found) (long n)) (.next scan)) (recur (conj found (.offset scan))) found))))

(defn open [^File folder]
  (let [^MVStore store (-> (MVStore$Builder.) (.fileName (str (File. folder "index.mv"))) (.autoCommitDisabled) (.autoCompactFillRate 0)
                           (.cacheSize 8) (.open))
        _ (.setRetentionTime store 0)
        type ByteArrayDataType/INSTANCE
        ^MVMap map (.openMap store "index" (doto (MVMap$Builder.) (.keyType type) (.valueType type)))
        ^MVMap about (.openMap store "about")
        young (atom (List/of))]
    {:add!     (fn [offsets keys n] (when-let [table (Table/of offsets keys n)] (swap! young #(Tiers/added % 0 table))))
     :persist! (fn [since]
                 (put-tables! map @young)
                 (.put about "since" since)
                 (.commit store)
                 (.sync store)
                 (reset! young (List/of)))
     :since    (fn [] (or (.get about "since") -1))
     :newest   (fn [key n]
                 (let [found (newest-young @young key n)]
                   (if (= (count found) (long n)) found (into found (newest-stored map key (- (long n) (count found)))))))
     :close!   (fn [] (.close store -1))}))                  ; compacts
