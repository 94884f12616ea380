(ns bench.main
  "The benchmarks: bin/bench.

     bin/bench                            all rows, all peers, 3 rounds, at full size: takes hours
     bin/bench --smoke                    all of it once, with few records, to see that it runs
     bin/bench --row scan --row reverse   one row, or several
     bin/bench --peer lmdb                one peer, or several; flumelog and the limit are always measured with it
     bin/bench --records 100000           this number of records instead of the workload's
     bin/bench --than REVISION            this build and another commit's in turn, without peers; keeps no results
     bin/bench --workload W               W, S, or M10, M100, G1, G10, which show the rows as the log grows
     bin/bench --rounds 9 --seed 1        the number of rounds, and the order of peers within a row
     bin/bench --start first              only cold (page cache dropped) or only first (and hot)
     bin/bench --patience 60              seconds to wait for a quiet machine before each measure
     bin/bench --folder F                 the folder of stores and payloads, on the measured disk
     bin/bench --report [FILE ...]        prints the results in dev/bench/results, or in these files
     bin/bench --document [FILE ...]      writes doc/performance.md from them
     bin/bench --views                    views beside flumedb and jitdb: see bench.views
     bin/bench --first-calls [ROUNDS]     what a new process pays for its first calls
     bin/bench --codecs [ROUNDS]          the processor's time of the codecs for one record
     bin/bench --wrappers                 the Clojure wrappers with criterium
     bin/bench --loops [OPTIONS]          the Java core's inner loops with JMH and its options; also lein jmh
     bin/bench --list                     rows and peers

   Measures of a smoke run go to target/bench/results; others to dev/bench/results."
  (:require [bench.builds :as builds]
            [bench.environment :as environment]
            [bench.loops :as loops]
            [bench.payload :as payload]
            [bench.peers :as peers]
            [bench.plan :as plan]
            [bench.report :as report]
            [bench.results :as results]
            [bench.rows :as rows]
            [bench.stats :as stats]
            [bench.steps :as steps]
            [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str])
  (:import (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private defaults
  {:rounds 3 :seed 1 :patience 60 :folder "target/bench" :starts #{:cold :first} :workloads (set (keys rows/workloads))})

(def ^:private smoke
  {:rounds 1 :patience 0 :records 3000 :smoke true :workloads #{:W :M10} :cold-rows #{:open}})

(defn- add [options key value] (update options key (fnil conj #{}) value))

(defn options
  "The command line as a map. Throws an error with a sentence for an unknown word."
  [words]
  (loop [options {} [word value & more :as words] words]
    (case word
      nil          (merge defaults options)
      "--smoke"    (recur (merge smoke options) (rest words))
      "--list"     (assoc options :do :list)
      "--wrappers" (assoc options :do :wrappers)
      ("--report" "--document" "--loops") (assoc options :do (keyword (subs word 2)) :files (rest words))
      "--row"      (recur (add options :rows (keyword value)) more)
      "--peer"     (recur (add options :peers (keyword value)) more)
      "--workload" (recur (assoc options :workloads #{(keyword value)}) more)
      "--start"    (recur (assoc options :starts #{(keyword value)}) more)
      "--folder"   (recur (assoc options :folder value) more)
      "--than"     (recur (assoc options :than value) more)
      ("--records" "--rounds" "--seed" "--patience")
      (recur (assoc options (keyword (subs word 2))
                    (or (some-> value parse-long) (throw (ex-info (str word " takes a number") {}))))
             more)
      (throw (ex-info (str "no such option: " word "; bin/bench --help tells them") {})))))

(defn- check-names [{:keys [rows peers workloads]}]
  (doseq [[names known what] [[rows (map :id rows/rows) "row"] [peers (keys peers/peers) "peer"]
                              [workloads (keys rows/workloads) "workload"]]
          unknown (remove (set known) names)]
    (throw (ex-info (str "no such " what ": " (name unknown) "; there are " (str/join ", " (map name known))) {}))))

(defn- records-of [{:keys [records]} workload]
  (or records (get-in rows/workloads [workload :records])))

(defn- settings [{:keys [folder workloads] :as options}]
  (assoc options
         :folder (.getAbsoluteFile (io/file folder))
         :heap (if (< (long (or (:records options) Long/MAX_VALUE)) 200000) "1g" "3g")
         :payloads (into {} (for [workload workloads]
                              [workload (.getAbsolutePath (payload/file (io/file folder "payload") workload (rows/workloads workload)
                                                                        (records-of options workload)))]))))

(defn- delete! [folder]
  (let [folder (io/file folder)]
    (when (.exists folder) (run! #(io/delete-file % true) (reverse (file-seq folder))))))

(defn- say [& words]
  (binding [*out* *err*] (apply println words) (flush)))

(defn- logs [settings] (io/file (:folder settings) "log"))

(defn- with-companions
  "The peers of the command line, and those that are needed for comparison."
  [peers]
  (when (seq peers) (into peers (filter #(#{:ours :limit} (get-in peers/peers [% :role])) (keys peers/peers)))))

(def ^:private with-the-same-sum
  "The rows that have the sum of this name, if it is not only the row of that name."
  {:force       [:force-1 :force-16]
   :scan        [:scan :reduce-bytes]
   :newest      [:newest :grow-newest]
   :open        [:open :grow-open]
   :back        [:grow-back]
   :append-more [:grow-append-more]})

(defn- expected-sums
  "The expected sums by [row workload], computed from the payload itself."
  [settings jobs]
  (into {}
        (for [workload (distinct (map :workload jobs))
              {:keys [expected sum failed]} (steps/run (logs settings)
                                                       (plan/expected settings workload (records-of settings workload)))
              row (with-the-same-sum expected [expected])]
          (do (when failed (throw (ex-info (str "the payload could not be read: " failed) {})))
              [[row workload] sum]))))

(defn- build-all
  "Makes the stores that the jobs read. Returns the lines of those that failed."
  [settings jobs]
  (let [builds (vals (into {} (map (juxt :folder identity)) (keep #(plan/build settings %) jobs)))]
    (doall (mapcat (fn [step]
                     (say "build" (.getName (io/file (:folder step))))
                     (delete! (:folder step))
                     (filter :failed (steps/run (logs settings) step)))
                   builds))))

(defn- tear!
  "Copies the job's store and tears the copy, if the job measures torn stores."
  [settings job]
  (when-let [{:keys [from step]} (plan/tear settings job)]
    (delete! (:folder step))
    (io/make-parents (:folder step))
    (shell/sh "cp" "-r" "--sparse=always" (str from) (str (:folder step)))
    (filter :failed (steps/run (logs settings) step))))

(defn- measure
  "The lines of one job, measured with the build on that class path; nil is this build."
  ([settings job] (measure settings job nil))
  ([settings {:keys [row peer workload] :as job} class-path]
   (doall
    (mapcat (fn [step]
              (say (name (:id row)) (name workload) (name (:start step)) (name peer) (if class-path "than" ""))
              (or (seq (tear! settings job)) (steps/run (logs settings) (assoc step :class-path class-path))))
            (plan/measures settings job)))))

(defn- results-file ^File [{:keys [smoke folder]} environment]
  (results/file (if smoke (io/file folder "results") "dev/bench/results") environment))

(defn- new-run
  "Begins a run: writes its environment to a file, to which its results are added. Returns its id and the file."
  [settings]
  (let [run (str (.truncatedTo (java.time.Instant/now) java.time.temporal.ChronoUnit/SECONDS))
        environment (environment/facts (:folder settings))
        file (results-file settings environment)]
    (results/append! file [{:run run :environment environment}])
    (say "results go to" (str file))
    [run file]))

(defn- measure-all
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

(defn- compare-builds
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

(defn- run [options]
  (check-names options)
  (let [settings (settings options)
        jobs  (->> (plan/jobs (-> settings (update :peers with-companions) (assoc :records #(records-of options %))))
                   (filter #(seq (plan/measures settings %))))
        measured (try (if (:than options) (compare-builds settings jobs) (stats/mark-wrong {} (measure-all settings jobs)))
                      (finally (run! #(delete! (io/file (:folder settings) %)) ["stores" "work" "other/stores" "other/work"])))]
    (if (:than options)
      measured
      (do (println (report/text measured))
          (if (some (some-fn :wrong :failed) measured) 1 0)))))

(defn- read-results [files]
  (if (seq files)
    (results/merged (mapcat results/read-file files))
    (results/read-folder "dev/bench/results")))

(defn- keep-loops! [{:keys [files] :as options}]
  (let [[run file] (new-run (settings (merge defaults options {:workloads #{}})))]
    (results/append! file (map #(assoc % :run run) (loops/lines (first files))))))

(defn- list-all []
  (println "rows")
  (doseq [{:keys [id title]} rows/rows] (println " " (name id) "-" title))
  (println "peers")
  (doseq [[id {:keys [title note]}] peers/peers] (println " " (name id) "-" (str title ":") note)))

(defn- start [words]
  (if (some #{"--help" "-h"} words)
    (do (println (:doc (meta (the-ns 'bench.main)))) 0)
    (let [options (options words)]
      (case (:do options)
        :list     (do (list-all) 0)
        :wrappers (do ((requiring-resolve 'bench.criterium/run)) 0)
        :loops    (do (keep-loops! options) 0)
        :report   (do (println (report/text (:lines (read-results (:files options))))) 0)
        :document (do ((requiring-resolve 'bench.document/write!) (read-results (:files options))) 0)
        (run options)))))

(defn -main [& words]
  (let [code (try (start words)
                  (catch clojure.lang.ExceptionInfo e (say "bench:" (ex-message e)) 2))]
    (shutdown-agents)
    (System/exit code)))
