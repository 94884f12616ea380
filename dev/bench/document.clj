(ns bench.document
  "Makes doc/performance.md and its charts from results: `markdown`, `write!`."
  (:require [bench.chart :as chart]
            [bench.first-calls :as first-calls]
            [bench.jdks :as jdks]
            [bench.large.table :as large]
            [bench.loops :as loops]
            [bench.peers :as peers]
            [bench.report :as report]
            [bench.results :as results]
            [bench.rows :as rows]
            [bench.views.table :as views]
            [clojure.java.io :as io]
            [clojure.string :as str]))

(set! *warn-on-reflection* true)

(defn- title [peer] (get-in peers/peers [peer :title]))

(defn- row-line [cells] (str "| " (str/join " | " cells) " |"))

(defn- chart-file [group] (str "performance/" (name group) ".svg"))

(defn- cell
  "The median, and in parentheses the spread and how many times better flumelog is."
  [{:keys [median spread ratio]}]
  (let [notes (remove str/blank? [(report/percent spread) (if ratio (str (report/number ratio) " x") "")])]
    (cond-> (report/number median) (seq notes) (str " (" (str/join "; " notes) ")"))))

(defn- command
  "The command that measures the row again."
  [{:keys [row workload records]}]
  (let [all (rows/records row (get-in rows/workloads [workload :records]))]
    (str "bin/bench --row " (name (:id row)) " --workload " (name workload)
         (when (< records all) (str " --records " (quot (* records (get-in rows/workloads [workload :records])) all))))))

(defn- heading [measure] (or (:title measure) (report/heading measure)))

(defn- table-lines
  "The measures of a group as a table: a line for each measure, a column for each peer that has any of them."
  [measures]
  (let [measured (set (mapcat #(map :peer (:entries %)) measures))
        columns  (filter measured (keys peers/peers))]
    (concat
     [(row-line (cons "" (map title columns)))
      (row-line (cons "---" (repeat (count columns) "---:")))]
     (for [{:keys [entries] :as measure} measures
           :let [by-peer (into {} (map (juxt :peer identity)) entries)]]
       (row-line (cons (heading measure) (map #(if-let [entry (by-peer %)] (cell entry) "-") columns))))
     [""])))

(defn- target-lines [measures]
  (for [{:keys [targets] :as measure} measures, target targets]
    (str "* " (report/heading measure) ": " (report/met target) ".")))

(defn- row-notes [measures]
  (for [measures (partition-by :row measures)
        :let [row (:row (first measures))]]
    (str "* **" (:title row) "**: limited by: " (:limited-by row) " Again: "
         (str/join ", " (distinct (map #(str "`" (command %) "`") measures))) ".")))

(defn- group-lines [[group group-title] measures]
  (when (seq measures)
    (concat
     [(str "## " group-title) "" (str "![" group-title "](" (chart-file group) ")") ""]
     (table-lines measures)
     (row-notes measures)
     (target-lines measures)
     [""])))

(defn- ahead
  "A sentence for each measure in which a peer, not a limit, is better than flumelog."
  [table]
  (for [{:keys [entries] :as measure} table
        {:keys [peer ratio]} entries
        :when (and ratio (< ratio 1) (= :peer (get-in peers/peers [peer :role])))]
    (str "* " (title peer) ", by " (report/number (/ 1.0 ratio)) " times: " (heading measure))))

(defn- environment-line [[run {:keys [commit jdk node cpu cores memory-mib system disk force-micros]}]]
  (row-line [run (str "`" commit "`") jdk node (str cpu ", " cores " processors, " memory-mib " MiB") system disk
             (str (report/number (:growing force-micros)) " / " (report/number (:preallocated force-micros)))]))

(def ^:private intro
  ["# Performance" ""
   "How fast flumelog is beside eight other stores and beside the limit of the machine. `bin/bench --document` writes this page from"
   "`dev/bench/results`; don't edit it. [Runs](#runs) says where and when it was measured, and each table how to measure it again." ""
   "**How to read a table.** A line is a measure, a column a peer. A cell has the median of the rounds. In parentheses stands the spread: the"
   "difference of the highest and the lowest round, as a part of the median; a cell without it is of one round. Behind it stands by how many times flumelog"
   "is better: the median of the ratios within each round; under *limit* it is the part of the limit that is reached. Look at that factor, because absolute"
   "figures drift from run to run. In a row whose target is for an option, as *flumelog (buffer)*, the factors are that column's." ""
   "**How it is measured.** Every measure is a process of its own. In a round each peer has its turn, in random order. Each step proves by a sum over"
   "the records that it did the work; a step with a wrong sum is left out. All memory of a JVM's heap was touched before the clock starts. In rows about opening a"
   "store the peer's code is loaded too, because another small store was opened before." ""
   "* *cold*: the first time in a new process, with the page cache dropped"
   "* *first*: the first time in a new process, with the files in the page cache; in runs before 2026-11-29T18:50 a row without *cold* may have read them"
   "  from the disk, since another row's *cold* had dropped them"
   "* *hot*: the median of up to 21 times in that process, after two seconds of the same" ""])

(defn- run-lines [runs]
  (concat
   ["## Runs" ""
    (row-line ["run" "commit" "JDK" "Node.js" "machine" "system" "disk" "a force, us: growing / preallocated"])
    (row-line (repeat 8 "---"))]
   (map environment-line runs)
   [""]))

(defn- first-calls-lines
  "The section about new processes; nil if none were measured."
  [table]
  (when (seq table)
    (concat
     ["## The first calls of a new process" ""
      "Here nothing was opened before, so that a store pays for the code that it loads. A process opens a store of 1,000 records of 600 bytes for appending,"
      "appends a record, reads the ten newest, reads one by its key, and closes the store; then it opens and closes it eight times more, and the tenth open is measured"
      "too. Another process opens a store that is not there yet. No append is forced. All classes lie in jars. [An AOT cache](java.md#a-new-process-that-opens-a-log)"
      "is of a process that has made the same calls. Again: `bin/bench --first-calls`." ""]
     (table-lines table)
     (for [sentence (keep :target table)] (str "* " sentence "."))
     [""])))

(defn- jdks-lines
  "The section about JDK 25 beside 17; nil if no commit was measured with both."
  [lines]
  (when lines
    ["## JDK 25 beside 17" ""
     (str "One round of each row on commit `" (:commit lines) "`, all with JDK 17 first, then all with JDK 25; so a difference of a tenth says little. In a row whose target is")
     "for an option, as *flumelog (buffer)*, the figures are that column's. The best peer is the best one of the tables above. A row that appends can be several"
     "times slower in one round, while the disk still writes what was written before: `bin/bench --row append-each --rounds 3`, with another JDK's `java` as `JAVA_CMD`, tells"
     "more of one row. Again: `bin/bench --final`." ""
     (jdks/text lines) ""]))

(defn- views-lines
  "The section about views; nil if none were measured."
  [{:keys [lines]}]
  (when (seq lines)
    ["## Views" ""
     "Views over the same messages, 500 authors and 12 types in JSON, beside those of flumedb and of jitdb under Node.js 20. A cell has the median of the"
     "rounds, and the lowest and the highest. Behind a peer's stands by how many times flumelog is better: the median of the ratios within each round. The"
     "first answer is counted from opening the log and its views; each step is a process of its own, which has opened the same view over another log of 100"
     "messages before. The newest ten of an author, with their values, are looked up 10,000 times before the clock starts, since Java is slow at first." ""
     (views/text lines) ""
     "flumedb writes a reduced value and an index as it goes, and forces nothing. jitdb reads its own log of the same messages, in BIPF; it makes a bit set only when it"
     "is asked for the first time, and shows a record when its log has written it, which a timer of 250 ms decides. Where its page has another tenth record than the"
     "others', that is a fault of its own: `findings/jitdb-page-misses-a-record.sh`. Again: `bin/bench --views`." ""]))

(defn- large-lines
  "The section about logs larger than the memory; nil if none were measured."
  [{:keys [lines]}]
  (when (seq lines)
    ["## Logs larger than the memory" ""
     "Medians in microseconds of one opening, one record, one page; *cold* after the page cache was dropped, *again* the third time in the same process, of 256 MiB"
     "of heap. A bare read is one call of a FileChannel. `fetch` reads a mapped file, and *cold* the system reads ahead there by the disk's `read_ahead_kb`:"
     "see [operating.md](operating.md). Again: `bin/bench --large`." ""
     (large/text lines) ""]))

(defn markdown
  "The document. `runs` maps a run to its environment; `lines` are the measures, `loops` those of JMH; `views` those of
   views, `large` those of logs larger than the memory, `first-calls` those of new processes and `final` those of one round
   with two JDKs, with runs of their own."
  [{:keys [runs lines loops views large first-calls final]}]
  (let [table (report/table lines)
        calls (first-calls/table (:lines first-calls))
        jdks (jdks/newest final)
        by-group (group-by (comp :group :row) table)]
    (str/join
     "\n"
     (concat
      intro
      ["Workloads:" ""]
      (for [[id {:keys [title]}] rows/workloads] (str "* " (name id) ": " title "."))
      ["" "Who is measured:" ""]
      (for [[_ {:keys [title note]}] peers/peers] (str "* **" title "**: " note))
      ["" "## Where others are ahead" ""]
      (or (seq (ahead (concat table calls))) ["Nowhere in what was measured."])
      [""]
      (mapcat (fn [[group :as entry]] (group-lines entry (by-group group))) rows/groups)
      (jdks-lines jdks)
      (first-calls-lines calls)
      (large-lines large)
      (views-lines views)
      (loops/markdown loops)
      (when-let [problems (seq (concat (report/problems lines) (some-> (report/disturbed lines) list)))]
        (concat ["## What did not count, or is in doubt" ""] (map #(str "* " %) problems) [""]))
      (run-lines (into (sorted-map) (concat runs (:runs views) (:runs large) (:runs first-calls)
                                              (filter #(= (:commit jdks) (:commit (val %))) (:runs final)))))))))

(defn write!
  "Writes the document and its charts, and prints their paths."
  [{:keys [lines] :as results}]
  (doseq [[group measures] (group-by (comp :group :row) (report/table lines))
          :let [file (io/file "doc" (chart-file group))]]
    (io/make-parents file)
    (spit file (chart/svg measures)))
  (spit "doc/performance.md" (markdown (assoc results
                                         :views (results/read-folder "dev/bench/views/results")
                                         :large (results/read-folder "dev/bench/results/large")
                                         :final (results/read-folder "dev/bench/results/final")
                                         :first-calls (results/read-folder first-calls/results-folder))))
  (println "wrote doc/performance.md and doc/performance/*.svg"))
