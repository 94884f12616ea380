(ns flumelog.once-test
  "A view that is built once, by the caller, answers what the same view of a db answers: `flumelog.view-kinds` has the model of both."
  (:require [clojure.test :refer [deftest is]]
            [clojure.test.check :as check]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :refer [for-all]]
            [flumelog.core :as log]
            [flumelog.db.once :as once]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-support :refer [size]]
            [flumelog.view :as view]
            [flumelog.view-kinds :refer [difference versions views-of words]])
  (:import (clojure.lang ExceptionInfo)
           (flumelog.error LogException)))

(set! *warn-on-reflection* true)

(defn- built [log]
  (into {} (map (fn [[name kind]] [name (once/view log name kind (fn [_ _]))])) (views-of versions)))

(defn- deleted-from [log which]
  (let [offsets (into [] (log/offsets log))]
    (when (seq offsets) (log/delete! log (distinct (map #(nth offsets (mod % (count offsets))) which))))))

(def ^:private records (gen/vector (gen/hash-map :k (gen/elements words) :n (gen/choose 0 100)) 0 30))

(deftest it-answers-as-the-model-does
  (is (:pass? (check/quick-check (size 15 1000)
                (for-all [values records, which (gen/vector gen/nat 0 3)]
                  (with-temp-folder [folder]
                    (with-open [log (log/open (path-in folder "a.log") {:sync :none})]
                      (log/append-all! log values)
                      (deleted-from log which)
                      (nil? (difference log (built log) versions nil)))))))))

(deftest a-log-of-several-batches-is-read-to-its-end
  (with-open [log (memory/open {:codec :edn})]
    (log/append-all! log (map #(hash-map :k "a" :n %) (range 9000)))
    (let [told (atom []), by-n (once/view log :by-n (view/index {:keys [[:n]]}) (fn [at end] (swap! told conj [at end])))]
      (is (= 9000 (view/count by-n {})))
      (is (= @(log/since log) (first (last @told))))
      (is (< 1 (count @told))))))

(defn- odd-only [m] (if (odd? (:n m)) [(:n m)] (throw (ex-info "even" m))))

(deftest a-record-that-fails-stops-the-view-or-is-skipped
  (with-open [log (memory/open {:codec :edn})]
    (let [[_ even] (log/append-all! log [{:n 1} {:n 2} {:n 3}]), build #(once/view log :v (view/index {:keys odd-only :on-error %}) (fn [_ _]))
          e (try (build :halt) (catch LogException e e))]
      (is (= [:view-failed even] ((juxt :flumelog/error :offset) (ex-data e))))
      (is (= [1 3] (mapv :n (view/lookup (build :skip) {} {:as :values})))))))

(deftest what-tell-throws-ends-the-building
  (with-open [log (memory/open {:codec :edn})]
    (log/append! log {:n 1})
    (is (thrown-with-msg? ExceptionInfo #"stop" (once/view log :v (view/index {:keys [[:n]]}) (fn [_ _] (throw (ex-info "stop" {}))))))))
