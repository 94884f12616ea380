(ns ^:no-doc flumelog.cli.copy
  "The verb copy: copies a log, or a range of it, to a new log of another codec or format."
  (:require [flumelog.cli.convert :refer [from-format]]
            [flumelog.cli.job :as job :refer [many size]]
            [flumelog.cli.opening :as opening]
            [flumelog.core :as log]
            [flumelog.options :refer [->codec]]))

(set! *warn-on-reflection* true)

(def ^:private own [:framing :offset-bits :max-record-bytes :protect :gt :gte :lt :lte :limit])

(defn- work [{:keys [log to to-codec no-map map] :as options} progress]
  (let [from (from-format options)
        from (if to-codec (assoc from :codec (opening/codec-in (assoc (merge (dissoc options :protect) from) :progress progress))) from)]
    (log/copy! log to (cond-> (assoc (select-keys options own) :from from :progress progress)
                        to-codec (assoc :codec (->codec to-codec))
                        map (assoc :offsets map)
                        no-map (assoc :offsets false)))))

(defn run [{:keys [log to map no-map] :as options}]
  (job/run #(work options %)
           {:done (fn [{:keys [frames end] :as report}]
                    (let [file (when-not no-map (or map (str to ".offsets")))]
                      (job/report! options (cond-> (dissoc report :offsets) file (assoc :offsets file)))
                      {:said ["copied " (many frames "record") " to " to ", which has " (size end) " now"
                              (when file (str "; " file " has the new offsets"))]}))
            :stopped (constantly (str "there is no " to ", and " log " is as it was"))}))
