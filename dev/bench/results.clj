(ns bench.results
  "Results are kept as lines of EDN: one that begins a run, with its environment, and one for each measure. Files are
   only ever added to.

   * `file`, `append!`: the file of a run, and adding to it
   * `read-file`, `merged`: what is in files"
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str])
  (:import (java.io File)))

(set! *warn-on-reflection* true)

(defn- slug [text]
  (-> (str/lower-case (str text)) (str/replace #"[^a-z0-9.]+" "-") (str/replace #"-$" "")))

(defn file
  "Where the lines of an environment go: one file for a commit, a JDK and a processor."
  ^File [folder {:keys [commit jdk cpu cores]}]
  (io/file folder (str (slug (or commit "unknown")) "_jdk-" (slug (re-find #"\d+" (str jdk "0"))) "_" (slug cpu) "-x" cores
                       ".edn")))

(def ^:private key-order
  (zipmap [:run :round :row :workload :records :peer :temperature :nanos :bytes :ops :sum :busy :cold-by] (range)))

(defn- in-order [line]
  (into (sorted-map-by (fn [a b] (compare [(key-order a 99) a] [(key-order b 99) b]))) line))

(defn append!
  "Adds the lines to the file, which is made where it is missing."
  [^File file lines]
  (io/make-parents file)
  (spit file (apply str (map #(str (pr-str (in-order %)) "\n") lines)) :append true))

(defn merged
  "What lines of any number of files say: {:runs {id environment} :lines [measures, each once] :loops [JMH's]}."
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
  "What all files of the folder say together."
  [folder]
  (merged (mapcat read-file (sort (filter #(str/ends-with? (str %) ".edn") (.listFiles (io/file folder)))))))
