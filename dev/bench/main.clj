(ns bench.main
  "The benchmarks: bin/bench.

     bin/bench                            all rows, all peers, 3 rounds, at full size: takes hours
     bin/bench --smoke                    all of it once, with few records, to see that it runs
     bin/bench --row scan --row reverse   one row, or several
     bin/bench --final                    each row once, with JDK 17 and 25, and what changed: see bench.final; --smoke tries it
     bin/bench --peer lmdb                one peer, or several; flumelog and the limit are always measured with it
     bin/bench --records 100000           this number of records instead of the workload's
     bin/bench --than REVISION            this build and another commit's in turn, without peers; keeps no results
     bin/bench --than segments            this build and one with memory segments in turn; needs JDK 22
     bin/bench --workload W               W, S, or M10, M100, G1, G10, which show the rows as the log grows
     bin/bench --rounds 9 --seed 1        the number of rounds, and the order of peers within a row
     bin/bench --start first              only cold (page cache dropped) or only first (and hot)
     bin/bench --patience 60              seconds to wait for a quiet machine before each measure
     bin/bench --folder F                 the folder of stores and payloads, on the measured disk
     bin/bench --report [FILE ...]        prints the results in dev/bench/results, or in these files
     bin/bench --document [FILE ...]      writes doc/performance.md from them
     bin/bench --views                    views beside flumedb and jitdb: see bench.views
     bin/bench --large [GIB ...]          what stays as it is in logs larger than the memory: see bench.large
     bin/bench --first-calls [ROUNDS]     what a new process pays for its first calls, with JDK 17, 25, and 25 with an AOT cache
     bin/bench --segments [ROUNDS]        mapped files through byte buffers beside JDK 22's memory segments: see Segments.java
     bin/bench --codecs [ROUNDS]          the processor's time of the codecs for one record
     bin/bench --wrappers                 the Clojure wrappers with criterium
     bin/bench --loops [OPTIONS]          the Java core's inner loops with JMH and its options; also lein jmh
     bin/bench --list                     rows and peers

   Measures of a smoke run go to target/bench/results; others to dev/bench/results."
  (:require [bench.final :as final]
            [bench.loops :as loops]
            [bench.measuring :as measuring]
            [bench.peers :as peers]
            [bench.plan :as plan]
            [bench.report :as report]
            [bench.results :as results]
            [bench.rows :as rows]
            [bench.stats :as stats]
            [clojure.string :as str]))

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
      nil          (merge defaults (when (= :final (:do options)) final/defaults) options)
      "--smoke"    (recur (merge smoke options) (rest words))
      "--final"    (recur (merge {:do :final} options) (rest words))
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

(defn- with-companions
  "The peers of the command line, and those that are needed for comparison."
  [peers]
  (when (seq peers) (into peers (filter #(#{:ours :limit} (get-in peers/peers [% :role])) (keys peers/peers)))))

(defn- run [options]
  (check-names options)
  (let [settings (measuring/settings options)
        jobs  (->> (plan/jobs (-> settings (update :peers with-companions) (assoc :records #(measuring/records-of options %))))
                   (filter #(seq (plan/measures settings %))))
        measured (try (if (:than options) (measuring/compare-builds settings jobs) (stats/mark-wrong {} (measuring/measure-all settings jobs)))
                      (finally (measuring/clean-up! settings)))]
    (if (:than options)
      measured
      (do (println (report/text measured))
          (if (some (some-fn :wrong :failed) measured) 1 0)))))

(defn- read-results [files]
  (if (seq files)
    (results/merged (mapcat results/read-file files))
    (results/read-folder "dev/bench/results")))

(defn- keep-loops! [{:keys [files] :as options}]
  (let [[run file] (measuring/new-run (measuring/settings (merge defaults options {:workloads #{}})))]
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
        :final    (do (check-names options) (final/run options))
        :loops    (do (keep-loops! options) 0)
        :report   (do (println (report/text (:lines (read-results (:files options))))) 0)
        :document (do ((requiring-resolve 'bench.document/write!) (read-results (:files options))) 0)
        (run options)))))

(defn -main [& words]
  (let [code (try (start words)
                  (catch clojure.lang.ExceptionInfo e (measuring/say "bench:" (ex-message e)) 2))]
    (shutdown-agents)
    (System/exit code)))
