(ns ^:no-doc flumelog.db.once
  "A view of the records that a log has now, built in memory by the caller's thread, and followed no further. It takes no thread, no
   file and no lock, so for a small log it is there sooner than a db.

   * `view`: its handle"
  (:require [flumelog.db.batch :as batch]
            [flumelog.db.build :as build]
            [flumelog.db.handle :refer [Handle]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error ViewFailures)
           (flumelog.log Log)))

(set! *warn-on-reflection* true)

(deftype ^:private OnceHandle [log name kind answer]
  Handle
  (fresh [_ _] answer)
  (failed! [_ _])
  (log-of [_] log)
  (kind-of [_] kind)
  (name-of [_] name)
  Object
  (toString [_] (str "#flumelog/View[" name "]")))

(defn- check-failed [^Log raw name build]
  (when-let [{:keys [offset cause]} (build/failure build)]
    (throw (ViewFailures/viewFailed (.path raw) (str name) (long (or offset -1)) cause))))

(defn- add-all!
  "Adds the records up to an offset, a batch after the other."
  [^LogCollection log name build upto tell!]
  (let [raw (.log log), reading (batch/reading {:codec (.codec log) :path (.path raw)} [build])]
    (loop [from -1]
      (when (< from (long upto))
        (let [{:keys [to] :as batch} (batch/next-batch raw from (long upto)), [prepared] (batch/prepared reading batch nil)]
          (build/add! build batch prepared #{})
          (check-failed raw name build)
          (tell! to upto)
          (recur (long to)))))))

(defn view
  "The handle of a view of this kind. `tell!` is a function of the offset up to which records were added, and of that of the last
   one; it may throw to stop. Throws `:view-failed` as reading a view of a db does."
  [^LogCollection log name kind tell!]
  (let [build (build/build name kind nil)]
    (add-all! log name build (.get (.since (.log log))) tell!)
    (->OnceHandle log name kind (build/answer build))))
