(ns flumelog.cli-odd-files-test
  "Every verb, as a command, on logs of every sort: each ends with the right exit code and a sentence, leaves the files that it should leave
   and no other, and only those that write change the log."
  (:require [clojure.java.io :as io]
            [clojure.set :as set]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [delete-folder! files-in path-in temp-folder]]
            [flumelog.test-support :refer [size]])
  (:import (java.io File RandomAccessFile)
           (java.net HttpURLConnection URL)
           (java.nio.file Path)
           (java.util.concurrent TimeUnit)
           (java.util.zip CRC32C CheckedInputStream)))

(set! *warn-on-reflection* true)

;; What each verb does. LOG is the log, TO a file in its folder, DIR a folder in it.

(def ^:private situations [:real :empty :torn :corrupt :no-log :missing :open :long])

(def ^:private written ["a.log" "a.log.checkpoint" "a.log.lock" "a.log.torn-546453"])

(def ^:private verbs
  "By name: the words; the exit code in each of the situations; and what more: `:in`, standard input; `:leaves`, the files that it may leave
   beside the log, of which `TO` is there when it ends well, with `:partly` also with what stands before damage; `:writes`, when it may
   change the log; `:serves`, when it goes on until it is interrupted; `:refuses`, when a log that is not sealed has nothing for it."
  {"info"         [["info" "LOG"]                                             [0 0 0 4 3 3 0 0]]
   "cat"          [["cat" "LOG" "--codec" "json"]                             [0 1 0 4 3 3 0 0]]
   "tail"         [["tail" "LOG" "-n" "2" "--codec" "json"]                   [0 1 0 4 3 3 0 0]]
   "get"          [["get" "LOG" "0" "--codec" "json"]                         [0 1 0 4 3 3 0 3]]
   "stats"        [["stats" "LOG" "--codec" "json"]                           [0 0 0 4 3 3 0 0]]
   "page"         [["stats" "LOG" "--codec" "json" "--html" "TO"]             [0 0 0 4 3 3 0 0] :leaves ["TO"] :partly true]
   "lookup"       [["view" "LOG" "lookup" "by-net" "\"us\"" "--codec" "json" "--views" "VIEWS"] [0 1 0 4 3 3 0 0]]
   "status"       [["view" "LOG" "status" "--views" "VIEWS"]                  [0 0 0 4 3 3 0 0]]
   "rebuild"      [["view" "LOG" "rebuild" "--codec" "json" "--views" "VIEWS" "--dir" "DIR"] [2 2 2 2 3 3 0 2]]
   "serve"        [["serve" "LOG" "--codec" "json"]                           [130 130 130 130 3 3 130 130] :serves true]
   "verify"       [["verify" "LOG" "--codec" "json"]                          [0 0 4 4 3 3 0 0]]
   "head"         [["head" "LOG"]                                             [3 3 3 3 3 3 3 3] :refuses true]
   "seal"         [["seal" "LOG"]                                             [3 3 3 3 3 3 3 3] :refuses true]
   "prove"        [["prove" "LOG" "0"]                                        [3 3 3 3 3 3 3 3] :refuses true]
   "judge"        [["recover" "LOG" "--dry-run"]                              [0 0 0 4 3 3 0 0]]
   "salvage"      [["salvage" "LOG" "TO"]                                     [0 0 0 0 3 3 0 3] :leaves ["TO"]]
   "convert"      [["convert" "LOG" "TO" "--framing" "legacy"]                [0 0 0 4 3 3 0 0] :leaves ["TO"]]
   "copy"         [["copy" "LOG" "TO" "--to-codec" "edn" "--codec" "json"]    [0 0 0 4 3 3 0 0] :leaves ["TO" "TO.offsets"]]
   "backup"       [["backup" "LOG" "TO"]                                      [0 0 0 4 3 3 0 0] :leaves ["TO" "TO.checkpoint"] :partly true]
   "export"       [["export" "LOG" "TO" "--codec" "json"]                     [0 1 0 4 3 3 0 0] :leaves ["TO"] :partly true]
   "append"       [["append" "LOG" "--codec" "json"]                          [0 0 0 4 3 0 3 0] :leaves written :writes true :in "{\"net\":\"us\"}\n"]
   "import"       [["import" "LOG" "--json" "--codec" "json"]                 [0 0 0 4 3 0 3 0] :leaves written :writes true :in "{\"net\":\"us\"}\n"]
   "delete"       [["delete" "LOG" "0"]                                       [0 1 0 4 3 3 3 0] :leaves (conj written "a.log.deletions") :writes true]
   "compact"      [["compact" "LOG"]                                          [0 0 0 4 3 3 3 0] :leaves (conj written "a.log.moves") :writes true]
   "cut"          [["recover" "LOG" "--cut-at" "299981"]                      [2 2 2 0 3 3 3 2] :leaves ["a.log.lock" "a.log.torn-299981"] :writes true]})

(defn- verb [name]
  (let [[words exits & {:as more}] (verbs name)]
    (assoc more :words words :exits (zipmap situations exits))))

(defn- words-in
  "The words of the verb, for a folder."
  [folder {:keys [words]}]
  (map #(case % "LOG" (path-in folder "a.log"), "TO" (path-in folder "TO"), "VIEWS" "test/flumelog/views.edn"
              "DIR" (str (doto (io/file folder "views") .mkdir)), %)
       words))

(defn- sentence
  "What standard error has to say; nil where that is not fixed."
  [situation {:keys [writes refuses]} exit]
  (cond
    (and refuses (not (#{:no-log :missing} situation))) #"a.log is not sealed, so it has no head and no proofs"
    (and (= :corrupt situation) (= 4 exit)) #"damaged at (position|offset) 299981 |5\.1 kB are no whole records|the damage begins at 299981: flumelog recover"
    (= :no-log situation) #"^flumelog: .*a.log is no log: it looks like text; nothing was changed"
    (and (= :missing situation) (= 3 exit)) #"^flumelog: cannot open .*there is no "
    (and (= :open situation) (= 3 exit)) #"a.log is open for writing in process \d+; close it there"
    (and (= :long situation) (= 3 exit)) #"offset 0 .* has 1073741824 bytes, more than the 67108864 that "
    (and (= :torn situation) writes (= 0 exit)) #"a.log ended with 309 bytes of an unfinished append: cut back to 546453, kept in "))

;; Logs

(defn- copied [path]
  (io/copy (io/file "dev/data/earthquakes.log") (io/file path)))

(defn- changed [path f]
  (with-open [file (RandomAccessFile. (str path) "rw")] (f file)))

(defn- put-frame!
  "A frame with so many bytes of data at the position, all zeros where there is no data. Returns its end."
  [^RandomAccessFile file start length data]
  (let [start (long start), length (long length), end (+ start 16 length)]
    (doto file (.seek start) (.writeInt (int length)))
    (when data (.write file (.getBytes ^String data "UTF-8")))
    (doto file (.seek (+ start 4 length)) (.writeInt (int length)) (.writeLong end))
    end))

(defn- long-log
  "Four deleted records of a gibibyte each, which the file system does not store, and two others behind them."
  [path]
  (let [gibibyte 1073741824, texts ["{\"net\":\"us\"}" "{\"net\":\"ci\"}"]]
    (changed path (fn [file]
                    (let [end (reduce (fn [at _] (put-frame! file at gibibyte nil)) 0 (range 4))]
                      (reduce (fn [at text] (put-frame! file at (count text) text)) end texts))))))

(defn- make [situation path]
  (case situation
    (:real :open) (copied path)
    :empty (changed path (fn [_]))
    :torn (do (copied path) (changed path (fn [^RandomAccessFile file] (.setLength file (- (.length file) 10)))))
    :corrupt (do (copied path) (changed path (fn [^RandomAccessFile file] (.seek file 300000) (.write file (byte-array 5000 (byte 9))))))
    :no-log (spit path (str/join (repeat 200 "This is no log.\n")))
    :missing nil
    :long (long-log path)))

(defn- state-of
  "The bytes of the log; of a long one its length and its time, which takes less long."
  [path]
  (let [file (io/file path)]
    (cond
      (not (.exists file)) nil
      (< 1000000000 (.length file)) [(.length file) (.lastModified file)]
      :else (with-open [in (CheckedInputStream. (io/input-stream file) (CRC32C.))]
              (io/copy in (java.io.OutputStream/nullOutputStream))
              (.getValue (.getChecksum in))))))

;; Commands

(defn- answers? [address]
  (= 200 (.getResponseCode ^HttpURLConnection (.openConnection (URL. address)))))

(defn- served
  "Starts the command, asks the page if there is one, and interrupts it."
  [words]
  (let [^Process process (apply command/start words), err (future (slurp (.getErrorStream process)))]
    (let [code (when-let [address (.readLine (.inputReader process))]
                 (is (answers? address))
                 (command/interrupt! process))]
      (is (.waitFor process 60 TimeUnit/SECONDS))
      {:exit (if (= code (.exitValue process)) 130 (.exitValue process)), :err @err})))

(defn- run [words {:keys [in serves]}]
  (if serves (served words) (apply command/run {:in (or in "")} words)))

(defn- only-sentences? [err]
  (every? #(str/starts-with? % "flumelog: ") (remove str/blank? (str/split-lines err))))

(defn- ends-as-it-should [folder situation {:keys [exits leaves partly writes] :as verb}]
  (let [path (path-in folder "a.log"), words (vec (words-in folder verb)), files (files-in folder), state (state-of path)
        {:keys [exit err]} (run words verb), made (set/difference (files-in folder) files)]
    (is (= (exits situation) exit) err)
    (is (only-sentences? err) err)
    (when-let [says (sentence situation verb exit)] (is (re-find says err)))
    (when-not (and writes (#{0 1} exit)) (is (= state (state-of path)) "the log has not changed"))
    (is (set/subset? made (if (#{2 3} exit) #{} (set leaves))))
    (when (contains? (set leaves) "TO") (is (= (contains? made "TO") (contains? (if partly #{0 1 4} #{0 1}) exit)) err))))

(defn- in-situation [situation name]
  (let [^File folder (if (= :long situation) (temp-folder (Path/of (System/getProperty "java.io.tmpdir") (make-array String 0))) (temp-folder))
        path (path-in folder "a.log"), verb (verb name)]
    (testing (str name ", " situation)
      (try
        (make situation path)
        (if (= :open situation)
          (with-open [l (log/open path {:codec :json :write-buffer-bytes 65536})]
            (log/append! l {:net "us"})
            (log/sync! l)
            (ends-as-it-should folder situation verb)
            (is (int? (log/append! l {:net "ci"})) "the program that has it open goes on"))
          (ends-as-it-should folder situation verb))
        (finally (delete-folder! folder))))))

(def ^:private some-of-all
  "Each situation, and verbs of each sort."
  [["page" :real] ["lookup" :empty] ["append" :torn] ["backup" :corrupt] ["copy" :no-log] ["get" :missing] ["compact" :open] ["serve" :torn]
   ["cut" :corrupt] ["info" :open]])

(deftest every-verb-ends-as-it-should-with-every-log
  (dorun (pmap (fn [[name situation]] (in-situation situation name))
               (if (pos? (long (size 0 1)))
                 (for [situation situations, name (sort (keys verbs))] [name situation])
                 some-of-all))))

(deftest every-verb-of-the-help-is-in-the-table
  (is (= (set (map second (re-seq #"(?m)^  ([a-z]+) " (:out (command/run "--help")))))
         (into #{"bench" "completion" "keygen"} (map (comp first first val)) verbs))))
