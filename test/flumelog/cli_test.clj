(ns flumelog.cli-test
  "The command line, as a shell sees it: every command is a process of its own."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [files-in path-in with-temp-folder]]))

(set! *warn-on-reflection* true)

(def ^:private earthquakes "dev/data/earthquakes.log")

(defn- said
  "The exit code, and what was said on standard error."
  [{:keys [exit err]}]
  [exit (str/trim err)])

(deftest wrong-use-is-told-in-a-sentence-with-exit-code-2
  (let [[exit sentence] (said (command/run "cat" earthquakes "--limt" 3))]
    (is (= 2 exit))
    (is (str/starts-with? sentence "flumelog: unknown option --limt; did you mean --limit? Known: ")))
  (is (= [2 "flumelog: there is no verb cta; did you mean cat?; flumelog --help lists them"] (said (command/run "cta" earthquakes))))
  (let [{:keys [exit err]} (command/run "cat" earthquakes "--where" "[:=")]
    (is (= 2 exit))
    (is (str/includes? err "flumelog: --where must be a query in EDN (EOF while reading), was \"[:=\"\n"))))

(deftest a-file-that-can-not-be-read-as-a-log-is-told-with-exit-code-3
  (with-temp-folder [folder]
    (let [[exit sentence] (said (command/run "cat" (path-in folder "none.log")))]
      (is (= 3 exit))
      (is (str/includes? sentence "none.log: there is no ")))
    (let [[exit sentence] (said (command/run "cat" "LICENSE"))]
      (is (= 3 exit))
      (is (str/includes? sentence "LICENSE is no log")))
    (is (= #{} (files-in folder)))))

(deftest cat-prints-the-records-that-were-asked-for
  (let [{:keys [exit out err]} (command/run "cat" earthquakes "--reverse" "--limit" 2 "--offsets" "--edn" "--where" "[:> :mag 6]")
        expected (with-open [log (log/open earthquakes {:codec :json, :mode :read})]
                   (into [] (comp (filter #(< 6 (:mag (val %)))) (take 2)) (log/entries log {:reverse true})))]
    (is (= 0 exit))
    (is (= "flumelog: the records look like :json; --codec reads them with another\n" err))
    (is (= expected (for [line (str/split-lines out), :let [[offset value] (str/split line #"\t")]]
                      [(parse-long offset) (edn/read-string value)])))))

(deftest a-closed-pipe-ends-a-command-quietly
  (let [{:keys [out err]} (command/shell "." (str "{ flumelog cat " earthquakes " --codec json; echo $? >&2; } | head -n 1"))]
    (is (str/starts-with? out "{\"id\""))
    (is (= "0\n" err))))

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
