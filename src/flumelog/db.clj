(ns flumelog.db
  "Views over a log: state that is derived from its records, kept up to date, and kept on disk. The kinds of views, and what
   they can be asked, are in `flumelog.view`. A db works over any log.

   * `open`, `add!`, `close`; `(:name db)` is a view
   * `read`: several views as they were at one moment; `await`: waits until views have what the log has
   * `status`: how far each view is
   * `rebuild!`, `pause!`, `resume!`

   Views follow the log with threads of their own, and a reader that is ahead of them takes the step itself. Each record is
   decoded once for all views.

     (with-open [log (log/open \"a.log\")
                 db  (db/open log {:dir \"views\" :views {:total (view/reduce {:init 0 :step (fn [acc _ m] (+ acc (:n m)))})}})]
       (log/append! log {:n 1})
       @(:total db))   ;=> 1"
  (:refer-clojure :exclude [await read])
  (:require [flumelog.arguments :refer [->log refuse]]
            [flumelog.db.following-handle :refer [->ViewHandle]]
            [flumelog.db.handle :as handle]
            [flumelog.db.operating :as operating]
            [flumelog.db.reading :as reading]
            [flumelog.db.status :as status]
            [flumelog.view.options :as options])
  (:import (clojure.lang ILookup)
           (java.io Closeable Writer)))

(set! *warn-on-reflection* true)

(deftype Db [engine]
  ILookup
  (valAt [this name] (.valAt this name nil))
  (valAt [_ name not-found]
    (if-let [view (get @(:views engine) name)]
      (->ViewHandle engine name (:kind view))
      not-found))
  Closeable
  (close [_] (operating/close! engine))
  Object
  (toString [_] (str "#flumelog/Db[" (pr-str (:path engine)) " " (pr-str (vec (keys @(:views engine)))) "]")))

(alter-meta! #'->Db assoc :private true)

(.addMethod ^clojure.lang.MultiFn print-method Db (fn [db ^Writer w] (.write w (str db))))

(defn- engine-of [db]
  (if (instance? Db db) (.engine ^Db db) (refuse "db" db "a db, which flumelog.db/open returns")))

(defn- names-of
  "The names that are given: one, several, or all when nil."
  [engine names]
  (let [names (cond (nil? names) (vec (keys @(:views engine))), (keyword? names) [names], (coll? names) (vec names)
                    :else (refuse "views" names "a name of a view, or a collection of names"))]
    (run! #(reading/check-name engine %) names)
    names))

(defn open
  "A db over `log`, with views by name; a map of options:

   * `:views`: `{name view}`; names are keywords; see `flumelog.view` for views
   * `:dir`: the folder where views are kept; it is created. Without it, views are in memory only. One db at a time uses it
   * `:map`: a function of each value, of which views and readings of views get the result. Views with field paths can't be
     combined with it

   Returns immediately; views catch up meanwhile, and readings wait for them. Close the db before the log.

   A view on disk goes on from where it was. It is built anew when its `:version` is another, when the log has other records
   than it had (it was cut back, compacted, replaced), or when the files are damaged; a line in the log of the program says so.

   Throws `:locked` when another db has the folder, `:bad-option`.

     (with-open [db (db/open log {:views {:count (view/reduce {:init 0 :step (fn [n _ _] (inc n))})}})]
       @(:count db))   ;=> 3"
  [log options]
  (let [{:keys [dir views] mapper :map} (options/check-keys [:dir :views :map] options)]
    (Db. (operating/open (->log log) dir (operating/check-views views mapper) mapper))))

(defn add!
  "Adds a view to the db. Returns it, as `(name db)` does afterwards. Throws `:bad-option` when there is a view of that
   name, `:closed`.

     @(db/add! db :greatest (view/reduce {:init 0 :step (fn [acc _ m] (max acc (:n m)))}))   ;=> 3"
  [db name view]
  (let [engine (engine-of db)]
    (operating/add! engine name view)
    (get db name)))

(defn close
  "Closes the db: syncs the log if it is open for writing, writes the views to disk and ends the db's threads. If the log came
   without its checkpoint, closing may take a second more: its records are counted, so that the next db opens faster. The log stays
   open. Later calls throw `:closed`; closing again does nothing. `.close` and `with-open` do the same.

     (do (db/close db) (try @(:total db) (catch Exception e (:flumelog/error (ex-data e)))))   ;=> :closed"
  [db]
  (operating/close! (engine-of db)))

(defn read
  "Calls f with a map of the named views as they are at one moment: all have the same records of the log, and stay as they
   are. Returns what f returns. The options `:await` and `:timeout-ms` are as in `flumelog.view`.
   Throws `:view-failed`, `:timeout`, `:closed`, `:bad-option`.

     (db/read db [:total :count] (fn [{:keys [total count]}] (/ @total @count)))   ;=> 2"
  ([db names f] (read db names nil f))
  ([db names options f]
   (let [engine (engine-of db), names (names-of engine names)
         options (options/check-keys handle/await-options options)
         entries (reading/entries engine names (reading/wanted engine options))]
     (f (into {} (map (fn [name] [name (handle/->PinnedHandle (get db name) (:answer (entries name)))])) names)))))

(defn await
  "Waits until the views, by default all, have what the log has now; or as `:await` and `:timeout-ms` say, as in
   `flumelog.view`. `:progress` is a function that is called meanwhile with `{:phase :catching-up :done n :total n
   :unit :offsets :per-second n :remaining-seconds n}`; `:done` never goes back, and is `:total` at the end. When it throws,
   waiting ends with what it threw; the views go on. Returns the offset up to which the views have all records.
   Throws `:view-failed`, `:timeout`, `:closed`, `:bad-option`.

     (db/await db)   ;=> 44"
  ([db] (await db nil nil))
  ([db names] (if (map? names) (await db nil names) (await db names nil)))
  ([db names options]
   (let [engine (engine-of db), names (names-of engine names)
         options (options/check-keys (conj handle/await-options :progress) options)]
     (operating/await-views engine names options))))

(defn status
  "How far each view is, by name, as a map of

   * `:state`: `:ready`; `:catching-up`; `:rebuilding`, beside the one that answers; `:paused`; `:failed`
   * `:since`, the offset up to which it has passed the log; `:log`, that of the log; `:persisted`, that of what is on disk
   * `:records`, how many records are present up to there
   * `:per-second` records, and `:remaining-seconds`, both 0 when it has nothing to do; the latter nil when it is not known
   * `:skipped`, how many records were skipped, and `:skipped-records`, `{offset message}` of at most 100 of them
   * `:version`; of a view that has failed `:offset` and `:cause`; and `:persist-error`, a sentence, when it can't be written

     (do (db/await db) (select-keys (:total (db/status db)) [:state :since :records]))   ;=> {:state :ready, :since 44, :records 3}"
  [db]
  (status/status (engine-of db)))

(defn rebuild!
  "Builds the views anew from the log, by default all of them, and returns the db when that is done. Meanwhile the present
   views go on and answer. The option `:progress` is as for `await`, with the phase `:rebuilding`; when it throws, the
   rebuild is given up, the present views stay, and what it threw is thrown. Throws `:view-failed`, `:closed`,
   `:bad-option`.

     (select-keys (:total (db/status (db/rebuild! db :total))) [:state :records])   ;=> {:state :ready, :records 3}"
  ([db] (rebuild! db nil nil))
  ([db names] (if (map? names) (rebuild! db nil names) (rebuild! db names nil)))
  ([db names options]
   (let [engine (engine-of db), names (names-of engine names)]
     (operating/rebuild! engine names (options/check-keys [:progress] options))
     db)))

(defn pause!
  "Stops the views, by default all, where they are. Readings wait until `resume!`, except those with `:await :none` or of a
   record that the view has. A deleted record still leaves the view. Returns the db.

     (:state (:total (db/status (db/pause! db :total))))   ;=> :paused"
  ([db] (pause! db nil))
  ([db names]
   (let [engine (engine-of db)]
     (operating/pause! engine (names-of engine names) true)
     db)))

(defn resume!
  "Has paused views go on. A view that has failed tries the record again. Returns the db.

     (do (db/resume! db) @(:total db))   ;=> 6"
  ([db] (resume! db nil))
  ([db names]
   (let [engine (engine-of db)]
     (operating/pause! engine (names-of engine names) false)
     db)))
