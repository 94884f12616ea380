(ns ^:no-doc flumelog.cli.salvage
  "The verb salvage: copies what is whole in a damaged file."
  (:require [flumelog.cli.job :as job :refer [many size]]
            [flumelog.core :as log]))

(set! *warn-on-reflection* true)

(defn run [{:keys [log to] :as options}]
  (job/run #(log/salvage log to (assoc (select-keys options [:framing :offset-bits :max-record-bytes :protect]) :progress %))
           {:done (fn [{:keys [frames skipped-bytes skipped end] :as report}]
                    (job/report! options report)
                    {:said ["copied " (many frames "record") " to " to ", which has " (size end) " now; "
                            (if (seq skipped) (str (size skipped-bytes) " in " (many (count skipped) "place") " are no whole records") "nothing was damaged")]})
            :stopped (constantly (str "there is no " to ", and " log " is as it was"))}))
