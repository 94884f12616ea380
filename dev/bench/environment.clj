(ns bench.environment
  "The environment of measures: `facts`, a map with commit, JDK, Node.js, CPU, memory, system, disk, and the time of a
   force."
  (:require [bench.stats :as stats]
            [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str])
  (:import (java.io File)
           (java.nio ByteBuffer)
           (java.nio.channels FileChannel)
           (java.nio.file Files OpenOption StandardOpenOption)))

(set! *warn-on-reflection* true)

(def ^:private forces 200)

(defn- says
  "The output of a command; nil if it can't be run or fails."
  [& command]
  (try
    (let [{:keys [exit out]} (apply shell/sh command)]
      (when (zero? exit) (str/trim out)))
    (catch java.io.IOException _ nil)))

(defn- commit []
  (when-let [commit (says "git" "rev-parse" "--short=10" "HEAD")]
    (str commit (when-not (= "" (says "git" "status" "--porcelain" "--untracked-files=no")) "-dirty"))))

(defn- line-of [file pattern]
  (when (.exists (io/file file))
    (some #(second (re-find pattern %)) (Files/readAllLines (.toPath (io/file file))))))

(defn- force-micros
  "The median time of a force after a write of 600 bytes, at the end of a growing file or in room that exists already."
  [^File folder preallocated]
  (let [file (File/createTempFile "force" nil folder)
        data (byte-array 600 (byte 1))]
    (try
      (with-open [channel (FileChannel/open (.toPath file) (into-array OpenOption [StandardOpenOption/WRITE]))]
        (when preallocated
          (.write channel (ByteBuffer/allocate (* (long forces) 600)))
          (.force channel true))
        (stats/median
         (vec (for [i (range forces)
                    :let [start (System/nanoTime)]]
                (do (.write channel (ByteBuffer/wrap data) (* (long i) 600))
                    (.force channel false)
                    (/ (- (System/nanoTime) start) 1000.0))))))
      (finally (.delete file)))))

(defn- disk [^File folder]
  (let [store (Files/getFileStore (.toPath folder))]
    (str (.type store) " on " (.name store))))

(defn facts
  "The facts about this machine, about the current sources, and about the disk of the folder."
  [^File folder]
  (.mkdirs folder)
  {:commit (commit)
   :jdk    (str (System/getProperty "java.vendor") " " (System/getProperty "java.runtime.version"))
   :node   (says "node" "--version")
   :cpu    (or (line-of "/proc/cpuinfo" #"model name\s*: (.*)") (System/getProperty "os.arch"))
   :cores  (.availableProcessors (Runtime/getRuntime))
   :memory-mib (some-> (line-of "/proc/meminfo" #"MemTotal:\s+(\d+)") parse-long (quot 1024))
   :system (str (System/getProperty "os.name") " " (System/getProperty "os.version"))
   :disk   (disk folder)
   :force-micros {:growing (force-micros folder false) :preallocated (force-micros folder true)}})
