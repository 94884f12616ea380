(ns bench.steps
  "One process per step: `run` starts it and returns the lines that it printed.

   A step is a map: `:row` (as in bench.rows), `:peer`, `:code` ({:class c} or {:module m}), `:action` (of the
   process), `:workload`, `:records`, `:ops`, `:start`, `:folder`, `:payload`; and `:class-path` if another build is
   run."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str])
  (:import (java.io File)
           (java.util List)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private patience-minutes "A step that takes longer is ended." 20)

(def ^:private jvm-options
  "The options of a JVM that Chronicle Queue and LMDB need. All peers get them."
  ["--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED" "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"
   "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED"
   "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED"
   "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED" "--add-opens=java.base/java.lang=ALL-UNNAMED"
   "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED" "--add-opens=java.base/java.io=ALL-UNNAMED"
   "--add-opens=java.base/java.nio=ALL-UNNAMED" "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"
   "--add-opens=java.base/java.util=ALL-UNNAMED" "-Dchronicle.analytics.disable=true"
   "--enable-native-access=ALL-UNNAMED"])

(defn- heap-options
  "A heap with a fixed size whose pages are touched at the start, since new pages cost more than the measured code. In a
   row that measures memory the heap grows."
  [{:keys [row heap smoke]}]
  (cond
    smoke       [(str "-Xmx" heap) "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC"]    ; starts sooner, runs slower
    (:heap row) [(str "-Xmx" (:heap row))]
    :else       [(str "-Xms" heap) (str "-Xmx" heap) "-XX:+AlwaysPreTouch" "-XX:+UseTransparentHugePages"]))

(defn- arguments [{:keys [row peer code action workload records ops start folder payload patience extra]}]
  (map (fn [[k v]] (str (name k) "=" v))
       (merge {:row action, :peer (name peer), :workload (name workload), :records records, :ops ops
               :start (name start), :folder folder, :payload payload, :patience patience
               :threads (:threads row 1)}
              code extra)))

(defn command
  "The command line of the step's process."
  [{:keys [code class-path] :as step}]
  (if (:module code)
    (into ["node" "--max-old-space-size=4096" "dev/bench/node/step.js"] (arguments step))
    (-> [(str (System/getProperty "java.home") "/bin/java")]
        (into (heap-options step))
        (into jvm-options)
        (into ["-cp" (or class-path (System/getProperty "java.class.path")) "bench.peer.Step"])
        (into (arguments step)))))

(defn- parse
  "The lines of EDN that a step printed, each with its row. Other lines are left out."
  [step ^File out]
  (for [line (str/split-lines (slurp out)) :when (str/starts-with? line "{:row ")]
    (cond-> (edn/read-string line)
      (:row step) (assoc :row (:id (:row step))))))

(defn- wait
  "Waits for the process. Returns a sentence if it failed, or nil."
  [^Process process ^File errors]
  (cond
    (not (.waitFor process patience-minutes TimeUnit/MINUTES))
    (do (.destroyForcibly process) (str "took longer than " patience-minutes " minutes"))
    (not= 0 (.exitValue process))
    (str "exit code " (.exitValue process) ", see " errors)))

(defn- file-name [{:keys [peer action workload]}]
  (str action "-" (name peer) "-" (name workload)))

(defn run
  "Runs the step. Returns its lines, or one line with `:failed`, a sentence. Its stderr goes to a file in the folder
   `logs`."
  [^File logs {:keys [row peer workload records start] :as step}]
  (.mkdirs logs)
  (let [out    (io/file logs (str (file-name step) ".out"))
        errors (io/file logs (str (file-name step) ".err"))
        builder (ProcessBuilder. ^List (vec (map str (command step))))
        failed (try
                 (wait (.start (doto builder (.redirectOutput out) (.redirectError errors))) errors)
                 (catch java.io.IOException e (ex-message e)))]
    (if failed
      [{:row (:id row) :peer peer :workload workload :records records :temperature start :failed failed}]
      (parse step out))))
