(ns flumelog.cli-odd-files-test
  "Verbs that read, as commands, on files of all sorts: each ends with the right exit code and a sentence, and changes nothing."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [files-in path-in temp-folder with-temp-folder]]
            [flumelog.test-support :refer [size]])
  (:import (java.io File RandomAccessFile)
           (java.nio.file Path)
           (java.util.concurrent TimeUnit)
           (java.util.zip CRC32C CheckedInputStream)))

(set! *warn-on-reflection* true)

(def ^:private commands
  "The verbs, each with its arguments behind the log, and the exit codes: of an empty log, and of one with a torn or a corrupt end."
  {"cat"   {:arguments ["--codec" "json"] :empty 1 :torn 0 :corrupt 4}
   "tail"  {:arguments ["-n" "2" "--codec" "json"] :empty 1 :torn 0 :corrupt 4}
   "get"   {:arguments ["0" "--codec" "json"] :empty 1 :torn 0 :corrupt 4}
   "info"  {:arguments [] :empty 0 :torn 0 :corrupt 4}
   "export" {:arguments ["--codec" "json"] :empty 1 :torn 0 :corrupt 4}
   "verify" {:arguments ["--codec" "json"] :empty 0 :torn 4 :corrupt 4}
   "stats" {:arguments ["--codec" "json"] :empty 0 :torn 0 :corrupt 4}
   "view"  {:arguments ["lookup" "by-net" "\"us\"" "--codec" "json" "--views" "test/flumelog/views.edn"] :empty 1 :torn 0 :corrupt 4}})

(defn- run [verb path]
  (apply command/run verb path (:arguments (commands verb))))

;; Files

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
  "Five deleted records of a gibibyte each, which the file system does not store, and two others behind them."
  [path]
  (let [gibibyte 1073741824, texts ["{\"net\":\"us\"}" "{\"net\":\"ci\"}"]]
    (changed path (fn [file]
                    (let [end (reduce (fn [at _] (put-frame! file at gibibyte nil)) 0 (range 5))]
                      (reduce (fn [at text] (put-frame! file at (count text) text)) end texts))))))

(def ^:private files
  "How each file is made, and what the command does: the exit code, or where it says that, and what is on standard error."
  {"real"    {:make copied :exit (constantly 0) :says #""}
   "empty"   {:make #(changed % (fn [_])) :exit :empty :says #""}
   "torn"    {:make #(do (copied %) (changed % (fn [^RandomAccessFile file] (.setLength file (- (.length file) 10))))) :exit :torn :says #""}
   "corrupt" {:make #(do (copied %) (changed % (fn [^RandomAccessFile file] (.seek file 300000) (.write file (byte-array 5000 (byte 9))))))
              :exit :corrupt :says #"flumelog: the file is damaged at position 29\d+ |5.1 kB are no whole records"}
   "no-log"  {:make #(spit % (str/join (repeat 200 "This is no log.\n"))) :exit (constantly 3) :says #"flumelog: .* is no log"}
   "missing" {:make (constantly nil) :exit (constantly 3) :says #"flumelog: .*there is no "}})

;; Whether anything is changed

(defn- checksum [path]
  (when (.exists (io/file path))
    (with-open [in (CheckedInputStream. (io/input-stream path) (CRC32C.))]
      (io/copy in (java.io.OutputStream/nullOutputStream))
      (.getValue (.getChecksum in)))))

(defn- state-of
  "The files of the folder and the bytes of the log."
  [folder path]
  [(files-in folder) (checksum path)])

(defn- is-so [verb file]
  (with-temp-folder [folder]
    (testing (str verb " on the file " file)
      (let [path (path-in folder file), {:keys [make exit says]} (files file)]
        (make path)
        (let [before (state-of folder path), {code :exit err :err} (run verb path)]
          (is (= (exit (commands verb)) code) err)
          (is (some? (re-find says err)) err)
          (is (every? #(str/starts-with? % "flumelog: ") (remove str/blank? (str/split-lines err))) "only sentences, no stack trace")
          (is (= before (state-of folder path))))))))

(defn- all-pairs []
  (for [verb (sort (keys commands)), file (sort (keys files))] [verb file]))

(defn- some-pairs
  "Each verb once and each file once."
  []
  (let [verbs (sort (keys commands)), files (sort (keys files)), n (max (count verbs) (count files))]
    (take n (map vector (cycle verbs) (cycle files)))))

(deftest verbs-that-read-end-as-they-should-and-change-nothing
  (run! (partial apply is-so) (if (pos? (size 0 1)) (all-pairs) (some-pairs))))

(defn- larger
  "The verbs for the larger size, the first one otherwise."
  []
  (take (min (size 1 100) (count commands)) (sort (keys commands))))

(deftest a-log-that-a-program-has-open-is-read-and-not-locked
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (copied path)
      (with-open [l (log/open path {:codec :json :write-buffer-bytes 65536})]
        (doseq [verb (larger)]
          (log/append! l {:net "us"})
          (let [before (files-in folder), {:keys [exit err]} (run verb path)]
            (testing verb
              (is (= 0 exit) err)
              (is (= before (files-in folder)))
              (is (int? (log/append! l {:net "ci"}))))))))))

(deftest a-log-of-more-than-4-gib-is-read
  (if (zero? (size 0 1))
    (is true "it takes seconds, so only the larger size does it")
    (let [folder (temp-folder (Path/of (System/getProperty "java.io.tmpdir") (make-array String 0))), path (path-in folder "a.log")]
      (try
        (long-log path)
        (let [facts #(let [file (io/file path)] [(.length file) (.lastModified file) (files-in folder)]), before (facts)]
          (is (< 5000000000 (long (first before))))
          (doseq [verb (sort (keys (dissoc commands "get"))) ; the record at 0 is deleted
                  :let [{:keys [exit out err]} (run verb path)]]
            (testing verb
              (is (= 0 exit) err)
              (is (some? (re-find ({"stats" #"deleted +5 +5.37 GB", "verify" #":deleted 5", "info" #"5,?368,?709,?256"} verb #"\{\"net\":\"us\"\}") out)) out)
              (is (= before (facts))))))
        (finally (run! io/delete-file (.listFiles ^File folder)) (io/delete-file folder))))))

(deftest a-closed-pipe-ends-each-verb-quietly
  (is (contains? commands "cat") "which the test of cat shows at the quick size")
  (doseq [verb (take (size 0 100) (sort (keys commands))) :let [line (str/join " " (map #(str "'" % "'") (:arguments (commands verb))))]]
    (is (= "0\n" (:err (command/shell "." (str "{ flumelog " verb " dev/data/earthquakes.log " line "; echo $? >&2; } | true"))))
        verb)))

(deftest an-interrupt-ends-a-verb-that-waits-for-its-reader
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :json})]
        (transduce (map #(hash-map :net "us" :n %)) (log/appending l) (range 50000)))
      (let [before (state-of folder path), process (command/start "cat" path "--codec" "json")]
        (is (= (int \{) (.read (.getInputStream process))) "it prints")
        (.destroy (.toHandle process))                       ; SIGTERM, and the pipe stays open: a process in the background ignores SIGINT
        (is (.waitFor process 60 TimeUnit/SECONDS))
        (is (= 143 (.exitValue process)))
        (is (= before (state-of folder path)))))))
