(ns bench.topics
  "flumelog.kafka beside Kafka's own client with its default settings, on one broker on this machine: bin/bench --kafka.

     bin/bench --kafka                     500,000 records of 200 bytes, 9 rounds
     bin/bench --kafka --records 100000    this number of records
     bin/bench --kafka --rounds 3          the number of rounds
     bin/bench --kafka --only get          these rows, with commas between their names

   In a round each way has its turn, in random order, on a topic of its own with the same number of records. A value is the median
   over the rounds; a ratio is the median of the rounds' own ratios. The broker, all clients and this program share the machine, so
   only the ratios count."
  (:require [bench.stats :as stats]
            [broker]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.core :as log]
            [flumelog.kafka :as kafka])
  (:import (bench.peer PlainTopic)
           (flumelog.coll LogCollection)
           (java.nio.file Files)
           (java.nio.file.attribute FileAttribute)
           (java.util ArrayList Collections Random)
           (java.util.concurrent CompletableFuture)))

(set! *warn-on-reflection* true)

(def ^:private ways [:plain :shared :exclusive])

(def ^:private batch 1000)

(defn- record ^bytes []
  (let [data (byte-array 200)]
    (.nextBytes (Random. 1) data)
    data))

;; What is measured. Each function does `n` operations on the state of a way, and is timed.

(defn- async! [{:keys [^LogCollection log data]} n]
  (let [last (loop [left (long n), last nil]
               (if (zero? left) last (recur (dec left) (log/append-async! log data))))]
    (.get ^CompletableFuture last)))

(defn- batches! [{:keys [log data]} n]
  (let [records (vec (repeat batch data))]
    (dotimes [_ (quot (long n) (long batch))] (log/append-all! log records))))

(defn- count-bytes [^long sum ^bytes data] (+ sum (alength data)))

(defn- offset-of
  "One of the records, which are known by their places."
  [{:keys [offsets]} ^Random random]
  (nth offsets (.nextInt random (count offsets))))

(defn- gets! [{:keys [log seed] :as state} n]
  (let [random (Random. seed)]
    (dotimes [_ n] (get log (offset-of state random)))))

(defn- plain-gets! [{:keys [^PlainTopic plain seed] :as state} n]
  (let [random (Random. seed)]
    (dotimes [_ n] (.get plain (long (offset-of state random))))))

(defn- plain-batches! [{:keys [^PlainTopic plain data]} n]
  (dotimes [_ (quot (long n) (long batch))] (.send plain data batch)))

(def ^:private rows
  "Each with how many operations it does of how many records, and what does them in a log and with the plain client. `:reads` are
   done over all of the topic, and come after the appends."
  [{:row :async     :ops identity :ours async! :theirs (fn [{:keys [^PlainTopic plain data]} n] (.send plain data n))}
   {:row :batches   :ops identity :ours batches! :theirs plain-batches!}
   {:row :reduce    :reads true :ops identity :ours (fn [{:keys [log]} _] (reduce count-bytes 0 log)) :theirs (fn [{:keys [^PlainTopic plain]} _] (.scan plain))}
   {:row :reverse   :reads true :ops identity :ours (fn [{:keys [log]} _] (reduce count-bytes 0 (rseq log)))}
   {:row :newest-10 :reads true :ops (constantly 20) :ours (fn [{:keys [log]} n] (dotimes [_ n] (into [] (take 10) (rseq log))))
    :theirs (fn [{:keys [^PlainTopic plain]} n] (dotimes [_ n] (.newest plain 10)))}
   {:row :get       :reads true :ops (constantly 100) :ours gets! :theirs plain-gets!}])

;; Measuring

(defn- shuffled [things random]
  (let [list (ArrayList. ^java.util.Collection things)]
    (Collections/shuffle list random)
    (vec list)))

(defn- settle!
  "What was appended goes to the disk, and the broker answers the last request of a consumer that has come to the end, which it does
   within half a second: neither is part of a reading."
  []
  (.waitFor (.start (ProcessBuilder. ["sync"])))
  (Thread/sleep 600))

(defn- rate [f state ops]
  (let [started (System/nanoTime)]
    (f state ops)
    (/ (* 1e9 (double ops)) (- (System/nanoTime) started))))

(defn- measure-row
  "The rates of the ways in one round, by way."
  [{:keys [row reads ops ours theirs]} states records random]
  (into {} (for [way (shuffled (if theirs ways (rest ways)) random)
                 :let [_ (when reads (settle!))]]
             [way (rate (if (= :plain way) theirs ours) (states way) (if (= :async row) records (ops records)))])))

(defn- state-of
  "A way over a topic of its own that has the records."
  [way servers round records]
  (let [topic (str (name way) round), data (record)
        log   (kafka/open {:servers servers :topic topic :codec :bytes :create {:replication 1 :min-insync 1}
                           :writer (if (= :exclusive way) :exclusive :shared)})]
    (run! #(log/append-all! log (repeat % data)) (repeat (quot (long records) (long batch)) batch))
    (let [state {:data data :seed round :offsets (into [] (log/offsets log)) :topic topic}]
      (if (= :plain way)
        (do (.close ^LogCollection log) (assoc state :plain (PlainTopic. servers topic)))
        (assoc state :log log)))))

(defn- close! [{:keys [^java.lang.AutoCloseable log ^java.lang.AutoCloseable plain]}]
  (.close ^java.lang.AutoCloseable (or log plain)))

(defn- say [& words]
  (binding [*out* *err*] (apply println words) (flush)))

(defn- round!
  "The rates of one round: {row {way rate}}. The reads come first, since appends make the topic longer."
  [servers round {:keys [records only]}]
  (let [random (Random. round)
        states (into {} (map (fn [way] [way (state-of way servers round records)])) ways)]
    (try
      (into {} (for [{:keys [row] :as r} (sort-by (complement :reads) rows) :when (or (nil? only) (contains? only row))]
                 (let [measured (measure-row r states records random)]
                   (say (str "round " round) row (update-vals measured long))
                   [row measured])))
      (finally (run! close! (vals states))))))

;; The table

(defn- of-round [rounds row f] (keep #(f (get % row)) rounds))

(defn- ratio
  "The median over the rounds of how many times faster the first is than the second."
  [rounds row way base]
  (stats/median (of-round rounds row (fn [rates] (when (and (way rates) (base rates)) (/ (double (way rates)) (double (base rates))))))))

(defn- forward-ratio [rounds way]
  (stats/median (keep #(when-let [back (get-in % [:reverse way])] (/ (double back) (double (get-in % [:reduce way])))) rounds)))

(defn- cell [x] (if x (format (if (< (double x) 100) "%,.2f" "%,.0f") (double x)) ""))

(defn- lines [rounds]
  (for [row (map :row rows) :when (some row rounds)]
    (let [median (fn [way] (stats/median (of-round rounds row way)))]
      [(name row) (cell (median :plain)) (cell (median :shared)) (cell (median :exclusive))
       (cell (if (= :reverse row) (forward-ratio rounds :shared) (ratio rounds row :shared :plain)))
       (cell (if (= :reverse row) (forward-ratio rounds :exclusive) (ratio rounds row :exclusive :plain)))])))

(defn- print-table! [rounds]
  (println "| per second | plain client | :shared | :exclusive | :shared / plain | :exclusive / plain |")
  (println "|---|---|---|---|---|---|")
  (doseq [line (lines rounds)] (println (str "| " (str/join " | " line) " |")))
  (println)
  (println "The ratios of reverse are those to reduce."))

(defn- options [words]
  (let [given (into {} (map vec) (partition 2 words)), number #(some-> (given %) parse-long)]
    {:records (or (number "--records") 500000)
     :rounds  (or (number "--rounds") 9)
     :only    (when-let [only (given "--only")] (into #{} (map keyword) (str/split only #",")))}))

(defn -main [& words]
  (when-let [reason (broker/why-none)] (say reason) (System/exit 1))
  (let [{:keys [rounds] :as options} (options words)
        folder  (.toFile (Files/createTempDirectory (.toPath (io/file "target")) "bench-topics" (make-array FileAttribute 0)))
        started (broker/start! {:folder (io/file folder "broker") :jvm ["-Xmx1g"]})]
    (try
      (round! (:servers started) 0 (assoc options :records 20000)) ; warms up
      (print-table! (mapv #(round! (:servers started) (inc (long %)) options) (range rounds)))
      (finally
        (broker/kill! started)
        (run! io/delete-file (reverse (file-seq folder)))
        (shutdown-agents)))))
