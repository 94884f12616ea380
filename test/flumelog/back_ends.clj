(ns flumelog.back-ends
  "The kinds of logs there are, for tests of what every log does: `flumelog.contract-test` and `flumelog.seam-test`. A new
   back end joins `kinds`, `kinds-without-frames`, or `kinds-over-a-broker`.

   * `on-every-log`, `on-every-log-with-frames`, `on-every-log-that-deletes`: run their body with a new log of each kind
   * `deletes?`: whether a log can delete"
  (:require [broker]
            [clojure.test :refer [testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error formats path-in with-temp-folder]]
            [flumelog.kafka :as kafka]
            [flumelog.kafka-broker :as shared]
            [flumelog.memory :as memory]
            [flumelog.odd-log :as odd]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)))

(set! *warn-on-reflection* true)

(defn- open-with-room [path options]
  (log/open path (assoc options :room-bytes 4096 :sync :each)))

(def kinds
  "Functions that open a new log, by what they open. Their offsets are positions in frames, of which there are four formats."
  {"file"           log/open
   "file with room" open-with-room
   "buffered file"  (fn [path options] (log/open path (assoc options :write-buffer-bytes 4096)))
   "both"           (fn [path options] (log/open path (assoc options :write-buffer-bytes 4096 :room-bytes 4096)))
   "memory"         (fn [_ options] (memory/open options))})

(def kinds-without-frames
  "Those whose offsets count something else, or have frames of the log's own between them."
  {"odd"          (fn [_ options] (odd/open options))
   "checked file" (fn [path options] (log/open path (assoc options :protect :checked)))
   "encrypted file" (fn [path options] (log/open path (assoc options :protect {:key (byte-array (range 32))})))})

(def ^:private of-a-file
  "Options that a log over Kafka refuses."
  [:sync :block-bytes :cache-blocks :write-buffer-bytes :room-bytes :offset-bits :framing])

(defn open-new-topic
  "A log over a new topic of the broker that the tests share."
  [options]
  (kafka/open (merge {:servers (shared/servers) :topic (shared/new-topic) :create {:replication 1 :min-insync 1}}
                     (apply dissoc options of-a-file))))

(defn kinds-over-a-broker
  "Those that take longer, from the size ci on; none where there can be no broker, of which `flumelog.kafka-test` tells."
  []
  (when (and (< 1 (size 1 2)) (not (broker/why-none)))
    {"kafka"           (fn [_ options] (open-new-topic options))
     "shared kafka"    (fn [_ options] (open-new-topic (assoc options :writer :shared)))
     "encrypted kafka" (fn [_ options] (open-new-topic (assoc options :protect {:key (byte-array 32 (byte 7))})))}))

(defn each-log
  "Calls f with a new log of every kind and the options that made it, also with logs without frames where these are given."
  [options without-frames f]
  (doseq [[kind open format-name format] (concat (for [[kind open] kinds, [format-name format] formats] [kind open format-name format])
                                                 (for [[kind open] without-frames] [kind open "no frames" nil]))]
    (testing (str kind ", " format-name)
      (with-temp-folder [folder]
        (with-open [^LogCollection l (open (path-in folder "a.log") (merge {:sync :none} format options))]
          (f l format))))))

(defmacro on-every-log [[log options & [format]] & body]
  `(each-log ~options (merge kinds-without-frames (kinds-over-a-broker)) (fn [~(with-meta log {:tag `LogCollection}) ~(or format '_)] ~@body)))

(defmacro on-every-log-with-frames [[log options & [format]] & body]
  `(each-log ~options nil (fn [~(with-meta log {:tag `LogCollection}) ~(or format '_)] ~@body)))

(defmacro on-every-log-that-deletes [[log options] & body]
  `(on-every-log-with-frames [~log ~options] ~@body))

(defn deletes? [^LogCollection l]
  (not= :unsupported (error (log/delete! l []))))
