(ns flumelog.checked-history-test
  "Histories of appends, deletions, syncs and openings of a checked log, which end when the power goes: what is opened afterwards has
   whole batches, all that was durable, and each deletion done or not begun."
  (:require [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.fixtures]
            [flumelog.options :refer [log-options]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.error LogException)
           (flumelog.log Verification)
           (java.util Random)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

(defn- pick [^Random random & xs] (nth xs (.nextInt random (count xs))))

(defn- gen-options [random]
  {:codec :utf8 :protect :checked :sync (pick random :each :none :none) :room-bytes (pick random nil nil 4096)
   :write-buffer-bytes (pick random nil nil 4096) :offset-bits (pick random 32 53)})

(defn- all-durable [history]
  (assoc history :durable (count (:batches history)) :durably-deleted (:deleted history)))

(defn- new-values [^Random random history]
  (let [n (reduce + (map count (:batches history)))]
    (mapv #(str % "-" (.repeat ^String (pick random "x" "y" "\u0000") (int (pick random 0 1 30 600))))
          (range n (+ n 1 (.nextInt random 5))))))

(defn- some-entries [^Random random l]
  (let [entries (into [] (log/entries l))]
    (when (seq entries) (distinct (repeatedly (inc (.nextInt random 2)) #(nth entries (.nextInt random (count entries))))))))

(defn- run-history
  "Runs random commands until they end or the power goes. What was tried, and what is durable, is in the atom."
  [^Random random d {:keys [sync] :as options} history]
  (loop [l (disk/open d file options), left (inc (.nextInt random 14))]
    (let [reopened (case (int (.nextInt random 8))
                     (0 1 2 3) (let [values (new-values random @history)]
                                 (swap! history update :batches conj values)
                                 (log/append-all! l values) nil)
                     (4 5) (let [some (some-entries random l)]
                             (swap! history update :deleting into (map val some))
                             (log/delete! l (map key some))
                             (swap! history update :deleted into (map val some)) nil)
                     6 (do (log/sync! l) (swap! history all-durable) nil)
                     7 (do (.close l) (swap! history all-durable) (disk/open d file options)))]
      (when (= :each sync) (swap! history all-durable))
      (when (pos? left) (recur (or reopened l) (dec left))))))

(defn- explained?
  "Whether the values are those of whole batches, at least of the durable ones, without some of those whose deletion was begun."
  [found {:keys [batches durable deleting durably-deleted]}]
  (some (fn [n]
          (let [all (apply concat (take n batches)), there (set found)]
            (and (= found (filter there all)) (every? there (remove deleting all)) (not-any? durably-deleted found))))
        (range durable (inc (count batches)))))

(defn- wrong [d options history]
  (try
    (let [[found n] (with-open [l (disk/open d file options)] [(vec l) (log/count l)])
          values #(with-open [l (disk/open % file {:codec :utf8 :sync :none})] (vec l))]
      (cond (not (explained? found history)) {:found found}
            (not= n (count found)) {:count n :found found}
            (not (get (Verification/run (disk/folder d) file (log-options {:codec :utf8})) "ok")) :not-whole
            (not= found (values d)) :opens-otherwise-again
            (not= found (values (disk/put-contents (disk/disk) file (disk/contents d file)))) :opens-otherwise-without-checkpoint))
    (catch LogException e (ex-message e))))

(defn- lost-twice
  "The disk after a power loss, and a second one while it was opened."
  [^Random random d seed options]
  (let [lost (disk/lose-power d seed {:sector-bytes (pick random 1 16 512)})]
    (disk/break-at! lost (inc (.nextInt random 25)))
    (try (.close (disk/open lost file options)) (catch LogException _ nil))
    (disk/lose-power lost (* 7 (long seed)) {:sector-bytes (pick random 1 512)})))

(deftest whatever-was-done-when-the-power-goes-the-log-is-whole
  (doseq [seed (range (size 25 2500))
          :let [random (Random. seed), options (gen-options random), d (disk/disk)
                history (atom {:batches [] :deleting #{} :deleted #{} :durable 0 :durably-deleted #{}})]]
    (when (.nextBoolean random) (disk/break-at! d (inc (.nextInt random 80))))
    (try (run-history random d options history) (catch LogException _ nil))
    (doseq [[how disk] [[:killed (disk/kill d)] [:lost (disk/lose-power d seed {:sector-bytes (pick random 1 16 512)})]
                        [:lost-twice (lost-twice random d seed options)]]
            :let [problem (wrong disk options @history)]]
      (when problem (is (nil? problem) (str "seed " seed ", " how " " options)))))
  (is true))
