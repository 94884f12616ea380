(ns flumelog.history-test
  "Histories of eight threads that use one log at the same time: what each call gave must fit one order, the log's, which
   is also the order in which the calls took place wherever one ended before the other began."
  (:require [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.test-support :refer [size]])
  (:import (java.util.concurrent CyclicBarrier)))

(set! *warn-on-reflection* true)

(def ^:private threads 8)

(def ^:private op
  (gen/frequency [[4 (gen/return [:append])] [2 (gen/fmap #(vector :batch %) (gen/choose 1 4))] [3 (gen/return [:async])]
                  [2 (gen/return [:delete])] [3 (gen/return [:get])] [2 (gen/return [:read])] [2 (gen/return [:newest])]
                  [2 (gen/return [:since])] [1 (gen/return [:sync])]]))

;; Running a history: each thread appends values [thread n] and knows its own offsets.

(defn- call
  "What an operation gives, as [appended entries, what was seen]."
  [l own fresh [kind n]]
  (case kind
    :append (let [v (fresh)] [[[(log/append! l v) v]] nil])
    :batch  (let [vs (vec (repeatedly n fresh))] [(mapv vector (log/append-all! l vs) vs) nil])
    :async  (let [v (fresh)] [[[@(log/append-async! l v) v]] nil])
    :delete [nil (when-let [[offset] (first own)] [offset (log/delete! l offset)])]
    :get    [nil (when-let [[offset] (peek own)] [offset (get l offset)])]
    :read   [nil (into [] (log/entries l))]
    :newest [nil (into [] (take 3) (rseq (log/entries l)))]
    :since  [nil @(log/since l)]
    :sync   [nil (do (log/sync! l) @(log/durable l))]))

(defn- run-thread
  "The events of one thread: each {:op :from :to :appended :seen}, with the nanoseconds when it began and ended."
  [l ^CyclicBarrier start thread ops]
  (let [counter (atom -1), fresh #(vector thread (swap! counter inc))]
    (.await start)
    (loop [[op & more] ops, own [], events []]
      (if-not op
        events
        (let [from (System/nanoTime)
              [appended seen] (call l own fresh op)
              to (System/nanoTime)
              own (cond-> (into own appended) (and (= :delete (first op)) seen) (-> rest vec))]
          (recur more own (conj events {:op (first op) :from from :to to :appended appended :seen seen})))))))

(defn- run-history [l scripts]
  (let [start (CyclicBarrier. threads)
        follow #(future (into [] (comp (take-while (comp not #{:end} val)) (map key)) (log/live l %)))
        runs (doall (map-indexed (fn [t ops] (future (run-thread l start t ops))) scripts))
        total (count (mapcat (fn [op] (case (first op) (:append :async) [1], :batch (range (second op)), nil))
                             (apply concat scripts)))
        followers [(follow {}) (follow {:durable true})]
        events (into [] (mapcat deref) runs)]
    {:events events :total total :followers followers}))

;; Judging it

(defn- in-real-time?
  "Whether what was appended by a call that ended before another began lies below what that one appended."
  [events]
  (let [appends (filter (comp seq :appended) events)
        by-end (sort-by :to appends)]
    (loop [[a & more :as begun] (sort-by :from appends), ended by-end, highest -1]
      (cond
        (nil? a) true
        (and (seq ended) (< (long (:to (first ended))) (long (:from a))))
        (recur begun (rest ended) (max highest (long (first (peek (:appended (first ended)))))))
        (< (long (ffirst (:appended a))) highest) false
        :else (recur more ended highest)))))

(defn- batches-are-whole? [offsets events]
  (let [place (zipmap offsets (range))]
    (every? (fn [{:keys [appended]}]
              (or (empty? appended) (apply = 1 1 (map - (map (comp place first) (rest appended)) (map (comp place first) appended)))))
            events)))

(defn- seen-rightly?
  "Whether a reading shows what it must (appended before it began and not being deleted) and nothing but records."
  [all deleted events {:keys [op from seen]}]
  (let [before (for [e events :when (< (long (:to e)) (long from)), entry (:appended e)] entry)
        kept (remove (comp deleted first) before)
        highest (reduce max -1 (map first before))]
    (case op
      :read (and (every? (fn [[offset value]] (= value (all offset))) seen)
                 (apply <= -1 (map first seen))
                 (every? (set seen) kept))
      :newest (and (every? (fn [[offset value]] (= value (all offset))) seen)
                   (apply >= Long/MAX_VALUE (map first seen)))
      (:since :sync) (and (>= (long seen) (long highest)) (or (= -1 seen) (contains? all seen)))
      :get (or (nil? seen) (= (second seen) (all (first seen))))
      :delete (or (nil? seen) (= 1 (second seen)))
      true)))

(defn- fits? [l {:keys [events total followers]}]
  (let [all (into {} (mapcat :appended) events)
        deleted (into #{} (keep #(when (= :delete (:op %)) (first (:seen %)))) events)
        live-ones (into (sorted-map) (remove (comp deleted key)) all)]
    (log/sync! l)
    (log/append! l :end)
    (log/sync! l)
    (and (= total (count all))
         (in-real-time? events)
         (batches-are-whole? (sort (keys all)) events)
         (every? #(seen-rightly? all deleted events %) events)
         (= (seq live-ones) (seq (butlast (map (juxt key val) (log/entries l)))))
         (every? (fn [follower]
                   (let [offsets (deref follower 60000 [:never])]
                     (and (or (empty? offsets) (apply < offsets))
                          (every? (set offsets) (keys live-ones))
                          (every? all offsets))))
                 followers))))

(defspec eight-threads-agree-on-one-order (size 30 500)
  (prop/for-all [scripts (gen/vector (gen/vector op 1 12) threads)
                 sync (gen/elements [:none :each {:every-ms 1}])
                 block-bytes (gen/elements [5 64 16384])]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log")
            [history fit?] (with-open [l (log/open path {:sync sync :block-bytes block-bytes :cache-blocks 8})]
                             (let [history (run-history l scripts)] [history (fits? l history)]))
            deleted (into #{} (keep #(when (= :delete (:op %)) (first (:seen %)))) (:events history))]
        (with-open [again (log/open path)]
          (and fit?
               (= (sort (remove (comp deleted first) (mapcat :appended (:events history))))
                  (butlast (map (juxt key val) (log/entries again))))))))))
