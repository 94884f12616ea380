(ns bench.stats
  "What measures say together: `median`, `spread`, `ratio`; `value` of a line, and `cells`, all lines as a table.")

(set! *warn-on-reflection* true)

(defn median
  "The one in the middle, or the mean of the two there; nil of none."
  [numbers]
  (when (seq numbers)
    (let [sorted (vec (sort numbers)), n (count sorted), half (quot n 2)]
      (if (odd? n)
        (nth sorted half)
        (/ (+ (nth sorted (dec half)) (nth sorted half)) 2.0)))))

(defn spread
  "How far apart the least and the most are, as a part of the median; nil of fewer than two."
  [numbers]
  (when (next numbers)
    (double (/ (- (apply max numbers) (apply min numbers)) (median numbers)))))

(defn better
  "How many times better `a` is than `b`, for a unit of which more or less is better."
  [unit a b]
  (double (if (= :per-second unit) (/ a b) (/ b a))))

(defn ratio
  "The median of how many times better ours is than theirs, over the rounds that have both; nil where none has.
   Both are maps from round to value: figures of different rounds are not compared."
  [unit ours theirs]
  (median (for [[round a] ours, :let [b (get theirs round)], :when b] (better unit a b))))

(defn value
  "What a line measured, in the unit of its row: operations a second, microseconds an operation, or MiB."
  [unit {:keys [nanos ops bytes]}]
  (case unit
    :per-second (/ (* 1e9 ops) nanos)
    :micros     (/ nanos 1e3 ops)
    :mib        (/ bytes 1048576.0)))

(defn cells
  "Lines as {[row workload records temperature] {peer {round value}}}, where a round is [run number]. `unit-of` gives
   the unit of a row. Lines that are wrong, failed or were skipped are left out."
  [unit-of lines]
  (reduce (fn [table {:keys [row workload records temperature peer run round] :as line}]
            (assoc-in table [[row workload records temperature] peer [run round]] (value (unit-of row) line)))
          {}
          (remove (some-fn :wrong :failed :skipped) lines)))

(defn mark-wrong
  "The lines, with `:wrong` and what was expected where a sum is not that of its row. `expected` gives the sum for
   [row workload], and where it knows none, most of the peers have to agree."
  [expected lines]
  (let [most (fn [lines] (key (apply max-key val (frequencies (keep :sum lines)))))
        agreed (update-vals (group-by (juxt :row :workload) (filter :sum lines)) most)]
    (for [{:keys [row workload sum] :as line} lines
          :let [right (or (get expected [row workload]) (get agreed [row workload]))]]
      (cond-> line
        (and sum right (not= sum right)) (assoc :wrong right)))))
