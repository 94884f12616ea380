(ns flumelog.fold-test
  "Folding in parallel gives what reducing gives, in the same order."
  (:require [clojure.core.reducers :as r]
            [clojure.test :refer [deftest is]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error eventually formats path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (java.util.function Predicate)
           (java.util.stream Stream)))

(set! *warn-on-reflection* true)

(defn- folded
  "All items in order, put together from parts of about n records."
  [n view]
  (r/fold n (r/monoid into vector) conj view))

(defn- threads
  "The names of the threads that fold the view."
  [view]
  (r/fold (r/monoid into hash-set) (fn [names _] (conj names (.getName (Thread/currentThread)))) view))

(def ^:private any-range
  (gen/fmap #(into {} (filter (comp some? val)) %)
            (gen/hash-map :gt (gen/elements [nil -1 0 17 100 Long/MAX_VALUE]), :gte (gen/elements [nil 5 Long/MIN_VALUE])
                          :lt (gen/elements [nil 60 300 Long/MAX_VALUE]), :lte (gen/elements [nil 90 Long/MIN_VALUE])
                          :reverse gen/boolean, :limit (gen/elements [nil nil 0 3 1000]))))

(defspec folding-is-reducing (size 100 2000)
  (prop/for-all [format (gen/elements (vals formats))
                 values (gen/vector gen/small-integer 0 60)
                 deleted (gen/vector (gen/choose 0 59) 0 3)
                 options any-range
                 n (gen/elements [1 2 5 512])
                 block-bytes (gen/elements [1 7 64 16384])]
    (with-temp-folder [folder]
      (with-open [l (log/open (path-in folder "a.log") (merge format {:sync :none :block-bytes block-bytes}))
                  m (memory/open format)]
        (let [offsets (log/append-all! l values)]
          (log/append-all! m values)
          (doseq [i (set deleted) :when (< (long i) (count offsets)), log [l m]] (log/delete! log (offsets i)))
          (every? true? (for [log [l m], view [log/entries log/values log/offsets]]
                          (= (into [] (view log options)) (folded n (view log options))))))))))

(deftest the-log-itself-folds-over-its-values
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:sync :none})]
      (is (= 0 (r/fold + l)))
      (is (= [] (folded 512 l)))
      (transduce identity (log/appending l) (range 20000))
      (is (= (reduce + (range 20000)) (r/fold + l) (r/fold 10 + + l)))
      (is (= (range 0 20000 2) (r/fold (r/monoid into vector) conj (r/filter even? l))))
      (doseq [options [nil {:limit 15000} {:limit 15000 :reverse true}]]
        ;; One thread may be done with all of it before another one wakes.
        (is (eventually #(< 1 (count (threads (log/values l options))))) (str "several threads do it " options))))))

(deftest an-exception-in-a-part-ends-the-fold
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8 :sync :none})]
        (transduce (map #(if (= 15000 %) "{" (str %))) (log/appending l) (range 20000)))
      (with-open [l (log/open path)]
        (is (= :decode (error (r/fold + l))))
        (is (= (- (long (reduce + (range 20000))) 15000) (r/fold + (log/values l {:on-decode-error :skip}))))
        (is (= (- (long (reduce + (range 16001))) 15000) (r/fold + (log/values l {:on-decode-error :skip :limit 16000}))))
        (is (= (reduce + (range 15000)) (r/fold + (log/values l {:limit 15000}))))))))

(deftest a-fold-does-not-evict-other-blocks-from-the-cache
  (let [d (disk/disk), cache (log/block-cache 64000)   ; more than the look-ups of 16 parts need, less than all that they read
        open #(disk/open d % {:codec :utf8 :sync :none :block-bytes 1000 :cache cache})]
    (with-open [^LogCollection a (open "a.log"), ^LogCollection b (open "b.log")]
      (log/append-all! a ["a" "b" "c"])
      (log/append-all! b (repeat 1000 (apply str (repeat 200 "x"))))
      (let [reads #(let [before (disk/calls d :read)] (get a 34) (- (disk/calls d :read) before))
            all (reify Predicate (test [_ _] true))
            parallel #(.count (.filter ^Stream (.parallel ^Stream (.stream (.log b))) all))]
        (reads)
        (is (= 0 (reads)) "it is in the cache")
        (doseq [[how read-all] {"fold" #(r/fold 100 + + (r/map (constantly 1) b)), "parallel stream" parallel}]
          (is (= 1000 (read-all)) how)
          (is (= 0 (reads)) (str "and still is after a " how)))))))
