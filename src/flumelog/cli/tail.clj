(ns ^:no-doc flumelog.cli.tail
  "The verb tail: prints the last records, and those that come."
  (:require [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.cli.records :as records]
            [flumelog.core :as log])
  (:import (flumelog.cli ClosedPipe)))

(set! *warn-on-reflection* true)

(defn- await-first
  "Waits until the log has a record, which shows its codec."
  [log]
  (when-not (log/await-since log 0 Long/MAX_VALUE) (recur log)))

(defn- follow [log since options]
  (ClosedPipe/watch)
  (when (neg? (long since)) (await-first log))
  (records/print-all log (log/live log {:gt since}) (records/resolved log options) output/flush!))

(defn- print-newest [log since lines options]
  (records/print-all log (records/newest log (log/entries log {:lte since, :reverse true}) lines options) options))

(defn run [{:keys [lines] :or {lines 10} :as options}]
  (opening/reading options
    (fn [log]
      (let [since @(log/since log)
            code (if (neg? (long since)) 1 (print-newest log since lines (records/resolved log options)))]
        (if (:follow options) (follow log since options) code)))))
