(ns file-systems.main
  "Runs one script on each of the file systems that people use, and prints a table of the results. `bin/file-systems`
   runs it, as root on Linux.

   * `-main`: takes names of file systems, or none for all; exits with 1 if a step failed that is not known to fail, and
     with 2 for an unknown name
   * `known`: the steps that are known to fail, and why

   file-systems.mounts makes the file systems. file-systems.script starts other JVMs, which do the steps of
   file-systems.steps."
  (:require [clojure.string :as str]
            [file-systems.mounts :as mounts]
            [file-systems.script :as script])
  (:import (java.lang ProcessHandle)))

(set! *warn-on-reflection* true)

(def known
  "By file system and column, the steps that are known to fail, as doc/file-systems.md says."
  {["encfs" :full] "known: after a write that finds no room the last record reads as other bytes; the writer notices, and is failed"
   ["fuse-overlayfs" :full] "known: that there is no room is told by a sync only, and then the log is failed"
   ["sshfs" :full] "known: that there is no room is told after the write has succeeded; the writer notices, and is failed"})

;; The table

(defn- version [{:keys [needs]}]
  (if (empty? needs)
    "kernel"
    (str/join ", " (for [package (distinct (vals needs))] (str package " " (mounts/version-of package))))))

(defn- cell [file-system results column]
  (let [result (get results column ::none)]
    (cond (= ::none result) "-"
          (nil? result) "ok"
          (string? result) "note"
          (known [(:name file-system) column]) "known"
          :else "FAILS")))

(defn- row [{:keys [file-system skipped results]}]
  (str "| " (:name file-system) " | "
       (if skipped
         (str "skipped: " skipped " |" (str/join (repeat (count script/columns) " |")))
         (str (version file-system) " | " (str/join " | " (map #(cell file-system results %) script/columns)) " |"))))

(defn- remarks [{:keys [file-system results]}]
  (for [column script/columns :let [result (get results column)] :when result]
    (str "* " (:name file-system) ", " (name column) ": "
         (if (string? result)
           result
           (str (or (known [(:name file-system) column]) "FAILS") ": " (ex-message result))))))

(defn- print-table [tried]
  (println)
  (println (str "Linux " (System/getProperty "os.version") ", Java " (System/getProperty "java.version")))
  (println)
  (println (str "| file system | version | " (str/join " | " (map name script/columns)) " |"))
  (println (str "|---|---|" (str/join (repeat (count script/columns) "---|"))))
  (run! (comp println row) tried)
  (when-let [all (seq (mapcat remarks tried))]
    (println)
    (run! println all)))

(defn- failures [tried]
  (for [{:keys [file-system results]} tried, column script/columns
        :when (= "FAILS" (cell file-system results column))]
    [(:name file-system) column]))

;; Trying them

(defn- try-one [file-system]
  (println (str "file-systems: " (:name file-system)))
  (flush)
  (try
    (if-let [why (mounts/missing file-system)]
      {:file-system file-system :skipped why}
      {:file-system file-system :results (script/run file-system)})
    (catch Exception e {:file-system file-system :skipped (str "can't be mounted: " (first (str/split-lines (str (ex-message e)))))})
    (finally (mounts/unmount-all!))))

(defn try-all
  "Tries the file systems and prints the table. Returns how many steps failed that are not known to fail."
  [file-systems]
  (mounts/install! (mounts/packages file-systems))
  (let [tried (mapv try-one file-systems)]
    (print-table tried)
    (count (failures tried))))

(defn- java?
  "Whether the process is a JVM; others may be commands that unmount."
  [^ProcessHandle process]
  (str/ends-with? (.orElse (.command (.info process)) "") "/java"))

(defn- take-all-along!
  "Ends the JVMs of the steps when this process ends, also by Ctrl-C, so that the file systems can be unmounted then."
  []
  (.addShutdownHook (Runtime/getRuntime)
                    (Thread. ^Runnable (fn []
                                         (run! #(.destroyForcibly ^ProcessHandle %)
                                               (filter java? (iterator-seq (.iterator (.descendants (ProcessHandle/current))))))))))

(defn -main
  "[NAME ...]"
  [& names]
  (let [by-name (into {} (map (juxt :name identity)) mounts/all)
        unknown (remove by-name names)]
    (when (seq unknown)
      (println "file-systems: there is no" (str (first unknown) "; there are:") (str/join " " (map :name mounts/all)))
      (System/exit 2))
    (take-all-along!)
    (let [failed (long (try-all (if (seq names) (map by-name names) mounts/all)))]
      (println)
      (println (str "file-systems: " (if (zero? failed) "no failure that is not known" (str failed " steps failed"))))
      (shutdown-agents)
      (System/exit (if (zero? failed) 0 1)))))
