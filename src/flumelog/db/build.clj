(ns ^:no-doc flumelog.db.build
  "A building of a view: a state of its kind, and how far in the log it is. A view has one, and while it is rebuilt a second
   one beside it. All functions that end with ! are called in the turn.

   The atom `:progress` of a building has `:since`, the offset up to which the log was passed; `:records` and `:sum`, how many
   records are present up to there, and the sum of their `place/mix`; `:unsaved`, how many records were added since it was
   frozen; `:skipped` and `:skipped-count`; and `:failure`, `{:offset :cause :for-good}`, when it has stopped."
  (:require [flumelog.db.kind :as kind]
            [flumelog.db.place :as place])
  (:import (flumelog.error CodecFailure)
           (java.util Arrays Set)))

(set! *warn-on-reflection* true)

(defrecord Build [view kind traits state files generation progress])

(deftype Poison [cause])

(def ^:private ^:const most-listed
  "How many skipped records are listed."
  100)

(def at-the-start {:since -1 :records 0 :sum 0 :unsaved 0 :skipped (sorted-map) :skipped-count 0 :persisted -1})

(defn build
  "A building that goes on from `progress`."
  ([view kind files] (build view kind files (kind/start kind files) at-the-start))
  ([view kind files state progress]
   (->Build view kind (kind/traits kind) state files (:generation files) (atom progress))))

(defn since ^long [build] (long (:since @(:progress build))))
(defn failure [build] (:failure @(:progress build)))

(defn fail!
  "The building stops. After `for-good` only a rebuild helps."
  [build offset cause for-good]
  (swap! (:progress build) assoc :failure {:offset offset :cause cause :for-good for-good}))

(defn- first-poison ^long [^objects prepared ^long from ^long to]
  (loop [i from]
    (if (and (< i to) (not (instance? Poison (aget prepared i))))
      (recur (inc i))
      i)))

(defn- failed-for-good!
  "The state may have a part of a batch. Memory that ran out is a matter of the thread too."
  [build offset e]
  (fail! build offset e true)
  (when (instance? VirtualMachineError e) (throw e))
  ::failed)

(defn- add-range!
  "Adds the records from index `from` up to index `to`. Returns nil, or the index of the record that can't be added and why, or
   ::failed."
  [build ^longs offsets ^objects prepared from to]
  (let [from (long from), to (long to)
        [offsets prepared] (if (zero? from)
                             [offsets prepared]
                             [(Arrays/copyOfRange offsets from to) (Arrays/copyOfRange prepared from to)])]
    (try
      (when (< from to) (kind/add! (:state build) offsets prepared (- to from)))
      nil
      (catch Throwable e
        (if-let [i (kind/index-failed e)]
          [(+ from (long i)) (ex-cause e)]
          (failed-for-good! build (first offsets) e))))))

(defn- present
  "How many of the first n records are not in `deleted`, and the sum of their `place/mix`."
  [{:keys [^longs offsets]} ^long n ^Set deleted]
  (loop [i 0, present 0, sum 0]
    (cond
      (= i n) [present sum]
      (.contains deleted (aget offsets i)) (recur (inc i) present sum)
      :else (recur (inc i) (inc present) (unchecked-add sum (place/mix (aget offsets i)))))))

(defn- passed!
  "The first n records of the batch were passed, and the log up to `since`. Those in `deleted` are not present any more."
  [build {:keys [sum] :as batch} n since ^Set deleted]
  (let [[present sum] (if (and (= n (:n batch)) (.isEmpty deleted)) [n sum] (present batch n deleted))]
    (swap! (:progress build)
           (fn [p] (assoc p :since since, :records (+ (long (:records p)) (long present)), :unsaved (+ (long (:unsaved p)) (long n))
                          :sum (unchecked-add (long (:sum p)) (long sum)))))))

(defn- text-of [^Throwable cause]
  (or (ex-message cause) (str (class cause))))

(defn- skip! [build offset cause]
  (swap! (:progress build)
         (fn [p] (cond-> (update p :skipped-count #(inc (long %)))
                   (< (count (:skipped p)) most-listed) (assoc-in [:skipped offset] (text-of cause))))))

(defn- stop-before! [build batch i deleted]
  (let [i (long i), ^longs offsets (:offsets batch)]
    (passed! build batch i (if (zero? i) (:from batch) (aget offsets (dec i))) deleted)))

(defn- throw-unless-of-record!
  "Throws, with all records before index i added, when the cause says nothing about that record: memory ran out or the thread was
   interrupted."
  [build {:keys [path] :as batch} i cause deleted]
  (try
    (CodecFailure/throwUnlessOfRecord path cause)
    (catch Throwable e
      (stop-before! build batch i deleted)
      (throw e))))

(defn add!
  "Adds the records of a batch, with what `prepare` made of each. Stops or skips where one can't be added. `:sound?` of the batch says
   that there is no Poison."
  [build {:keys [^longs offsets ^long n to sound?] :as batch} ^objects prepared ^Set deleted]
  (loop [at 0]
    (let [poison (if sound? n (first-poison prepared at n)), added (add-range! build offsets prepared at poison)]
      (when (not= ::failed added)
        (let [[failed thrown] added, bad (long (or failed poison))]
          (if (= bad n)
            (passed! build batch n to deleted)
            (let [cause (if failed thrown (.cause ^Poison (aget prepared bad)))]
              (throw-unless-of-record! build batch bad cause deleted)
              (if (= :skip (:on-error (:traits build)))
                (do (skip! build (aget offsets bad) cause)
                    (recur (inc bad)))
                (do (stop-before! build batch bad deleted)
                    (fail! build (aget offsets bad) cause false))))))))))

(defn note-absent!
  "The building has passed the batch. Of the offsets `deleting`, whose deletion is under way, it had no record where the batch
   was read after the data was overwritten. Deletions hear of that later, and must not have it forget what it never had."
  [build {:keys [from ^longs offsets n]} deleting]
  (doseq [offset deleting
          :when (and (< (long from) (long offset)) (<= (long offset) (since build))
                     (neg? (Arrays/binarySearch offsets 0 (int n) (long offset))))]
    (swap! (:progress build) update :absent (fnil conj #{}) offset)))

(defn had?
  "Whether the building has the record whose deletion is over. It is asked once for each deletion."
  [build ^long offset]
  (let [{:keys [absent]} @(:progress build)]
    (when absent (swap! (:progress build) update :absent disj offset))
    (and (<= offset (since build)) (not (contains? absent offset)))))

(defn- forgettable?
  "Whether it is known that the record at `offset` was added, and not skipped."
  [{:keys [skipped skipped-count]}]
  (= (count skipped) (long skipped-count)))

(defn- without
  "The progress without a record that the building had passed."
  [{:keys [skipped] :as progress} ^long offset]
  (cond-> (-> progress
              (update :records #(dec (long %)))
              (update :unsaved #(inc (long %)))
              (update :sum #(unchecked-subtract (long %) (place/mix offset))))
    (contains? skipped offset) (-> (update :skipped dissoc offset)
                                   (update :skipped-count #(dec (long %))))))

(defn forget!
  "A record up to `since` was deleted. `prepared` is what `prepare` returns for it, a Poison, or nil when that is not known.
   False when the building must begin anew."
  [build ^long offset prepared known?]
  (let [p @(:progress build)
        forgotten? (cond
                     (contains? (:skipped p) offset) true
                     (not (forgettable? p)) false
                     (and known? (or (nil? prepared) (instance? Poison prepared))) true
                     :else (kind/forget! (:state build) offset prepared))]
    (when-not (false? forgotten?)
      (swap! (:progress build) without offset))
    (not (false? forgotten?))))

(defn answer [build]
  (kind/answer (:state build) (since build)))
