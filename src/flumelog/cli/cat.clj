(ns ^:no-doc flumelog.cli.cat
  "The verb cat: prints records."
  (:require [flumelog.cli.opening :as opening]
            [flumelog.cli.records :as records]
            [flumelog.core :as log]))

(set! *warn-on-reflection* true)

(defn run [options]
  (opening/reading options
    (fn [log]
      (records/print-all log (log/entries log (select-keys options [:gt :gte :lt :lte :reverse])) options))))
