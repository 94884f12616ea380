(ns ^:no-doc flumelog.stats.times
  "How a log grew over time, in constant memory.

   * `millis`: a moment that a value may stand for
   * `times`, `add!`: a line of spans of equal length, which are made longer whenever there are too many
   * `line`: all of it; `shown`, `groups`: the part of it that pictures show"
  (:import (java.time Instant LocalDate LocalDateTime OffsetDateTime ZoneOffset)
           (java.time.format DateTimeParseException)
           (java.util Date TreeMap)))

(set! *warn-on-reflection* true)

;; Moments

(def ^:private ^:const least-seconds "In 1973, so that small numbers are no times." 1e8)
(def ^:private ^:const most-seconds "In 2286; the same moment in milliseconds is a hundred times more." 1e10)

(defn- of-number
  "Numbers count seconds, milli-, micro- or nanoseconds since 1970; of each the years from 1973 to 2286 don't overlap."
  [^double n]
  (let [seconds? #(and (<= (double least-seconds) (double %)) (< (double %) (double most-seconds)))]
    (cond
      (seconds? (/ n 1e3)) (long n)
      (seconds? n)         (long (* n 1e3))
      (seconds? (/ n 1e6)) (long (/ n 1e3))
      (seconds? (/ n 1e9)) (long (/ n 1e6)))))

(defn- of-text [^String text]
  (when (and (<= 10 (count text) 40) (re-matches #"\d{4}-\d\d-\d\d(?:[T ].*)?" text))
    (let [text (.replace text \space \T)]
      (some (fn [parse] (try (parse text) (catch DateTimeParseException _ nil)))
            [#(.toEpochMilli (Instant/parse %))
             #(.toEpochMilli (.toInstant (OffsetDateTime/parse %)))
             #(.toEpochMilli (.toInstant (LocalDateTime/parse %) ZoneOffset/UTC))
             #(.toEpochMilli (.toInstant (.atStartOfDay (LocalDate/parse %)) ZoneOffset/UTC))]))))

(defn date?
  "Whether the value is a moment of one of the JDK's classes. `inst?` asks the same, a hundred times as slowly of what is none."
  [value]
  (or (instance? Date value) (instance? Instant value)))

(defn millis
  "The moment that a value stands for, in milliseconds since 1970; nil when it seems to be none."
  [value]
  (try
    (cond
      (date? value) (inst-ms value)
      (number? value) (of-number (double value))
      (string? value) (of-text value)
      :else nil)
    (catch ArithmeticException _ nil)))                      ; an Instant of another age of the world

;; Spans

(def ^:private ^:const most-spans 240)

(def ^:private lengths
  "Lengths of spans that people know, in milliseconds, and then ever longer ones. Each is a multiple of the one before."
  (let [second 1000, minute (* 60 second), hour (* 60 minute), day (* 24 hour)]
    (into [second (* 5 second) (* 15 second) minute (* 5 minute) (* 15 minute) hour (* 3 hour) (* 12 hour) day (* 7 day)]
          (take 30 (iterate #(* 2 (long %)) (* 28 day))))))

(deftype ^:private Times [^TreeMap spans ^longs state])      ; state: which length, the latest moment, how many went back

(defn times []
  (->Times (TreeMap.) (long-array [0 Long/MIN_VALUE 0])))

(defn- length ^long [^Times times]
  (long (lengths (aget ^longs (.state times) 0))))

(defn- add-to! [^TreeMap spans ^long span ^long records ^long bytes]
  (if-let [^longs sums (.get spans span)]
    (do (aset sums 0 (+ (aget sums 0) records))
        (aset sums 1 (+ (aget sums 1) bytes)))
    (.put spans span (long-array [records bytes]))))

(defn- lengthen! [^Times times]
  (let [^TreeMap spans (.spans times), ^longs state (.state times), old (TreeMap. spans), before (length times)]
    (aset state 0 (inc (aget state 0)))
    (.clear spans)
    (doseq [[span ^longs sums] old]
      (add-to! spans (Math/floorDiv (long span) (quot (length times) before)) (aget sums 0) (aget sums 1)))))

(defn add!
  "Counts records, and their bytes, at a moment."
  [^Times times ^long moment records bytes]
  (let [^longs state (.state times), ^TreeMap spans (.spans times)]
    (when (< moment (aget state 1)) (aset state 2 (inc (aget state 2))))
    (aset state 1 (max moment (aget state 1)))
    (add-to! spans (Math/floorDiv moment (length times)) records bytes)
    (while (> (.size spans) (long most-spans)) (lengthen! times))))

(defn line
  "The spans that have records, in order: `{:span-ms n :backwards n :spans [{:at date :records n :bytes n} ...]}`. `:backwards`
   is how many moments were before one that came earlier. Nil when there is no moment."
  [^Times times]
  (let [^longs state (.state times), span-ms (length times)]
    (when (seq (.spans times))
      {:span-ms span-ms :backwards (aget state 2)
       :spans (mapv (fn [[span ^longs sums]] {:at (Date. (* (long span) span-ms)) :records (aget sums 0) :bytes (aget sums 1)})
                    (.spans times))})))

;; What to show

(def ^:private ^:const left-out "The share of the records at either end that may be outside of the picture." 0.002)

(defn- ends
  "The indexes of the first and the last span that are shown."
  [spans]
  (let [counts (mapv :records spans), out (* (double left-out) (double (reduce + counts)))
        first-in (fn [counts] (count (take-while #(<= (double %) out) (reductions + counts))))]
    [(first-in counts) (- (dec (count counts)) (long (first-in (rseq counts))))]))

(defn length-of
  "How many milliseconds it is from the start of the first span to the end of the last."
  ^long [spans ^long span-ms]
  (+ span-ms (- (.getTime ^Date (:at (peek spans))) (.getTime ^Date (:at (first spans))))))

(defn shown
  "The spans to show. A few records with times far away from all others, as wrong clocks give them, would leave no room for these."
  [{:keys [spans span-ms]}]
  (let [[from to] (ends spans), middle (subvec spans from (inc (long to)))]
    (if (> (length-of spans span-ms) (* 2 (length-of middle span-ms))) middle spans)))

(defn groups
  "The spans to show, gathered in at most n groups of equal length, as `[date records]`."
  [{:keys [span-ms] :as line} n]
  (let [spans (shown line), start (.getTime ^Date (:at (first spans))), span-ms (long span-ms)
        per (* span-ms (long (Math/ceil (/ (double (length-of spans span-ms)) (* span-ms (double n))))))
        group #(quot (- (.getTime ^Date (:at %)) start) per)
        records (update-vals (group-by group spans) #(reduce + (map :records %)))]
    (for [i (range (inc (long (group (peek spans)))))]
      [(Date. (+ start (* (long i) per))) (records i 0)])))
