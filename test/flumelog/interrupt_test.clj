(ns flumelog.interrupt-test
  "An interrupt of a thread that uses the log closes nothing, loses and repeats no record, and is not swallowed."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (java.util Random)
           (java.util.concurrent.atomic AtomicLong)
           (java.util.concurrent.locks LockSupport)))

(set! *warn-on-reflection* true)

(defn- interrupted
  "Calls f in a thread that is interrupted before and all the while; its result, and whether it is still interrupted."
  [f]
  (let [result (promise)
        thread (Thread. #(do (.interrupt (Thread/currentThread))
                             (deliver result [(try (f) (catch Throwable t t)) (Thread/interrupted)])))]
    (.start thread)
    (while (not (realized? result)) (.interrupt thread) (Thread/yield))
    @result))

(deftest an-interrupt-neither-closes-the-log-nor-gets-lost
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [^LogCollection l (first (interrupted #(log/open path {:cache-blocks 0 :sync :each})))]
        (is (= [0 true] (interrupted #(log/append! l :a))))
        (is (= [[18 36] true] (interrupted #(log/append-all! l [:b :c]))))
        (is (= [[:a :b :c] true] (interrupted #(into [] l))))
        (is (= [:b true] (interrupted #(get l 18))))
        (is (= [nil true] (interrupted #(log/sync! l))))
        (is (= [1 true] (interrupted #(log/delete! l 0))))
        (is (= [:b :c] (into [] l)) "other threads go on")
        (is (= [nil true] (interrupted #(.close l)))))
      (with-open [l (log/open path)] (is (= [:b :c] (into [] l)))))))

;; Rain

(defn- append-and-look [l t n]
  (let [offset (log/append! l [t n])]
    (when (not= [t n] (get l offset)) (throw (ex-info "lost" {:record [t n], :offset offset})))
    1))

(defn- append-two-and-look [l t n]
  (let [values [[t n] [t (inc n)]], offsets (log/append-all! l values)]
    ;; Others append between no two records of a batch.
    (when (not= (map vector offsets values) (into [] (log/entries l {:gte (first offsets) :lte (peek offsets)})))
      (throw (ex-info "lost" {:records values, :offsets offsets})))
    2))

(defn- read-a-stretch [l ^Random random]
  (let [from (.nextInt random (int (max 1 @(log/since l))))
        stretch (into [] (log/entries l {:gte from :limit 10}))]
    (when-not (and (= stretch (sort-by first stretch)) (every? (fn [[offset v]] (= v (l offset))) stretch))
      (throw (ex-info "misread" {:from from, :stretch stretch})))
    0))

(defn- act
  "One call of the kind that worker t makes; how many records it appended. n is how many there were before."
  [l t n random]
  (case (int (rem t 4))
    0 (append-and-look l t n)
    1 (append-two-and-look l t n)
    2 (read-a-stretch l random)
    3 (do (log/sync! l) (append-and-look l t n))))

(def ^:private calls-per-interrupt
  "A thread that made that many calls since its last interrupt waits for the next: the rain is the test, not the log."
  5)

(defn- use-until
  "Makes calls until `stop`; counts the interrupts in `seen`; how many records it appended."
  [l t stop ^AtomicLong seen random]
  (loop [appended 0, calls 0]
    (cond
      (Thread/interrupted) (do (.incrementAndGet seen) (recur appended 0))
      (realized? stop) appended
      (< calls (long calls-per-interrupt)) (recur (+ appended (long (act l t appended random))) (inc calls))
      :else (do (LockSupport/parkNanos 1000000) (recur appended calls)))))

(defn- worker
  "A thread that uses the log until `stop`: how often it was interrupted and saw that, and how it ended."
  [l t stop seed]
  (let [seen (AtomicLong.), result (promise), random (Random. (+ seed t))]
    {:seen seen
     :sent (AtomicLong.)
     :result result
     :thread (Thread. #(do (deliver result (try (use-until l t stop seen random) (catch Throwable e e)))
                           (when (Thread/interrupted) (.incrementAndGet seen))))}))

(defn- rain
  "Interrupts the workers, each again when it has seen the one before, until there were `total` of them or nobody sees
   them any more; returns how many."
  [workers total]
  (let [deadline (+ (System/nanoTime) 300000000000)]
    (loop [sum 0]
      (let [due (filter (fn [{:keys [^AtomicLong seen ^AtomicLong sent result]}]
                          (and (= (.get seen) (.get sent)) (not (realized? result))))
                        workers)]
        (if (or (<= total sum) (every? (comp realized? :result) workers) (< deadline (System/nanoTime)))
          sum
          (do (doseq [{:keys [^AtomicLong sent ^Thread thread]} due] (.incrementAndGet sent) (.interrupt thread))
              (Thread/yield)
              (recur (+ sum (count due)))))))))

(defn- check-all-there [l appended]
  (let [by-thread (group-by first (into [] l))]
    (doseq [[t n] (map-indexed vector appended)]
      (is (= (range n) (map second (by-thread t []))) (str "all that thread " t " appended, once and in order")))))

(defn- rain-on [options total seed]
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          stop (promise)]
      (with-open [l (log/open path options)]
        (let [workers (mapv #(worker l % stop seed) (range 16))]
          (run! #(.start ^Thread (:thread %)) workers)
          (let [sum (rain workers total)]
            (deliver stop true)
            (run! #(.join ^Thread (:thread %)) workers)
            (is (<= total sum))
            (is (= sum (reduce + (map #(.get ^AtomicLong (:seen %)) workers))) "each interrupt was seen"))
          (let [appended (map (comp deref :result) workers)]
            (is (= [] (remove int? appended)))
            (check-all-there l appended)
            (.close ^LogCollection l)
            (with-open [l (log/open path)] (check-all-there l appended))))))))

(deftest interrupts-raining-on-threads-lose-and-repeat-nothing
  (let [seed (System/nanoTime)]
    (doseq [options [{:sync :none :cache-blocks 1} {:sync :each} {:sync {:every-ms 1} :block-bytes 64 :cache-blocks 4}]]
      (testing (str options ", seed " seed)
        (rain-on options (size 700 16700) seed)))))
