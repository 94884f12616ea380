(ns ^:no-doc flumelog.db.deletions
  "What a db does when records are deleted. Before a deletion the records are hidden in all views, and their data is kept.
   After it they wait in a queue until a thread has the turn, which then has the views forget them. A record that no view
   has passed yet is noted, because a batch with it may have been read already.

   * `watch`: for `Log.watchDeletions`
   * `drain!`: has the views forget what was deleted; in the turn"
  (:require [flumelog.db.batch :as batch]
            [flumelog.db.build :as build]
            [flumelog.db.engine :as engine]
            [flumelog.db.kind :as kind])
  (:import (flumelog.error Diagnostics)
           (flumelog.log Log Log$DeletionWatch)
           (java.lang System$Logger$Level)
           (java.util Queue Set)
           (java.util.concurrent ConcurrentHashMap)
           (java.util.concurrent.atomic AtomicLong)))

(set! *warn-on-reflection* true)

(def ^:private ^:const most-bytes
  "Of deleted records' data, that is kept until the views have forgotten them. What is above that can't be told to views,
   which may have to be rebuilt then."
  (* 32 1024 1024))

(defn- builds [engine]
  (mapcat (fn [[name view]] (for [build [(:current view) (:next view)] :when build] [name build])) @(:views engine)))

(defn- hide! [engine offset hidden?]
  (doseq [[_ build] (builds engine)]
    (kind/hide! (:state build) offset hidden?)))

(defn- deleting! [{:keys [^Log raw ^ConcurrentHashMap hiding ^AtomicLong begun] :as engine} offsets]
  (.incrementAndGet begun)
  (loop [offsets (seq offsets), bytes 0]
    (when-let [[offset & more] offsets]
      (let [data (try (.get raw offset) (catch Exception _ ::unknown))
            length (if (bytes? data) (long (alength ^bytes data)) 0)]
        (when data
          (locking hiding
            (.put hiding offset (if (and (bytes? data) (< (+ bytes length) (long most-bytes))) data ::unknown))
            (hide! engine offset true)))
        (recur more (+ bytes length))))))

(defn- still-there?
  "Whether the record was not deleted after all. Where the log can't be read it counts as deleted."
  [^Log raw ^long offset]
  (try (some? (.get raw offset)) (catch Exception _ false)))

(defn- deleted! [{:keys [raw ^ConcurrentHashMap hiding ^Queue queue ^AtomicLong queued] :as engine} offsets wake]
  (doseq [offset (distinct offsets), :let [data (.get hiding offset)], :when data]
    (if (still-there? raw offset)
      (locking hiding
        (.remove hiding offset)
        (hide! engine offset false))
      (do (.add queue [offset data])
          (.incrementAndGet queued))))
  (wake))

(defn watch
  "Hides what is deleted and queues it. `wake` is called when there is something in the queue."
  ^Log$DeletionWatch [engine wake]
  (reify Log$DeletionWatch
    (deleting [_ offsets] (deleting! engine offsets))
    (deleted [_ offsets] (deleted! engine offsets wake))))

;; Forgetting

(defn- forget-in!
  "False when the building must begin anew."
  [engine build offset data]
  (let [known? (bytes? data)]
    (try
      (build/forget! build offset (when known? (batch/prepare-one engine build offset data)) known?)
      (catch Exception e
        (Diagnostics/write System$Logger$Level/WARNING
                           (str "view " (:view build) " is rebuilt, since it can't forget the deleted record at " offset) e)
        false))))

(defn- forget! [{:keys [^Set later] :as engine} must-begin offset data]
  (doseq [[name build] (builds engine), :when (not (contains? @must-begin [name build]))]
    (cond
      (not (build/had? build offset)) (do (.add later offset)
                                          (kind/hide! (:state build) offset false))
      (not (forget-in! engine build offset data)) (swap! must-begin conj [name build]))))

(defn- begin-anew! [engine must-begin]
  (doseq [[name builds] (group-by first must-begin), :let [{:keys [current]} (get @(:views engine) name)]]
    (if (some #(identical? current (second %)) builds)
      (engine/mark-stale! engine name)
      (engine/begin-anew! engine name))))

(defn drain!
  "Has the views forget what was deleted. In the turn."
  [{:keys [^ConcurrentHashMap hiding ^Queue queue ^AtomicLong drained] :as engine}]
  (when-not (.isEmpty queue)
    (let [must-begin (atom #{})
          n (loop [n 0]
              (if-let [[offset data] (.poll queue)]
                (do (forget! engine must-begin offset data)
                    (.remove hiding offset)
                    (recur (inc n)))
                n))]
      (begin-anew! engine @must-begin)
      (engine/publish! engine)
      (.addAndGet drained n))))
