(ns ^:no-doc flumelog.cli.backup
  "The verb backup: copies a log that may be in use, or only what is new in it."
  (:require [flumelog.cli.job :as job :refer [many size]]
            [flumelog.cli.output :as output]
            [flumelog.core :as log])
  (:import (flumelog.cli Damage)))

(set! *warn-on-reflection* true)

(defn- work [{:keys [log to protect]} progress]
  (with-open [l (log/open log {:codec :bytes, :mode :read, :protect protect, :progress progress})]
    [(log/backup! l to {:progress progress}) (Damage/of (.log l))]))

(defn run [{:keys [to] :as options}]
  (job/run #(work options %)
           {:done (fn [[{:keys [frames end copied-bytes] :as report} damage]]
                    (job/report! options report)
                    (some-> damage output/say)
                    {:said ["copied " (size copied-bytes) "; " to " has " (many frames "record") " and " (size end) " now"]
                     :exit (if damage 4 0)})
            :stopped (constantly (str to " is as it was before, or missing as before"))}))
