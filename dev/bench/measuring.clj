(ns bench.measuring
  "Measures jobs of bench.plan: `settings`, `expected-sums`, `build-all`, `measure`, `clean-up!` are the parts; `new-run`
   begins a file of results, `measure-all` runs all rounds, and `compare-builds` two builds in turn."
  (:require [bench.builds :as builds]
            [bench.environment :as environment]
            [bench.payload :as payload]
            [bench.peers :as peers]
            [bench.plan :as plan]
            [bench.results :as results]
            [bench.rows :as rows]
            [bench.stats :as stats]
            [bench.steps :as steps]
            [clojure.java.io :as io]
            [clojure.java.shell :as shell])
  (:import (java.io File)))

(set! *warn-on-reflection* true)

(defn records-of
  "The number of records of the workload, by the command line or by itself."
  [{:keys [records]} workload]
  (or records (get-in rows/workloads [workload :records])))

(defn settings
  "The options of a command line, with the folder as a file, the heap of steps and the payload files by workload."
  [{:keys [folder workloads] :as options}]
  (assoc options
         :folder (.getAbsoluteFile (io/file folder))
         :heap (if (< (long (or (:records options) Long/MAX_VALUE)) 200000) "1g" "3g")
         :payloads (into {} (for [workload workloads]
                              [workload (.getAbsolutePath (payload/file (io/file folder "payload") workload (rows/workloads workload)
                                                                        (records-of options workload)))]))))

(defn- delete! [folder]
  (let [folder (io/file folder)]
    (when (.exists folder) (run! #(io/delete-file % true) (reverse (file-seq folder))))))

(defn say
  "Tells how far a run is, on stderr."
  [& words]
  (binding [*out* *err*] (apply println words) (flush)))

(defn- logs [settings] (io/file (:folder settings) "log"))

(def ^:private with-the-same-sum
  "The rows that have the sum of this name, if it is not only the row of that name."
  {:delay       [:delay-50 :delay-99]
   :force       [:force-1 :force-16]
   :scan        [:scan :reduce-bytes]
   :newest      [:newest :grow-newest]
   :open        [:open :grow-open]
   :back        [:grow-back]
   :append-more [:grow-append-more]})

(defn expected-sums
  "The expected sums by [row workload], computed from the payload itself."
  [settings jobs]
  (into {}
        (for [workload (distinct (map :workload jobs))
              {:keys [expected sum failed]} (steps/run (logs settings)
                                                       (plan/expected settings workload (records-of settings workload)))
              row (with-the-same-sum expected [expected])]
          (do (when failed (throw (ex-info (str "the payload could not be read: " failed) {})))
              [[row workload] sum]))))

(defn build-all
  "Makes the stores that the jobs read. Returns the lines of those that failed, which are deleted: half of a store would be
   read quickly."
  [settings jobs]
  (let [builds (vals (into {} (map (juxt :folder identity)) (keep #(plan/build settings %) jobs)))]
    (doall (mapcat (fn [step]
                     (say "build" (.getName (io/file (:folder step))))
                     (delete! (:folder step))
                     (let [failed (filter :failed (steps/run (logs settings) step))]
                       (when (seq failed) (delete! (:folder step)))
                       failed))
                   builds))))

(defn- without-store
  "A line that says why the step is not measured: the store that it reads could not be made; nil if it is there."
  [settings job {:keys [row peer workload records start]}]
  (when-let [build (plan/build settings job)]
    (when-not (.exists (io/file (:folder build)))
      [{:row (:id row) :peer peer :workload workload :records records :temperature start :failed "its store could not be made"}])))

(defn- tear!
  "Copies the job's store and tears the copy, if the job measures torn stores."
  [settings job]
  (when-let [{:keys [from step]} (plan/tear settings job)]
    (delete! (:folder step))
    (io/make-parents (:folder step))
    (shell/sh "cp" "-r" "--sparse=always" (str from) (str (:folder step)))
    (filter :failed (steps/run (logs settings) step))))

(defn measure
  "The lines of one job, measured with the build on that class path; nil is this build."
  ([settings job] (measure settings job nil))
  ([settings {:keys [row peer workload] :as job} class-path]
   (doall
    (mapcat (fn [step]
              (say (name (:id row)) (name workload) (name (:start step)) (name peer) (if class-path "than" ""))
              (or (without-store settings job step) (seq (tear! settings job)) (steps/run (logs settings) (assoc step :class-path class-path))))
            (plan/measures settings job)))))

(defn- results-file ^File [{:keys [smoke folder results]} environment]
  (results/file (or results (if smoke (io/file folder "results") "dev/bench/results")) environment))

(defn new-run
  "Begins a run: writes its environment to a file, to which its results are added. Returns its id and the file."
  ([settings] (new-run settings (environment/facts (:folder settings))))
  ([settings environment]
   (let [run (str (.truncatedTo (java.time.Instant/now) java.time.temporal.ChronoUnit/SECONDS))
         file (results-file settings environment)]
     (results/append! file [{:run run :environment environment}])
     (say "results go to" (str file))
     [run file])))

(defn measure-all
  "Runs all rounds. Each measure is added to the file immediately. Returns the lines."
  [settings jobs]
  (let [[run file] (new-run settings)
        expected (expected-sums settings jobs)
        keep! (fn [round lines]
                (let [lines (map #(assoc % :run run :round round) (stats/mark-wrong expected lines))]
                  (results/append! file lines)
                  lines))]
    (let [broken (keep! 0 (build-all settings jobs))]
      (into (vec broken)
            (mapcat (fn [[round jobs]]
                      (mapcat #(keep! round (measure settings %)) jobs)))
            (map-indexed vector (plan/rounds (:seed settings) (:rounds settings) jobs))))))

(defn compare-builds
  "Runs flumelog's own jobs with both builds in turn, and prints the comparison. Each build reads stores that it has
   made itself."
  [{:keys [seed rounds] :as settings} jobs]
  (let [then (System/getProperty "bench.than")
        settings-of (fn [class-path]
                      (cond-> settings class-path (update :folder #(io/file % "other"))))
        jobs (filter #(= :ours (get-in peers/peers [(:peer %) :role])) jobs)
        _ (doseq [class-path [nil then], step (keep #(plan/build (settings-of class-path) %) jobs)
                  :when (not (.exists (io/file (:folder step))))]
            (steps/run (logs settings) (assoc step :class-path class-path)))
        lines (for [[round jobs] (map-indexed vector (plan/rounds seed rounds jobs)), job jobs
                    class-path (cond-> [nil then] (odd? round) rseq)
                    line (measure (settings-of class-path) job class-path)]
                (assoc line :round round :run (if class-path :then :now)))]
    (println (builds/text (doall lines)))
    (if (some :failed lines) 1 0)))

(defn clean-up!
  "Deletes the stores that were built for the run."
  [settings]
  (run! #(delete! (io/file (:folder settings) %)) ["stores" "work" "other/stores" "other/work"]))
