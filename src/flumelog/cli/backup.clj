(ns ^:no-doc flumelog.cli.backup
  "The verb backup: copies a log that may be in use, or only what is new in it."
  (:require [flumelog.cli.job :as job :refer [many size]]
            [flumelog.core :as log]))

(set! *warn-on-reflection* true)

(defn- work [{:keys [log to]} progress]
  (with-open [l (log/open log {:codec :bytes, :mode :read, :progress progress})]
    (log/backup! l to {:progress progress})))

(defn run [{:keys [to] :as options}]
  (job/run #(work options %)
           {:done (fn [{:keys [frames end copied-bytes] :as report}]
                    (job/report! options report)
                    {:said ["copied " (size copied-bytes) "; " to " has " (many frames "record") " and " (size end) " now"]})
            :stopped (constantly (str to " is as it was before, or missing as before"))}))
