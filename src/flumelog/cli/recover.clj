(ns ^:no-doc flumelog.cli.recover
  "The verb recover: cuts a damaged file where the damage begins, or says what it would cut."
  (:require [flumelog.arguments :refer [refuse]]
            [flumelog.cli.job :as job :refer [size]]
            [flumelog.core :as log]))

(set! *warn-on-reflection* true)

(def ^:private own [:framing :offset-bits :max-record-bytes :protect :progress])

;; Without writing

(defn- look
  "What is at the end of the log, and what would be cut."
  [{:keys [log] :as options}]
  (with-open [l (log/open log (assoc (select-keys options own) :codec :bytes :mode :read))]
    (let [{:keys [end] file-bytes :size :as found} (select-keys (log/recovery l) [:tail :frames :end :size :damage :next-good])]
      (assoc found :would-cut (- (long file-bytes) (long end))))))

(defn- judgement [{:keys [log]} {:keys [tail end would-cut next-good]}]
  (case tail
    :none ["the log is good up to its end at " end ": there is nothing to cut"]
    :torn ["the last " (size would-cut) " are an unfinished append: the next program that opens the log for writing cuts them off at " end ", and keeps them"]
    ["the damage begins at " end ": flumelog recover " log " --cut-at " end " would cut " (size would-cut) ", and keep them in a file"
     (when next-good [", and with them records that are whole, the first one at " next-good ", which flumelog salvage can copy"])]))

(defn- say-only [options]
  (job/run #(look (assoc options :progress %))
           {:done (fn [found]
                    (job/report! options found)
                    {:said (flatten (judgement options found)), :exit (if (= :corrupt (:tail found)) 4 0)})
            :stopped (constantly "nothing was changed")}))

;; With writing

(defn- cut [options]
  (job/run #(log/recover! (:log options) (assoc (select-keys options (conj own :cut-at)) :progress %))
           {:done (fn [{:keys [end cut-bytes kept] :as report}]
                    (job/report! options report)
                    {:said ["cut " (size cut-bytes) " off at " end (when kept (str ", and kept them in " kept))]})
            :stopped (constantly "nothing was changed")}))

(defn run [{:keys [log dry-run cut-at] :as options}]
  (cond
    dry-run (say-only options)
    (or (nil? cut-at) (neg? (long cut-at))) (refuse "--cut-at" cut-at (str "the offset where the damage begins, as flumelog recover " log " --dry-run says it"))
    :else (cut options)))
