(ns ^:no-doc flumelog.test-disk.power-loss
  "The states of a file of `flumelog.test-disk` after a power loss: `after-power-loss` gives a random one, `every-state`
   all of them. A file has the bytes that programs see, `:now`; the bytes that are surely on disk, `:durable`; and the
   operations since then, `:pending`, each [:write position bytes] or [:truncate size].

   A force that fails marks the pending writes as `:lost`: programs still see them, some of their sectors may be on
   disk, and no later force writes them. While a file has lost writes, a force that succeeds does not remove the other
   operations but marks them as `:forced`, because their order matters."
  (:import (java.nio ByteBuffer)
           (java.util Arrays Random)))

(set! *warn-on-reflection* true)

(defn apply-op
  "The bytes after the operation."
  ^bytes [^bytes data [op at ^bytes written]]
  (case op
    :truncate (Arrays/copyOf data (int (min (alength data) (long at))))
    :write (let [end (+ (long at) (alength written))
                 out (Arrays/copyOf data (int (max (alength data) end)))]
             (System/arraycopy written 0 out (int at) (alength written))
             out)))

(defn- write? [op] (= :write (first op)))

(defn- state-of
  "The state of an operation: `:lost`, `:forced`, or nil."
  [op]
  (::state (meta op)))

(defn- marked [op state]
  (if (state-of op) op (vary-meta op assoc ::state state)))

(defn forced
  "The file after a force that succeeded."
  [{:keys [now pending] :as file}]
  (if (some #(= :lost (state-of %)) pending)
    (assoc file :pending (mapv #(marked % :forced) pending))
    (assoc file :durable now :pending [])))

(defn not-forced
  "The file after a force that failed. As on Linux, the pages that could not be written count as clean from then on, so
   no later force writes them. A changed size is still pending."
  [file]
  (update file :pending (partial mapv #(if (write? %) (marked % :lost) %))))

(defn- sectors
  "The write, divided into writes of at most one sector each."
  [sector [_ position ^bytes data :as op]]
  (loop [at 0, parts []]
    (if (>= at (alength data))
      parts
      (let [start (+ (long position) at)
            n (min (- (alength data) at) (- (long sector) (rem start (long sector))))]
        (recur (+ at n) (conj parts (with-meta [:write start (Arrays/copyOfRange data at (int (+ at n)))] (meta op))))))))

(defn- beginning [^Random random [op position ^bytes data]]
  [op position (Arrays/copyOf data (.nextInt random (inc (alength data))))])

(defn- up-to-any-byte
  "The operations up to a random byte of one of them. All forced operations are included."
  [^Random random pending]
  (let [sure (inc (long (reduce max -1 (keep-indexed #(when (= :forced (state-of %2)) %1) pending))))
        n (+ sure (.nextInt random (inc (- (count pending) sure))))
        part (nth pending n nil)]
    (cond-> (vec (take n pending))
      (write? part) (conj (beginning random part)))))

(defn- on-disk-of-sector
  "How many of the writes to one sector reached the disk. The disk gets the content that the sector has at some time, so
   it gets the first n of the writes. These include all writes up to the last forced one."
  ^long [^Random random share writes]
  (let [n (count writes)
        sure (inc (long (reduce max -1 (keep-indexed #(when (= :forced (state-of %2)) %1) writes))))]
    (if (< (.nextDouble random) (double share)) n (+ sure (.nextInt random (inc (- n sure)))))))

(defn- sector-by-sector
  "The operations that reached the disk, decided for each sector apart. A sector has the content that it had at some
   time after it was last forced."
  [^Random random sector pending]
  (let [share (.nextDouble random)
        sector-of #(quot (long (second %)) (long sector))
        parts (mapcat #(if (write? %) (sectors sector %) [%]) pending)
        by-sector (into (sorted-map) (group-by sector-of (filter write? parts)))]
    (loop [[part & more] parts, left (update-vals by-sector #(on-disk-of-sector random share %)), out []]
      (cond
        (nil? part) out
        (write? part) (recur more (update left (sector-of part) dec) (if (pos? (long (left (sector-of part)))) (conj out part) out))
        (= :forced (state-of part)) (recur more left (conj out part))
        :else (recur more left (if (< (.nextDouble random) share) (conj out part) out))))))

(defn- without-lost
  "The operations without the lost ones. A lost one stays if a later operation writes the same sector, since the disk
   gets whole sectors."
  [sector pending]
  (loop [[part & more] (rseq (into [] (mapcat #(if (write? %) (sectors sector %) [%])) pending)), written #{}, out ()]
    (if (nil? part)
      (vec out)
      (let [at (when (write? part) (quot (long (second part)) (long sector)))]
        (if (and at (= :lost (state-of part)) (not (written at)))
          (recur more written out)
          (recur more (cond-> written at (conj at)) (cons part out)))))))

(defn- chosen
  "The operations that reached the disk, chosen at random. In every second case none of the lost ones did."
  [^Random random sector pending]
  (let [all-lost (and (some #(= :lost (state-of %)) pending) (.nextBoolean random))
        pending (if all-lost (without-lost sector pending) pending)]
    (if (= 1 sector) (up-to-any-byte random pending) (sector-by-sector random sector pending))))

(defn after-power-loss
  "The file as it is found after a power loss, at random."
  [^Random random sector {:keys [now ^bytes durable pending] :as file}]
  (if (empty? pending)
    (assoc file :now durable :durable durable :memory nil)
    (let [kept (reduce apply-op durable (chosen random sector pending))
          ;; The size may reach the disk before the data; the data is read as zeros then.
          data (if (.nextBoolean random) (Arrays/copyOf ^bytes kept (max (alength ^bytes kept) (alength ^bytes now))) kept)]
      (assoc file :now data :durable data :pending [] :memory nil))))

(defn- tears
  "The possible remains of a torn write: for each sector but the first, the part before it and the part from it on."
  [sector [_ at ^bytes data :as op]]
  (mapcat (fn [[_ from]]
            (let [cut (- (long from) (long at))]
              [[:write at (Arrays/copyOf data (int cut))] [:write from (Arrays/copyOfRange data (int cut) (alength data))]]))
          (rest (sectors sector op))))

(defn- each-of
  "All ways to take one choice from each list. The choice nil adds nothing."
  [lists]
  (reduce (fn [taken choices] (for [t taken, choice choices] (if choice (conj t choice) t))) [[]] lists))

(defn- outcomes
  "All sequences of operations that can be on disk. An operation that was not forced is there or is not. With a sector
   size, at most one write is torn."
  [sector pending]
  (let [whole-or-not (mapv (fn [op] (if (= :forced (state-of op)) [op] [nil op])) pending)
        torn (for [[i op] (map-indexed vector pending) :when (and sector (write? op) (not= :forced (state-of op)))]
               (assoc whole-or-not i (tears sector op)))]
    (mapcat each-of (cons whole-or-not torn))))

(defn every-state
  "All contents that a file can have after a power loss. They result from each subset of the unforced operations, with
   at most one write torn at a sector, and each also with the size that all operations together give the file. No write
   is torn when `sector` is nil."
  [sector {:keys [now durable pending]}]
  (let [kept (map #(reduce apply-op durable %) (outcomes sector pending))
        sized (map #(Arrays/copyOf ^bytes % (int (max (alength ^bytes %) (alength ^bytes now)))) kept)]
    (vals (into {} (map (juxt #(ByteBuffer/wrap %) identity)) (concat kept sized)))))
