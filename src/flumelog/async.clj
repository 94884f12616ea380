(ns flumelog.async
  "Live records on core.async channels. Needs `org.clojure/core.async`.

     (require '[clojure.core.async :as async])
     (async/<!! (live-chan log))   ;=> [0 {:n 1}]"
  (:require [flumelog.arguments :refer [back-end]]
            [flumelog.core :as log]
            [flumelog.options :refer [->options]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error OptionFailures)
           (flumelog.log LiveOptions Log Since)
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

(defn- record-comes?
  "Waits for a record at or above the offset; false when the channel was closed before. Throws `:closed`."
  [^Since mark ^long from ch]
  (loop []
    (cond
      (channel/closed? ch) false
      (.await mark from look-ms) true
      :else (recur))))

(def ^:private projections
  {":entries" log/entries ":values" log/values ":offsets" log/offsets})

(defn- put-range!
  "Puts what there is on the channel; returns how many more it may be."
  [^LogCollection log ^LiveOptions options ch from upto left]
  (reduce (fn [left item]
            (if (put! (.log log) ch item) (dec (long left)) (reduced 0)))
          left
          ((projections (.as options)) log {:gte from :lte upto :limit left :on-decode-error (.onDecodeError options)})))

(defn- follow [^LogCollection log ^LiveOptions options ch]
  (let [mark (if (.durable options) (.durable (.log log)) (.since (.log log)))]
    (loop [from (.from options), left (.limit options)]
      (when (and (pos? left) (record-comes? mark from ch))
        (let [upto (.get mark)]
          (recur (inc upto) (long (put-range! log options ch from upto left))))))))

(defn- follow-to-the-end [^LogCollection log options ch close?]
  (try
    (follow log options ch)
    (catch Throwable e
      (when-not (and (.isClosed (.log log)) (= :closed (:flumelog/error (ex-data e))))
        (put! (.log log) ch e)))
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
         live (LiveOptions/of (back-end log) (dissoc options :chan :buffer :close?))
         close? (not (false? (check :close? boolean? (:close? options) "true or false")))
         ch (channel-of options)
         read-on (bound-fn* #(follow-to-the-end log live ch close?))]
     (doto (Thread. ^Runnable read-on (str "flumelog live " (:path (log/info log))))
       (.setDaemon true)
       (.start))
     ch)))
