(ns ^:no-doc flumelog.facts
  "Turns the facts that the Java core gives of a log, maps with strings as keys, into Clojure maps."
  (:import (flumelog.log Log Position ProgressReport SyncPolicy)))

(set! *warn-on-reflection* true)

(defn keywords
  "The facts with keywords as keys, in the same order."
  [facts]
  (apply array-map (mapcat (fn [[k v]] [(keyword k) v]) facts)))

(defn- sync-option [^SyncPolicy policy]
  (cond
    (.isPeriodic policy) {:every-ms (.everyMillis policy)}
    (.isEach policy) :each
    :else :none))

(defn- update-if
  "The facts with f applied to the value of k, if they have one."
  [facts k f & args]
  (if (contains? facts k) (apply update facts k f args) facts))

(defn info [^Log log]
  (-> (keywords (.info log))
      (update-if :framing keyword)
      (update-if :protect keyword)
      (update-if :mode keyword)
      (update-if :writer keyword)
      (update-if :durability keyword)
      (update-if :codec #(if (.startsWith ^String % ":") (keyword (subs % 1)) %))
      (update-if :sync sync-option)))

(defn record
  "The facts of the record at the offset: where its frame lies, and its data."
  [^Log log offset]
  (update-if (keywords (.describe log offset)) :framing keyword))

(defn position [^Log log offset]
  (let [^Position position (.position log (long offset))]
    {:id (.id position) :offset (.offset position) :fingerprint (.fingerprint position)}))

(defn progress
  "A report of progress as the map that functions of `:progress` get."
  [^ProgressReport report]
  (let [unit (keyword (.unit report)), done (.done report), total (.total report)]
    (cond-> {:phase (keyword (.phase report)) :done done :total total :unit unit
             :per-second (.perSecond report) :remaining-seconds (.remainingSeconds report)}
      (= :bytes unit) (assoc :position done :size total))))

(defn recovery [^Log log]
  (-> (keywords (.recovery log))
      (update-if :tail keyword)
      (update-if :given-up (partial mapv keywords))))
