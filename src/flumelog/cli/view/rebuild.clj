(ns ^:no-doc flumelog.cli.view.rebuild
  "Builds views anew from the log, in the folder where a program keeps them."
  (:require [flumelog.arguments :refer [refuse]]
            [flumelog.cli.job :as job :refer [many]]
            [flumelog.cli.opening :as opening]
            [flumelog.cli.view.definition :as definition]
            [flumelog.cli.view.folder :as folder]
            [flumelog.cli.view.kinds :as kinds]
            [flumelog.db :as db])
  (:import (flumelog.coll LogCollection)
           (flumelog.error OptionFailures)
           (java.io Closeable)))

(set! *warn-on-reflection* true)

(defn- rebuildable [{:keys [views name]}]
  (let [all (into {} (filter (comp definition/by-paths? val)) (definition/definitions (or views (refuse "--views" views "a file that describes the views"))))
        wanted (if name (select-keys all [(definition/name-of name)]) all)]
    (when (empty? wanted) (refuse "NAME" name "the name of a view by field paths"))
    (update-vals wanted kinds/view)))

(defn- check-checkpoint
  "Without a checkpoint the log has another id at each opening, and the views would fit none."
  [{:keys [log]}]
  (when-not (folder/lasting-id? log)
    (throw (OptionFailures/badArgument "LOG" log "a log with a checkpoint, which the first program leaves that opens it for writing"))))

(defn run [options]
  (let [views (rebuildable options), dir (or (folder/dir-of options) (refuse "--dir" nil "the folder of the views"))]
    (opening/reading options
      (fn [^LogCollection log]
        (check-checkpoint options)
        (job/run (fn [progress]
                   (with-open [^Closeable db (db/open (LogCollection. (.log log) (opening/codec log options)) {:dir dir :views views})]
                     (db/rebuild! db (keys views) {:progress progress})
                     (db/status db)))
                 {:done (fn [status] {:said ["rebuilt " (many (count status) "view") " from " (many (reduce max 0 (map :records (vals status))) "record")]})
                  :stopped (constantly "the views are as they were")})))))
