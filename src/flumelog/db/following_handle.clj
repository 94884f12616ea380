(ns ^:no-doc flumelog.db.following-handle
  "The handle of a view that a db keeps up to date."
  (:require [flumelog.db.engine :as engine]
            [flumelog.db.handle :refer [check-reduce fresh Handle]]
            [flumelog.db.reading :as reading]
            [flumelog.db.watches :as watches]
            [flumelog.db.worker :as worker])
  (:import (clojure.lang IBlockingDeref IDeref IRef)
           (flumelog.error LogException LogException$Kind)
           (java.io Writer)))

(set! *warn-on-reflection* true)

(defn- timeout? [e]
  (and (instance? LogException e) (= LogException$Kind/TIMEOUT (.kind ^LogException e))))

(deftype ViewHandle [engine name kind]
  Handle
  (fresh [_ options] (:answer (get (reading/entries engine [name] (reading/wanted engine options)) name)))
  (failed! [_ e]
    (when (engine/damaged? e)
      (engine/damaged! engine name e)
      (worker/wake! engine)))
  (log-of [_] (:log engine))
  (kind-of [_] kind)
  (name-of [_] name)
  IDeref
  (deref [this]
    (check-reduce this)
    (fresh this nil))
  IBlockingDeref
  (deref [this ms timeout-val]
    (check-reduce this)
    (try (fresh this {:timeout-ms ms}) (catch LogException e (if (timeout? e) timeout-val (throw e)))))
  IRef
  (setValidator [_ _] (throw (UnsupportedOperationException. "a view takes no validator")))
  (getValidator [_] nil)
  (getWatches [_] (watches/fns engine name))
  (addWatch [this key f]
    (check-reduce this)
    (watches/add! engine name this key f)
    this)
  (removeWatch [this key]
    (watches/remove! engine name key)
    this)
  Object
  (toString [_] (str "#flumelog/View[" name " " (select-keys (get @(:published engine) name) [:since]) "]")))

(.addMethod ^clojure.lang.MultiFn print-method ViewHandle (fn [handle ^Writer w] (.write w (str handle))))
