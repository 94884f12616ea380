(ns ^:no-doc flumelog.db.engine
  "The parts of a db that change, and the step by which views follow the log.

   The engine is a map of objects. `:views` is an atom of views by name. A view is a map with:
   * `:current`, the building that answers, and `:next`, the one that is built beside it, else nil
   * `:asked`, whether a caller waits for the next one; `:paused`; and `:stale`, whether the current one may not answer any more
   * `:unchecked`, while it is not known whether records were deleted when no db was open. It says how that is found out: `:by-count`,
     `:by-sum`, or `:moved` if the log was also compacted
   `:published` has what readers see, for all views at one moment.
   `:turn` is the lock under which views change; `:moved` is its condition, which is signalled after each change.

   * `engine`, `with-turn`, `change!`
   * `plan`, `apply!`: one step; `step!`: all of it, in the turn
   * `begin-anew!`, `exchange!`: a rebuild"
  (:require [flumelog.db.batch :as batch]
            [flumelog.db.build :as build]
            [flumelog.db.files :as files]
            [flumelog.db.kind :as kind]
            [flumelog.db.place :as place])
  (:import (flumelog.coll LogCollection)
           (flumelog.error Diagnostics LogException LogException$Kind)
           (flumelog.log Log)
           (java.lang System$Logger$Level)
           (java.util HashSet Set)
           (java.util.concurrent ConcurrentHashMap ConcurrentLinkedQueue ForkJoinPool)
           (java.util.concurrent.atomic AtomicBoolean AtomicInteger AtomicLong)
           (java.util.concurrent.locks Condition ReentrantLock)))

(set! *warn-on-reflection* true)

(defn engine
  "An engine without views. `folder` is where files are kept, or nil."
  [^LogCollection log folder]
  (let [turn (ReentrantLock.), ^Log raw (.log log)]
    {:log log, :raw raw, :path (.path raw), :codec (.codec log), :folder folder
     :turn turn, :moved (.newCondition turn)
     :views (atom {}), :published (atom {})
     :pool (ForkJoinPool. (.availableProcessors (Runtime/getRuntime)))
     :closing (AtomicBoolean.), :closed (atom false), :to-move (atom #{}), :watches (atom {}), :telling (ReentrantLock.)
     :worker (atom nil), :trouble (atom nil), :waiters (AtomicInteger.), :busy (atom false)
     ;; Deletions, see flumelog.db.deletions. `:later` has offsets that no view has passed yet; it is used in the turn only.
     :hiding (ConcurrentHashMap.), :queue (ConcurrentLinkedQueue.), :queued (AtomicLong.), :drained (AtomicLong.)
     :begun (AtomicLong.), :later (HashSet.)}))

(defmacro with-turn [engine & body]
  `(let [^ReentrantLock turn# (:turn ~engine)]
     (.lock turn#)
     (try ~@body (finally (.unlock turn#)))))

(defn log-since ^long [engine]
  (.get (.since ^Log (:raw engine))))

(defn change! [engine name f & args]
  (apply swap! (:views engine) update name f args))

;; What readers see

(defn- entry [{:keys [current unchecked stale]}]
  {:answer (build/answer current), :since (build/since current), :failure (build/failure current)
   :usable (not (or unchecked stale))})

(defn publish!
  "Shows the views as they are now, and wakes the threads that wait for that."
  [engine]
  (reset! (:published engine) (update-vals @(:views engine) entry))
  (.signalAll ^Condition (:moved engine)))

;; Which buildings go on

(defn- may-go-on? [build]
  (and build (nil? (build/failure build))))

(defn currents
  "The buildings that answer and can follow the log."
  [engine]
  (into [] (comp (remove :paused) (remove :unchecked) (remove :stale) (map :current) (filter may-go-on?)) (vals @(:views engine))))

(defn nexts
  "The buildings that will answer. A paused view is rebuilt only where that was asked for."
  [engine]
  (into [] (comp (remove #(and (:paused %) (not (:asked %)))) (keep :next) (filter may-go-on?)) (vals @(:views engine))))

(defn plan
  "The buildings that are furthest behind, and from where to where they go next: as far as the next ones. Nil when all are
   level with the log."
  [engine builds]
  (let [since (log-since engine)
        behind (filter #(< (build/since %) since) builds)]
    (when (seq behind)
      (let [from (long (reduce min (map build/since behind)))
            {group true, ahead false} (group-by #(= from (build/since %)) behind)]
        {:from from, :upto (reduce min since (map build/since ahead)), :builds group}))))

(defn read-batch
  "A batch for the plan, prepared for each of its buildings. May be called outside of the turn."
  [engine {:keys [from upto builds]} pool]
  (let [batch (batch/next-batch (:raw engine) from upto), reading (batch/reading engine builds), arrays (batch/prepared reading batch pool)]
    (-> (assoc batch :builds builds, :arrays arrays, :sound? (not (batch/poisoned? reading)))
        (dissoc :data))))                                    ; what views need of it is in the arrays

;; The step

(defn- without-deleted!
  "Drops the records of the batch that were deleted after it was read."
  [^Set later {:keys [^longs offsets ^long n arrays]}]
  (when-not (.isEmpty later)
    (dotimes [i n]
      (when (.contains later (aget offsets i))
        (run! (fn [^objects array] (aset array i nil)) arrays)))))

(defn- remember-place!
  "Keeps the place of the building in a log that is opened for reading: its writer may cut it back and append other records."
  [^Log raw build]
  (when-not (.writable raw)
    (swap! (:progress build) assoc :place (place/place raw (build/since build)))))

(defn- add-to! [engine batch build array]
  (try (build/add! build batch array (:later engine))
       (finally (build/note-absent! build batch (keys (:hiding engine)))))
  (remember-place! (:raw engine) build))

(defn- forget-passed!
  "Drops the offsets that all buildings have passed."
  [{:keys [^Set later views]}]
  (when-not (.isEmpty later)
    (let [passed (reduce min Long/MAX_VALUE (map build/since (mapcat (juxt :current #(or (:next %) (:current %))) (vals @views))))]
      (.removeIf later (reify java.util.function.Predicate (test [_ offset] (<= (long offset) (long passed))))))))

(defn apply!
  "Adds the batch to its buildings, except those that have gone on or stopped meanwhile. In the turn."
  [engine batch]
  (without-deleted! (:later engine) batch)
  (let [going (into #{} (concat (currents engine) (nexts engine)))]
    (try
      (dorun (map (fn [build array]
                    (when (and (going build) (= (:from batch) (build/since build)))
                      (add-to! engine batch build array)))
                  (:builds batch) (:arrays batch)))
      (batch/record! batch)
      (finally
        (forget-passed! engine)
        (publish! engine)))))

(defn step!
  "The views that answer go on by one batch. In the turn. False when all are level with the log."
  [engine]
  (if-let [plan (plan engine (currents engine))]
    (do (apply! engine (read-batch engine plan nil)) true)
    false))

;; A building that begins anew

(defn files-of
  "The files for a building of this generation, nil when nothing is persisted."
  ([engine name generation] (files-of engine name generation nil))
  ([engine name generation known]
   (when-let [folder (:folder engine)] (files/files folder name generation known))))

(defn hide-what-is-deleted!
  "Hides the records whose deletion has begun in a new building. `register` makes the building known to deletions that begin
   from now on."
  [{:keys [^ConcurrentHashMap hiding]} build register]
  (locking hiding
    (register)
    (run! #(kind/hide! (:state build) % true) (keys hiding))))

(defn- new-generation ^long [{:keys [current next generation]}]
  (inc (long (reduce max 0 (keep :generation [current next {:generation generation}])))))

(defn discard!
  "Closes a building that nobody uses any more. Its files are deleted when the manifest names others."
  [engine name build]
  (when build
    (try (kind/close! (:state build)) (catch Throwable _ nil))
    (when-let [files (:files build)]
      (change! engine name update :old-files (fnil into #{}) (files/names files)))))

(defn begin-anew!
  "The view gets a new building beside the one that answers. In the turn."
  [engine name]
  (let [{:keys [kind next] :as view} (get @(:views engine) name)
        generation (new-generation view)
        fresh (assoc (build/build name kind (files-of engine name generation)) :generation generation)]
    (hide-what-is-deleted! engine fresh #(change! engine name assoc :next fresh :generation generation))
    (discard! engine name next)
    fresh))

(defn mark-stale!
  "The view's building may not answer any more; another one is begun. In the turn."
  [engine name]
  (change! engine name assoc :stale true)
  (begin-anew! engine name)
  (publish! engine))

(defn damaged?
  "Whether an exception says that files of a view are damaged, rather than the log."
  [e]
  (and (instance? LogException e) (= LogException$Kind/CORRUPT (.kind ^LogException e)) (contains? (.facts ^LogException e) "view-file")))

(defn damaged!
  "Begins the view anew, since its files are damaged, unless that was done already. Not in the turn."
  [{:keys [path] :as engine} name cause]
  (with-turn engine
    (when-not (:stale (get @(:views engine) name))
      (mark-stale! engine name)
      (Diagnostics/write System$Logger$Level/WARNING
                         (str "view " name " of " path " is built anew from the log, since its files are damaged") cause))))

(defn exchange!
  "The next building of the view answers from now on. In the turn."
  [engine name]
  (let [{:keys [current next]} (get @(:views engine) name)]
    (swap! (:progress next) update :unsaved #(max 1 (long %)))
    (change! engine name #(-> % (assoc :current next, :next nil, :stale false, :unchecked false, :asked false)
                              (update :old-files (fnil into #{}) (some-> (:files current) files/names))
                              (update :retired (fnil conj []) {:state (:state current) :nanos (System/nanoTime)})))
    (publish! engine)))

(defn exchange-level!
  "Exchanges each building that has come as far as the log. In the turn."
  [engine]
  (let [since (log-since engine)]
    (doseq [[name {:keys [next]}] @(:views engine)
            :when (and next (nil? (build/failure next)) (>= (build/since next) since))]
      (exchange! engine name))))

;; When the log is not as it was

(defn- cut-back?
  "Whether the log has lost records that the building has."
  [^Log raw build]
  (let [{:keys [since place]} @(:progress build)]
    (or (> (long since) (.get (.since raw)))
        (and place (not (place/fits? raw place since))))))

(defn check-log!
  "Begins anew the views that have records which the log, opened for reading, has lost. In the turn."
  [{:keys [^Log raw views] :as engine}]
  (when-not (.writable raw)
    (doseq [[name {:keys [current next unchecked stale]}] @views :when (not unchecked)]
      (cond
        (and (not stale) (cut-back? raw current)) (mark-stale! engine name)
        (and next (cut-back? raw next)) (begin-anew! engine name)))))

(defn fail-behind!
  "The log is damaged at an offset, so the views that have not passed it can't go on. In the turn."
  [engine offset cause]
  (let [since (log-since engine)]
    (doseq [build (concat (currents engine) (nexts engine)) :when (< (build/since build) since)]
      (build/fail! build offset cause false))))
