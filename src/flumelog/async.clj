(ns flumelog.async
  "Live records on core.async channels. Needs `org.clojure/core.async`.

     (require '[clojure.core.async :as async])
     (async/<!! (live-chan log))   ;=> [0 {:n 1}]"
  (:require [flumelog.core :as log]
            [flumelog.options :refer [->options]])
  (:import (flumelog.coll LiveView)
           (flumelog.error OptionFailures)
           (flumelog.log Log)
           (java.io FileNotFoundException)
           (java.util.function BooleanSupplier)))

(set! *warn-on-reflection* true)

(try
  (require 'clojure.core.async)
  (catch FileNotFoundException e
    (throw (OptionFailures/missingLibrary "flumelog.async" "org.clojure/core.async {:mvn/version \"1.8.741\"}" e))))

(require '[clojure.core.async :as async]
         '[clojure.core.async.impl.protocols :as channel])

(def ^:private ^:const look-ms
  "How long a wait for the channel lasts before the thread checks whether the channel or the log was closed."
  100)

(defn- put!
  "Puts the item on the channel and waits until it is taken, or until the log is closed; then the item can still be taken.
   Returns false when the channel was closed. The thread doesn't wait inside core.async, where it would never wake up if
   nobody takes from the channel any more."
  [^Log log ch item]
  (let [taken (promise)]
    (async/put! ch item #(deliver taken %))
    (loop []
      (let [result (deref taken look-ms ::waiting)]
        (cond
          (not= ::waiting result) result
          (channel/closed? ch) false
          (.isClosed log) true
          :else (recur))))))

(defn- follow [^LiveView view ch]
  (.reduceWhile view
                (reify BooleanSupplier (getAsBoolean [_] (not (channel/closed? ch))))
                (fn [_ item] (when-not (put! (.log view) ch item) (reduced nil)))
                nil))

(defn- follow-to-the-end [^LiveView view ch close?]
  (try
    (follow view ch)
    (catch Throwable e
      (put! (.log view) ch e))
    (finally
      (when close? (async/close! ch)))))

(defn- check [k ok? value expected]
  (when-not (or (nil? value) (ok? value))
    (throw (OptionFailures/badOption (str k) value expected)))
  value)

(defn- channel-of [{:keys [chan buffer]}]
  (check :chan #(and (satisfies? channel/WritePort %) (satisfies? channel/Channel %)) chan "a channel of core.async")
  (check :buffer #(or (nat-int? %) (satisfies? channel/Buffer %)) buffer
         "a whole number of records, 0 or more, or a buffer of core.async")
  (when chan (check :buffer nil? buffer "absent where :chan is given"))
  (or chan (async/chan (when-not (= 0 buffer) buffer))))

(defn live-chan
  "A channel of the log's records, present and future, as `flumelog.core/live` gives them: `[offset value]` entries
   unless `:as` says otherwise, each once and in order. A daemon thread reads the records as fast as they are taken: it
   reads at most one record more than the buffer holds.

   Options: those of `live`; `:buffer`, a number of records (0) or a buffer of core.async; or instead `:chan`, the
   channel to use; `:close? false`, which leaves the channel open at the end.

   The thread ends, and closes the channel, after `:limit` records, at `:lt` or `:lte`, or when the log is closed; records
   that were read before can still be taken. It also ends within 200 ms after the channel was closed. When the log was closed
   before all its records were given, or a record can't be read, or can't be decoded and there is no `:on-decode-error`, the
   exception is the last item on the channel. A channel can't hold nil: if the log has nil as a value, take entries.

   Throws `:bad-option`, `:closed`.

     (async/<!! (async/into [] (live-chan log {:limit 2 :as :values})))   ;=> [{:n 1} {:n 2}]
     (let [ch (live-chan log {:old false :chan (async/chan 10 (map key))})]
       (append! log {:n 4})
       (async/<!! ch))   ;=> 66"
  ([log] (live-chan log nil))
  ([log options]
   (let [options (->options options)
         view (log/live log (dissoc options :chan :buffer :close?))
         close? (not (false? (check :close? boolean? (:close? options) "true or false")))
         ch (channel-of options)
         read-on (bound-fn* #(follow-to-the-end view ch close?))]
     (doto (Thread. ^Runnable read-on (str "flumelog live " (:path (log/info log))))
       (.setDaemon true)
       (.start))
     ch)))
