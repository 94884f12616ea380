(ns bench.final
  "bin/bench --final: every row once, by flumelog, the peer that was best in it and the limit, and what changed since the
   last results.

     bin/bench --final            JDK 17 or what is in use, then JDK 25; 120 minutes at most
     bin/bench --final --smoke    all of it with few records

   Measures go to dev/bench/results/final. Of them bin/bench --document makes the table of the two JDKs only, since they are of one round. A run
   that was ended goes on where it stopped: what a file has of this commit and this JDK is not measured again, unless
   sources were changed and not committed."
  (:require [bench.environment :as environment]
            [bench.measuring :as measuring]
            [bench.peers :as peers]
            [bench.plan :as plan]
            [bench.report :as report]
            [bench.results :as results]
            [bench.rows :as rows]
            [bench.stats :as stats]
            [clojure.java.io :as io]
            [clojure.string :as str])
  (:import (java.io File)))

(set! *warn-on-reflection* true)

(def defaults {:patience 10 :rounds 1})

(defn- role [peer] (get-in peers/peers [peer :role]))

(defn best-peers
  "The peer that was best in each [row workload], where the code was hot if it ever was."
  [lines]
  (into {} (for [{:keys [row workload entries]} (report/table lines)     ; hot comes last
                 :let [best (->> entries (filter #(and (= :peer (role (:peer %))) (:ratio %))) (sort-by :ratio) first)]
                 :when best]
             [[(:id row) workload] (:peer best)])))

(defn- cold-or-not [line] (if (= :cold (:temperature line)) :cold :first))

(defn- good? [line] (not-any? line [:wrong :failed :skipped]))

(defn jobs
  "A job for each start of those rows. Of the peers the best is left, or all where nobody was measured yet; of the limits
   the one of that name, if the row has it. A start is left out where the last results have the row without it."
  [lines all]
  (let [best (best-peers lines)
        seen (group-by (juxt :row :workload) lines)]
    (for [group (partition-by (juxt :row :workload) all)
          :let [{:keys [row workload]} (first group), here [(:id row) workload], before (seen here)
                starts (if before (filter (set (map cold-or-not before)) (:starts row)) (:starts row))
                limit? (some #(= :limit (:peer %)) group)]
          start starts
          {:keys [peer] :as job} group
          :when (case (role peer)
                  :ours  true
                  :limit (or (= :limit peer) (not limit?))
                  :peer  (= peer (best here peer)))]
      (assoc job :row (assoc row :starts [start])))))

(def ^:private what (juxt :row :peer :workload :records cold-or-not))

(defn- measured? [lines {:keys [row peer workload records start]}]
  (some #(and (= [(:id row) peer workload records start] (what %)) (good? %)) lines))

(defn settled
  "The lines without those that failed before they were measured after all."
  [lines]
  (let [measured (into #{} (comp (filter good?) (map what)) lines)]
    (remove #(and (not (good? %)) (measured (what %))) lines)))

(defn left
  "The jobs whose measures the lines don't have."
  [settings lines jobs]
  (filter (fn [job] (some #(not (measured? lines %)) (plan/measures settings job))) jobs))

;; What changed

(defn- values
  "Lines as {[row workload records temperature] {peer value}}, of the last run that has the measure."
  [lines]
  (update-vals (stats/cells (comp :unit rows/by-id) lines)
               #(update-vals % (fn [by-round]
                                 (let [run (last (sort (map first (keys by-round))))]
                                   (stats/median (for [[[r _] value] by-round :when (= r run)] value)))))))

(def ^:private least "How many times its last value a measure of flumelog is at least, or it is marked." 0.95)

(defn changes
  "A map for each measure that both have: what report/heading takes, `:ratios`, {peer new / old} with more than 1 for a
   better one, and `:fell`, whether one of flumelog is worse by more than 5 percent."
  [before now]
  (let [before (values before)]
    (for [[[row-id workload records temperature :as key] by-peer] (values now)
          :let [row (rows/by-id row-id), old (get before key)
                ratios (into {} (for [[peer value] by-peer :when (get old peer)]
                                  [peer (stats/better (:unit row) value (get old peer))]))]
          :when (seq ratios)]
      {:row row :workload workload :records records :temperature temperature :ratios ratios
       :fell (boolean (some (fn [[peer ratio]] (and (= :ours (role peer)) (< (double ratio) (double least)))) ratios))})))

(defn text
  "The changes for people: a line each, those that fell with a mark."
  [title changes]
  (let [order (zipmap (keys peers/peers) (range)), row-order (zipmap (map :id rows/rows) (range))]
    (str/join "\n"
              (cons (str title ": " (count changes) " measures, " (count (filter :fell changes))
                         " of them fell by more than 5 %, marked with <<")
                    (for [{:keys [ratios fell] :as change} (sort-by (juxt (comp row-order :id :row) (comp name :workload)
                                                                          (comp name :temperature))
                                                                    changes)]
                      (str "  " (report/heading change) ": "
                           (str/join ", " (for [[peer ratio] (sort-by (comp order key) ratios)]
                                            (str (get-in peers/peers [peer :title]) " " (report/number ratio) " x")))
                           (when fell "  <<")))))))

;; The run

(defn jdk
  "The version of the environment's JDK, \"17\" or \"25\"."
  [environment]
  (re-find #"\d+" (str (:jdk environment))))

(defn- with-environments
  "The lines of these folders, each with the commit and the JDK of its run."
  [folders]
  (for [folder folders, :let [{:keys [runs lines]} (results/read-folder folder)], line lines
        :let [environment (runs (:run line))]]
    (assoc line :commit (:commit environment) :jdk (jdk environment))))

(defn- print-changes [kept {:keys [commit] :as environment} mine?]
  (let [here (jdk environment)
        all  (with-environments ["dev/bench/results" kept])
        now  (settled (filter #(and (= [commit here] [(:commit %) (:jdk %)]) (mine? %)) all))
        others #(filter % (remove (fn [line] (and (= commit (:commit line)) (= here (:jdk line)))) all))
        before (others #(= here (:jdk %)))]
    (println (report/text (map #(assoc % :run commit :round 0) now)))
    (if (seq before)
      (println (text (str "JDK " here ", new / last results") (changes before now)))
      (println (str "There are no older results of JDK " here ".")))
    (doseq [[other lines] (group-by :jdk (others #(= commit (:commit %))))]
      (println (text (str "JDK " here " / JDK " other ", same commit") (changes lines now))))
    (some (some-fn :wrong :failed) now)))

(defn- until-millis
  "When a run has to end, in milliseconds: bin/bench says it for all JDKs together."
  ^long []
  (* 1000 (long (or (some-> (System/getProperty "bench.until") parse-long) (quot Long/MAX_VALUE 1000)))))

(defn- measure-until! [settings ^File file run jobs]
  (let [keep! #(results/append! file (map (fn [line] (assoc line :run run :round 0)) %))
        expected (measuring/expected-sums settings jobs)]
    (keep! (measuring/build-all settings jobs))
    (loop [jobs (first (plan/rounds (:seed settings) 1 jobs))]
      (if (or (empty? jobs) (< (until-millis) (System/currentTimeMillis)))
        (count jobs)
        (do (keep! (stats/mark-wrong expected (measuring/measure settings (first jobs))))
            (recur (rest jobs)))))))

(defn run
  "Measures what is missing, and prints the report and the changes. Returns the exit code: 1 if something failed, or if
   the time was over before the end."
  [{:keys [smoke folder] :as options}]
  (let [kept (str (if smoke (io/file folder "results" "final") "dev/bench/results/final"))
        settings (measuring/settings (assoc options :results kept))
        environment (environment/facts (:folder settings))
        known? (not (str/ends-with? (str (:commit environment)) "-dirty"))
        file (results/file kept environment)
        before (if (and known? (.exists file)) (:lines (results/merged (results/read-file file))) [])
        wanted (jobs (:lines (results/read-folder "dev/bench/results"))
                     (plan/jobs (assoc settings :records #(measuring/records-of options %))))
        jobs (vec (left settings before wanted))]
    (measuring/say "JDK" (jdk environment) "-" (count jobs) "measures to do,"
                   (- (count wanted) (count jobs)) "are done or are not for this run")
    (let [[run file] (if (seq jobs) (measuring/new-run settings environment) [nil file])
          remaining (if (seq jobs)
                      (try (measure-until! settings file run jobs) (finally (measuring/clean-up! settings)))
                      0)
          failed (print-changes kept environment #(or known? (= run (:run %))))]
      (when (pos? (long remaining))
        (measuring/say "the time is over:" remaining "measures are left. The same command goes on with them."))
      (if (or failed (pos? (long remaining))) 1 0))))
