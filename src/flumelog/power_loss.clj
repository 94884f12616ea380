(ns ^:no-doc flumelog.power-loss
  "What becomes of a file of `flumelog.test-disk` when the power goes: `after-power-loss` as chance will have it,
   `every-state` that can be. A file has its bytes `:now`, those that were `:durable` after the last force, and the
   operations that are `:pending` since then: [:write position bytes] or [:truncate size]."
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

(defn- sectors
  "A write as writes of at most one sector each."
  [sector [op position ^bytes data]]
  (loop [at 0, parts []]
    (if (>= at (alength data))
      parts
      (let [start (+ (long position) at)
            n (min (- (alength data) at) (- (long sector) (rem start (long sector))))]
        (recur (+ at n) (conj parts [op start (Arrays/copyOfRange data at (int (+ at n)))]))))))

(defn- beginning [^Random random [op position ^bytes data]]
  [op position (Arrays/copyOf data (.nextInt random (inc (alength data))))])

(defn- up-to-any-byte
  "The operations up to some byte of one of them."
  [^Random random pending]
  (let [n (.nextInt random (inc (count pending)))
        part (nth pending n nil)]
    (cond-> (vec (take n pending))
      (= :write (first part)) (conj (beginning random part)))))

(defn- how-many-kept
  "For each sector, how many of the n writes to it reached the disk: the first ones, since what goes to the disk is what
   a sector holds at some time."
  [^Random random share sectors]
  (into {} (for [[sector n] (sort (frequencies sectors))]
             [sector (if (< (.nextDouble random) (double share)) n (.nextInt random (inc (long n))))])))

(defn- sector-by-sector
  "The operations on sectors, each of which is on disk as it was at some time."
  [^Random random sector pending]
  (let [share (.nextDouble random)
        write? #(= :write (first %))
        sector-of #(quot (long (second %)) (long sector))
        parts (mapcat #(if (write? %) (sectors sector %) [%]) pending)]
    (loop [[part & more] parts, left (how-many-kept random share (map sector-of (filter write? parts))), out []]
      (cond
        (nil? part) out
        (write? part) (recur more (update left (sector-of part) dec) (if (pos? (left (sector-of part))) (conj out part) out))
        :else (recur more left (if (< (.nextDouble random) share) (conj out part) out))))))

(defn- chosen
  "The operations of which the random number generator says that they reached the disk."
  [^Random random sector pending]
  (if (= 1 sector) (up-to-any-byte random pending) (sector-by-sector random sector pending)))

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
  "All that can become of operations: each is on disk or is not, and a sector tears at most one of them."
  [sector pending]
  (let [whole-or-not (mapv (fn [op] [nil op]) pending)
        torn (for [[i op] (map-indexed vector pending) :when (and sector (= :write (first op)))]
               (assoc whole-or-not i (tears sector op)))]
    (mapcat each-of (cons whole-or-not torn))))

(defn every-state
  "What can become of a file: each subset of its unforced operations, whole or with one that is torn at a sector, and the
   same with the size that they all give it. Nothing is torn where the sector is nil."
  [sector {:keys [now durable pending]}]
  (let [kept (map #(reduce apply-op durable %) (outcomes sector pending))
        sized (map #(Arrays/copyOf ^bytes % (int (max (alength ^bytes %) (alength ^bytes now)))) kept)]
    (vals (into {} (map (juxt #(ByteBuffer/wrap %) identity)) (concat kept sized)))))
