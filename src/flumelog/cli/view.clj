(ns ^:no-doc flumelog.cli.view
  "The verb view: asks the views of a log, which `--views` describes by field paths."
  (:require [clojure.edn :as edn]
            [flumelog.arguments :refer [refuse]]
            [flumelog.cli.job :as job :refer [many]]
            [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.cli.records :as records]
            [flumelog.cli.view.definition :as definition]
            [flumelog.cli.view.folder :as folder]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.options :refer [->path]]
            [flumelog.view :as view])
  (:import (flumelog.coll LogCollection)
           (flumelog.error OptionFailures)
           (java.io Closeable)
           (java.nio.file Files LinkOption Path)))

(set! *warn-on-reflection* true)

;; What was given

(defn- dir-of ^Path [{:keys [dir]}]
  (when dir
    (let [path (->path dir)]
      (when-not (Files/isDirectory path (make-array LinkOption 0)) (refuse "--dir" dir "the folder of the views, which exists"))
      path)))

(defn- name-of [text]
  (keyword (if (.startsWith ^String text ":") (subs text 1) text)))

(defn- data-of [what text]
  (when-not text (refuse what text "given as EDN, such as '\"alice\"' or '[:= :type \"post\"]'"))
  (try (edn/read-string text)
       (catch RuntimeException e (refuse what text (str "EDN (" (ex-message e) ")")))))

(defn- definition-of
  "The definition of the view that was named, if the verb can build it."
  [{:keys [name views]} kind]
  (let [all (if views (definition/definitions views) (refuse "--views" views "a file that describes the view"))
        named (name-of (or name (refuse "NAME" name "the name of a view"))), definition (all named)]
    (cond
      (nil? definition) (refuse "NAME" name (str "the name of a view in " views ", which has " (pr-str (vec (keys all)))))
      (not= kind (:kind definition)) (refuse "NAME" name (str "the name of a view of the kind " kind))
      (not (definition/by-paths? definition)) (refuse "NAME" name (str "a view by field paths; of others there is only the status"))
      :else [named definition])))

;; Answers. They come from the files of the views and from what the log has since, and are kept in a folder of this process alone.

(defn- with-view
  "Calls f with the view, when it has all records."
  [log {:keys [dir] :as options} [name definition] progress f]
  (folder/with-temp-folder
    (fn [own]
      (let [decoding (LogCollection. (.log ^LogCollection log) (:codec options))]
        (with-open [^Closeable db (db/open decoding {:dir (folder/beside (dir-of options) own), :views {name (definition/view definition)}})]
          (db/await db [name] {:progress progress})
          (f (get db name)))))))

(defn- print-records! [log offsets options]
  (records/print-all log (eduction (map (fn [offset] [offset (get log offset)])) (filter (comp some? second)) offsets)
                     (dissoc options :limit)))

(defn- print-count! [n]
  (output/write-line! nil (str n))
  (output/flush!)
  (if (zero? (long n)) 1 0))

(defn- ask
  "Prints what the question finds in the view."
  [log {:keys [limit reverse count] :as options} view what question progress]
  (with-view log options view progress
    #(if count
       (print-count! (view/count % what))
       (print-records! log (question % what (cond-> {:as :offsets} limit (assoc :limit limit) (some? reverse) (assoc :reverse reverse))) options))))

(defn- hint [code what]
  (when (and (= 1 code) (symbol? what))
    (output/say "nothing is under the symbol " what "; a text is in quotes: '" (pr-str (str what)) "'")))

(defn- answer [options kind what question]
  (let [view (definition-of options kind), what (data-of (if (= :index kind) "KEY" "QUERY") what)]
    (opening/reading options
      (fn [log]
        (let [options (assoc options :codec (opening/codec log options))]
          (job/run #(ask log options view what question %)
                   {:done (fn [code]
                            (hint code what)
                            {:exit code})
                    :stopped (constantly "the views and the log are as they were")}))))))

(defn- lookup [options]
  (answer options :index (:what options) view/lookup))

(defn- query
  "A bitmap has the newest first, which --reverse turns round."
  [options]
  (answer (cond-> options (:reverse options) (assoc :reverse false)) :bitmap (:what options) view/query))

;; Status and rebuild

(defn- status [{:keys [views name edn json] :as options}]
  (let [dir (dir-of options), definitions (when views (definition/definitions views))
        names (if name [(name-of name)] (distinct (concat (sort (keys definitions)) (when dir (folder/view-names dir)))))
        of (requiring-resolve 'flumelog.cli.view.status/status), lines (requiring-resolve 'flumelog.cli.view.status/lines)]
    (opening/reading options
      (fn [log]
        (let [statuses (map (fn [name] (clojure.lang.MapEntry. name (of log dir name (get definitions name)))) names)]
          (cond
            edn (output/write-line! nil (output/edn (into {} statuses)))
            json (output/write-line! nil (output/json (into {} statuses)))
            :else (run! #(output/write-line! nil %) (lines statuses)))
          (output/flush!)
          (if (seq statuses) 0 (do (output/say "no view is known: --dir names the folder of the views, --views a file that describes them") 1)))))))

(defn- rebuildable [{:keys [views name]}]
  (let [all (into {} (filter (comp definition/by-paths? val)) (definition/definitions (or views (refuse "--views" views "a file that describes the views"))))
        wanted (if name (select-keys all [(name-of name)]) all)]
    (when (empty? wanted) (refuse "NAME" name "the name of a view by field paths"))
    (update-vals wanted definition/view)))

(defn- check-checkpoint
  "Without a checkpoint the log has another id at each opening, and the views would fit none."
  [{:keys [log]}]
  (when-not (folder/checkpoint? log)
    (throw (OptionFailures/badArgument "LOG" log "a log with a checkpoint, which the first program leaves that opens it for writing"))))

(defn- rebuild [options]
  (let [views (rebuildable options), dir (or (dir-of options) (refuse "--dir" nil "the folder of the views"))]
    (opening/reading options
      (fn [^LogCollection log]
        (check-checkpoint options)
        (job/run (fn [progress]
                   (with-open [^Closeable db (db/open (LogCollection. (.log log) (opening/codec log options)) {:dir dir :views views})]
                     (db/rebuild! db (keys views) {:progress progress})
                     (db/status db)))
                 {:done (fn [status] {:said ["rebuilt " (many (count status) "view") " from " (many (reduce max 0 (map :records (vals status))) "record")]})
                  :stopped (constantly "the views are as they were")})))))

(def ^:private actions
  {"status" status, "rebuild" rebuild, "lookup" lookup, "query" query})

(defn run [{:keys [action] :as options}]
  ((actions action) options))
