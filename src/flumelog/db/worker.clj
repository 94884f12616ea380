(ns ^:no-doc flumelog.db.worker
  "The thread that keeps views up to date when nobody reads them. While it has the views add one batch, the next one is read
   and prepared by other threads.

   * `prepared`, `start!`, `stop!`, `wake!`"
  (:require [flumelog.db.absence :as absence]
            [flumelog.db.deletions :as deletions]
            [flumelog.db.engine :as engine :refer [with-turn]]
            [flumelog.db.persist :as persist]
            [flumelog.db.watches :refer [tell!]])
  (:import (flumelog.error Diagnostics LogException LogException$Kind)
           (flumelog.log Log)
           (java.lang System$Logger$Level)
           (java.util.concurrent Callable ExecutorService Executors ForkJoinPool ForkJoinTask ThreadFactory TimeUnit)
           (java.util.concurrent.atomic AtomicInteger)
           (java.util.concurrent.locks Condition LockSupport)))

(set! *warn-on-reflection* true)

(def ^:private ^:const quiet-ms "The log is quiet when nothing has come for this long." 500)
(def ^:private ^:const gather-ms "So long records are gathered when nobody waits for them." 5)

(defn- daemon ^Thread [^Runnable f ^String name]
  (doto (Thread. f name) (.setDaemon true)))

;; Catching up

(defn- ahead
  "The next batch, as it is being read by other threads, if there is more to read for this plan."
  [{:keys [^ForkJoinPool pool] :as engine} {:keys [upto builds]} {:keys [to]}]
  (when (< (long to) (long upto))
    (let [plan {:from to :upto upto :builds builds}]
      {:plan plan :batch (.submit pool ^Callable #(engine/read-batch engine plan pool))})))

(defn- batch-for [{:keys [^ForkJoinPool pool] :as engine} plan slot]
  (if (= (select-keys plan [:from :builds]) (select-keys (:plan slot) [:from :builds]))
    (.join ^ForkJoinTask (:batch slot))
    (engine/read-batch engine plan pool)))

(defn- plan-now [engine builds]
  (with-turn engine
    (deletions/drain! engine)
    (engine/check-log! engine)
    (engine/plan engine (builds engine))))

(defn- step!
  "One batch for the buildings that `builds` gives. Returns the batch that is being read after it, true when there is none,
   or nil when all are level."
  [engine builds slot]
  (when-let [plan (plan-now engine builds)]
    (let [batch (batch-for engine plan slot)
          slot (ahead engine plan batch)]
      (with-turn engine
        (deletions/drain! engine)
        (engine/apply! engine batch))
      (or slot true))))

(defn- write-due! [{:keys [^ExecutorService writer] :as engine} quiet?]
  (doseq [task (with-turn engine
                 (deletions/drain! engine)
                 (persist/freeze-due! engine quiet?))]
    (.execute writer #(persist/write! engine task))))

(defn- wait-for-writer [{:keys [^Condition moved closed] :as engine}]
  (with-turn engine
    (while (and (persist/must-wait? engine) (not @closed))
      (.await moved 50 TimeUnit/MILLISECONDS))))

(defn- after-step! [engine]
  (tell! engine)
  (write-due! engine false)
  (wait-for-writer engine))

(defn- catch-up!
  "Until all are level, or `go-on?` says no."
  [engine builds go-on?]
  (loop [slot nil]
    (when-let [slot (and (not @(:closed engine)) (step! engine builds slot))]
      (after-step! engine)
      (when (go-on?) (recur (when (map? slot) slot))))))

(defn- catch-up-currents! [{:keys [busy] :as engine}]
  (reset! busy true)
  (try
    (catch-up! engine engine/currents (constantly true))
    (finally
      (with-turn engine
        (reset! busy false)
        (.signalAll ^Condition (:moved engine))))))

(defn- behind? [engine builds]
  (with-turn engine (some? (engine/plan engine builds))))

(defn- exchange-level! [engine]
  (with-turn engine
    (deletions/drain! engine)
    (engine/exchange-level! engine))
  (tell! engine))

(defn- catch-up-nexts!
  "Rebuilds, for as long as the views that answer are level."
  [engine]
  (when (seq (engine/nexts engine))
    (catch-up! engine engine/nexts #(not (behind? engine (engine/currents engine))))
    (exchange-level! engine)))

(defn- learn-count!
  "Once, when the views are level or the db is closed. A thread of its own does it: in a long log it takes long, and views that are
   to be written must not wait for it."
  [{:keys [counted ^ExecutorService counter] :as engine}]
  (when (compare-and-set! counted false true)
    (.execute counter #(absence/learn-count! engine))))

(defn- work! [engine]
  (absence/check! engine)
  (with-turn engine (deletions/drain! engine))
  (catch-up-currents! engine)
  (learn-count! engine)
  (catch-up-nexts! engine)
  (tell! engine))

(defn- more? [engine]
  (and (not @(:closed engine))
       (or (seq (engine/nexts engine)) (behind? engine (engine/currents engine)))))

;; The thread

(defn wake!
  "There is something to do. Costs nothing while the thread works or gathers."
  [{:keys [worker asleep]}]
  (when (compare-and-set! asleep true false)
    (LockSupport/unpark @worker)))

(defn- sleep! [{:keys [asleep closed]} ms]
  (when-not @closed (LockSupport/parkNanos asleep (* 1000000 (long ms)))))

(defn- rest! [{:keys [asleep ^AtomicInteger waiters] :as engine}]
  (reset! asleep true)
  (if (more? engine)
    (reset! asleep false)
    (do (sleep! engine quiet-ms)
        (if (compare-and-set! asleep true false)
          (do (write-due! engine true)
              (persist/close-retired! engine false))
          (when (zero? (.get waiters)) (Thread/sleep (long gather-ms)))))))

(defn- trouble!
  "The log can't be read. Damage stops the views that it concerns. What may be over soon is tried again, and readers that wait
  get it."
  [{:keys [raw closed trouble path] :as engine} ^Throwable e]
  (cond
    (or @closed (.isClosed ^Log raw)) nil
    (and (instance? LogException e) (= LogException$Kind/CORRUPT (.kind ^LogException e)))
    (with-turn engine
      (engine/fail-behind! engine (get (ex-data e) :offset -1) e)
      (engine/publish! engine))
    :else (do (when-not @trouble
                (Diagnostics/write System$Logger$Level/WARNING (str "the views of " path " can't follow it for the moment") e))
              (reset! trouble e)
              (Thread/sleep 100))))

(defn- run [{:keys [raw closed trouble] :as engine}]
  (while (not (or @closed (.isClosed ^Log raw)))
    (try
      (work! engine)
      (reset! trouble nil)
      (rest! engine)
      (catch InterruptedException _ nil)
      (catch Throwable e (trouble! engine e))))
  (with-turn engine (engine/publish! engine)))

(defn- one-thread ^ExecutorService [name]
  (Executors/newSingleThreadExecutor (reify ThreadFactory (newThread [_ f] (daemon f name)))))

(defn prepared
  "The engine with its threads, which don't run yet."
  [{:keys [^Log raw folder path] :as engine}]
  (let [engine (assoc engine :asleep (atom false), :counted (atom (not (and folder (.writable raw))))
                      :writer (one-thread (str "flumelog-views-writer " path)), :counter (one-thread (str "flumelog-views-counter " path)))]
    (reset! (:worker engine) (daemon #(run engine) (str "flumelog-views " path)))
    engine))

(defn start! [engine]
  (.start ^Thread @(:worker engine)))

(defn stop!
  "Ends the thread that follows. What is being written is written."
  [{:keys [closed worker writer counter ^ForkJoinPool pool] :as engine}]
  (reset! closed true)
  (LockSupport/unpark @worker)
  (when-not (identical? (Thread/currentThread) @worker)     ; a watch may close the db
    (.join ^Thread @worker))
  (learn-count! engine)                                     ; the thread may not have come to it
  (doseq [^ExecutorService thread [writer counter]]
    (.shutdown thread)
    (.awaitTermination thread 1 TimeUnit/DAYS))
  (.shutdown pool))
