(ns ^:no-doc flumelog.db.reading
  "Waiting until views are as far as a reader wants. A reader that finds the turn free, and no long catching up, has the views
   take the step itself, so that no thread has to be woken.

   * `wanted`: what `:await` and `:timeout-ms` ask for
   * `entries`: what is published of several views, at one since"
  (:require [flumelog.arguments :refer [refuse]]
            [flumelog.db.deletions :as deletions]
            [flumelog.db.engine :as engine]
            [flumelog.db.watches :as watches]
            [flumelog.db.worker :as worker])
  (:import (flumelog.coll LogCollection)
           (flumelog.error OptionFailures UseFailures ViewFailures)
           (flumelog.log Log)
           (java.util.concurrent TimeUnit)
           (java.util.concurrent.atomic AtomicInteger AtomicLong)
           (java.util.concurrent.locks Condition ReentrantLock)))

(set! *warn-on-reflection* true)

(defn- offset-of [^LogCollection log await]
  (or (.offsetOf log await)
      (throw (OptionFailures/badOption ":await" await "an offset, a position of the log, or :none"))))

(defn- check-millis [millis]
  (when-not (or (nil? millis) (nat-int? millis))
    (throw (OptionFailures/badOption ":timeout-ms" millis "a whole number of milliseconds, 0 or more"))))

(defn wanted
  "What the options ask for: `:since`, nil when nothing is waited for; `:deletions`, how many must have been forgotten; and
   `:until`, the nanoTime at which waiting ends, or nil."
  [{:keys [log ^AtomicLong queued] :as engine} {:keys [await timeout-ms]}]
  (check-millis timeout-ms)
  {:since (cond (nil? await) (engine/log-since engine) (= :none await) nil :else (offset-of log await))
   :deletions (if (= :none await) 0 (.get queued))
   :millis timeout-ms
   :until (when timeout-ms (+ (System/nanoTime) (* 1000000 (long timeout-ms))))})

;; Judging what is published

(defn- throw-failed [{:keys [path]} name {:keys [offset cause]}]
  (throw (ViewFailures/viewFailed path (str name) (long (or offset -1)) cause)))

(defn- reached? [{:keys [since]} {:keys [failure usable] :as entry}]
  (and usable (or (nil? since) (and (nil? failure) (>= (long (:since entry)) (long since))))))

(defn- next-failure [engine name]
  (let [{:keys [stale next]} (get @(:views engine) name)]
    (when (and stale next) (:failure @(:progress next)))))

(defn- check-failed [engine names published {:keys [since]}]
  (when since
    (doseq [name names :let [failure (or (:failure (get published name)) (next-failure engine name))] :when failure]
      (throw-failed engine name failure))))

(defn- same-since? [entries]
  (or (< (count entries) 2) (apply = (map :since entries))))

(defn- ready
  "The entries by name when all are as wanted; nil when they are not yet. What was published is looked at last: it is there
   before it is said that deletions are forgotten."
  [{:keys [published closed path ^AtomicLong drained] :as engine} names wanted]
  (when @closed (throw (ViewFailures/closed path)))
  (let [forgotten? (>= (.get drained) (long (:deletions wanted)))
        published @published, entries (map published names)]
    (check-failed engine names published wanted)
    (when (and forgotten? (every? #(reached? wanted %) entries) (same-since? entries))
      (zipmap names entries))))

;; Waiting

(defn- left-nanos ^long [{:keys [until]}]
  (if until (- (long until) (System/nanoTime)) Long/MAX_VALUE))

(defn- check-time [{:keys [path published]} names {:keys [since millis] :as wanted}]
  (when-not (pos? (left-nanos wanted))
    (let [entry (fn [name] (long (:since (get @published name))))
          slowest (apply min-key entry names)]
      (throw (ViewFailures/timeout path (str slowest) (long (or since -1)) (entry slowest) (long millis))))))

(def ^:private ^:const longest-wait
  "Nanoseconds, after which a reader looks again, whatever has happened."
  100000000)

(defn check-going
  "Throws when views can't go on, since the log is closed or can't be read."
  [{:keys [^Log raw path trouble]}]
  (when (.isClosed raw) (throw (UseFailures/closed path)))
  (when-let [e @trouble] (throw e)))

(defn- may-step?
  "While the worker catches up others wait for it. It reads itself where a watch does."
  [{:keys [busy worker]}]
  (or (not @busy) (identical? (Thread/currentThread) @worker)))

(defn- wait-or-step! [{:keys [^Condition moved] :as engine} wanted]
  (when-not (and (may-step? engine) (engine/step! engine))
    (check-going engine)
    (.await moved (min (left-nanos wanted) (long longest-wait)) TimeUnit/NANOSECONDS)))

(defn- in-turn-until-ready [{:keys [^ReentrantLock turn ^AtomicInteger waiters] :as engine} names wanted]
  (.incrementAndGet waiters)
  (worker/wake! engine)
  (try
    (loop []
      (if (.tryLock turn (min (left-nanos wanted) (long longest-wait)) TimeUnit/NANOSECONDS)
        (or (try
              (deletions/drain! engine)
              (engine/check-log! engine)
              (or (ready engine names wanted)
                  (do (check-time engine names wanted)
                      (wait-or-step! engine wanted)
                      (ready engine names wanted)))
              (finally (.unlock turn)))
            (recur))
        (do (check-time engine names wanted)
            (recur))))
    (finally (.decrementAndGet waiters))))

(defn entries
  "What is published of the views, when they are as wanted, all at one since. Throws `:view-failed`, `:timeout`, `:closed`.
   A log that is opened for reading may have lost records since, which is checked in the turn."
  [{:keys [^Log raw] :as engine} names {:keys [since] :as wanted}]
  (or (when (or (nil? since) (.writable raw)) (ready engine names wanted))
      (let [entries (in-turn-until-ready engine names wanted)]
        (watches/tell! engine)
        entries)))

(defn ready-or-late
  "The same without waiting: nil when they are not as wanted yet. Throws `:timeout` when the time is over."
  [engine names wanted]
  (or (ready engine names wanted)
      (do (check-time engine names wanted)
          (check-going engine))))

(defn check-name [engine name]
  (when-not (contains? @(:views engine) name)
    (refuse "view" name (str "one of " (pr-str (vec (sort-by str (keys @(:views engine)))))))))
