(ns ^:no-doc flumelog.cli.cat
  "The verb cat: prints records."
  (:require [flumelog.cli.opening :as opening]
            [flumelog.cli.records :as records]
            [flumelog.core :as log]))

(set! *warn-on-reflection* true)

(defn run [options]
  (opening/reading options
    (fn [log]
      (let [range (select-keys options [:gt :gte :lt :lte :reverse])]
        (records/print-all log (log/entries log range) (records/resolved log options))))))
