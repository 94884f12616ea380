(ns flumelog.async
  "Live records on core.async channels. Needs `org.clojure/core.async`.

     (require '[clojure.core.async :as async])
     (async/<!! (live-chan log))   ;=> [0 {:n 1}]"
  (:require [flumelog.core :as log]
            [flumelog.options :refer [->options]])
  (:import (flumelog.coll LiveReading LiveView)
           (flumelog.error OptionFailures)
           (flumelog.log Log)
           (java.io FileNotFoundException)))

(set! *warn-on-reflection* true)

(try
  (require 'clojure.core.async)
  (catch FileNotFoundException e
    (throw (OptionFailures/missingLibrary "flumelog.async" "org.clojure/core.async {:mvn/version \"1.8.741\"}" e))))

(require '[clojure.core.async :as async]
         '[clojure.core.async.impl.protocols :as channel])

(def ^:private ^:const look-ms
  "How long it waits, for a record or for the channel, before it looks whether the channel or the log was closed."
  100)

(defn- put!
  "Puts the item on the channel and waits until it is taken; false when there should be no further one. It waits outside
   of core.async, which keeps who waits in it for ever where the channel is closed or forgotten. What waited when the
   log was closed can still be taken."
  [^Log log ch item]
  (let [taken (promise)]
    (async/put! ch item #(deliver taken %))
    (loop []
      (let [result (deref taken look-ms ::waiting)]
        (cond
          (not= ::waiting result) result
          (or (.isClosed log) (channel/closed? ch)) false
          :else (recur))))))

(defn- item-comes?
  "Waits for the next item; false when the channel or the log is closed before."
  [^Log log ^LiveReading reading ch]
  (loop []
    (cond
      (channel/closed? ch) false
      (.move reading look-ms) true
      (.isClosed log) false
      :else (recur))))

(defn- follow [^LiveView view ch]
  (let [log (.log view), reading (.read view)]
    (loop [left (.limit view)]
      (when (and (pos? left) (item-comes? log reading ch) (put! log ch (.item reading)))
        (recur (dec left))))))

(defn- follow-to-the-end [^LiveView view ch close?]
  (try
    (follow view ch)
    (catch Throwable e
      (when-not (and (.isClosed (.log view)) (= :closed (:flumelog/error (ex-data e))))
        (put! (.log view) ch e)))
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
  "A channel of the records that there are and those that will be, as `flumelog.core/live` gives them: `[offset value]`
   entries unless `:as` says otherwise, each once and in order. A thread of its own, a daemon, reads them no faster than
   they are taken: one record waits beside those in the buffer.

   Options: those of `live`, and `:buffer`, how many records (0) or a buffer of core.async; or `:chan`, a channel to put
   them on; `:close? false` leaves the channel open at the end.

   It ends, and closes the channel, after `:limit` records or when the log is closed; what was read before can still be
   taken. It also ends within a fifth of a second after the channel was closed, whether it waits for a record or for
   a taker. When a record can't be read, by `:decode` where `:on-decode-error` is not given, the exception is the last
   thing on the channel. A channel can't hold nil: where that is a value of the log, take entries.

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
