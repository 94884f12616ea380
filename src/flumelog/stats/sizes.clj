(ns ^:no-doc flumelog.stats.sizes
  "How large records are, in constant memory. Sizes below 2048 bytes are counted one by one, larger ones in 1024 steps for each
   doubling, as HdrHistogram does it. So a quantile is exact below 2048 bytes and differs by less than 0.1 percent above.

   * `sizes`, `add!`
   * `summary`: smallest, median, 99th percentile, largest; `histogram`: bars for people")

(set! *warn-on-reflection* true)

(def ^:private ^:const step-bits 10)
(def ^:private ^:const steps (bit-shift-left 1 step-bits))
(def ^:private ^:const most-buckets (* steps (- 33 step-bits)))   ; a length has 32 bits

(defn- bucket ^long [^long size]
  (let [shift (max 0 (- 63 step-bits (Long/numberOfLeadingZeros size)))]
    (+ (* shift (long steps)) (bit-shift-right size shift))))

(defn- smallest-in ^long [^long bucket]
  (let [shift (max 0 (dec (quot bucket (long steps))))]
    (bit-shift-left (- bucket (* shift (long steps))) shift)))

(defn sizes []
  (long-array (inc (long most-buckets))))

(defn add! [^longs sizes ^long size]
  (let [i (bucket size)]
    (aset sizes i (inc (aget sizes i)))))

(defn- bound
  "The index behind the last bucket that can hold a record, so that a log of small records needs no walk over all of them."
  ^long [^longs sizes ^long largest]
  (min (alength sizes) (inc (bucket largest))))

(defn- total ^long [^longs sizes ^long largest]
  (loop [i (dec (bound sizes largest)), n 0]
    (if (neg? i) n (recur (dec i) (+ n (aget sizes i))))))

(defn- quantile
  "The size that a share q of the records does not exceed."
  [^longs sizes q largest]
  (let [rank (max 1 (long (Math/ceil (* (double q) (total sizes largest)))))]
    (loop [i 0, seen (aget sizes 0)]
      (if (>= seen rank) (min (long largest) (smallest-in i)) (recur (inc i) (+ seen (aget sizes (inc i))))))))

(defn- used
  "The sizes that occur, in order, with how many records have each."
  [^longs sizes largest]
  (let [bound (bound sizes largest)]
    (loop [i 0, used (transient [])]
      (if (= i bound)
        (persistent! used)
        (recur (inc i) (if (pos? (aget sizes i)) (conj! used [(smallest-in i) (aget sizes i)]) used))))))

(defn summary [sizes smallest largest]
  {:smallest smallest, :median (quantile sizes 0.5 largest), :p99 (quantile sizes 0.99 largest), :largest largest})

;; The histogram

(def ^:private ^:const about-bars 20)

(defn- round-width
  "The least number of the form 1, 2 or 5 times a power of ten that is not below n."
  ^long [^long n]
  (long (first (filter #(>= (long %) n) (mapcat (fn [p] [p (* 2 (long p)) (* 5 (long p))]) (iterate #(* 10 (long %)) 1))))))

(defn- even-bars [^long smallest ^long largest]
  (let [width (round-width (inc (quot (- largest smallest) (long about-bars))))]
    (for [from (range (- smallest (rem smallest width)) (inc largest) width)]
      [from (+ (long from) (dec width))])))

(defn- doubling-bars [smallest largest]
  (for [from (take-while #(<= (long %) (long largest)) (iterate #(* 2 (long %)) (Long/highestOneBit (long smallest))))]
    [from (dec (* 2 (long from)))]))

(defn histogram
  "The records by their size, as `[{:from n :to n :records n} ...]` without gaps. The bars are of equal width where the sizes
   differ little, else each is twice as wide as the one before."
  [sizes smallest largest]
  (let [smallest (max 1 (long smallest)), largest (long largest)
        bars (if (<= largest (* 16 smallest)) (even-bars smallest largest) (doubling-bars smallest largest))]
    (loop [[[from to] & more] bars, left (used sizes largest), out []]
      (if (nil? from)
        out
        (let [[inside above] (split-with #(<= (long (first %)) (long to)) left)]
          (recur more above (conj out {:from from :to to :records (reduce + (map second inside))})))))))
