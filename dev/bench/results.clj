(ns bench.results
  "Results are lines of EDN: one with the environment at the start of a run, and one for each measure. Lines are only
   added to files, never changed.

   * `file`, `append!`: the file of a run, and how to add to it
   * `read-file`, `merged`: the contents of files"
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str])
  (:import (java.io File)))

(set! *warn-on-reflection* true)

(defn- slug [text]
  (-> (str/lower-case (str text)) (str/replace #"[^a-z0-9.]+" "-") (str/replace #"-$" "")))

(defn file
  "The file for the lines of an environment: one for each commit, JDK and processor."
  ^File [folder {:keys [commit jdk cpu cores]}]
  (io/file folder (str (slug (or commit "unknown")) "_jdk-" (slug (re-find #"\d+" (str jdk "0"))) "_" (slug cpu) "-x" cores
                       ".edn")))

(def ^:private key-order
  (zipmap [:run :round :row :workload :records :peer :temperature :nanos :bytes :ops :sum :busy :cold-by] (range)))

(defn- in-order [line]
  (into (sorted-map-by (fn [a b] (compare [(key-order a 99) a] [(key-order b 99) b]))) line))

(defn append!
  "Adds the lines to the file, which is made if it is missing."
  [^File file lines]
  (io/make-parents file)
  (spit file (apply str (map #(str (pr-str (in-order %)) "\n") lines)) :append true))

(defn merged
  "The lines of any number of files as {:runs {id environment} :lines [measures, each once] :loops [those of JMH]}."
  [lines]
  (reduce (fn [all {:keys [environment loop] :as line}]
            (cond
              environment (assoc-in all [:runs (:run line)] environment)
              loop        (update all :loops conj line)
              :else       (update all :lines conj line)))
          {:runs (sorted-map) :lines [] :loops []}
          (distinct lines)))

(defn read-file [file]
  (map edn/read-string (remove str/blank? (str/split-lines (slurp file)))))

(defn read-folder
  "The lines of all files of the folder, merged."
  [folder]
  (merged (mapcat read-file (sort (filter #(str/ends-with? (str %) ".edn") (.listFiles (io/file folder)))))))
