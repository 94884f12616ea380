(ns api-changes
  "What of the public Java API a program that was written for an older version would miss: bin/api-changes.

   dev/api_changes.edn lists what is missing on purpose, by its reason. The rest must be there."
  (:require [clojure.edn :as edn]
            [clojure.string :as str])
  (:import (japicmp.cmp JApiCmpArchive JarArchiveComparator JarArchiveComparatorOptions)
           (japicmp.config Options)
           (japicmp.model AccessModifier JApiBehavior JApiChangeStatus JApiClass JApiCompatibility JApiCompatibilityChange
                          JApiField JApiHasAccessModifier JApiImplementedInterface JApiMethod JApiParameter)
           (java.io File)
           (java.util Optional)))

(set! *warn-on-reflection* true)

(def ^:private api
  "What documents and Javadoc named as the API, from the first version on: packages and classes."
  (str "flumelog.log;flumelog.codec;flumelog.error;flumelog.spi;"
       ;; Of the first version; these are in flumelog.log now.
       "flumelog.file.SyncPolicy;flumelog.frame.OffsetWidth;flumelog.frame.Progress;flumelog.block.BlockCache"))

(defn- archive [path] (JApiCmpArchive. (File. ^String path) ""))

(defn- compared
  "The classes of both jars, compared."
  [old new]
  (let [options (doto (Options/newDefault)
                  (.addIncludeFromArgument (Optional/of api) false)
                  (.setAccessModifier (Optional/of AccessModifier/PUBLIC))
                  (.setIgnoreMissingClasses true))]         ; of superclasses that are no API and have moved
    (.compare (JarArchiveComparator. (JarArchiveComparatorOptions/of options))
              ^JApiCmpArchive (archive old) ^JApiCmpArchive (archive new))))

(defn- parameters [^JApiBehavior member]
  (str "(" (str/join ", " (map #(.getType ^JApiParameter %) (.getParameters member))) ")"))

(defn- missing-of
  "A line for each change of the class, or of one member, that an older program would notice."
  [what ^JApiCompatibility changed]
  (for [^JApiCompatibilityChange change (.getCompatibilityChanges changed)
        :when (not (and (.isBinaryCompatible change) (.isSourceCompatible change)))]
    (str what " " (.getType change))))

(defn- public
  "The members that programs could see before."
  [members]
  (filter #(#{"PUBLIC" "PROTECTED"} (str (.orElse (.getOldModifier (.getAccessModifier ^JApiHasAccessModifier %)) nil))) members))

(defn- missing-of-members [name ^JApiClass class]
  (concat (mapcat #(missing-of (str name "#" (.getName ^JApiMethod %) (parameters %)) %) (public (.getMethods class)))
          (mapcat #(missing-of (str name "#new" (parameters %)) %) (public (.getConstructors class)))
          (mapcat #(missing-of (str name "#" (.getName ^JApiField %)) %) (public (.getFields class)))
          (mapcat #(missing-of (str name " is no " (.getFullyQualifiedName ^JApiImplementedInterface %)) %) (.getInterfaces class))
          (missing-of (str name " superclass") (.getSuperclass class))))

(defn- missing [^JApiClass class]
  (let [name (.getFullyQualifiedName class)]
    (concat (missing-of name class)
            (when (not= JApiChangeStatus/REMOVED (.getChangeStatus class)) (missing-of-members name class)))))

(defn- print-all [title lines]
  (when (seq lines)
    (println title)
    (run! #(println (str "  " (pr-str %))) lines)))

(defn -main [old new]
  (let [found (sort (distinct (mapcat missing (compared old new))))
        reasons (edn/read-string (slurp "dev/api_changes.edn"))
        on-purpose (set (mapcat val reasons))
        unlisted (remove on-purpose found)
        untrue (sort (remove (set found) on-purpose))]
    (doseq [[reason lines] reasons] (print-all reason (filter (set found) lines)))
    (print-all "Missing, and not in dev/api_changes.edn:" unlisted)
    (print-all "In dev/api_changes.edn, and not missing:" untrue)
    (println (format "%d missing on purpose, %d missing otherwise" (- (count found) (count unlisted)) (count unlisted)))
    (flush)
    (shutdown-agents)
    (System/exit (if (or (seq unlisted) (seq untrue)) 1 0))))
