(ns ^:no-doc flumelog.cli.bench
  "The verb bench: what this disk and this machine do with a log. Each step is measured in many short rounds; the median says what to
   expect, the middle half of the rounds how far that can be relied on."
  (:require [flumelog.arguments :refer [refuse]]
            [flumelog.cli.bench.steps :as steps]
            [flumelog.cli.bench.text :as text]
            [flumelog.cli.job :as job]
            [flumelog.cli.output :as output]
            [flumelog.options :refer [->path]])
  (:import (java.io File)
           (java.lang ProcessHandle)
           (java.nio.file Files LinkOption Path)
           (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(defn- delete-all! [^File folder]
  (run! delete-all! (.listFiles folder))
  (.delete folder))

(defn- with-new-folder
  "Calls f with a new folder in the folder, and deletes it."
  [^Path folder f]
  (let [made (Files/createTempDirectory folder (str "flumelog-bench-" (.pid (ProcessHandle/current)) "-") (make-array FileAttribute 0))]
    (try (f (.toFile made))
         (finally (delete-all! (.toFile made))))))

(defn- folder-of ^Path [folder]
  (let [path (->path folder)]
    (when-not (Files/isDirectory path (make-array LinkOption 0)) (refuse "FOLDER" folder "a folder that exists"))
    path))

(defn- checked [option n least most]
  (if (<= (long least) (long n) (long most)) n (refuse option n (str "from " least " to " most))))

(defn- print! [{:keys [edn json]} measured]
  (cond
    edn (output/write-line! nil (output/edn measured))
    json (output/write-line! nil (output/json measured))
    :else (run! #(output/write-line! nil %) (text/lines measured)))
  (output/flush!))

(defn run [{:keys [folder seconds bytes] :as options}]
  (let [path (folder-of folder), seconds (checked "--seconds" (or seconds 20) 1 3600), bytes (checked "--bytes" (or bytes 200) 8 1048576)]
    (job/run (fn [progress]
               (with-new-folder path
                 #(steps/measure {:folder % :seconds seconds :bytes bytes :progress progress})))
             {:done (fn [measured]
                      (print! options (merge {:folder (str path)} (text/file-system path) measured))
                      {:said ["measured in " folder ", where nothing is left"]})
              :stopped (constantly (str "nothing is left in " folder))})))
