(ns ^:no-doc flumelog.cli.compact
  "The verb compact: gives the space of deleted records back."
  (:require [flumelog.cli.job :as job :refer [many size]]
            [flumelog.core :as log]))

(set! *warn-on-reflection* true)

(defn- sentence [{:keys [log]} {:keys [frames deleted freed-bytes end]}]
  (if (zero? (long deleted))
    [log " has no deleted records: its " (many frames "record") " and " (size end) " are as they were"]
    ["freed " (size freed-bytes) " of " (many deleted "deleted record") "; " log " has " (many frames "record") " and " (size end) " now"]))

(defn run [{:keys [log] :as options}]
  (job/run #(log/compact! log (assoc (select-keys options [:framing :offset-bits :max-record-bytes :protect]) :progress %))
           {:done (fn [report]
                    (job/report! options report)
                    {:said (sentence options report)})
            :stopped (constantly (str log " is as it was"))}))
