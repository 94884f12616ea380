(ns ^:no-doc flumelog.cli.convert
  "The verb convert: copies a log into another width or framing, or with another protection."
  (:require [flumelog.cli.job :as job :refer [many size]]
            [flumelog.core :as log]))

(set! *warn-on-reflection* true)

(defn from-format
  "The format and the key of the old log, as far as the command line names them."
  [{:keys [from-framing from-offset-bits from-protect]}]
  (cond-> {}
    from-protect (assoc :protect from-protect)
    from-framing (assoc :framing from-framing)
    from-offset-bits (assoc :offset-bits from-offset-bits)))

(defn run [{:keys [log to] :as options}]
  (job/run #(log/convert log to (assoc (select-keys options [:framing :offset-bits :max-record-bytes :protect]) :from (from-format options) :progress %))
           {:done (fn [{:keys [frames deleted end] :as report}]
                    (job/report! options report)
                    {:said ["copied " (many frames "record") " to " to ", which has " (size end) " now, and left " (many deleted "deleted record") " out"]})
            :stopped (constantly (str "there is no " to ", and " log " is as it was"))}))
