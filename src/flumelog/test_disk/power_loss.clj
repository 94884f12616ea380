(ns ^:no-doc flumelog.test-disk.power-loss
  "What becomes of a file of `flumelog.test-disk` when the power goes: `after-power-loss` as chance will have it,
   `every-state` that can be. A file has its bytes `:now`, those that are surely `:durable`, and the operations that are
   `:pending` since then: [:write position bytes] or [:truncate size].

   A force that fails leaves writes behind that are `:lost`: programs see them, some of their sectors may be on disk, and
   no later force writes them. While there are such, a force that succeeds marks the other operations as `:forced`, since
   their order matters."
  (:import (java.nio ByteBuffer)
           (java.util Arrays Random)))

(set! *warn-on-reflection* true)

(defn apply-op
  "The bytes after an operation."
  ^bytes [^bytes data [op at ^bytes written]]
  (case op
    :truncate (Arrays/copyOf data (int (min (alength data) (long at))))
    :write (let [end (+ (long at) (alength written))
                 out (Arrays/copyOf data (int (max (alength data) end)))]
             (System/arraycopy written 0 out (int at) (alength written))
             out)))

(defn- write? [op] (= :write (first op)))

(defn- state-of
  "What became of an operation: `:lost`, `:forced`, or nil while it is neither."
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
  "The file after a force that failed. As on Linux, the pages that could not be written count as clean from then on; a
   size that was changed is still to be written."
  [file]
  (update file :pending (partial mapv #(if (write? %) (marked % :lost) %))))

(defn- sectors
  "A write as writes of at most one sector each."
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
  "The operations up to some byte of one of them, which comes after all that were forced."
  [^Random random pending]
  (let [sure (inc (long (reduce max -1 (keep-indexed #(when (= :forced (state-of %2)) %1) pending))))
        n (+ sure (.nextInt random (inc (- (count pending) sure))))
        part (nth pending n nil)]
    (cond-> (vec (take n pending))
      (write? part) (conj (beginning random part)))))

(defn- on-disk-of-sector
  "How many of the writes to one sector reached the disk. What goes there is what the sector holds at some time, so these
   are the first ones: up to the last that was forced at least, and of those that were lost later by a failed force maybe
   some, maybe none."
  ^long [^Random random share writes]
  (let [n (count writes)
        sure (inc (long (reduce max -1 (keep-indexed #(when (= :forced (state-of %2)) %1) writes))))]
    (if (< (.nextDouble random) (double share)) n (+ sure (.nextInt random (inc (- n sure)))))))

(defn- sector-by-sector
  "The operations on sectors, each of which is on disk as it was at some time, and not as it was before it was forced."
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
  "The operations without what a failed force lost, unless a later one writes the same sector: the disk gets whole sectors."
  [sector pending]
  (loop [[part & more] (rseq (into [] (mapcat #(if (write? %) (sectors sector %) [%])) pending)), written #{}, out ()]
    (if (nil? part)
      (vec out)
      (let [at (when (write? part) (quot (long (second part)) (long sector)))]
        (if (and at (= :lost (state-of part)) (not (written at)))
          (recur more written out)
          (recur more (cond-> written at (conj at)) (cons part out)))))))

(defn- chosen
  "The operations of which the random number generator says that they reached the disk. Of those that a failed force lost
   none do in every second case."
  [^Random random sector pending]
  (let [all-lost (and (some #(= :lost (state-of %)) pending) (.nextBoolean random))
        pending (if all-lost (without-lost sector pending) pending)]
    (if (= 1 sector) (up-to-any-byte random pending) (sector-by-sector random sector pending))))

(defn after-power-loss
  "The file as a random number generator says that it is found."
  [^Random random sector {:keys [now ^bytes durable pending] :as file}]
  (if (empty? pending)
    (assoc file :now durable :durable durable :memory nil)
    (let [kept (reduce apply-op durable (chosen random sector pending))
          ;; The size may be on disk before the data, which is zeros then.
          data (if (.nextBoolean random) (Arrays/copyOf ^bytes kept (max (alength ^bytes kept) (alength ^bytes now))) kept)]
      (assoc file :now data :durable data :pending [] :memory nil))))

(defn- tears
  "What a write leaves that reached the disk up to a sector, or from there on only."
  [sector [_ at ^bytes data :as op]]
  (mapcat (fn [[_ from]]
            (let [cut (- (long from) (long at))]
              [[:write at (Arrays/copyOf data (int cut))] [:write from (Arrays/copyOfRange data (int cut) (alength data))]]))
          (rest (sectors sector op))))

(defn- each-of
  "All ways to take one of the choices, or nothing where it is nil, from each list of choices."
  [lists]
  (reduce (fn [taken choices] (for [t taken, choice choices] (if choice (conj t choice) t))) [[]] lists))

(defn- outcomes
  "All that can become of operations: each that was not forced is on disk or is not, and a sector tears at most one of them."
  [sector pending]
  (let [whole-or-not (mapv (fn [op] (if (= :forced (state-of op)) [op] [nil op])) pending)
        torn (for [[i op] (map-indexed vector pending) :when (and sector (write? op) (not= :forced (state-of op)))]
               (assoc whole-or-not i (tears sector op)))]
    (mapcat each-of (cons whole-or-not torn))))

(defn every-state
  "What can become of a file: each subset of its unforced operations, whole or with one that is torn at a sector, and the
   same with the size that they all give it. Nothing is torn where the sector is nil."
  [sector {:keys [now durable pending]}]
  (let [kept (map #(reduce apply-op durable %) (outcomes sector pending))
        sized (map #(Arrays/copyOf ^bytes % (int (max (alength ^bytes %) (alength ^bytes now)))) kept)]
    (vals (into {} (map (juxt #(ByteBuffer/wrap %) identity)) (concat kept sized)))))
