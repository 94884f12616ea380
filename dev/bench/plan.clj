(ns bench.plan
  "Plans the steps for a command line: `jobs`, `rounds`, `build`, `tear`, `expected`, `measures`.

   A job is one row with one peer on one workload: {:row :peer :workload :records}."
  (:require [bench.peers :as peers]
            [bench.rows :as rows]
            [clojure.java.io :as io])
  (:import (java.util ArrayList Collections Random)))

(set! *warn-on-reflection* true)

(defn jobs
  "The jobs of these rows, peers and workloads. `records` is a function from a workload to a number of records."
  [{:keys [rows peers workloads records]}]
  (for [row rows/rows :when (or (empty? rows) (contains? rows (:id row)))
        workload (:workloads row) :when (contains? workloads workload)
        peer (peers/of-row row) :when (or (empty? peers) (contains? peers peer))]
    {:row row :peer peer :workload workload :records (rows/records row (records workload))}))

(defn- shuffled [^Random random coll]
  (let [list (ArrayList. ^java.util.Collection coll)]
    (Collections/shuffle list random)
    (vec list)))

(defn rounds
  "For each round all jobs, row by row. The peers of a row are in a random order that the seed decides."
  [seed n jobs]
  (let [random (Random. seed)]
    (vec (for [_ (range n)]
           (vec (mapcat (partial shuffled random) (partition-by (juxt :row :workload) jobs)))))))

(defn- store-code
  "The code that writes the store that the job reads, and the store's name."
  [{:keys [row peer]}]
  (if-let [store (:store row)]
    [{:class (str "bench.codecs/" (name store))} (name store)]
    (let [builder (:built-by row peer)]
      [(peers/code row builder) (name builder)])))

(def ^:private few "What is counted of the rows that take only the first records." #{:forces :delays})

(defn- keeps-payload?
  "Whether a step of the row has all records in memory."
  [row]
  (and (or (:fresh row) (:classes row)) (not (few (:ops row)))))

(defn- step [settings {:keys [row peer workload records] :as job}]
  (merge (select-keys settings [:patience :smoke])
         {:row row :peer peer :workload workload :records records :start :first
          :code (peers/code row peer) :action (or (:step row) (name (:id row))) :ops (rows/ops row records)
          :payload (get-in settings [:payloads workload])
          :heap (if (keeps-payload? row) (:heap settings) "1g")}
         (when (few (:ops row)) {:records (rows/ops row records)})))

(defn- store-folder [settings {:keys [workload records] :as job}]
  (str (io/file (:folder settings) "stores" (str (second (store-code job)) "-" (name workload) "-" records))))

(defn build
  "The step that makes the store that the job reads; nil if it reads none."
  [settings {:keys [row] :as job}]
  (when-not (:fresh row)
    (assoc (step settings job) :row nil :heap (:heap settings) :action "build" :code (first (store-code job)) :folder (store-folder settings job)
           :extra {:times (get-in rows/workloads [(:workload job) :times] 1)})))

(defn- own-folder [settings {:keys [peer]}]
  (str (io/file (:folder settings) "work" (name peer))))

(defn tear
  "The step that tears a copy of the job's store, and the store that is copied; nil if the job needs no torn store."
  [settings {:keys [row] :as job}]
  (when (:torn row)
    {:from (store-folder settings job)
     :step (assoc (step settings job) :row nil :heap (:heap settings) :action "tear" :folder (own-folder settings job))}))

(defn measures
  "The steps that measure the job: one cold, one first and hot, if the row has them."
  [settings {:keys [row] :as job}]
  (for [start (:starts row)
        :when (and (contains? (:starts settings) start)
                   (or (not= :cold start) ((:cold-rows settings any?) (:id row))))]
    (assoc (step settings job) :start start
           :folder (if (or (:fresh row) (:torn row)) (own-folder settings job) (store-folder settings job)))))

(defn expected
  "The step that prints the expected sum of each row of the workload."
  [settings workload records]
  {:peer :memory :workload workload :records records :ops 1 :start :first :action "expected" :code {}
   :folder (str (:folder settings)) :payload (get-in settings [:payloads workload]) :heap (:heap settings)
   :extra (update-vals (select-keys rows/counts [:forces :gets :delays :back :more]) #(% records))})
