(ns flumelog.kafka-crash-test
  "What a broker or a writer that is killed, hangs or has no room leaves of a log: each record that was acknowledged, once, at its
   offset, and no part of a batch."
  (:require [broker]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :as fixtures :refer [error eventually path-in with-temp-folder]]
            [flumelog.kafka :as kafka]
            [flumelog.kafka-broker :refer [with-broker]]
            [flumelog.mounts :refer [run with-mount]]
            [flumelog.process :as process]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (java.util Random)
           (java.util.concurrent CompletableFuture ExecutionException TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private timeout-ms 4000)

(def ^:private long-enough-seconds "In this time a call ends, also on a machine that is busy." 60)

(defn- options [servers more]
  (merge {:servers servers :topic "log" :codec :edn :create {:replication 1 :min-insync 1} :timeout-ms timeout-ms} more))

(defn- open ^LogCollection [{:keys [servers]} & [more]]
  (kafka/open (options servers more)))

(defn- open-again
  "Opens the log as soon as the broker lets it."
  ^LogCollection [broker & [more]]
  (or (eventually #(try (open broker more) (catch LogException e (when-not (= :unavailable (:flumelog/error (ex-data e))) (throw e)))))
      (open broker more)))

;; A writer that notes what was acknowledged. Each value is [writer number of the batch index size], so that parts of batches show.

(defn- batch [n random]
  (let [size (if (< (.nextInt ^Random random 3) 2) 1 (inc (.nextInt ^Random random 50)))]
    (mapv #(vector n % size (.repeat "x" (.nextInt ^Random random 300))) (range size))))

(defn- append-some!
  "Appends the batch in one of three ways. Returns the offsets."
  [l values ^Random random]
  (case (.nextInt random 2)
    0 (log/append-all! l values)
    1 (if (= 1 (count values))
        [(.get ^CompletableFuture (log/append-async! l (first values)) long-enough-seconds TimeUnit/SECONDS)]
        (log/append-all! l values))))

(defn- kind-of [e]
  (:flumelog/error (ex-data (if (instance? ExecutionException e) (ex-cause e) e))))

(defn- append-until!
  "Appends batches until `stop` is realized or an append fails in a way after which the log takes no more. Keeps in the atom
   `kept` what was acknowledged, by offset. Returns the kind of the failure."
  [l stop kept seed]
  (let [random (Random. seed)]
    (loop [n 0]
      (when-not (realized? stop)
        (let [values (batch [seed n] random)
              failed (try (swap! kept into (map vector (append-some! l values random) values)) nil
                          (catch Exception e (or (kind-of e) (throw e))))]
          (if (contains? #{nil :unavailable} failed) (recur (inc n)) failed))))))

(defn- wrong
  "What is wrong with the log: acknowledged records that it has not, and batches of which it has a part; nil for nothing."
  [l kept]
  (let [found   (into {} (map (juxt key val)) (log/entries l))
        lost    (remove (fn [[offset value]] (= value (found offset))) kept)
        partial (for [[n values] (group-by first (vals found)) :when (not= (count values) (nth (first values) 2))] n)]
    (not-empty (cond-> {} (seq lost) (assoc :lost (take 5 lost)) (seq partial) (assoc :partial (take 5 partial))))))

(deftest ^{:ci "kills a broker again and again"} a-killed-broker-loses-nothing-that-was-acknowledged
  (with-broker [started]
    (let [kept (atom {}), seed (System/nanoTime), random (Random. seed)]
      (.close (open @started))
      (dotimes [round (size 1 15)]
        (testing (str "seed " seed ", round " round)
          (let [l (open-again @started), stop (promise)
                writers (mapv #(future (append-until! l stop kept (+ (* 10 round) (long %)))) (range 3))]
            (Thread/sleep (+ 100 (.nextInt random 700)))
            (broker/kill! @started)
            (when (.nextBoolean random) (Thread/sleep 300))
            (swap! started broker/restart!)
            (deliver stop true)
            (is (every? #(contains? #{nil :failed :locked} %) (map #(deref % 60000 :hangs) writers)))
            (is (contains? #{nil :failed :unavailable :locked} (error (.close l))) "close says so when it could not append what was left")
            (with-open [again (open-again @started)]
              (is (nil? (wrong again @kept)))))))
      (is (pos? (count @kept))))))

(deftest ^{:ci "kills writers again and again"} a-killed-writer-loses-nothing-that-was-acknowledged
  (with-broker [started]
    (.close (open @started))
    (process/with-fresh-children (size 1 6)
      (fn [round child]
        (process/tell! child `(do (require 'flumelog.kafka-child)
                                  ((resolve 'flumelog.kafka-child/append-until-killed!) ~(options (:servers @started) nil) ~round)))
        (let [random (Random. round)
              kept   (future (into {} cat (take-while some? (repeatedly #(process/answer child)))))]
          (eventually #(.ready (.inputReader ^Process child)))
          (Thread/sleep (+ 300 (.nextInt random 1500)))
          (process/kill! child)
          (let [kept (deref kept 60000 nil)]
            (with-open [l (open @started)]
              (is (pos? (count kept)))
              (is (nil? (wrong l (update-vals kept vec))))
              (is (some? (log/append! l [[:after round] 0 1 ""])) "the transaction of the dead writer is over"))))))))

(defmacro ^:private in-time
  "What the body returns, or the kind of its LogException; `:hangs` if it does not end."
  [& body]
  `(deref (future (or (error (do ~@body)) :done)) ~(* 1000 60) :hangs))

(deftest ^{:ci "waits for the timeouts of calls"} nothing-hangs-where-a-broker-hangs
  (with-broker [started]
    (let [l (open @started), r (open @started {:mode :read}), offsets (log/append-all! l (range 1000))]
      (is (= 1000 (count (into [] r))))
      (broker/hang! @started)
      (testing "each call ends with a documented error, or with what is known"
        (is (contains? #{:failed :unavailable} (in-time (log/append! l :x))))
        (is (contains? #{:failed :unavailable} (in-time (log/append-all! l [:y :z]))))
        (is (contains? #{:failed :unavailable} (in-time (log/sync! l))))
        (is (contains? #{:unavailable :done} (in-time (get l (nth offsets 500)))))
        (is (contains? #{:unavailable :done} (in-time (reduce (fn [n _] (inc n)) 0 r))))
        (is (contains? #{:unavailable :done} (in-time @(log/since r))))
        (is (= :unavailable (in-time (open @started {:timeout-ms 1000})))))
      (testing "also the closing"
        (is (contains? #{:failed :unavailable :done} (in-time (log/close! l))))
        (is (= :done (in-time (log/close! r)))))
      (broker/go-on! @started)
      (with-open [again (open-again @started)]
        (is (= (range 1000) (take 1000 (into [] again))))
        (is (every? #{:x :y :z} (drop 1000 (into [] again))))
        (log/append! again :after)
        (is (= :after (first (rseq again))))))))

(deftest ^{:ci "waits for a broker that comes back"} a-log-that-is-open-goes-on-when-the-broker-is-back
  (with-broker [started]
    (with-open [l (open @started), r (open @started {:mode :read})]
      (log/append! l 1)
      (broker/kill! @started)
      (is (contains? #{:unavailable :failed} (in-time (log/append! l 2))))
      (swap! started broker/restart!)
      (testing "a writer, or it says that it must be opened again"
        (is (eventually #(contains? #{nil :failed :locked} (error (log/append! l 3))))))
      (testing "a reader by itself"
        (with-open [again (open-again @started)]                ; decides what the broker has left undecided
          (is (eventually #(try (= (vec again) (into [] r)) (catch LogException _ false))))
          (is (= 1 (first r))))))))

(deftest ^{:ci "kills a broker again and again"} a-commit-that-a-killed-broker-forgot-is-decided-by-the-next-writer
  (with-broker [started]
    (dotimes [n (size 4 8)]
      (with-open [l (open-again @started)]
        (is (= (range n) (vec l)))
        (log/append! l n)
        (broker/kill! @started))                                ; in most rounds before the partition has heard of the commit
      (swap! started broker/restart!))))

(deftest ^{:ci "kills a broker again and again"} what-a-killed-broker-forgot-of-a-shared-writer-is-decided-by-it-or-by-the-next-one
  (with-broker [started]
    (dotimes [n (size 4 8)]
      (with-open [l (open-again @started {:writer (if (odd? n) :exclusive :shared)})]
        (is (= (range (* 6 n)) (vec l)) "the writer before is gone")
        (with-open [shared (open @started {:writer :shared :timeout-ms 60000})]
          (dotimes [part 3]                                     ; it goes on after its broker was killed
            (let [from (+ (* 6 n) (* 2 part))]
              (is (= 2 (count (log/append-all! shared [from (inc from)])))))
            (broker/kill! @started)                             ; in most rounds before the partition has heard of the commit
            (swap! started broker/restart!)))))))

(defn- tmpfs-of [bytes point & more]
  (into ["mount" "-t" "tmpfs" "-o" (str "size=" bytes (apply str more)) "tmpfs" (str point)] nil))

(deftest ^{:ci "fills a file system"} a-full-disk-loses-nothing-that-was-acknowledged
  (with-temp-folder [folder]
    (let [point (path-in folder "disk")]
      (.mkdir (java.io.File. point))
      (with-mount [point (tmpfs-of "40m" point)]
        (with-broker [started {:folder (path-in (java.io.File. point) "broker")
                               :words ["log.segment.bytes=1048576" "log.index.size.max.bytes=65536" "log.initial.task.delay.ms=500"
                                       "metadata.log.segment.bytes=8388608"]}]
          (let [l (open @started), kept (atom {}), text (.repeat "x" 100000)]
            (is (contains? #{:failed :unavailable}
                           (in-time (dotimes [n 1000] (let [value [n 0 1 text]] (swap! kept assoc (log/append! l value) value))))))
            (is (not= :hangs (in-time (log/close! l))))
            (broker/kill! @started)
            (is (= 0 (:exit (run "mount" "-o" "remount,size=120m" point))))
            (swap! started broker/restart!)
            (with-open [again (open-again @started)]
              (is (pos? (count @kept)))
              (is (nil? (wrong again @kept)))
              (is (some? (log/append! again [:after 0 1 ""]))))))))))
