(ns ^:no-doc flumelog.cli.get
  "The verb get: prints the records at some offsets."
  (:require [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.cli.records :as records]
            [flumelog.core :as log])
  (:import (flumelog.error LogException LogException$Kind)))

(set! *warn-on-reflection* true)

(def ^:private not-there #{LogException$Kind/NOT_A_RECORD LogException$Kind/DELETED})

(defn- entry
  "The record at the offset, or nil, after saying why there is none."
  [log offset]
  (try
    [offset (log/fetch log offset)]
    (catch LogException e
      (if (not-there (.kind e)) (output/say (ex-message e)) (throw e)))))

(defn run [{:keys [offset] :as options}]
  (opening/reading options
    (fn [log]
      (let [found (keep #(entry log %) offset)
            code (records/print-all log found (records/resolved log options))]
        (if (and (= 0 code) (< (count found) (count offset))) 1 code)))))
