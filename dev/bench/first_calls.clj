(ns bench.first-calls
  "What a new process pays for its first calls, in which nothing was opened before: bin/bench --first-calls [ROUNDS].

   Each peer has processes of its own in each round, with the JDK in use, with JDK 25, and with JDK 25 and an AOT cache (JEP 514),
   which a process of the same calls has made before. `run` measures, `markdown` is the section of the document."
  (:require [bench.environment :as environment]
            [bench.peers :as peers]
            [bench.report :as report]
            [bench.results :as results]
            [bench.stats :as stats]
            [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str])
  (:import (java.util ArrayList Collections Random)))

(set! *warn-on-reflection* true)

(def results-folder "dev/bench/results/first-calls")

(def ^:private measured [:flumelog :kafka :sqlite :lmdb :chronicle :limit])

(def ^:private calls
  "The calls in the order of the table. The first five follow each other in one process, which then opens the store nine times more."
  (array-map :open "open", :append "first append", :newest "first ten newest", :get "first get", :close "close",
             :again "10th open", :make "open a new one"))

(def ^:private asked "At most so many microseconds." {:open 30000 :again 200})

(def ^:private peer-options
  "The options of a JVM without which the peer does not run."
  (let [opened (fn [option packages] (map #(str "--add-" option "=" % "=ALL-UNNAMED") packages))]
    {:sqlite    ["--enable-native-access=ALL-UNNAMED"]
     :lmdb      (cons "--enable-native-access=ALL-UNNAMED" (opened "opens" ["java.base/java.nio" "java.base/sun.nio.ch"]))
     :chronicle (concat ["-Dchronicle.analytics.disable=true" "--enable-native-access=ALL-UNNAMED"]
                        (opened "exports" ["java.base/jdk.internal.ref" "java.base/sun.nio.ch" "jdk.unsupported/sun.misc"
                                           "jdk.compiler/com.sun.tools.javac.file"])
                        (opened "opens" ["jdk.compiler/com.sun.tools.javac" "java.base/java.lang" "java.base/java.lang.reflect"
                                         "java.base/java.io" "java.base/java.nio" "java.base/sun.nio.ch" "java.base/java.util"]))}))

;; Measuring

(defn- say [& words]
  (binding [*out* *err*] (apply println words) (flush)))

(defn- process!
  "Runs one process of a peer. Returns what it found, or `:failed`."
  [java options peer folder & what]
  (let [{:keys [exit out err]} (apply shell/sh (concat [java] (peer-options peer) options
                                                       ["-cp" (System/getProperty "bench.jars") "bench.peer.FirstCalls"
                                                        (get-in peers/peers [peer :class]) (str folder)] (map str what)))
        found (some #(second (re-find #"^found (.*)" %)) (str/split-lines out))]
    (if (and (zero? (long exit)) found)
      (edn/read-string found)
      {:failed (str (name peer) ": exit code " exit ", " (last (str/split-lines (str err "no message"))))})))

(defn- delete! [folder]
  (run! #(io/delete-file % true) (reverse (file-seq (io/file folder)))))

(defn- prepare!
  "Makes the store of a peer and, if the JVM is to have one, the AOT cache. Returns what `measure` needs of them."
  [folder {:keys [java aot] :as jvm} peer]
  (let [home (io/file folder (str (hash jvm)) (name peer)), old (io/file home "old"), cache (io/file home "cache.aot")
        built (process! java [] peer old "build")]
    (when (and aot (:key built)) (process! java [(str "-XX:AOTCacheOutput=" cache)] peer old "use" (:key built)))
    (merge built jvm {:peer peer :home home :old old :options (when aot [(str "-XX:AOTCache=" cache) "-XX:AOTMode=on"])})))

(defn- measure
  "The line of one peer with one JVM in one round."
  [{:keys [java aot peer home old options key failed]}]
  (let [new (io/file home "new")]
    (.mkdirs ^java.io.File new)
    (try
      (merge {:peer peer :aot (boolean aot)}
             (if failed
               {:failed failed}
               (merge (process! java options peer old "use" key) (process! java options peer new "make"))))
      (finally (delete! new)))))

(defn- shuffled [^Random random things]
  (let [list (ArrayList. ^java.util.Collection things)]
    (Collections/shuffle list random)
    (vec list)))

(defn- jvms
  "Those that are there: the JDK in use, and JDK 25 without and with an AOT cache."
  []
  (let [this (str (System/getProperty "java.home") "/bin/java"), java25 (System/getProperty "bench.java25")]
    (concat [{:java this}] (when java25 [{:java java25}])
            (when (or java25 (<= 25 (.feature (Runtime/version)))) [{:java (or java25 this) :aot true}]))))

(defn- measure-all [folder rounds keep!]
  (let [random (Random. 1)
        ready (vec (for [jvm (jvms), peer measured] (prepare! folder jvm peer)))]
    (vec (for [round (range rounds), one (shuffled random ready)]
           (doto (assoc (measure one) :round round) keep!)))))

;; The table

(defn- jvm-of
  "What a line was measured with; nil if it failed."
  [{:keys [jdk aot]}]
  (when jdk (str "JDK " (re-find #"^\d+" jdk) (when aot " with an AOT cache"))))

(defn- figures
  "{[run round] microseconds} of a peer; nil for what it can't do."
  [lines jvm call peer]
  (not-empty (into {} (for [line lines
                            :when (and (= [jvm peer] [(jvm-of line) (:peer line)]) (some-> (call line) nat-int?))]
                        [[(:run line) (:round line)] (call line)]))))

(defn- entry [ours [peer found]]
  {:peer peer :median (stats/median (vals found)) :spread (stats/spread (vals found)) :rounds (count found)
   :ratio (when (and ours (not= :flumelog peer)) (stats/ratio :micros ours found))})

(defn table
  "Lines as {:title :entries :target}, in the order of the table. `:target` is a sentence, where something is asked."
  [lines]
  (for [jvm (sort (distinct (keep jvm-of lines))), call (keys calls)
        :let [found (keep (fn [peer] (when-let [micros (figures lines jvm call peer)] [peer micros])) measured)
              ours (get (into {} found) :flumelog)
              title (str (calls call) ", " jvm ", us")]
        :when ours]
    {:title title :entries (map #(entry ours %) found)
     :target (when-let [most (asked call)]
               (let [median (stats/median (vals ours))]
                 (str title ": " (if (<= (double median) (double most)) "target met: " "TARGET MISSED: ") (report/number median)
                      "; asked for at most " (report/number most))))}))

(defn text
  "The table for people."
  [lines]
  (str/join "\n"
            (concat
             (for [{:keys [title entries]} (table lines)]
               (str title "\n"
                    (str/join "\n" (map (fn [{:keys [peer median spread ratio]}]
                                          (format "  %-16s %12s %7s %9s" (get-in peers/peers [peer :title]) (report/number median)
                                                  (report/percent spread) (if ratio (str (report/number ratio) " x") "")))
                                        entries))))
             (keep :target (table lines))
             (distinct (keep :failed lines)))))

(defn run
  "Measures, keeps the results and prints the table. Returns the exit code."
  [rounds]
  (let [folder (io/file "target/bench/first-calls")
        environment (environment/facts folder)
        file (results/file (io/file results-folder) environment)
        run (str (.truncatedTo (java.time.Instant/now) java.time.temporal.ChronoUnit/SECONDS))]
    (try
      (results/append! file [{:run run :environment environment}])
      (say "results go to" (str file))
      (let [lines (measure-all folder rounds #(results/append! file [(assoc % :run run)]))]
        (println (text lines))
        (if (some :failed lines) 1 0))
      (finally (delete! folder)))))

(defn -main [& [rounds]]
  (let [code (run (parse-long (or rounds "9")))]
    (shutdown-agents)
    (System/exit code)))
