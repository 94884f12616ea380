(ns ^:no-doc flumelog.db.status
  "How far views are: `status`, and `progress` as it is told to functions."
  (:require [flumelog.db.engine :as engine]
            [flumelog.facts :as facts])
  (:import (flumelog.log Log ProgressReport)))

(set! *warn-on-reflection* true)

(defn- seconds-since ^double [nanos]
  (/ (double (max 1 (- (System/nanoTime) (long nanos)))) 1e9))

(defn- rate
  "How much was done in each second since `nanos`."
  ^long [done nanos]
  (long (/ (double done) (seconds-since nanos))))

;; The rate of a building is taken from where it was when it was last seen level, or when it began.

(defn- speed [{:keys [since records started from-since from-records]} ^long log-since]
  (if (or (nil? started) (>= (long since) log-since))
    {:per-second 0 :remaining-seconds 0}
    (let [offsets (rate (- (long since) (long from-since)) started)]
      {:per-second (rate (- (long records) (long from-records)) started)
       :remaining-seconds (when (pos? offsets) (long (Math/ceil (/ (double (- log-since (long since))) (double offsets)))))})))

(defn- state-of [{:keys [paused stale unchecked next]} failure since log-since]
  (cond
    failure :failed
    paused :paused
    (and next (not stale)) :rebuilding
    (or stale unchecked (< (long since) (long log-since))) :catching-up
    :else :ready))

(defn- failed [{:keys [offset cause]}]
  {:offset offset :cause (or (ex-message cause) (str (class cause)))})

(defn- of-view [log-since {:keys [current next stale] :as view}]
  (let [p @(:progress (if (and stale next) next current))
        {:keys [since records skipped skipped-count failure persist-error]} p]
    (cond-> (merge {:state (state-of view failure since log-since)
                    :since since :persisted (:persisted @(:progress current)) :log log-since :records records}
                   (speed p log-since)
                   {:skipped skipped-count :version (:version (:traits current))})
      (seq skipped) (assoc :skipped-records skipped)
      failure (merge (failed failure))
      persist-error (assoc :persist-error persist-error))))

(defn status [engine]
  (let [log-since (engine/log-since engine)]
    (update-vals @(:views engine) #(of-view log-since %))))

;; Progress

(defn progress
  "A function of a since that makes the map of progress, from the oldest record up to `total-since`. `:done` never goes back,
   and is `:total` for a since of that or above, and for nil."
  [{:keys [^Log raw]} phase total-since]
  (let [oldest (.oldest raw), started (System/nanoTime), most (atom 0)
        total (if (neg? oldest) 0 (inc (- (long total-since) oldest)))]
    (fn [since]
      (let [done (long (swap! most #(max (long %) (if since (min total (inc (- (long since) oldest))) total))))
            done (if (neg? oldest) 0 done)]
        (facts/progress (ProgressReport/of (name phase) "offsets" 0 done total (- (System/nanoTime) started)))))))
