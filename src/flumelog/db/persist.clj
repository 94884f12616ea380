(ns ^:no-doc flumelog.db.persist
  "Keeps the files of views: when a view is written, and how it is found again.

   A view is frozen in the turn, and written by a thread of its own when the log is durable up to there. So what is on disk is
   never ahead of what the log has on disk. (A log that is opened for reading doesn't know what is durable. Views over it are
   written as they are; where the log loses its end, the place in the manifest no longer fits it.)

   * `restored`: the view as it was written, or a new one
   * `freeze-due!`: in the turn; gives tasks for `write!`
   * `close-retired!`: closes what rebuilt views have left"
  (:require [flumelog.db.build :as build]
            [flumelog.db.engine :as engine :refer [with-turn]]
            [flumelog.db.files :as files]
            [flumelog.db.kind :as kind]
            [flumelog.db.place :as place])
  (:import (flumelog.error Diagnostics)
           (flumelog.log Log Moves)
           (java.io IOException)
           (java.lang System$Logger$Level)))

(set! *warn-on-reflection* true)

(def ^:const records-between
  "A view is written when it has changed by this many records, or when the log is quiet."
  50000)

(def ^:private ^:const retry-nanos 5000000000)
(def ^:private ^:const retired-nanos
  "Readers may still have an answer of a state that was replaced, for this long."
  60000000000)

;; Finding a view again

(defn- head-of [build {:keys [since records sum skipped skipped-count place anchors deletions-durable]} head files]
  (let [{:keys [kind version]} (:traits build)]
    {:kind kind :version version :since since :records records :sum sum :skipped (into {} skipped) :skipped-count skipped-count
     :deletions-durable deletions-durable
     :place place :anchors anchors :generation (:generation files) :files (files/names files) :head head}))

(defn- same-view? [traits head]
  (= (select-keys head [:kind :version]) (select-keys traits [:kind :version])))

(defn- rebuilt [{:keys [path]} name cause]
  (Diagnostics/write System$Logger$Level/WARNING (str "view " name " of " path " is built anew from the log") cause))

(defn- manifest-of
  "The manifest, or the exception when it can't be read."
  [files]
  (try (files/read-manifest files) (catch Exception e e)))

(defn- restore [name kind files {:keys [head payload]}]
  (let [state (kind/restore kind files (:head head) payload)]
    (build/build name kind files state
                 (merge build/at-the-start (select-keys head [:since :records :sum :skipped-count])
                        {:skipped (into (sorted-map) (:skipped head)) :persisted (:since head)}))))

(defn- old-view
  "The view that the manifest describes. Throws when it can't be restored."
  [engine name kind {:keys [head] :as manifest}]
  (let [files (engine/files-of engine name (:generation head) (:files head))
        current (restore name kind files manifest)]
    {:name name :kind kind :generation (:generation head) :current current
     :unchecked (if (:deletions-durable head) :by-count :by-sum)}))

(defn- moved-view
  "The view that the manifest describes, of a log that was compacted since. Throws when it has to be built anew."
  [{:keys [to-move] :as engine} name kind manifest {:keys [^Moves moves since]}]
  (let [view (old-view engine name kind manifest), {:keys [current]} view]
    (when-not (kind/move! (:state current) (fn ^long [^long offset] (.newOffset moves offset)))
      (throw (IOException. "it has offsets of the log before the log was compacted")))
    (swap! (:progress current) assoc :since since :unsaved 1)
    (swap! to-move conj name)
    (assoc view :unchecked :moved)))

(defn- new-view [engine name kind generation old-files]
  {:name name :kind kind :generation generation :old-files old-files
   :current (assoc (build/build name kind (engine/files-of engine name generation)) :generation generation)})

(defn- go-on
  "The view of the manifest, if the log still is the one from which it was made. Throws why it is not so."
  [{:keys [raw] :as engine} name kind {:keys [head] :as manifest}]
  (let [{:keys [place since anchors]} head]
    (cond
      (not (same-view? (kind/traits kind) head)) (throw (IOException. "it was another view, or had another :version"))
      (place/fits? raw place since) (old-view engine name kind manifest)
      :else (if-let [moved (place/moved raw place anchors)]
              (moved-view engine name kind manifest moved)
              (throw (IOException. "the log has other records than when it was written"))))))

(defn restored
  "The view as it was written, if the log still is the one from which it was made; otherwise a new one, and a line in the log
   of the program that says why."
  [{:keys [folder] :as engine} name kind]
  (let [{:keys [head] :as manifest} (when folder (manifest-of (engine/files-of engine name 0)))]
    (if (nil? manifest)
      (new-view engine name kind 1 #{})
      (try
        (if (instance? Exception manifest) (throw manifest) (go-on engine name kind manifest))
        (catch Exception e
          (rebuilt engine name e)
          (new-view engine name kind (inc (long (:generation head 0))) (set (:files head))))))))

;; Freezing

(defn- due? [{:keys [folder]} quiet? build]
  (let [{:keys [unsaved writing failed-nanos since]} @(:progress build)]
    (and folder (not writing) (pos? (long unsaved)) (not= -1 since)
         (or (nil? failed-nanos) (> (- (System/nanoTime) (long failed-nanos)) (long retry-nanos)))
         (or quiet? (>= (long unsaved) (long records-between))))))

(defn- freeze! [{:keys [^Log raw]} build]
  (let [frozen (kind/freeze! (:state build))
        since (build/since build), place (place/place raw since), anchors (place/anchors raw since)
        progress (swap! (:progress build) assoc :unsaved 0 :writing true)]
    {:build build :frozen frozen
     :progress (assoc progress :place place :anchors anchors :deletions-durable (.writable raw))}))

(defn freeze-due!
  "Freezes the buildings that have changed enough; all that have changed when the log is quiet. One that may not answer any
   more is not written: it still has a record that was deleted. In the turn."
  [engine quiet?]
  (into [] (comp (remove :unchecked) (mapcat (fn [{:keys [current next stale]}] [(when-not stale current) next]))
                 (filter some?) (filter #(due? engine quiet? %)) (map #(freeze! engine %)))
        (vals @(:views engine))))

(defn must-wait?
  "Whether a building has changed so much since it was frozen that it must be written before it goes on."
  [engine]
  (boolean (some (fn [build] (let [{:keys [unsaved writing]} @(:progress build)]
                               (and writing (> (long unsaved) (* 2 (long records-between))))))
                 (filter some? (mapcat (juxt :current :next) (vals @(:views engine)))))))

;; Writing

(defn- hurried?
  "Whether the log must be made durable for the view's sake, since too much waits in memory or the db is being closed."
  [{:keys [closed]} build]
  (or @closed (>= (long (:unsaved @(:progress build))) (long records-between))))

(defn- await-durable
  "Waits until the log is durable up to `since`. Then makes the deletions durable too: a record that the view lacks must not come
  back, or it could hide the absence of another one. The last sync costs nothing where all is durable."
  [{:keys [^Log raw] :as engine} build ^long since]
  (when (.writable raw)
    (while (not (or (>= (.lastSeen (.durable raw)) since)
                    (.await (.durable raw) since 100)))
      (when (hurried? engine build) (.sync raw)))
    (.sync raw)))

(defn- current? [engine build]
  (identical? build (:current (get @(:views engine) (:view build)))))

(defn- drop-moves!
  "When all views that went with the log's compaction are written, nobody needs to know any more where its records went."
  [{:keys [^Log raw to-move]} name]
  (let [[before after] (swap-vals! to-move disj name)]
    (when (and (seq before) (empty? after)) (.dropMoves raw))))

(defn- write-manifest!
  "Then the files of earlier buildings are named by no manifest, and are deleted."
  [engine {:keys [view files] :as build} progress {:keys [head payload]}]
  (files/write-manifest! files (head-of build progress head files) payload)
  (swap! (:progress build) assoc :persisted (:since progress))
  (let [old (:old-files (get @(:views engine) view))]
    (files/delete! files old)
    (engine/change! engine view update :old-files #(reduce disj (set %) old)))
  (drop-moves! engine view))

(defn- written-badly! [engine {:keys [view] :as build} e]
  (let [before (:persist-error @(:progress build))]
    (swap! (:progress build) assoc :persist-error (str (ex-message e)) :failed-nanos (System/nanoTime))
    (when-not before
      (Diagnostics/write System$Logger$Level/WARNING
                         (str "view " view " of " (:path engine) " can't be written; it goes on in memory") e))))

(defn write!
  "Writes what was frozen. What goes wrong is logged once, and tried again later."
  [engine {:keys [build frozen progress]}]
  (try
    (await-durable engine build (:since progress))
    (let [out (kind/write! (:state build) frozen (:files build))]
      (when (current? engine build) (write-manifest! engine build progress out))
      (kind/written! (:state build) frozen)
      (swap! (:progress build) dissoc :persist-error :failed-nanos))
    (catch Throwable e
      (swap! (:progress build) update :unsaved + (max 1 (long (:unsaved progress))))
      (if (and (engine/damaged? e) (current? engine build))
        (engine/damaged! engine (:view build) e)
        (written-badly! engine build e)))
    (finally
      (swap! (:progress build) assoc :writing false)
      (with-turn engine (.signalAll ^java.util.concurrent.locks.Condition (:moved engine))))))

(defn close-retired!
  "Closes states that were replaced a while ago; all of them when `all?`."
  [engine all?]
  (let [now (System/nanoTime), over? #(or all? (> (- now (long (:nanos %))) (long retired-nanos)))]
    (doseq [[name {:keys [retired]}] @(:views engine), {:keys [state] :as one} retired :when (over? one)]
      (try (kind/close! state) (catch Exception _ nil))
      (engine/change! engine name update :retired #(into [] (remove #{one}) %)))))
