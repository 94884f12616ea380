(ns power-loss.machine
  "A log on a machine that, to the log, seems to have been started again.

   * `folder-at`, `open`, `file-of`"
  (:require [clojure.java.io :as io]
            [flumelog.options :refer [log-options]])
  (:import (flumelog.coll LogCollection)
           (flumelog.file DiskFolder LogFolder)
           (flumelog.log OffsetLog)
           (java.io File)))

(set! *warn-on-reflection* true)

(defn folder-at
  "The folder on a machine that was started for the `boot`-th time. `identity` is for copies, which are another file."
  ^LogFolder [path boot identity]
  (let [disk (DiskFolder. (.toPath (io/file path)))]
    (reify LogFolder
      (openForReading [_ name] (.openForReading disk name))
      (openForWriting [_ name] (.openForWriting disk name))
      (openPart [_ name log] (.openPart disk name log))
      (exists [_ name] (.exists disk name))
      (rename [_ from to] (.rename disk from to))
      (delete [_ name] (.delete disk name))
      (share [_ name n] (.share disk name n))
      (identity [_ name] (or identity (.identity disk name)))
      (boot [_] boot)
      (lock [_ name file] (.lock disk name file))
      (path [_ name] (.path disk name)))))

(defn open
  ^LogCollection [{:keys [folder boot identity options]} more]
  (let [options (log-options (merge {:codec :bytes} options more))]
    (LogCollection. (OffsetLog/open (folder-at folder boot identity) "a.log" options) (.codec options))))

(defn file-of ^File [said]
  (io/file (:folder said) "a.log"))
