(ns power-loss.child
  "The JVM that loses its disk: it appends, deletes and syncs, and prints the result of each call.

   * `append-until-shut-down`"
  (:require [clojure.edn :as edn]
            [flumelog.child :refer [say!]]
            [flumelog.core :as log]
            [power-loss.machine :refer [open]]
            [power-loss.records :refer [value]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (java.util Random)))

(set! *warn-on-reflection* true)

(def ^:private max-log-bytes 40000000)

(defn- act!
  "Calls f, and prints a line before and after: for example [:deleting thread offset] and [:deleted thread offset]."
  [before after thread arg f]
  (say! [before thread arg])
  (f)
  (say! [after thread arg]))

(defn- append-some! [log {:keys [seed thread n offsets] :as writer} how-many]
  (let [values (mapv #(value [seed thread %]) (range n (+ (long n) (long how-many))))
        placed (if (= 1 how-many) [(log/append! log (first values))] (log/append-all! log values))]
    (say! [:appended (mapv (fn [offset i] [offset thread i]) placed (iterate inc n))])
    (say! [:durable @(log/durable log)])
    (assoc writer :n (+ (long n) (long how-many)) :offsets (into offsets placed))))

(defn- reopen! [holder task thread]
  (let [^LogCollection log @holder]
    (act! :syncing :synced thread nil #(.close log))
    (say! [:opening])
    (let [again (open task nil)]
      (say! [:opened @(log/since again)])
      (reset! holder again))))

(defn- step!
  "One random action of a writer. Returns the writer's new state."
  [holder task ^Random random {:keys [thread offsets] :as writer}]
  (let [log @holder, dice (.nextInt random 1000)]
    (cond
      (< (long max-log-bytes) (long (:end (log/info log)))) (do (Thread/sleep 2) writer)
      (< dice 800) (append-some! log writer 1)
      (< dice 900) (append-some! log writer (+ 2 (.nextInt random 19)))
      (< dice 970) (do (when (seq offsets)
                         (let [offset (nth offsets (.nextInt random (count offsets)))]
                           (act! :deleting :deleted thread offset #(log/delete! log offset))))
                       writer)
      (< dice 995) (do (act! :syncing :synced thread nil #(log/sync! log)) writer)
      (= 1 (:threads task)) (do (reopen! holder task thread) writer)
      :else writer)))

(defn- write-for-ever
  "Acts for ever. Like a careless program, it continues after errors: the results of later calls must be true as well."
  [holder {:keys [seed old-offsets] :as task} thread]
  (let [random (Random. (hash [seed thread]))]
    (loop [writer {:seed seed :thread thread :n 0 :offsets (if (zero? (long thread)) (vec old-offsets) [])}]
      (recur (try (step! holder task random writer)
                  (catch LogException e
                    (say! [:refused (:flumelog/error (ex-data e))])
                    (Thread/sleep 1)
                    writer))))))

(defn append-until-shut-down
  "Reads a task, opens its log, and appends, deletes and syncs with some threads until it is killed. Each line is in the
   pipe before the thread continues."
  []
  (let [task (edn/read-string (read-line))
        _ (say! [:opening])
        holder (atom (try (open task nil) (catch LogException e (say! [:not-opened (ex-message e)]))))]
    (when @holder
      (say! [:opened @(log/since @holder)])
      (binding [*print-length* nil]
        (run! deref (mapv #(future (write-for-ever holder task %)) (range (:threads task))))))
    @(promise)))
