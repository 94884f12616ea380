(ns ^:no-doc flumelog.topics
  "Topics where a function also takes files: `kafka://host:port/topic`, or a map of the options of `flumelog.kafka/open`.
   That namespace is only loaded when there is one.

   * `topic?`
   * `open`: opens the log in a topic
   * `copy!`: copies between two logs of which at least one is in a topic"
  (:require [clojure.string :as str]
            [flumelog.options :refer [->codec ->moved ->path log-options open-with]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error OptionFailures)
           (flumelog.log ContinuedCopy LogOptions OffsetLog Range)))

(set! *warn-on-reflection* true)

(def ^:private scheme "kafka://")

(defn topic? [place]
  (or (map? place) (and (string? place) (str/starts-with? place scheme))))

(defn- place-options
  "The options that the place of a topic has: its servers and its name, and what else a map has."
  [place]
  (if (map? place)
    place
    (let [[_ servers topic] (re-matches #"kafka://([^/]+)/([^/]+)" place)]
      (when-not topic
        (throw (OptionFailures/badArgument "path" place "a file, or a topic as kafka://host:port,host:port/topic")))
      {:servers servers :topic topic})))

(defn open
  "Opens the log in the topic. The options are those of `flumelog.kafka/open`; those that `place` has come before them."
  ^LogCollection [place options]
  ((requiring-resolve 'flumelog.kafka/open) (merge options (place-options place))))

;; Copying

(defn- open-log
  "Opens the log at the place, a file or a topic. The codecs of the copy are those of `codecs`; the collection's own is not used."
  ^LogCollection [place options]
  (if (topic? place)
    (open place options)
    (open-with options #(OffsetLog/open (->path place) %))))

(defn- default-offsets
  "The path of the map of offsets, if none is named: beside the file of the two."
  [from to]
  (cond
    (not (topic? to)) (str (->path to) ".offsets")
    (not (topic? from)) (str (->path from) "." (:topic (place-options to)) ".offsets")
    :else (throw (OptionFailures/badOption ":offsets" nil "a path, or false, where neither of the logs is a file"))))

(defn- offsets-path [from to offsets]
  (when-not (false? offsets) (->path (if (nil? offsets) (default-offsets from to) offsets))))

(defn- codecs
  "The Codec of each of the two logs: the same object where the data is copied as it is."
  [from {:keys [codec] source :from}]
  (let [source-codec (or (:codec source) (when (map? from) (:codec from)))
        old (->codec (if (or codec source-codec) (or source-codec :edn) :bytes))]
    [old (if (or (nil? codec) (= codec source-codec)) old (->codec codec))]))

(defn- progress-of [{:keys [progress]}]
  (.progress ^LogOptions (log-options {:progress progress})))

(defn copy!
  "Copies the log at `from` to the one at `to`, and returns a CopyReport: see `flumelog.core/copy!`. The options were checked."
  [from to {:keys [offsets moved] source :from :as options}]
  (let [[old-codec new-codec] (codecs from options)
        pairs (offsets-path from to offsets)
        range (Range/of (select-keys options [:gt :gte :lt :lte :limit]))]
    (with-open [source (open-log from (merge (when-not (topic? from) (select-keys options [:max-record-bytes])) source {:codec :bytes :mode :read}))
                target (open-log to (assoc (select-keys options [:framing :offset-bits :max-record-bytes :protect]) :codec :bytes))]
      (ContinuedCopy/run (.log source) (.log target) old-codec new-codec range pairs (->moved moved) (progress-of options)))))
