(ns flumelog.cli-jobs-test
  "The verbs that work on files, as a shell sees them."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.cli.bar :as bar]
            [flumelog.cli.job :as job]
            [flumelog.cli.output :as output]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= files-in path-in read-bytes with-temp-folder write-bytes!]])
  (:import (flumelog.cli FirstScan)
           (flumelog.log ProgressReport)
           (java.io ByteArrayOutputStream PrintStream)))

(set! *warn-on-reflection* true)

(defn- earthquakes-in [folder]
  (io/copy (io/file "dev/data/earthquakes.log") (io/file folder "e.log")))

(defn- values-of [path codec]
  (with-open [l (log/open path {:codec codec, :mode :read})] (into [] l)))

(defn- reports
  "What the commands printed on standard output, as data. Each must end with 0."
  [folder & commands]
  (let [{:keys [exit out err]} (command/shell folder (str/join " && " (map #(str "flumelog " %) commands)))]
    (is (= 0 exit) err)
    [(map edn/read-string (remove str/blank? (str/split-lines out))) err]))

(deftest files-are-copied-and-their-records-are-the-same
  (with-temp-folder [folder]
    (earthquakes-in folder)
    (let [path #(path-in folder %), values (values-of (path "e.log") :json)
          [[verified copied converted & _ :as all] err]
          (reports folder "verify e.log" "copy e.log c.log --to-codec edn --gte 322 --limit 1000" "convert e.log l.log --framing legacy" "salvage e.log s.log"
                   "export e.log e.jsonl" "import i.log e.jsonl" "backup i.log b.log" "export e.log e.edn --edn --offsets" "import n.log e.edn --codec nippy --offsets >moved"
                   "delete i.log 0 322" "compact i.log"
                   (str "import ssb.log " (.getAbsolutePath (io/file "test/interop/bipf/log.bipf"))))]
      (is (= {:ok true :frames 1707} (select-keys verified [:ok :frames])))
      (is (= {:frames 1000 :offsets "c.log.offsets"} (dissoc copied :end)))
      (is (= {:frames 1707 :deleted 0} (dissoc converted :end)))
      (is (= [{:deleted 2 :deleted-before 0} {:frames 1705 :deleted 2}]
             (map #(dissoc % :freed-bytes :end) (filter #(and (contains? % :deleted) (not= verified %) (not= converted %)) all))))
      (is (= (take 1000 (rest values)) (values-of (path "c.log") :edn)))
      (is (= values (values-of (path "l.log") :json) (values-of (path "n.log") :nippy) (values-of (path "b.log") :json)))
      (is (= (drop 2 values) (values-of (path "i.log") :json)))
      (is (= 303 (count (values-of (path "ssb.log") :json))) "of a log.bipf")
      (is (bytes= (read-bytes (path "e.log")) (read-bytes (path "s.log"))))
      (is (bytes= (read-bytes (path "e.log")) (read-bytes (path "b.log"))) "lines of JSON are as the records were")
      (is (= (with-open [old (log/open (path "e.log") {:mode :read}), new (log/open (path "n.log") {:mode :read})]
               (mapv vector (log/offsets old) (log/offsets new)))
             (mapv #(mapv parse-long (str/split % #"\t")) (str/split-lines (slurp (path "moved"))))))
      (testing "with a closing sentence in numbers"
        (is (re-find #"flumelog: read 1,707 records, 0 of them deleted, in 546\.8 kB: all is good; it took \d+\.\d s\n" err))
        (is (= 12 (count (re-seq #"; it took \d+\.\d s\n" err))))))))

(deftest ^{:ci "starts several JVMs"} a-log-is-copied-to-another-protection-and-back
  (with-temp-folder [folder]
    (earthquakes-in folder)
    (let [path #(path-in folder %)
          [[_ verified] _] (reports folder "convert e.log c.log --protect checked" "verify c.log --codec json" "convert c.log e2.log --protect none"
                                    "copy c.log k.log --to-codec edn --codec json" "copy k.log u.log --protect none")]
      (is (= {:ok true :frames 1707 :protect :checked :damaged []} (select-keys verified [:ok :frames :protect :damaged])))
      (is (= (with-open [l (log/open (path "c.log") {:mode :read})] (log/id l)) (:log-id verified)))
      (is (bytes= (read-bytes (path "e.log")) (read-bytes (path "e2.log"))))
      (is (= [:checked nil] (for [name ["k.log" "u.log"]] (with-open [l (log/open (path name) {:mode :read})] (:protect (log/info l))))))
      (is (= (values-of (path "e.log") :json) (values-of (path "u.log") :edn))))))

(deftest damage-is-judged-cut-and-salvaged
  (with-temp-folder [folder]
    (earthquakes-in folder)
    (let [path (path-in folder "e.log"), data (read-bytes path), offset 3193
          offset (with-open [l (log/open path {:mode :read})] (first (log/offsets l {:gte offset})))]
      (aset data (int offset) (byte 1))
      (write-bytes! path data)
      (let [{:keys [out err]} (command/shell folder (str "flumelog verify e.log --codec json; echo $?; flumelog recover e.log --dry-run --json; echo $?;"
                                                         "flumelog salvage e.log s.log >&2; echo $?; flumelog recover e.log --cut-at " offset " >&2; echo $?"))
            [verified verify-exit judged judge-exit & exits] (str/split-lines out)]
        (is (= ["4" "4" "0" "0"] (list* verify-exit judge-exit exits)))
        (is (= [false 1706] ((juxt :ok :frames) (edn/read-string verified))))
        (is (str/includes? judged (str "\"end\":" offset)))
        (is (str/includes? err (str "flumelog recover e.log --cut-at " offset " would cut ")))
        (is (= 1706 (count (values-of (path-in folder "s.log") :json))))
        (is (= offset (.length (io/file path))))
        (is (some #(str/starts-with? % "e.log.torn-") (files-in folder)))))))

(deftest lines-that-can-t-be-imported-are-told-and-those-before-them-are-in
  (with-temp-folder [folder]
    (spit (path-in folder "a.jsonl") "{\"n\":1}\n\n{\"n\":2}\n{\"n\":\n{\"n\":4}\n")
    (let [{:keys [exit err out]} (command/shell folder "flumelog import a.log a.jsonl; echo $?; cat a.jsonl | flumelog import a.log /dev/stdin --skip 4 --json")]
      (is (= 0 exit))
      (is (str/starts-with? out "2\n"))
      (is (str/includes? err "flumelog: appended 2 records to a.log; --skip 3 goes on behind the last one\nflumelog: line 4 must be JSON ("))
      (is (= [{:n 1} {:n 2} {:n 4}] (values-of (path-in folder "a.log") :json))))))

(deftest a-job-that-is-stopped-says-how-far-it-has-come
  (let [said (ByteArrayOutputStream.), err System/err, stops (atom 0)]
    (System/setErr (PrintStream. said true))
    (try
      (is (= 130 (job/run (fn [progress]
                            (loop [done 0]
                              (progress {:phase :copying :done done :total 3000000 :unit :bytes :per-second 1 :remaining-seconds 1})
                              (when (= 1500000 done) (swap! @#'job/state assoc :stop true))
                              (recur (+ done 500000))))
                          {:done (fn [_] (swap! stops inc)), :stopped (constantly "nothing was changed")})))
      (finally (System/setErr err)))
    (is (= 0 @stops))
    (is (= "flumelog: stopped while copying, 1.5 MB of 3.0 MB: nothing was changed\n" (str said)))))

(defn- shown
  "What a bar gets, as on a terminal, when a scan of a file goes on after so many milliseconds: how much is done, and nil at the end."
  [millis]
  (let [shown (atom []), report #(ProgressReport/of "scanning" "bytes" 0 % 4000000 1000000000)]
    (System/setProperty "flumelog.terminal" "true")
    (try
      (with-redefs [bar/bar (fn [] #(swap! shown conj (:done %)))]
        (with-open [scan (FirstScan.)]
          (.at scan (report 1000000))
          (Thread/sleep (long millis))
          (.at scan (report 2000000))))
      (finally (System/clearProperty "flumelog.terminal")))
    @shown))

(deftest the-first-reading-of-a-long-log-shows-a-bar-on-a-terminal
  (is (= [2000000 nil] (shown 701))))

(deftest keys-of-json-that-are-no-keywords-of-edn-are-printed-as-strings
  (is (= "{\"a b\" 1, :c [{\"\" 2, \"1x/\" nil}]}" (output/edn (array-map (keyword "a b") 1 :c [(array-map (keyword "") 2 (keyword "1x/") nil)])))))

(deftest numbers-are-for-people
  (is (= ["0 bytes" "999 bytes" "1.5 kB" "12.3 MB" "1.2 GB"] (map job/size [0 999 1500 12300000 1230000000])))
  (is (= ["1 record" "0 records" "1,234 records"] (map #(job/many % "record") [1 0 1234]))))
