(ns flumelog.cli-test
  "The command line, as a shell sees it: every command is a process of its own."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [files-in path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.process :as process]
            [flumelog.test-support :refer [size skip]]))

(set! *warn-on-reflection* true)

(def ^:private earthquakes "dev/data/earthquakes.log")

(defn- said
  "The exit code, and what was said on standard error."
  [{:keys [exit err]}]
  [exit (str/trim err)])

(defn- facts [{:keys [out]}]
  (into {} (map #(str/split % #"\s+" 2)) (str/split-lines out)))

(deftest wrong-use-is-told-in-a-sentence-with-exit-code-2
  (let [[exit sentence] (said (command/run "cat" earthquakes "--limt" 3))]
    (is (= 2 exit))
    (is (str/starts-with? sentence "flumelog: unknown option --limt; did you mean --limit? Known: ")))
  (is (= [2 "flumelog: there is no verb cta; did you mean cat?; flumelog --help lists them"] (said (command/run "cta" earthquakes))))
  (let [{:keys [exit err]} (command/run "cat" earthquakes "--where" "[:=")]
    (is (= 2 exit))
    (is (str/includes? err "flumelog: --where must be a query in EDN (EOF while reading), was \"[:=\"\n"))))

(deftest an-argument-that-can-not-be-is-told-in-the-words-of-the-shell
  (doseq [[words sentence] {["cat" earthquakes "-n" -1] "--limit takes a whole number, 0 or more, not -1; see flumelog cat --help"
                            ["cat" earthquakes "-n" "9223372036854775808"]
                            "--limit takes a whole number from -9223372036854775808 to 9223372036854775807, not 9223372036854775808; see flumelog cat --help"
                            ["cat" earthquakes "--codec" "xml"] "--codec takes one of edn, nippy, json, utf8, bytes, not xml; see flumelog cat --help"
                            ["convert" earthquakes "b.log" "--framing" "x"] "--framing takes one of flume, legacy, not x; see flumelog convert --help"
                            ["completion" "fish"] "SHELL takes one of bash, zsh, not fish; see flumelog completion --help"
                            ["convert" earthquakes "b.log" "--offset-bits" 31] "--offset-bits must be 32, 48 or 53, was 31"
                            ["copy" earthquakes "README.md"] "TO must be a path where no file is yet, was \"README.md\""
                            ["recover" earthquakes] (str "--cut-at must be the offset where the damage begins, as flumelog recover " earthquakes " --dry-run says it, and is missing")
                            ["view" earthquakes "lookup" "a" "1"] "--views must be a file that describes the view, and is missing"}]
    (is (= [2 (str "flumelog: " sentence)] (said (apply command/run-here words)))))
  (is (not-any? #(str/starts-with? % "b.log") (files-in "."))))

(deftest names-of-files-are-utf-8-whatever-the-locale-is
  (with-temp-folder [folder]
    (io/copy (io/file earthquakes) (io/file folder "ü 😀.log"))
    (doseq [locale (take (size 1 3) ["de_XX.UTF-8" "C" "tr_TR.UTF-8"])]
      (is (= {:exit 0, :out "546453\n", :err ""}
             (command/shell folder (str "LC_ALL=" locale " flumelog tail 'ü 😀.log' -n 1 --offsets --codec json | cut -f 1")))))))

(deftest a-device-that-is-full-is-told-with-exit-code-3
  (doseq [words (take (size 1 4) ["info LOG" "--help" "cat LOG --codec json" "verify LOG --codec json"])]
    (let [{:keys [exit err]} (command/shell "." (str "flumelog " (str/replace words "LOG" earthquakes) " > /dev/full"))]
      (is (= [3 true] [exit (str/includes? err "No space left on device")]) err))))

(deftest a-dash-as-file-is-standard-input-or-output
  (with-temp-folder [folder]
    (io/copy (io/file earthquakes) (io/file folder "a.log"))
    (is (= 0 (:exit (command/shell folder "flumelog export a.log - --limit 3 --codec json | flumelog import b.log - --json"))))
    (is (= #{"a.log" "b.log" "b.log.checkpoint" "b.log.lock"} (files-in folder)))
    (is (= 3 (with-open [l (log/open (path-in folder "b.log") {:mode :read})] (log/count l))))))

(deftest a-file-that-can-not-be-read-as-a-log-is-told-with-exit-code-3
  (with-temp-folder [folder]
    (let [[exit sentence] (said (command/run "cat" (path-in folder "none.log")))]
      (is (= 3 exit))
      (is (str/includes? sentence "none.log: there is no ")))
    (let [[exit sentence] (said (command/run "cat" "LICENSE"))]
      (is (= 3 exit))
      (is (str/includes? sentence "LICENSE is no log")))
    (is (= #{} (files-in folder)))))

(deftest every-jdk-runs-the-command-line
  (doseq [home (take (size 1 9) (process/java-homes)), :let [run #(command/shell "." (str "JAVA_CMD=" home "/bin/java flumelog " %))]]
    (run "--version")                                       ; makes the archive, where it has to
    (is (= {"since" "546453"} (select-keys (facts (run (str "info " earthquakes))) ["since"])))
    (is (= {:exit 0, :out "546453\n", :err ""}
           (run (str "cat " earthquakes " --reverse --limit 1 --codec json --offsets | cut -f 1"))))))

(deftest cat-prints-the-records-that-were-asked-for
  (let [{:keys [exit out err]} (command/run "cat" earthquakes "--reverse" "--limit" 2 "--offsets" "--edn" "--where" "[:> :mag 6]")
        expected (with-open [log (log/open earthquakes {:codec :json, :mode :read})]
                   (into [] (comp (filter #(< 6 (:mag (val %)))) (take 2)) (log/entries log {:reverse true})))]
    (is (= 0 exit))
    (is (= "flumelog: the records look like :json; --codec reads them with another\n" err))
    (is (= expected (for [line (str/split-lines out), :let [[offset value] (str/split line #"\t")]]
                      [(parse-long offset) (edn/read-string value)])))))

;; Looking

(defn- append-bytes! [path bytes]
  (write-bytes! path (byte-array (concat (read-bytes path) bytes))))

(defn- log-of
  "The path of a log with the values, closed."
  [folder options values]
  (let [path (path-in folder "a.log")]
    (with-open [log (log/open path options)] (log/append-all! log values))
    path))

(deftest info-says-what-a-file-is
  (with-temp-folder [folder]
    (let [path (log-of folder {} [{:n 1} {:n 2} {:n 3}]), info (facts (command/run "info" path))]
      (is (= {"path" path, "framing" "flume", "offset-bits" "53", "size" "66", "end" "66", "since" "44", "records" "3"
              "looks-like" "edn", "tail" "none"}
             (dissoc info "id")))
      (is (re-matches #"[0-9a-f]{32}" (info "id")))
      (append-bytes! path [0 0 0 9 65])
      (let [torn (command/run "info" path)]
        (is (= ["torn" "71" "66" 0] (conj (mapv (facts torn) ["tail" "size" "end"]) (:exit torn)))))
      (write-bytes! path (doto (read-bytes path) (aset 25 (byte 9))))          ; the length of the second record
      (let [{:keys [exit err] :as corrupt} (command/run "info" path)]
        (is (= 4 exit))
        (is (= "corrupt" ((facts corrupt) "tail")))
        (is (re-find #"the file is damaged at position .*flumelog salvage" err))))))

(deftest get-prints-the-records-that-there-are
  (with-temp-folder [folder]
    (let [path (log-of folder {} [{:n 1} {:n 2} {:n 3}])]
      (with-open [log (log/open path)] (log/delete! log 22))
      (let [{:keys [exit out err]} (command/run "get" path 44 22 7 0 "--codec" "edn" "--offsets")]
        (is (= [1 "44\t{:n 3}\n0\t{:n 1}\n"] [exit out]))
        (is (re-find #"(?s)22 .*deleted.*\n.*offset 7 is not the start of a record" err)))
      (is (= [2 "flumelog: OFFSET takes a whole number, not x; see flumelog get --help"] (said (command/run "get" path "x")))))))

(deftest reading-locks-nobody-out-and-writes-nothing
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [log (log/open path {:codec :json})]
        (log/append-all! log [{:n 1} {:n 2}])
        (let [files (files-in folder), data (vec (read-bytes path))]
          (is (= "{\"n\":1}\n{\"n\":2}\n" (:out (command/run "cat" path))))
          (is (= "{\"n\":2}\n" (:out (command/run "tail" path "-n" 1 "--json"))))
          (is (= [files data] [(files-in folder) (vec (read-bytes path))])))
        (is (= 46 (log/append! log {:n 3})))))))

(deftest tail-follows-a-log-that-another-process-writes-until-it-is-interrupted
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [log (log/open path {:codec :json})]
        (log/append! log {:n 1})
        (let [process (command/start "tail" path "-f" "--where" "[:not [:= :n 2]]"), out (io/reader (.getInputStream process))]
          (is (= "{\"n\":1}" (.readLine ^java.io.BufferedReader out)))
          (run! #(log/append! log {:n %}) [2 3])
          (is (= "{\"n\":3}" (.readLine ^java.io.BufferedReader out)))
          (is (= (command/interrupt! process) (.waitFor process)))
          (is (nil? (.readLine ^java.io.BufferedReader out))))))))

(deftest what-a-codec-can-not-read-is-told-and-the-rest-is-printed
  (with-temp-folder [folder]
    (let [path (log-of folder {:codec :utf8} ["{:n 1}" "{:n" "{:n 2}"])
          {:keys [exit out err]} (command/run "cat" path "--codec" "edn")]
      (is (= [4 "{:n 1}\n{:n 2}\n"] [exit out]))
      (is (re-find #"offset 22 .*is not :edn" err)))))

;; Appending

(deftest append-makes-each-line-a-record
  (with-temp-folder [folder]
    (let [path (path-in folder "new.log")]
      (is (= [0 "0\n22\n"] ((juxt :exit :out) (command/run {:in "{:n 1}\n\n{:n 2}\n"} "append" path))))
      (let [{:keys [exit out err]} (command/run {:in "{:n 3}\n{:n\n{:n 5}\n"} "append" path)]
        (is (= [2 "44\n"] [exit out]))
        (is (str/includes? err "line 2 of standard input is not edn")))
      (is (= [{:n 1} {:n 2} {:n 3}] (with-open [log (log/open path {:mode :read})] (vec log)))))
    (let [path (path-in folder "other.log")]
      (command/shell folder "flumelog cat new.log --json | flumelog append other.log --codec nippy --json")
      (is (= [{:n 1} {:n 2} {:n 3}] (with-open [log (log/open path {:codec :nippy, :mode :read})] (vec log)))))))

(deftest append-to-a-log-that-is-open-for-writing-is-refused-with-exit-code-3
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [log (log/open path)]
        (log/append! log 1)
        (let [{:keys [exit out err]} (command/run {:in "2\n"} "append" path)]
          (is (= [3 ""] [exit out]))
          (is (str/includes? err "open for writing"))
          (is (= [1] (vec log))))))))

;; Help and completion

(deftest every-verb-that-the-help-lists-has-help-with-two-examples
  (let [verbs (map second (re-seq #"(?m)^  ([a-z]+) " (:out (command/run "--help"))))]
    (is (< 5 (count verbs)))
    (doseq [verb verbs, :let [{:keys [exit out]} (command/run verb "--help"), [usage examples] (str/split out #"\nExamples:\n")]]
      (is (= 0 exit))
      (is (str/starts-with? usage (str "Usage: flumelog " verb)))
      (is (= 2 (count (re-seq #"(?m)^  .*(flumelog|bin/)" (str examples)))) verb))))

;; doc/cli.md

(defn- examples
  "The commands of the page, as [command expected-output]."
  []
  (for [[_ block] (re-seq #"(?s)```sh\n(.*?)```" (slurp "doc/cli.md"))
        [_ command expected] (re-seq #"(?m)^\$ (.*)\n((?:(?!\$ ).*\n)*)" block)]
    [command expected]))

(defn- as-expected? [expected out]
  (re-matches (re-pattern (str/join ".*" (map #(java.util.regex.Pattern/quote %) (str/split expected #"\.\.\." -1)))) out))

(deftest every-example-of-the-page-prints-what-it-says
  (with-temp-folder [folder]
    (io/copy (io/file earthquakes) (io/file folder "earthquakes.log"))
    (doseq [[command expected] (examples)]
      (testing command
        (let [{:keys [out]} (command/shell folder command)]
          (is (as-expected? expected out) out))))))
