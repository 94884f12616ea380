(ns bench.views
  "Views beside those of flumedb and jitdb under Node.js, over the same messages: bin/bench --views.

     bin/bench --views                     200,000 and 2,000,000 messages, 3 rounds
     bin/bench --views --records 20000     this number of messages
     bin/bench --views --rounds 5          the number of rounds
     bin/bench --views --folder F          the folder of the logs, on the measured disk
     bin/bench --views --report FILE ...   prints the table of these results

   In a round each peer has its turn, in random order; each step is a process of its own. The clock starts when that has loaded
   everything: it has opened the same view over another log, of 100 messages. The log is in the page cache. Each first answer is compared with that of the other peers."
  (:require [bench.environment :as environment]
            [bench.messages :as messages]
            [bench.results :as results]
            [bench.views.table :as table]
            [clojure.edn :as edn]
            [clojure.data.json :as json]
            [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [flumelog.core :as log])
  (:import (java.io File RandomAccessFile)
           (java.nio.file Files)
           (java.util ArrayList Collections Random)))

(set! *warn-on-reflection* true)

(def ^:private rows
  "The peers that are measured beside each other."
  [["reduce" "flumeview-reduce"] ["index" "flumeview-level" "jitdb-author"] ["bitmap" "jitdb-type"]])

(def ^:private home "The folder of a peer's log, in that of the size." {"flumeview-reduce" "flumedb", "flumeview-level" "flumedb"
                                                                       "jitdb-author" "jitdb", "jitdb-type" "jitdb"})

(def ^:private has-lookups? #{"index" "flumeview-level" "jitdb-author"})
(def ^:private few "Messages in the log that is opened before the clock starts." 100)
(def ^:private lookups "How many are measured, and how many are made before." {:n 2000 :warmup 10000})
(def ^:private tail-bytes "A log of jitdb goes on in its last block." 65536)

(defn- say [& words]
  (binding [*out* *err*] (apply println words) (flush)))

(defn- command [action peer folder options]
  (let [words (map (fn [[k v]] (str (name k) "=" v)) options)]
    (if (home peer)
      (into ["node" "--max-old-space-size=4096" "dev/bench/views/step.js" action peer (str folder)] words)
      (into [(str (System/getProperty "java.home") "/bin/java") "-Xmx1g" "-cp" (System/getProperty "java.class.path")
             "clojure.main" "-m" "bench.views.step" action peer (str folder)] words))))

(defn- parse [peer line] (if (home peer) (json/read-str line :key-fn keyword) (edn/read-string line)))

(defn- as-text [answer] (if (map? answer) (into (sorted-map) (update-keys answer name)) answer))

(defn- load-now [] (some-> (re-find #"^\S+" (first (Files/readAllLines (.toPath (io/file "/proc/loadavg"))))) parse-double))

(defn- step!
  "Runs one step. Returns what it measured, or `:failed`."
  [action peer folder options]
  (say action peer (.getName (.getParentFile (io/file folder))))
  (let [load (load-now)
        {:keys [exit out err]} (apply shell/sh (command action peer folder options))
        line (last (str/split-lines out))]
    (if (and (zero? (long exit)) line)
      (-> (parse peer line) (update :answer as-text) (assoc :load load))
      {:failed (str action " of " peer ": " (last (str/split-lines (str err "no message")))) :load load})))

;; Logs

(defn- log-file ^File [folder peer] (io/file folder (if (str/starts-with? peer "jitdb") "a.bipf" "a.log")))

(defn- folder-of [base peer] (io/file base (get home peer "ours")))

(defn- delete! [file]
  (run! #(io/delete-file % true) (reverse (file-seq (io/file file)))))

(defn- tail [^File file]
  (with-open [in (RandomAccessFile. file "r")]
    (let [data (byte-array (min (.length in) (long tail-bytes)))]
      (.seek in (- (.length in) (alength data)))
      (.readFully in data)
      {:length (.length in) :tail data})))

(defn- restore!
  "Makes the log what it was, and removes all beside it."
  [folder peer {:keys [^long length ^bytes tail]}]
  (let [file (log-file folder peer)]
    (with-open [out (RandomAccessFile. file "rw")]
      (.setLength out length)
      (.seek out (- length (alength tail)))
      (.write out tail))
    (doseq [^File other (.listFiles (io/file folder)) :when (not (#{(.getName file) "author.txt"} (.getName other)))]
      (delete! other))
    (when-not (home peer) (.close (log/open (str file) {:codec :bytes})))))          ; leaves its checkpoint

(defn- prepare!
  "The log of a peer, made from the messages; what `restore!` needs of it."
  [base peer]
  (let [folder (folder-of base peer), file (log-file folder peer), made (io/file base "made")]
    (when-not (.exists file)
      (.mkdirs ^File folder)
      (io/copy (io/file made "author.txt") (io/file folder "author.txt"))
      (if (= "jitdb" (home peer))
        (when-let [failed (:failed (step! "build" peer folder {:log (io/file made "a.log")}))] (throw (ex-info failed {})))
        (io/copy (io/file made "a.log") file)))
    (tail file)))

(defn- warm! [folder peer] (shell/sh "sh" "-c" (str "cat '" (log-file folder peer) "' >/dev/null")))

;; Measures

(defn- open!
  "Opens the log after a small one, with which everything is loaded."
  [folder peer small]
  (let [[small-base original] small, other (folder-of small-base peer)]
    (restore! other peer (original peer))
    (warm! folder peer)
    (step! "open" peer folder {:small other})))

(defn- measure
  "The lines of a peer: opened with no view yet; look-ups; opened after more was appended; followed."
  [base original small peer]
  (let [folder (folder-of base peer), made (io/file base "made"), original (original peer)
        line (fn [measure result] (assoc result :measure measure :peer peer))]
    (restore! folder peer original)
    (let [first-answer (line :first (open! folder peer small))
          found (when (has-lookups? peer)
                  [(line :newest (step! "lookups" peer folder (assoc lookups :authors (io/file made "authors"))))])
          _ (step! "append" peer folder {:messages-of (io/file made "more")})
          more (line :more (open! folder peer small))
          follow (line :follow (step! "follow" peer folder {:messages-of (io/file made "follow")}))]
      (restore! folder peer original)
      (doall (concat [first-answer] found [more follow])))))

(defn- shuffled [^Random random peers]
  (let [list (ArrayList. ^java.util.Collection peers)]
    (Collections/shuffle list random)
    (vec list)))

(defn- prepare-all!
  "The folder of the logs with so many messages, and what `restore!` needs of them, by peer."
  [folder records]
  (let [base (io/file folder (str records))]
    (say "messages" records)
    (messages/make! (io/file base "made") records)
    [base (into {} (map (fn [peer] [peer (prepare! base peer)])) (flatten rows))]))

(defn- measure-size [{:keys [folder rounds keep!]} records]
  (let [small (prepare-all! folder few), [base original] (prepare-all! folder records), random (Random. 1)]
    (doall (for [round (range rounds), row rows, peer (shuffled random row)
                 line (measure base original small peer)]
             (doto (assoc line :records records :round round) keep!)))))

(defn- options [words]
  (loop [options {:records [200000 2000000] :rounds 3 :folder "target/bench/views"}, [word value & more :as words] words]
    (case word
      nil         options
      "--records" (recur (assoc options :records [(parse-long value)]) more)
      "--rounds"  (recur (assoc options :rounds (parse-long value)) more)
      "--folder"  (recur (assoc options :folder value) more)
      "--report"  (assoc options :report (rest words))
      (throw (ex-info (str "no such option: " word) {})))))

(defn- run [{:keys [records folder] :as options}]
  (let [environment (environment/facts (io/file folder))
        file (results/file (io/file "dev/bench/views/results") environment)
        run (str (.truncatedTo (java.time.Instant/now) java.time.temporal.ChronoUnit/SECONDS))]
    (say "results go to" (str file))
    (results/append! file [{:run run :environment environment}])
    (let [keep! #(results/append! file [(assoc % :run run)])
          lines (doall (mapcat #(measure-size (assoc options :keep! keep!) %) records))]
      (println (table/text lines))
      (if (some :failed lines) 1 0))))

(defn -main [& words]
  (let [code (try (let [{:keys [report] :as options} (options words)]
                    (if report
                      (do (println (table/text (mapcat results/read-file report))) 0)
                      (run options)))
                  (catch clojure.lang.ExceptionInfo e (say "bench:" (ex-message e)) 2))]
    (shutdown-agents)
    (System/exit code)))
