(ns flumelog.workers-test
  "The background threads of a log: each task that they took is run, whatever becomes of the others."
  (:require [clojure.test :refer [deftest is]])
  (:import (flumelog.engine Workers)
           (java.util.concurrent CyclicBarrier TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private patience-ms 60000)

(defn- quiet
  "Runs f while what a thread throws is not printed."
  [f]
  (let [handler (Thread/getDefaultUncaughtExceptionHandler)]
    (Thread/setDefaultUncaughtExceptionHandler (reify Thread$UncaughtExceptionHandler (uncaughtException [_ _ _])))
    (try (f) (finally (Thread/setDefaultUncaughtExceptionHandler handler)))))

(deftest a-task-that-ends-with-an-error-takes-none-with-it
  (doseq [^Workers workers [(Workers/one "test-one") (Workers/many "test-many")]]
    (quiet #(let [done (promise), go-on (promise)]
              (.execute workers (fn [] (deref go-on) (throw (OutOfMemoryError. "as if"))))
              (.execute workers (fn [] (deliver done :run)))
              (deliver go-on true)
              (is (= :run (deref done patience-ms :never)))))))

(deftest one-thread-runs-the-task-that-is-due-first
  (let [workers (Workers/one "test-due"), ran (atom []), done (promise), begun (promise), go-on (promise)]
    (.execute workers #(do (deliver begun true) (deref go-on)))
    (deref begun)
    (.schedule workers #(do (swap! ran conj :later) (deliver done true)) nil 200)
    (.schedule workers #(swap! ran conj :soon) nil 100)
    (.schedule workers #(swap! ran conj :soon-too) nil 100)
    (.execute workers #(swap! ran conj :now))
    (deliver go-on true)
    (is (deref done patience-ms false))
    (is (= [:now :soon :soon-too :later] @ran))))

(deftest one-thread-never-runs-two-tasks-at-once
  (let [workers (Workers/one "test-alone"), running (atom 0), most (atom 0), done (promise)]
    (dotimes [i 20]
      (.execute workers #(do (swap! most max (swap! running inc)) (Thread/sleep 1) (swap! running dec) (when (= i 19) (deliver done true)))))
    (is (deref done patience-ms false))
    (is (= 1 @most))))

(deftest tasks-that-wait-for-each-other-all-have-a-thread
  (let [workers (Workers/many "test-many"), n 8, met (CyclicBarrier. n), outcomes (vec (repeatedly n promise))]
    (doseq [round [1 2], outcome outcomes]
      (.execute workers #(deliver outcome (try (.await met patience-ms TimeUnit/MILLISECONDS) :met (catch Exception e (str round e))))))
    (is (every? #(= :met (deref % patience-ms :never)) outcomes))))

(deftest a-thread-has-the-name-of-the-log-that-it-serves
  (let [workers (Workers/one "test-named")
        name-in #(let [seen (promise)]
                   (.execute workers (fn [] (deliver seen (.getName (Thread/currentThread)))) %)
                   (deref seen patience-ms :never))]
    (is (= ["test-named" "test-named a.log" "test-named b.log" "test-named b.log"]
           (map name-in [nil "/folder/a.log" "b.log" nil])))))

(deftest a-task-that-interrupts-its-thread-does-not-disturb-the-next
  (let [workers (Workers/one "test-interrupted"), seen (promise)]
    (.execute workers #(.interrupt (Thread/currentThread)))
    (.execute workers #(deliver seen (Thread/interrupted)))
    (is (false? (deref seen patience-ms :never)))))
