(ns flumelog.cli-interrupt-test
  "Commands that are ended from outside: by an interrupt, at any moment, or since nobody reads what they print. The log is whole afterwards, and
   no half file is left."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= delete-folder! eventually files-in path-in read-bytes temp-folder with-temp-folder write-bytes!]]
            [flumelog.process :refer [kill!]]
            [flumelog.test-support :refer [size]])
  (:import (java.io File)
           (java.nio.file Path)
           (java.util Random)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private earthquakes "dev/data/earthquakes.log")

(defn- ended
  "The exit code, and standard error."
  [^Process process]
  (let [err (future (slurp (.getErrorStream process)))]
    (is (.waitFor process 120 TimeUnit/SECONDS))
    [(.exitValue process) @err]))

(defn- only-sentences? [err]
  (every? #(str/starts-with? % "flumelog: ") (remove str/blank? (str/split-lines err))))

(defn- values-of [path codec]
  (with-open [l (log/open path {:codec codec, :mode :read})] (into [] l)))

;; Work that waits

(deftest an-interrupted-import-keeps-what-it-has-said
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), process (command/start "import" path "--edn")]
      (try
        (with-open [in (io/writer (.getOutputStream process))]
          (doseq [n (range 3)]
            (.write in (str n "\n"))
            (.flush in)
            (is (eventually #(try (= (range (inc n)) (values-of path :edn)) (catch Exception _ false)))))
          (let [code (command/interrupt! process), [exit err] (ended process)]
            (is (= code exit))
            (is (str/includes? err (str "appended 3 records to " path "; --skip 3 goes on behind the last one\n")))))
        (is (= [0 1 2] (values-of path :edn)))
        (finally (kill! process))))))

(defn- waits
  "Commands that wait, with how one sees it: for input, or for a reader of what they print."
  [path]
  {["append" path "--codec" "json"]                       nil
   ["import" path "--json" "--codec" "json"]              nil
   ["cat" path "--codec" "json"]                          "{"
   ["export" path "--codec" "json"]                       "{"
   ["tail" path "-n" "1000000" "--codec" "json"]          "{"
   ["tail" path "-n" "1" "-f" "--codec" "json"]           "{"
   ["view" path "lookup" "by-net" "{:gte \"a\"}" "--codec" "json" "--views" "test/flumelog/views.edn"] "{"
   ["serve" path "--codec" "json"]                        "h"})

(deftest an-interrupt-ends-a-command-that-waits
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :json})]
        (transduce (map #(hash-map :net "us" :n %)) (log/appending l) (range 20000)))
      (doseq [[words prints] (take (size 2 8) (waits path))]
        (testing (str/join " " words)
          (let [files (files-in folder), ^Process process (apply command/start words)]
            (try
              (if prints
                (is (= prints (str (char (.read (.getInputStream process))))))
                (is (eventually #(seq (.listFiles (io/file (str "/proc/" (.pid process) "/task")))))))
              (let [code (command/interrupt! process), [exit err] (ended process)]
                (is (= code exit) err)
                (is (only-sentences? err) err))
              (is (= files (files-in folder)))
              (is (= 20000 (count (values-of path :json))))
              (finally (kill! process)))))))))

;; Work that takes time

(deftest a-job-that-begins-while-the-process-ends-does-nothing
  (let [begin '(job/run (fn [_] (println "worked")) {:stopped (constantly "nothing was done") :done (constantly nil)})
        form (pr-str (list 'do '(require (quote [flumelog.cli.job :as job]))
                           (list 'eval (list 'quote (list '.addShutdownHook '(Runtime/getRuntime) (list 'Thread. (list 'fn [] (list 'println begin))))))))
        {:keys [out err]} (shell/sh (str (System/getProperty "java.home") "/bin/java") "-cp" (System/getProperty "java.class.path") "clojure.main" "-e" form)]
    (is (= "130" (last (str/split-lines out))) err)
    (is (not (str/includes? out "worked")))
    (is (= "flumelog: stopped: nothing was done\n" err))))

(defn- log-of
  "A log of so many records of about 1,000 bytes, of which some are deleted."
  [path n]
  (with-open [l (log/open path {:codec :edn, :sync :none})]
    (let [filler (.repeat "x" 980), offsets (log/append-all! l (map #(hash-map :net (rem % 100) :n % :t filler) (range n)))]
      (log/delete! l (take-nth 10 offsets)))))

(defn- jobs
  "The long jobs: the words, and the file that the job makes. A job without one may change the log."
  [folder]
  (let [path (path-in folder "a.log"), to (path-in folder "TO")]
    {"first scan" [["cat" path "-n" "1" "--codec" "edn"]]
     "verify"     [["verify" path "--codec" "edn"]]
     "stats"      [["stats" path "--codec" "edn"]]
     "page"       [["stats" path "--codec" "edn" "--html" to] to]
     "salvage"    [["salvage" path to] to]
     "convert"    [["convert" path to "--framing" "legacy"] to]
     "copy"       [["copy" path to "--to-codec" "json" "--codec" "edn"] to]
     "backup"     [["backup" path to] to]
     "export"     [["export" path to "--codec" "edn"] to]
     "import"     [["import" to (path-in folder "a.edn")] nil]
     "compact"    [["compact" path]]
     "rebuild"    [["view" path "rebuild" "--codec" "edn" "--views" "test/flumelog/views.edn" "--dir" (path-in folder "views")]]
     "lookup"     [["view" path "lookup" "by-net" "1" "--count" "--codec" "edn" "--views" "test/flumelog/views.edn"]]}))

(defn- whole?
  "Whether the log is as it was, or at least has the values, and nothing is wrong with it."
  [path data values]
  (or (bytes= data (read-bytes path))
      (and (:ok (log/verify path {:codec :edn})) (= values (values-of path :edn)))))

(defn- is-whole-afterwards
  "Interrupts the job after so many milliseconds."
  [folder name [words made] millis values]
  (let [path (path-in folder "a.log"), data (read-bytes path), files (files-in folder), ^Process process (apply command/start words), out (future (slurp (.getInputStream process)))]
    (try
      (Thread/sleep (long millis))
      (let [code (command/interrupt! process), [exit err] (ended process)
            beside #{"TO.checkpoint" "TO.lock" "TO.offsets" "a.log.moves"}, left (remove (into files beside) (files-in folder))]
        @out
        (is (contains? #{0 code} exit) err)
        (is (only-sentences? err) err)
        (is (whole? path data values) "the log has all its records")
        (is (empty? (remove #{"TO"} left)) "no half file is left")
        (cond
          (= "import" name) (when (.exists (io/file folder "TO"))
                              (is (= (values-of (path-in folder "TO") :edn) (take (count (values-of (path-in folder "TO") :edn)) values))))
          (and made (= 0 exit)) (is (= ["TO"] left))
          (and made (str/includes? err "there is no ")) (is (empty? left) err)))
      (finally
        (kill! process)
        (run! #(io/delete-file (path-in folder %)) (remove files (files-in folder)))))))

(deftest a-job-that-is-interrupted-at-any-moment-loses-nothing
  (let [n (long (size 3000 12000)), random (Random. 17), ^File folder (temp-folder (Path/of (System/getProperty "java.io.tmpdir") (make-array String 0)))
        path (path-in folder "a.log")]
    (try
      (log-of path n)
      (.mkdir (io/file folder "views"))
      (let [values (values-of path :edn), checkpoint (str path ".checkpoint"), head (read-bytes checkpoint)]
        (with-open [out (io/writer (path-in folder "a.edn"))] (run! #(.write out (str (pr-str %) "\n")) values))
        (doseq [[name job] (if (pos? (long (size 0 1))) (sort-by key (jobs folder)) (select-keys (jobs folder) ["convert"])), _ (range (size 1 2))]
          (let [millis (+ 60 (.nextInt random (int (size 300 800))))]
            (testing (str name " after " millis " ms")
              (if (= "first scan" name) (io/delete-file checkpoint true) (write-bytes! checkpoint head))
              (is-whole-afterwards folder name job millis values)))))
      (finally (delete-folder! folder)))))

;; Nobody reads

(def ^:private printing
  "Commands, for a shell."
  ["info a.log" "cat a.log --codec json" "tail a.log --codec json" "get a.log 0 --codec json" "stats a.log --codec json" "serve a.log --codec json"
   "view a.log lookup by-net '\"us\"' --codec json --views views.edn" "verify a.log --codec json" "recover a.log --dry-run" "export a.log --codec json"
   "bench . --seconds 1" "completion bash" "--help" "cat --help" "salvage a.log s.log" "convert a.log c.log --framing legacy" "copy a.log k.log"
   "backup a.log b.log" "import i.log --json" "append i.log" "delete i.log 0" "compact i.log"])

(deftest a-closed-pipe-ends-every-verb-quietly
  (with-temp-folder [folder]
    (io/copy (io/file earthquakes) (io/file folder "a.log"))
    (io/copy (io/file "test/flumelog/views.edn") (io/file folder "views.edn"))
    (doseq [words (take (size 1 100) (drop (size 1 0) printing))]
      (testing words
        (let [{:keys [err]} (command/shell folder (str "{ echo 1 | flumelog " words "; echo $? >&2; } | true")), lines (str/split-lines err)]
          (is (= "0" (peek lines)) err)
          (is (only-sentences? (str/join "\n" (pop lines))) err))))
    (when (pos? (long (size 0 1)))
      (is (every? (files-in folder) ["s.log" "c.log" "k.log" "b.log" "i.log"]) "those that work have done it"))))

(deftest a-closed-pipe-ends-a-command-that-follows-a-log
  (with-temp-folder [folder]
    (io/copy (io/file earthquakes) (io/file folder "a.log"))
    (let [{:keys [out err]} (command/shell folder "{ timeout 30 flumelog tail a.log -n 1 -f --codec json; echo $? >&2; } | head -n 1")]
      (is (str/starts-with? out "{\"id\":\"ci37868143\""))
      (is (= "0\n" err) "without another record"))))
