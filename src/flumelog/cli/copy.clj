(ns ^:no-doc flumelog.cli.copy
  "The verb copy: copies a log, or a range of it, to a new log of another codec or format."
  (:require [flumelog.cli.convert :refer [from-format]]
            [flumelog.cli.job :as job :refer [many size]]
            [flumelog.cli.opening :as opening]
            [flumelog.core :as log]
            [flumelog.options :refer [->codec]])
  (:import (flumelog.cli Topics)
           (flumelog.log OffsetMap)
           (flumelog.offsets Offsets)))

(set! *warn-on-reflection* true)

(def ^:private own [:framing :offset-bits :max-record-bytes :protect :gt :gte :lt :lte :limit])

(defn- work [{:keys [log to to-codec no-map map] :as options} progress]
  (let [from (from-format options)
        from (if to-codec (assoc from :codec (opening/codec-in (assoc (merge (dissoc options :protect) from) :progress progress))) from)]
    (log/copy! (opening/place log options) (opening/place to options)
               (cond-> (assoc (select-keys options own) :from from :progress progress)
                 to-codec (assoc :codec (->codec to-codec))
                 map (assoc :offsets map)
                 no-map (assoc :offsets false)))))

(defn- file-of [^Offsets offsets]
  (str (.file ^OffsetMap (.pairs offsets))))

(defn run [{:keys [log to] :as options}]
  (job/run #(work options %)
           {:done (fn [{:keys [frames copied end offsets] :as report}]
                    (let [file (some-> offsets file-of)]
                      (job/report! options (cond-> (dissoc report :offsets) file (assoc :offsets file)))
                      {:said ["copied " (many (or copied frames) "record") " to " to ", which has "
                              (if copied (many frames "record") (size end)) " now" (when file (str "; " file " has the new offsets"))]}))
            :stopped (constantly (if (some #(Topics/isOne %) [log to])
                                   (str "what was copied until then stays in " to ", and the same command goes on")
                                   (str "there is no " to ", and " log " is as it was")))}))
