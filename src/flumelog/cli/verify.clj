(ns ^:no-doc flumelog.cli.verify
  "The verb verify, where it takes long: reads all of a file, and says what is wrong with it."
  (:require [flumelog.cli.job :as job]
            [flumelog.cli.opening :as opening]
            [flumelog.options :as options])
  (:import (flumelog.cli Verified)
           (flumelog.log Verification VerificationReport)
           (java.nio.file Path)))

(set! *warn-on-reflection* true)

(def ^:private own [:framing :offset-bits :max-record-bytes :protect :head])

(defn- work ^VerificationReport [options progress]
  (let [^Path path (options/->path (:log options)), options (assoc options :progress progress)
        codec (Verified/judge (.codecName (opening/codec-in options)))]
    (Verification/run path (options/log-options (assoc (select-keys options (conj own :progress)) :codec codec)))))

(defn run [options]
  (job/run #(work options %)
           {:done (fn [^VerificationReport report]
                    (Verified/print report (boolean (:json options)))
                    {:said [(Verified/sentence report)], :exit (if (.isOk report) 0 4)})
            :stopped (constantly "what was read up to there is not judged; nothing was changed")}))
