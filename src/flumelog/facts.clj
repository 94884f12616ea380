(ns ^:no-doc flumelog.facts
  "What the Java core tells of a log as names and values, as Clojure maps."
  (:import (flumelog.file SyncPolicy)
           (flumelog.log Log Position)))

(set! *warn-on-reflection* true)

(defn keywords
  "The facts as a map with keywords, in their order."
  [facts]
  (apply array-map (mapcat (fn [[k v]] [(keyword k) v]) facts)))

(defn- sync-option [^SyncPolicy policy]
  (cond
    (.isPeriodic policy) {:every-ms (.everyMillis policy)}
    (.isEach policy) :each
    :else :none))

(defn info [^Log log]
  (let [info (keywords (.info log))]
    (cond-> (-> info
                (update :framing keyword)
                (update :mode keyword)
                (update :codec #(if (.startsWith ^String % ":") (keyword (subs % 1)) %)))
      (:sync info) (update :sync sync-option))))

(defn position [^Log log offset]
  (let [^Position position (.position log (long offset))]
    {:id (.id position) :offset (.offset position) :fingerprint (.fingerprint position)}))

(defn recovery [^Log log]
  (let [recovery (update (keywords (.recovery log)) :tail keyword)]
    (cond-> recovery
      (:given-up recovery) (update :given-up (partial mapv keywords)))))
