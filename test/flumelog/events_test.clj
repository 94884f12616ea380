(ns flumelog.events-test
  "What a log tells of its work: events for JDK Flight Recorder, and counters in `info`."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.fixtures :refer [eventually path-in with-temp-folder]]
            [flumelog.process :as process]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]]
            [flumelog.view :as view])
  (:import (flumelog.log OffsetLog)
           (java.time Duration)
           (java.util List)
           (jdk.jfr Recording)
           (jdk.jfr.consumer RecordedEvent RecordingFile)))

(set! *warn-on-reflection* true)

(defn- place-of
  "The folder or jar that a class is from."
  [^Class class]
  (.getPath (io/file (.toURI (.getLocation (.getCodeSource (.getProtectionDomain class)))))))

(def ^:private class-path
  (str (place-of OffsetLog) java.io.File/pathSeparator (place-of clojure.lang.RT)))

(defn- lines-of
  "The lines that the command prints, errors too."
  [command]
  (let [process (.start (.redirectErrorStream (ProcessBuilder. ^List (map str command)) true))
        lines (str/split-lines (slurp (.getInputStream process)))]
    (.waitFor process)
    lines))

(defn- compile! [home program folder]
  (is (= [""] (lines-of [(str home "/bin/javac") "--release" "17" "-cp" class-path "-d" folder (str "test/flumelog/" program ".java")]))))

(defn- run-program [home jvm program folder & arguments]
  (lines-of (concat [(str home "/bin/java")] jvm ["-cp" (str folder java.io.File/pathSeparator class-path) program] arguments)))

(deftest a-recording-has-an-event-for-each-thing-a-log-does
  (doseq [home (take (size 1 2) (process/java-homes))]
    (testing home
      (with-temp-folder [folder]
        (compile! home "Recorded" folder)
        (let [lines (run-program home [] "Recorded" folder (path-in folder "a.log") (path-in folder "a.jfr"))
              of #(filter (fn [line] (str/includes? line (str " " % " "))) lines)]
          (is (= ["misses=1"] (filter #(str/starts-with? % "misses") lines)))
          (is (= ["flumelog.Force a.log-early bytes=17 writes=1"
                  "flumelog.Append a.log-early offset=34 records=1 bytes=17"
                  "flumelog.Force a.log-early bytes=17 writes=1"]
                 (of "a.log-early"))
              "a log that was open before is recorded from its next force on")
          (is (= ["flumelog.Compaction a.log-compacted records=1 deleted=2 freedBytes=34 end=17"]
                 (filter #(str/includes? % "Compaction") lines))
              "the second time there is nothing to do")
          (is (= ["flumelog.Recovery a.log scannedFrom=0 end=0 tail=none tailBytes=0"
                  "flumelog.Open a.log writable=true end=0"
                  "flumelog.Append a.log offset=0 records=3 bytes=51"
                  "flumelog.Force a.log bytes=51 writes=1"
                  "flumelog.Append a.log offset=51 records=1 bytes=39"
                  "flumelog.Force a.log bytes=39 writes=1"
                  "flumelog.CacheMiss a.log position=0 bytes=90"      ; of the opening, which has a small cache of its own
                  "flumelog.Recovery a.log scannedFrom=0 end=90 tail=none tailBytes=0"
                  "flumelog.Open a.log writable=true end=90"
                  "flumelog.CacheMiss a.log position=0 bytes=90"]
                 (of "a.log")))
          (is (= 2 (count (filter #{"flumelog.ForceWait a.log"} lines)))))))))

(defn- recorded
  "The events with this name that f causes, in the order of their ends."
  [event folder f]
  (let [file (.toPath (io/file folder "events.jfr"))]
    (with-open [^Recording recording (Recording.)]
      (.withThreshold (.enable recording ^String event) Duration/ZERO)
      (.start recording)
      (f)
      (.stop recording)
      (.dump recording file))
    (filterv #(= event (.getName (.getEventType ^RecordedEvent %))) (RecordingFile/readAllEvents file))))

(deftest a-recording-has-an-event-for-each-batch-of-views
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log"))]
      (let [offsets (log/append-all! l (map #(hash-map :n %) (range 5000)))
            views {:total (view/reduce {:init 0 :step (fn [acc _ m] (+ acc (:n m)))}), :by-n (view/index {:keys [[:n]]})}
            events (recorded "flumelog.ViewBatch" folder
                             #(with-open [^java.io.Closeable db (db/open l {:views views})] (db/await db)))
            field (fn [name] (map #(.getValue ^RecordedEvent % name) events))]
        (is (= #{":by-n :total"} (set (field "views"))))
        (is (= #{"a.log"} (set (map #(.getName (io/file %)) (field "path")))))
        (is (= 5000 (reduce + (field "records"))))
        (is (= -1 (first (field "after"))))
        (is (= (rest (field "after")) (butlast (field "to"))) "a batch begins where the one before ended")
        (is (= (last offsets) (last (field "to"))))
        (is (= (- (:end (log/info l)) (* 16 5000)) (reduce + (field "bytes"))))))))

(def ^:private content ["300 records" "600 records"])

(deftest ^{:ci "starts several JVMs"} no-class-of-the-recorder-is-loaded-when-nobody-records
  (doseq [home (take (size 1 2) (process/java-homes))]
    (testing home
      (with-temp-folder [folder]
        (compile! home "Unrecorded" folder)
        (let [lines (run-program home ["-Xlog:class+load:stdout"] "Unrecorded" folder (path-in folder "a.log"))
              loaded (filter #(re-find #" jdk\.jfr\.| flumelog\.event\." %) lines)]
          (is (= content (filter #(str/ends-with? % " records") lines)))
          (is (= ["flumelog.event.Recorder"] (map #(re-find #"flumelog\.event\.\S+|jdk\.jfr\.\S+" %) loaded))))))))

(deftest ^{:ci "starts several JVMs"} a-jvm-without-the-recorder-has-logs-too
  (with-temp-folder [folder]
    (compile! (first (process/java-homes)) "Unrecorded" folder)
    (doseq [[name jvm] {"a.log" [], "b.log" ["-Djdk.jfr.repository=/nowhere"]}]
      (is (= content (run-program (first (process/java-homes)) (into ["--limit-modules" "java.base"] jvm) "Unrecorded" folder
                                  (path-in folder name)))))))

(deftest no-clojure-code-names-an-event
  (doseq [file (file-seq (io/file "src")) :when (str/ends-with? (str file) ".clj")]
    (is (empty? (re-seq #"\b\w+Event\b" (slurp file))) (str file " would load the classes of jdk.jfr when nobody records"))))

(def ^:private without-dev
  "The class path without the helpers for a REPL, which need more of the JDK."
  (str/join java.io.File/pathSeparator
            (remove #(str/ends-with? % "/dev") (str/split (System/getProperty "java.class.path") (re-pattern java.io.File/pathSeparator)))))

(deftest ^{:ci "starts a JVM"} views-need-no-recorder
  (with-temp-folder [folder]
    (let [code (str "(require '[flumelog.core :as log] '[flumelog.db :as db] '[flumelog.view :as view])"
                    "(with-open [l (log/open " (pr-str (path-in folder "a.log")) ")"
                    "            views (db/open l {:views {:n (view/reduce {:init 0 :step (fn [n _ _] (inc n))})}})]"
                    "  (log/append! l 1) (println @(:n views) \"record\"))")
          lines (lines-of [(str (first (process/java-homes)) "/bin/java") "-Xlog:class+load:stdout" "--limit-modules" "java.base"
                           "-cp" without-dev "clojure.main" "-e" code])
          events (sort (keep #(re-find #"(?<= )(?:flumelog\.event|jdk\.jfr)\.\S+" %) lines))]
      (is (some #(str/ends-with? % "1 record") lines) (last lines))
      (is (= ["flumelog.event.Recorder" "flumelog.event.ViewBatches"] events)))))

(def ^:private counters [:appends :appended-bytes :forces :waiting :cache-misses])

(deftest info-counts-since-the-log-was-opened
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), options {:codec :utf8 :sync :each}]
      (with-open [l (log/open path options)]
        (is (= [0 0 0 0 0] (map (log/info l) counters)))
        (is (= 0 (:longest-force-nanos (log/info l))))
        (log/append-all! l ["a" "b"])
        (log/append! l "c")
        (is (= [3 51 2 0] (map (log/info l) (butlast counters))))
        (is (< 0 (:longest-force-nanos (log/info l)))))
      (with-open [l (log/open path (assoc options :sync :none))]
        (log/append! l "d")
        (is (= [1 17 0 0] (map (log/info l) (butlast counters))))
        (log/sync! l)
        (is (= 1 (:forces (log/info l))))
        (log/delete! l 0)
        (is (= [1 17] (map (log/info l) [:appends :appended-bytes])) "a deletion is no append"))
      (with-open [l (log/open path {:codec :utf8 :mode :read})]
        (is (= [nil nil nil nil 0] (map (log/info l) counters))))
      (with-open [l (log/open path {:codec :utf8})]
        (is (= "b" (get l 17)))
        (is (= 1 (:cache-misses (log/info l))))
        (is (= "b" (get l 17)))
        (is (= 1 (:cache-misses (log/info l))))))))

(deftest info-counts-the-threads-that-wait-for-the-disk
  (let [d (disk/disk), go-on (promise)]
    (with-open [l (disk/open d "a.log" {:codec :utf8 :sync :each})]
      (log/append! l "durable")
      (disk/hold! d :force #"a.log$" go-on)
      (let [before (disk/calls d :force), one (future (log/append! l "one"))]
        (is (eventually #(< (long before) (long (disk/calls d :force)))))
        (is (= 0 (:waiting (log/info l))) "the thread that forces waits for nobody")
        (let [others (mapv #(future (log/append! l (str %))) (range 3))]
          (is (eventually #(= 3 (:waiting (log/info l)))))
          (deliver go-on true)
          (run! deref (cons one others))
          (is (= 0 (:waiting (log/info l))))
          (is (= 3 (:forces (log/info l)))))))))
