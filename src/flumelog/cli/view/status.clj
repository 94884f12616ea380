(ns ^:no-doc flumelog.cli.view.status
  "How far the views in a folder are, by what they have on disk. Takes no lock: a program may have the folder open."
  (:require [clojure.string :as str]
            [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.cli.view.definition :as definition]
            [flumelog.cli.view.folder :as folder]
            [flumelog.db.files :as files]
            [flumelog.db.place :as place]
            [flumelog.stats.words :as words])
  (:import (flumelog.coll LogCollection)
           (flumelog.file DiskFolder)
           (java.io IOException)
           (java.nio.file Path)))

(set! *warn-on-reflection* true)

(defn- manifest
  "The head of the view's manifest, nil when there is none, or why it can't be read."
  [^Path dir name]
  (try (:head (files/read-manifest (files/files (DiskFolder. dir) name 0)))
       (catch IOException e (or (ex-message e) "it can't be read"))))

(defn- log-since [^LogCollection log]
  (.get (.since (.log log))))

(defn- state
  "Whether the view that is on disk is one of this log, as the file of views describes it."
  [^LogCollection log {:keys [since version] :as head} definition]
  (cond
    (nil? head) :absent
    (string? head) :damaged
    (and definition (or (not= (:kind head) (:kind definition)) (not= version (:version definition 1)))) :other
    (not (folder/lasting-id? (.path (.log log)))) :unknown
    (not (place/fits? (.log log) (:place head) since)) :moved
    (= since (log-since log)) :level
    :else :behind))

(defn- status
  "Of one view, a map."
  [log ^Path dir name definition]
  (let [{:keys [kind since version records skipped-count] :as head} (when dir (manifest dir name))]
    (merge {:state (state log head definition) :kind (or kind (:kind definition)) :log (log-since log)}
           (when (map? head) {:version version :persisted since :records records :skipped skipped-count})
           (when (string? head) {:cause head}))))

;; In words

(defn- sentence [{:keys [state persisted log cause]}]
  (case state
    :level "has all records"
    :behind (str "has the records up to " (words/number persisted) "; the log goes to " (words/number log))
    :unknown "may be of this log or not: without its checkpoint the log can't tell"
    :moved "is of the log as it was before it was compacted, cut back or replaced; the next program to open it adapts it or builds it anew"
    :other "is of another kind or version than --views says; it would be built anew"
    :damaged (str "will be built anew: " cause)
    :absent "is not on disk"))

(defn- lines
  "A line for each view."
  [statuses]
  (let [column (fn [f] (let [texts (map f statuses), width (reduce max 0 (map count texts))] (map #(str % (str/join (repeat (- (long width) (count %)) " "))) texts)))
        names (column #(words/item (key %))), kinds (column #(name (:kind (val %) :unknown)))
        records (column #(if-let [n (:records (val %))] (words/counted n "record") ""))]
    (map (fn [name kind records status] (str name "  " kind "  " records "  " (sentence (val status)))) names kinds records statuses)))

;; The action

(defn- names-of [{:keys [name]} definitions dir]
  (if name [(definition/name-of name)] (distinct (concat (sort (keys definitions)) (when dir (folder/view-names dir))))))

(defn- print! [statuses {:keys [edn json]}]
  (cond
    edn (output/write-line! nil (output/edn (into {} statuses)))
    json (output/write-line! nil (output/json (into {} statuses)))
    :else (run! #(output/write-line! nil %) (lines statuses)))
  (output/flush!))

(defn run [{:keys [views] :as options}]
  (let [dir (folder/dir-of options), definitions (when views (definition/definitions views)), names (names-of options definitions dir)]
    (opening/reading options
      (fn [log]
        (let [statuses (map (fn [name] (clojure.lang.MapEntry. name (status log dir name (get definitions name)))) names)]
          (print! statuses options)
          (if (seq statuses) 0 (do (output/say "no view is known: --dir names the folder of the views, --views a file that describes them") 1)))))))
