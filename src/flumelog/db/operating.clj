(ns ^:no-doc flumelog.db.operating
  "What an operator does with a db: opening and closing it, adding a view, rebuilding, pausing, waiting with progress."
  (:require [flumelog.arguments :refer [refuse]]
            [flumelog.db.build :as build]
            [flumelog.db.deletions :as deletions]
            [flumelog.db.engine :as engine :refer [with-turn]]
            [flumelog.db.files :as files]
            [flumelog.db.kind :as kind]
            [flumelog.db.persist :as persist]
            [flumelog.db.reading :as reading]
            [flumelog.db.status :as status]
            [flumelog.db.worker :as worker]
            [flumelog.options :refer [->path]])
  (:import (flumelog.codec Codec)
           (flumelog.coll LogCollection)
           (flumelog.error OptionFailures ViewFailures)
           (flumelog.file DiskFolder LogFolder)
           (flumelog.log Log Since Since$Registration Since$Watch)
           (java.io Closeable)
           (java.util.concurrent TimeUnit)
           (java.util.concurrent.atomic AtomicBoolean)
           (java.util.concurrent.locks Condition ReentrantLock)))

(set! *warn-on-reflection* true)

;; Checking

(defn- check-view [name view mapper]
  (when-not (keyword? name)
    (throw (OptionFailures/badOption ":views" name "a map of views by name, and each name a keyword")))
  (when-not (satisfies? kind/Kind view)
    (throw (OptionFailures/badOption ":views" view (str "a map of views, which the functions of flumelog.view make; " name " is none"))))
  (when (and mapper (seq (:paths (kind/traits view))))
    (throw (OptionFailures/badOption ":map" mapper (str "absent, since view " name " reads fields by their paths from the record itself; "
                                                        "give that view functions in place of paths")))))

(defn check-views
  "The views by name, if they are views."
  [views mapper]
  (when-not (or (nil? views) (map? views))
    (throw (OptionFailures/badOption ":views" views "a map of views by name")))
  (when-not (or (nil? mapper) (ifn? mapper))
    (throw (OptionFailures/badOption ":map" mapper "a function of a value")))
  (run! (fn [[name view]] (check-view name view mapper)) views)
  views)

;; Opening and closing

(defn- folder-of ^LogFolder [dir]
  (cond
    (nil? dir) nil
    (instance? LogFolder dir) dir
    :else (DiskFolder. (->path dir))))

(defn- mapped-log
  "The log with `mapper` after its codec."
  [^LogCollection log mapper]
  (if (nil? mapper)
    log
    (let [^Codec codec (.codec log)]
      (LogCollection. (.log log) (reify Codec
                                   (encode [_ value] (.encode codec value))
                                   (decode [_ data] (mapper (.decode codec data)))
                                   (codecName [_] (.codecName codec)))))))

(defn- register! [engine view]
  (engine/hide-what-is-deleted! engine (:current view) #(swap! (:views engine) assoc (:name view) view)))

(defn- follow!
  "Has the log wake the worker when records come or go."
  [{:keys [^Log raw] :as engine}]
  (let [^Since$Registration moves (.watch (.since raw) (reify Since$Watch (moved [_ _ _] (worker/wake! engine))))
        ^Since$Registration end (.whenClosed (.since raw) #(worker/wake! engine))
        deletions (.watchDeletions raw (deletions/watch engine #(worker/wake! engine)))]
    (fn []
      (.run ^Runnable deletions)
      (.close moves)
      (.close end))))

(defn open
  "The engine of a db."
  [log dir views mapper]
  (let [folder (folder-of dir), lock (when folder (files/lock folder))]
    (try
      (let [engine (worker/prepared (assoc (engine/engine (mapped-log log mapper) folder) :lock lock :mapper mapper))
            unfollow (follow! engine)]
        (doseq [[name kind] views] (register! engine (persist/restored engine name kind)))
        (with-turn engine (engine/publish! engine))
        (worker/start! engine)
        (assoc engine :unfollow unfollow))
      (catch Throwable e
        (some-> ^Closeable lock .close)
        (throw e)))))

(defn- final-write! [{:keys [^Log raw] :as engine}]
  (when-not (.isClosed raw)
    (when (.writable raw) (.sync raw))
    (with-turn engine (deletions/drain! engine))
    (run! #(persist/write! engine %) (with-turn engine (persist/freeze-due! engine true)))))

(defn- close-states! [{:keys [views] :as engine}]
  (persist/close-retired! engine true)
  (doseq [view (vals @views), build [(:current view) (:next view)] :when build]
    (try (kind/close! (:state build)) (catch Exception _ nil))))

(defn close! [{:keys [^AtomicBoolean closing lock unfollow] :as engine}]
  (when (.compareAndSet closing false true)
    (try
      (unfollow)
      (worker/stop! engine)
      (final-write! engine)
      (finally
        (with-turn engine (engine/publish! engine))
        (close-states! engine)
        (some-> ^Closeable lock .close)))))

(defn- check-open [{:keys [closed path]}]
  (when @closed (throw (ViewFailures/closed path))))

(defn add! [{:keys [mapper] :as engine} name kind]
  (check-view name kind mapper)
  (check-open engine)
  (with-turn engine
    (when (contains? @(:views engine) name) (refuse "name" name "that of no other view of the db"))
    (register! engine (persist/restored engine name kind))
    (engine/publish! engine))
  (worker/wake! engine))

;; Pausing

(defn- paused [view pause?]
  (when-not pause?
    (doseq [build [(:current view) (:next view)] :when (and build (not (:for-good (build/failure build))))]
      (swap! (:progress build) dissoc :failure)))
  (assoc view :paused pause?))

(defn pause! [engine names pause?]
  (check-open engine)
  (with-turn engine
    (run! #(engine/change! engine % paused pause?) names)
    (engine/publish! engine))
  (worker/wake! engine))

;; Waiting with progress

(def ^:private ^:const longest-wait-ms 100)

(defn- wait-for-move
  "A function of a view may have the turn for long."
  [{:keys [^ReentrantLock turn ^Condition moved]}]
  (when (.tryLock turn (long longest-wait-ms) TimeUnit/MILLISECONDS)
    (try (.await moved (long longest-wait-ms) TimeUnit/MILLISECONDS) (finally (.unlock turn)))))

(defn- lowest-since [engine names]
  (reduce min (map #(build/since (:current (get @(:views engine) %))) names)))

(defn- since-of [entries]
  (:since (first (vals entries)) -1))

(defn await-views [engine names {:keys [progress] :as options}]
  (let [wanted (reading/wanted engine options)]
    (if (and progress (seq names))
      (let [tell (status/progress engine :catching-up (or (:since wanted) -1))]
        (loop []
          (let [ready (reading/ready-or-late engine names wanted)]
            (progress (tell (when-not ready (lowest-since engine names))))
            (if ready
              (since-of ready)
              (do (wait-for-move engine) (recur))))))
      (since-of (reading/entries engine names wanted)))))

;; Rebuilding

(defn- next-of [engine name] (:next (get @(:views engine) name)))

(defn- begin-asked! [engine name]
  (engine/change! engine name assoc :asked true)
  (engine/begin-anew! engine name))

(defn- begin! [engine names]
  (with-turn engine
    (deletions/drain! engine)
    (let [begun (into {} (map (fn [name] [name (begin-asked! engine name)])) names)]
      (engine/publish! engine)
      begun)))

(defn- give-up!
  "Drops the buildings that were begun, or were begun in their place, unless the view has no other."
  [engine begun]
  (with-turn engine
    (doseq [[name {:keys [generation]}] begun :let [{:keys [next stale]} (get @(:views engine) name)]]
      (engine/change! engine name assoc :asked false)
      (when (and next (not stale) (<= (long generation) (long (:generation next))))
        (engine/change! engine name assoc :next nil)
        (engine/discard! engine name next)))
    (engine/publish! engine)))

(defn- rebuilt?
  "Whether the view answers from this building, or from one that was begun in its place."
  [engine name {:keys [generation]}]
  (<= (long generation) (long (:generation (:current (get @(:views engine) name))))))

(defn- check-failed [{:keys [path] :as engine} begun]
  (doseq [name (keys begun) :let [{:keys [offset cause]} (some-> (next-of engine name) build/failure)] :when cause]
    (throw (ViewFailures/viewFailed path (str name) (long offset) cause))))

(defn- await-rebuilt [engine begun progress]
  (loop [left begun]
    (check-open engine)
    (reading/check-going engine)
    (check-failed engine left)
    (let [left (into {} (remove (fn [[name build]] (rebuilt? engine name build))) left)]
      (if (empty? left)
        (progress nil)
        (do (progress (reduce min (map build/since (vals left))))
            (wait-for-move engine)
            (recur left))))))

(defn rebuild! [engine names {:keys [progress]}]
  (check-open engine)
  (let [tell (status/progress engine :rebuilding (engine/log-since engine))
        begun (begin! engine names)]
    (try
      (worker/wake! engine)
      (await-rebuilt engine begun (if progress #(progress (tell %)) (constantly nil)))
      (catch Throwable e
        (give-up! engine begun)
        (throw e)))))
