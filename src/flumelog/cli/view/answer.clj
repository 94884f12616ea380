(ns ^:no-doc flumelog.cli.view.answer
  "What a view has for a question. Answers come from the files of the views and from what the log has since, and are kept in
   memory, or in a folder of this process alone."
  (:require [clojure.edn :as edn]
            [flumelog.arguments :refer [refuse]]
            [flumelog.cli.job :as job]
            [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.cli.records :as records]
            [flumelog.cli.view.definition :as definition]
            [flumelog.cli.view.folder :as folder]
            [flumelog.cli.view.kinds :as kinds]
            [flumelog.db.once :as once]
            [flumelog.facts :as facts])
  (:import (flumelog.coll LogCollection)
           (java.io Closeable)))

(set! *warn-on-reflection* true)

;; What was given

(defn- data-of [what text]
  (when-not text (refuse what text "given as EDN, such as '\"alice\"' or '[:= :type \"post\"]'"))
  (try (edn/read-string text)
       (catch RuntimeException e (refuse what text (str "EDN (" (ex-message e) ")")))))

(defn- definition-of
  "The definition of the view that was named, if the verb can build it."
  [{:keys [name views]} kind]
  (let [all (if views (definition/definitions views) (refuse "--views" views "a file that describes the view"))
        named (definition/name-of (or name (refuse "NAME" name "the name of a view"))), definition (all named)]
    (cond
      (nil? definition) (refuse "NAME" name (str "the name of a view in " views ", which has " (pr-str (vec (keys all)))))
      (not= kind (:kind definition)) (refuse "NAME" name (str "the name of a view of the kind " kind))
      (not (definition/by-paths? definition)) (refuse "NAME" name (str "a view by field paths; of others there is only the status"))
      :else [named definition])))

;; The view

(def ^:private ^:const most-in-memory "Bytes of a log whose views need no folder." (* 64 1024 1024))

(defn- with-folder
  "Calls f with a view that is kept in a folder, when it has all records."
  [log dir [name definition] progress f]
  (folder/with-temp-folder
    (fn [own]
      (let [open (requiring-resolve 'flumelog.db/open), await (requiring-resolve 'flumelog.db/await)]
        (with-open [^Closeable db (open log {:dir (folder/beside dir own), :views {name (kinds/view definition)}})]
          (await db [name] {:progress progress})
          (f (get db name)))))))

(defn- with-view
  "Calls f with the view, when it has all records."
  [^LogCollection log options [name definition :as named] progress f]
  (let [decoding (LogCollection. (.log log) (:codec options)), dir (folder/dir-of options)]
    (if (or dir (< (long most-in-memory) (long (:end (facts/info (.log log)) Long/MAX_VALUE))))
      (with-folder decoding dir named progress f)
      (f (once/view decoding name (kinds/view definition) (job/teller progress :catching-up :offsets))))))

;; The answer

(defn- print-records! [log offsets options]
  (records/print-all log (eduction (map (fn [offset] [offset (get log offset)])) (filter (comp some? second)) offsets)
                     (dissoc options :limit)))

(defn- print-count! [n]
  (output/write-line! nil (str n))
  (output/flush!)
  (if (zero? (long n)) 1 0))

(defn- ask
  "Prints what is found in the view, which is of the kind."
  [log {:keys [limit reverse count] :as options} kind view what progress]
  (with-view log options view progress
    #(if count
       (print-count! ((kinds/function kind :count) % what nil))
       (print-records! log ((kinds/function kind :ask) % what (cond-> {:as :offsets} limit (assoc :limit limit) (some? reverse) (assoc :reverse reverse))) options))))

(defn- hint [code what]
  (when (and (= 1 code) (symbol? what))
    (output/say "nothing is under the symbol " what "; a text is in quotes: '" (pr-str (str what)) "'")))

(defn- answer [options kind what]
  (let [view (definition-of options kind), what (data-of (if (= :index kind) "KEY" "QUERY") what)]
    (opening/reading options
      (fn [log]
        (let [options (assoc options :codec (opening/codec log options))]
          (job/run #(ask log options kind view what %)
                   {:done (fn [code]
                            (hint code what)
                            {:exit code})
                    :stopped (constantly "the views and the log are as they were")}))))))

(defn lookup [options]
  (answer options :index (:what options)))

(defn query
  "A bitmap has the newest first, which --reverse turns round."
  [options]
  (answer (cond-> options (:reverse options) (assoc :reverse false)) :bitmap (:what options)))
