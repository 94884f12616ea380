(ns ^:no-doc flumelog.cli.stats
  "The verb stats: what is in a log, in numbers, as data, or as a page with pictures."
  (:require [clojure.edn :as edn]
            [clojure.string :as str]
            [flumelog.arguments :refer [refuse]]
            [flumelog.cli.job :as job]
            [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.options :refer [->path]]
            [flumelog.stats :as stats])
  (:import (flumelog.coll LogCollection)
           (java.nio.file CopyOption Files LinkOption OpenOption Path StandardCopyOption)))

(set! *warn-on-reflection* true)

;; What to count

(defn- path-of [option text]
  (when text
    (try (edn/read-string text)
         (catch RuntimeException e (refuse option text (str "a field path in EDN, such as [:value :timestamp] (" (ex-message e) ")"))))))

(defn- count-all
  "Of the log, which is open with records as bytes."
  [^LogCollection log {:keys [time type sample] :as options} progress]
  (stats/stats (LogCollection. (.log log) (opening/codec log options))
               (cond-> {:progress progress}
                 time (assoc :time (path-of "--time" time))
                 type (assoc :type (path-of "--type" type))
                 sample (assoc :sample sample))))

;; The page

(def ^:private ^"[Ljava.nio.file.LinkOption;" follow (make-array LinkOption 0))

(def ^:private first-words "<!doctype html>")

(defn- page? [^Path file]
  (with-open [in (Files/newInputStream file (make-array OpenOption 0))]
    (str/starts-with? (String. (.readNBytes in (count first-words)) "UTF-8") first-words)))

(defn- check-file
  "Only an earlier page may be replaced."
  [^Path file]
  (when (and (Files/exists file follow) (not (and (Files/isRegularFile file follow) (page? file))))
    (refuse "--html" (str file) "a path where no file is yet, or an earlier page, which is replaced")))

(defn- write-page! [^Path file ^String html]
  (let [part (.resolveSibling file (str (.getFileName file) ".part"))]
    (try
      (Files/writeString part html (make-array OpenOption 0))
      (Files/move part file (into-array CopyOption [StandardCopyOption/REPLACE_EXISTING StandardCopyOption/ATOMIC_MOVE]))
      (finally (Files/deleteIfExists part)))))

(defn- page [stats]
  ((requiring-resolve 'flumelog.stats.page/page) stats))

;; What to print

(defn- print-text! [stats]
  (run! #(output/write-line! nil %) ((requiring-resolve 'flumelog.stats.text/lines) stats)))

(defn- print! [stats {:keys [html edn json]}]
  (cond
    html (write-page! (->path html) (page stats))
    edn (output/write-line! nil (output/edn stats))
    json (output/write-line! nil (output/json stats))
    :else (print-text! stats))
  (output/flush!))

(defn- exit-code
  "Damage at the end of the file was told by then."
  [{:keys [tail]}]
  (if (= :corrupt (:state tail)) 4 0))

(defn run [{:keys [html] :as options}]
  (some-> html ->path check-file)
  (opening/reading options
    (fn [log]
      (job/run #(count-all log options %)
               {:done (fn [stats]
                        (print! stats options)
                        {:said (when html ["wrote " html]), :exit (exit-code stats)})
                :stopped (constantly "nothing was counted, and nothing was changed")}))))
