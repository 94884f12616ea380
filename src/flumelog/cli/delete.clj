(ns ^:no-doc flumelog.cli.delete
  "The verb delete: overwrites records with zeros."
  (:require [flumelog.cli.job :as job :refer [many]]
            [flumelog.core :as log]))

(set! *warn-on-reflection* true)

(defn- work [{:keys [log offset protect]} progress]
  (with-open [l (log/open log {:codec :bytes, :create false, :protect protect, :progress progress})]
    (let [deleted (log/delete! l offset)]
      (log/sync! l)
      {:deleted deleted, :deleted-before (- (count (distinct offset)) (long deleted))})))

(defn run [{:keys [log] :as options}]
  (job/run #(work options %)
           {:done (fn [{:keys [deleted deleted-before] :as report}]
                    (job/report! options report)
                    {:said ["deleted " (many deleted "record") " of " log (when (pos? (long deleted-before)) (str "; " (many deleted-before "record") " had been deleted before"))]})
            :stopped (constantly "flumelog cat shows whether the records are still there")}))
