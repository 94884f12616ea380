(ns ^:no-doc flumelog.sealed
  "Translates heads and proofs of sealed logs between Clojure's maps and the Java core."
  (:require [flumelog.facts :refer [keywords]])
  (:import (flumelog.error OptionFailures UseFailures)
           (flumelog.log Log LogHead LogProof OffsetLog SealedLog)))

(set! *warn-on-reflection* true)

(defn- sealed-log ^SealedLog [^Log log]
  (if (instance? OffsetLog log) (.sealed ^OffsetLog log) (throw (UseFailures/unsupported (.path log) "seals"))))

(defn head->map [head] (some-> head keywords))

(defn head? [x] (and (map? x) (contains? x :root)))

(defn head [log] (head->map (.head (sealed-log log))))

(defn seal! [log] (head->map (.seal (sealed-log log))))

(defn- proof->map [^LogProof proof]
  (let [facts (-> (keywords proof) (update :path vec))]
    (reduce (fn [facts k] (if (k facts) (update facts k head->map) facts)) facts [:head :from :to])))

(defn prove-record [log offset]
  (proof->map (.prove (sealed-log log) (long offset))))

(defn- ->head ^LogHead [head]
  (try
    (LogHead/of (into {} (map (fn [[k v]] [(name k) v])) head))
    (catch flumelog.error.LogException _
      (throw (OptionFailures/badArgument "head" head "a head of the log, as head gives it")))))

(defn prove-older [log head]
  (proof->map (.prove (sealed-log log) (->head head))))
