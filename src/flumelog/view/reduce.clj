(ns ^:no-doc flumelog.view.reduce
  "The kind of view that is one value, reduced from all records."
  (:refer-clojure :exclude [reduce])
  (:require [flumelog.db.kind :as kind :refer [Kind State]]
            [flumelog.options :refer [->codec]]
            [flumelog.view.options :as options])
  (:import (clojure.lang Volatile)
           (flumelog.codec Codec)
           (flumelog.error OptionFailures)))

(set! *warn-on-reflection* true)

(deftype ^:private Prepared [value])                         ; since a value may be nil

(defn- step-at! [step acc ^longs offsets ^objects prepared i]
  (let [i (int i)]
    (when-let [^Prepared p (aget prepared i)]
      (try
        (vreset! acc (step (.deref ^Volatile acc) (aget offsets i) (.value p)))
        (catch Throwable e (throw (kind/failed-at i e)))))))

(deftype ^:private ReduceState [step retract ^Codec codec acc]
  State
  (add! [_ offsets prepared n]
    (dotimes [i (long n)] (step-at! step acc offsets prepared i)))
  (hide! [_ _ _])
  (forget! [_ offset prepared]
    (if (and retract prepared)
      (do (vreset! acc (retract @acc offset (.value ^Prepared prepared))) true)
      false))
  (answer [_ _] @acc)
  (freeze! [_] @acc)
  (write! [_ frozen _] {:payload (.encode codec frozen)})
  (written! [_ _])
  (move! [_ _] false)                                        ; the value may have offsets
  (close! [_]))

(deftype ^:private ReduceKind [init step retract codec traits]
  Kind
  (traits [_] traits)
  (prepare [_ _ value _] (Prepared. value))
  (start [_ _] (ReduceState. step retract codec (volatile! init)))
  (restore [_ _ _ payload] (ReduceState. step retract codec (volatile! (.decode ^Codec codec payload))))
  Object
  (toString [this] (kind/shown this)))

(kind/print-by-text! ReduceKind)

(defn- check-fn [k f]
  (when-not (ifn? f)
    (throw (OptionFailures/badOption (str k) f "a function of the value so far, the offset and the record's value"))))

(defn kind
  "The kind for the options of `flumelog.view/reduce`."
  [options]
  (let [{:keys [init step retract codec] :as options} (options/check [:init :step :retract :codec] options)]
    (check-fn :step step)
    (when (some? retract) (check-fn :retract retract))
    (ReduceKind. init step retract (->codec (if (nil? codec) :edn codec))
                 (merge {:kind :reduce, :paths [], :value? true} (options/common options)))))
