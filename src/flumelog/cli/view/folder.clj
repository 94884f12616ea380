(ns ^:no-doc flumelog.cli.view.folder
  "A folder of views that is read while a program may have it open.

   * `dir-of`: the folder that was given
   * `beside`: a folder that shows the files of another one, and writes only to its own
   * `view-names`: the views that are kept in a folder; `lasting-id?`: whether a log keeps its id
   * `with-temp-folder`"
  (:require [clojure.string :as str]
            [flumelog.arguments :refer [refuse]]
            [flumelog.cli.job :as job]
            [flumelog.options :refer [->path]])
  (:import (flumelog.cli EndOfProcess Topics)
           (flumelog.file DiskFolder LogFolder LogPath)
           (java.io File)
           (java.nio.file Files LinkOption Path)
           (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(defn dir-of
  "The folder that `--dir` names; nil without it."
  ^Path [{:keys [dir]}]
  (when dir
    (let [path (->path dir)]
      (when-not (Files/isDirectory path (make-array LinkOption 0)) (refuse "--dir" dir "the folder of the views, which exists"))
      path)))

(defn beside
  "A folder that shows the files of `dir`. What is written, renamed and locked is in `own`. What is deleted is not shown any more.
   A nil `dir` has no files."
  ^LogFolder [^Path dir ^Path own]
  (let [shown (when dir (DiskFolder. dir)), own (DiskFolder. own), gone (atom #{})
        shows? (fn [^String name] (and shown (not (@gone name)) (.exists shown name)))]
    (reify LogFolder
      (openForReading [_ name] (.openForReading (if (and (not (.exists own name)) (shows? name)) shown own) name))
      (openForWriting [_ name] (.openForWriting own name))
      (exists [_ name] (boolean (or (.exists own name) (shows? name))))
      (rename [_ from to] (.rename own from to))
      (delete [_ name]
        (swap! gone conj name)
        (when (.exists own name) (.delete own name)))
      (boot [_] (.boot own))
      (lock [_ name file] (.lock own name file))
      (path [_ name] (.path own name)))))

;; Names of files

(defn- unescaped
  "The name of a view from that of its file: see flumelog.db.files."
  [^String name]
  (java.net.URLDecoder/decode (str/replace name "+" "%2b") "UTF-8"))

(defn view-names
  "The names of the views that are kept in the folder, as keywords."
  [^Path dir]
  (sort (for [^File file (.listFiles (.toFile dir)) :let [[_ name] (re-matches #"(.+)\.view" (.getName file))] :when name]
          (keyword (unescaped name)))))

(defn lasting-id?
  "Whether the log has the same id each time it is opened for reading: that in a topic, and in a file with a checkpoint."
  [log]
  (or (Topics/isOne log)
      (let [path (LogPath/of (->path log))]
        (.exists (.folder path) (.checkpoint path)))))

;; A folder of our own

(defn- delete-all! [^File folder]
  (run! delete-all! (.listFiles folder))
  (.delete folder))

(defn with-temp-folder
  "Calls f, which is a job or a part of one, with the path of a new folder. It is deleted afterwards, and when the process is interrupted."
  [f]
  (let [folder (Files/createTempDirectory "flumelog-view" (make-array FileAttribute 0))
        delete! #(delete-all! (.toFile folder)), hook (Thread. ^Runnable delete!)]
    (try (if (EndOfProcess/add hook) (f folder) (throw (job/stop)))
         (finally
           (delete!)
           (EndOfProcess/remove hook)))))
