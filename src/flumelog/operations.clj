(ns ^:no-doc flumelog.operations
  "What is done to a file that is no open log, as `flumelog.core` offers it: `verify`, `recover!`, `salvage`, `compact!`,
   `convert`. They know paths, maps of options and reports; the work is done by the Java core."
  (:require [flumelog.facts :refer [keywords]]
            [flumelog.options :refer [->moved ->options ->path log-options]])
  (:import (flumelog.error LogException)
           (flumelog.file Place)
           (flumelog.log Repair Rewrite Verification)))

(set! *warn-on-reflection* true)

(defn- folder-and-name [path]
  (let [place (Place/of (->path path))]
    [(.folder place) (.name place)]))

(defn verify [path options]
  (let [[folder name] (folder-and-name path)]
    (-> (keywords (Verification/of folder name (log-options options)))
        (update :framing keyword)
        (update :skipped (partial mapv vec))
        (update :undecodable vec))))

(defn recover! [path options]
  (let [[folder name] (folder-and-name path)
        given (:cut-at (->options options))
        cut-at (if (nil? given) -1 given)]
    (when-not (int? cut-at)
      (throw (LogException/badOption ":cut-at" cut-at "a whole number, the :offset of the error that open threw")))
    (keywords (Repair/recover folder name (log-options options [":cut-at"]) cut-at))))

(defn salvage [from to options]
  (let [[from-folder from-name] (folder-and-name from)
        [to-folder to-name] (folder-and-name to)]
    (-> (keywords (Repair/salvage from-folder from-name to-folder to-name (log-options options)))
        (update :skipped (partial mapv vec)))))

(defn compact! [path options]
  (let [[folder name] (folder-and-name path)
        moved (->moved (:moved (->options options)))]
    (keywords (Rewrite/compact folder name (log-options options [":moved"]) moved))))

(defn convert [from to options]
  (let [[from-folder from-name] (folder-and-name from)
        [to-folder to-name] (folder-and-name to)
        {:keys [moved] source :from} (->options options)]
    (when-not (or (nil? source) (map? source))
      (throw (LogException/badOption ":from" source "a map with the :framing and :offset-bits of the old file")))
    (keywords (Rewrite/convert from-folder from-name to-folder to-name
                               (log-options (merge (select-keys options [:progress :max-record-bytes]) source))
                               (log-options options [":moved" ":from"])
                               (->moved moved)))))
