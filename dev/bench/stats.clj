(ns bench.stats
  "Statistics of measures: `median`, `spread`, `ratio`; the `value` of a line, and `cells`, all lines as a table.")

(set! *warn-on-reflection* true)

(defn median
  "The middle number, or the mean of the two middle ones; nil for no numbers."
  [numbers]
  (when (seq numbers)
    (let [sorted (vec (sort numbers)), n (count sorted), half (quot n 2)]
      (if (odd? n)
        (nth sorted half)
        (/ (+ (nth sorted (dec half)) (nth sorted half)) 2.0)))))

(defn spread
  "The difference of the largest and the smallest number, relative to the median; nil for fewer than two numbers."
  [numbers]
  (when (next numbers)
    (double (/ (- (apply max numbers) (apply min numbers)) (median numbers)))))

(defn better
  "How many times better `a` is than `b`; the unit says whether more or less is better."
  [unit a b]
  (double (if (= :per-second unit) (/ a b) (/ b a))))

(defn ratio
  "The median, over the rounds that both have, of how many times better ours is than theirs; nil if no round has both.
   Both are maps from round to value. Values of different rounds are not compared."
  [unit ours theirs]
  (median (for [[round a] ours, :let [b (get theirs round)], :when b] (better unit a b))))

(defn value
  "The value of a line in the unit of its row: operations per second, microseconds per operation, or MiB."
  [unit {:keys [nanos ops bytes]}]
  (case unit
    :per-second (/ (* 1e9 ops) nanos)
    :micros     (/ nanos 1e3 ops)
    :mib        (/ bytes 1048576.0)))

(defn cells
  "Lines as {[row workload records temperature] {peer {round value}}}, where a round is [run number]. `unit-of` gives
   the unit of a row. Lines that are wrong, failed or skipped are left out."
  [unit-of lines]
  (reduce (fn [table {:keys [row workload records temperature peer run round] :as line}]
            (assoc-in table [[row workload records temperature] peer [run round]] (value (unit-of row) line)))
          {}
          (remove (some-fn :wrong :failed :skipped) lines)))

(defn mark-wrong
  "The lines. A line whose sum is not the expected one gets `:wrong` with the expected sum. `expected` gives the sum of
   [row workload]. If it has none, the sum on which most peers agree is expected."
  [expected lines]
  (let [most (fn [lines] (key (apply max-key val (frequencies (keep :sum lines)))))
        agreed (update-vals (group-by (juxt :row :workload) (filter :sum lines)) most)]
    (for [{:keys [row workload sum] :as line} lines
          :let [right (or (get expected [row workload]) (get agreed [row workload]))]]
      (cond-> line
        (and sum right (not= sum right)) (assoc :wrong right)))))
