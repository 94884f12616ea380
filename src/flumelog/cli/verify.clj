(ns ^:no-doc flumelog.cli.verify
  "The verb verify: reads all of a file, and says what is wrong with it."
  (:require [flumelog.cli.job :as job :refer [many size]]
            [flumelog.cli.opening :as opening]
            [flumelog.core :as log]))

(set! *warn-on-reflection* true)

(def ^:private own [:framing :offset-bits :max-record-bytes])

(defn- work [options progress]
  (let [options (assoc options :progress progress)]
    (log/verify (:log options) (assoc (select-keys options (conj own :progress)) :codec (opening/codec-in options)))))

(defn- what-is-wrong [{:keys [skipped-bytes undecodable undecodable-count]}]
  (cond-> []
    (pos? (long skipped-bytes)) (conj (str (size skipped-bytes) " are no whole records"))
    (pos? (long undecodable-count)) (conj (str (many undecodable-count "record") " can't be decoded, the first one at " (first undecodable)))))

(defn- sentence [{:keys [ok frames deleted] file-bytes :size :as report}]
  (concat ["read " (many frames "record") ", " deleted " of them deleted, in " (size file-bytes) ": "]
          (if ok ["all is good"] (interpose "; " (what-is-wrong report)))))

(defn run [options]
  (job/run #(work options %)
           {:done (fn [report]
                    (job/report! options report)
                    {:said (sentence report), :exit (if (:ok report) 0 4)})
            :stopped (constantly "what was read up to there is not judged; nothing was changed")}))
