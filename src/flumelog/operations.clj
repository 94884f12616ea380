(ns ^:no-doc flumelog.operations
  "The operations on files that `flumelog.core` offers: `verify`, `recover!`, `salvage`, `compact!`, `convert`, `copy!` and
   `drop-side-files!`; and `backup!` and `count` of an open log. This namespace translates paths, options and reports; the Java core
   does the work."
  (:require [clojure.string :as str]
            [flumelog.facts :refer [keywords]]
            [flumelog.offsets :refer [->Offsets]]
            [flumelog.options :refer [->moved ->options ->path log-options]]
            [flumelog.topics :as topics])
  (:import (flumelog.error OptionFailures Suggestion)
           (flumelog.file LogPath)
           (flumelog.log CopyReport Log LogCopy LogOptions OffsetMap Range Repair Rewrite SideFiles Verification)
           (java.nio.file Path)))

(set! *warn-on-reflection* true)

;; Each operation has its own options. An option of `open` that has no effect on an operation is refused, since its
;; caller expects an effect.

(def ^:private of-format [:framing :offset-bits])

(def ^:private of-reading (into of-format [:max-record-bytes :progress]))

(def ^:private of-range [:gt :gte :lt :lte :limit])

(def ^:private useful
  "The options of each operation."
  {"verify"   (into [:codec :protect :head] of-reading)
   "recover!" (into [:cut-at :codec :protect] of-reading)
   "salvage"  (into [:codec :protect] of-reading)
   "compact!" (into [:moved :protect] of-reading)
   "backup!"  [:progress]
   "drop-side-files!" [:protect]
   "count"    [:progress]
   "convert"  (into [:from :moved :protect] of-reading)
   ":from"    (conj of-format :protect)
   "copy!"    (-> [:from :codec :offsets :moved :protect] (into of-range) (into of-reading))
   ":from of copy!" (into [:codec :max-record-bytes :protect] of-format)})

(defn- instead [operation option]
  (case [operation option]
    ["convert" :codec] "it copies the data of records as it is. For another codec there is copy!"
    ["compact!" :codec] "it copies the data of records as it is, in whatever codec: leave it out"
    (str "leave it out; the options there are " (str/join " " (useful operation)))))

(defn- own-options
  "The options as a map or nil. Throws when one of them is not an option of the operation."
  [operation options]
  (let [options (->options options)
        own (set (useful operation))]
    (doseq [option (keys options) :when (not (own option))]
      (if (or (= :mixed-codecs option) (contains? (LogOptions/keys) (str option)))
        (throw (OptionFailures/uselessOption (str option) operation (instead operation option)))
        (let [known (into (array-map) (map (juxt str identity)) (useful operation))]
          (throw (OptionFailures/unknownOption (str option) (Suggestion/ofOption (str option) (keys known)) known)))))
    options))

(defn- folder-and-name [path]
  (let [place (LogPath/of (->path path))]
    [(.folder place) (.name place)]))

(defn- ->keyword [name] (keyword (subs name 1)))

(defn- proofs
  "The report with the facts of a protected log as Clojure data."
  [report]
  (cond-> report
    (:protect report) (-> (update :protect keyword)
                          (update :damaged (partial mapv (fn [[offset why]] [offset (->keyword why)])))
                          (update :unnoted vec))
    (:not-yet-deleted report) (update :not-yet-deleted vec)))

(defn verify [path options]
  (let [[folder name] (folder-and-name path)]
    (-> (keywords (Verification/run folder name (log-options (own-options "verify" options))))
        (update :framing keyword)
        (update :skipped (partial mapv vec))
        (update :undecodable vec)
        (proofs)
        (as-> report (cond-> report (:looks-like report) (update :looks-like #(keyword (subs % 1))))))))

(defn recover! [path options]
  (let [[folder name] (folder-and-name path)
        options (own-options "recover!" options)
        given (:cut-at options)
        cut-at (if (nil? given) -1 given)]
    (when-not (int? cut-at)
      (throw (OptionFailures/badOption ":cut-at" cut-at "a whole number, the :offset of the error that open threw")))
    (keywords (Repair/recover folder name (log-options options [":cut-at"]) cut-at))))

(defn salvage [from to options]
  (let [[from-folder from-name] (folder-and-name from)
        [to-folder to-name] (folder-and-name to)]
    (-> (keywords (Repair/salvage from-folder from-name to-folder to-name
                                  (log-options (own-options "salvage" options))))
        (update :skipped (partial mapv vec)))))

(defn backup! [^Log log path options]
  (keywords (.backup log (->path path) (.progress (log-options (own-options "backup!" options))))))

(defn- with-heads [report]
  (reduce (fn [report k] (if (k report) (update report k keywords) report)) (keywords report) [:from :head]))

(defn compact! [path options]
  (let [[folder name] (folder-and-name path)
        options (own-options "compact!" options)
        moved (->moved (:moved options))]
    (with-heads (Rewrite/compact folder name (log-options options [":moved"]) moved))))

(defn convert [from to options]
  (let [[from-folder from-name] (folder-and-name from)
        [to-folder to-name] (folder-and-name to)
        {:keys [moved] source :from :as options} (own-options "convert" options)]
    (when-not (or (nil? source) (map? source))
      (throw (OptionFailures/badOption ":from" source "a map with the :framing and :offset-bits of the old file")))
    (with-heads (Rewrite/convert from-folder from-name to-folder to-name
                                 (log-options (merge (select-keys options [:progress :max-record-bytes])
                                                   (own-options ":from" source)))
                               (log-options options [":moved" ":from"])
                               (->moved moved)))))

(defn- source-map [source]
  (when-not (or (nil? source) (map? source))
    (throw (OptionFailures/badOption ":from" source "a map with the :codec, :framing and :offset-bits of the old file"))))

(defn- offsets-path
  "Where the map of offsets is written; nil for nowhere."
  ^Path [to offsets]
  (cond
    (false? offsets) nil
    (nil? offsets) (->path (str (->path to) ".offsets"))
    :else (->path offsets)))

(defn- with-offsets [^CopyReport report]
  (cond-> (with-heads report)
    (.offsets report) (assoc :offsets (->Offsets (.offsets report)))))

(defn copy! [from to options]
  (let [{:keys [moved codec offsets] source :from :as options} (own-options "copy!" options)
        _ (source-map source)
        {source-codec :codec :as source} (own-options ":from of copy!" source)]
    (if (or (topics/topic? from) (topics/topic? to))
      (with-offsets (topics/copy! from to options))
      (let [target-options (log-options (assoc (select-keys options (conj of-format :max-record-bytes :protect))
                                               :codec (or codec source-codec)))
            source-options (log-options (assoc (merge (select-keys options [:progress :max-record-bytes]) source)
                                               :codec (if (or codec source-codec) source-codec :bytes)))
            as-is? (or (nil? codec) (= codec source-codec))]
        (with-offsets (LogCopy/run (->path from) (->path to) source-options
                                   (if as-is? (.withCodec target-options (.codec source-options)) target-options)
                                   (Range/of (select-keys options of-range)) (offsets-path to offsets) (->moved moved)))))))

(defn offset-map [path]
  (->Offsets (OffsetMap/of (->path path))))

(defn count-records [^Log log options]
  (.count log (.progress (log-options (own-options "count" options)))))

(defn drop-side-files! [path options]
  (let [[folder name] (folder-and-name path)]
    (-> (keywords (SideFiles/drop folder name (log-options (own-options "drop-side-files!" options))))
        (update :removed vec)
        (update :kept vec))))
