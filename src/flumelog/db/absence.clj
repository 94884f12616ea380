(ns ^:no-doc flumelog.db.absence
  "Whether records were deleted while no db was open. A view knows how many records there were up to its since, and a sum of
   their offsets. A log knows how many records it has, unless its writer was killed or the file was changed; from these the records
   behind the view's since are taken off. Where it can't be so, a walk over the log finds how many there are, and the sum.

   * `check!`: has those views built anew that have records which the log has not
   * `learn-count!`: has the log know how many records it has"
  (:require [flumelog.db.build :as build]
            [flumelog.db.deletions :as deletions]
            [flumelog.db.engine :as engine :refer [with-turn]]
            [flumelog.db.place :as place])
  (:import (flumelog.log Cursor Log Progress)
           (java.nio ByteBuffer)
           (java.util.concurrent CancellationException ConcurrentHashMap)
           (java.util.concurrent.atomic AtomicLong)))

(set! *warn-on-reflection* true)

(defn- overhead
  "The bytes of a record's frame without its data."
  ^long [^Log raw ^long offset]
  (let [facts (.describe raw offset)]
    (- (long (get facts "end")) (long (get facts "length")) offset)))

(defn- end-of
  "Where the cursor's record ends, if its frame is as long as its data and `overhead`."
  ^long [^Cursor cursor ^long overhead]
  (let [^ByteBuffer data (.view cursor)]
    (+ (.offset cursor) overhead (if data (long (.remaining data)) 0))))

(defn- pass
  "Goes on with the cursor over the records up to the offset `wanted`. The map says what was found up to now; `:more?` is
   whether the cursor is at a record, and `:end` where the record before it ends, if gaps are looked for."
  [^Cursor cursor gaps? overhead {:keys [records sum end whole last more?]} wanted]
  (let [wanted (long wanted), overhead (long overhead)]
    (loop [n (long records), sum (long sum), end (long end), whole whole, last (long last), more? more?]
      (if (and more? (<= (.offset cursor) wanted))
        (let [offset (.offset cursor)]
          (if gaps?
            (recur (inc n) (unchecked-add sum (place/mix offset)) (end-of cursor overhead) (and whole (= offset end)) offset (.next cursor))
            (recur (inc n) (unchecked-add sum (place/mix offset)) end whole offset (.next cursor))))
        {:records n :sum sum :end end :whole whole :last last :more? more?}))))

(defn- sums
  "What is present up to each of the offsets, by offset: `:records`, how many; `:sum`, of their `place/mix`; and when `gaps?`
   is asked for `:whole`, whether the records up to there lie one behind the other, without a deleted one between."
  [^Log raw offsets gaps?]
  (let [^Cursor cursor (.cursorPastCache raw)]
    (try
      (let [more? (.next cursor), overhead (if (and gaps? more?) (overhead raw (.offset cursor)) 0)
            at-the-start {:records 0 :sum 0 :end 0 :whole true :last -1 :more? more?}
            wanted (sort offsets)]
        (zipmap wanted (map (fn [{:keys [records sum whole last]} offset] {:records records :sum sum :whole (and whole (= last offset))})
                            (rest (reductions #(pass cursor gaps? overhead %1 %2) at-the-start wanted))
                            wanted)))
      (finally (.release cursor)))))

(defn- records-between
  "How many records there are behind the offset `from`, up to the offset `upto`."
  ^long [^Log raw ^long from ^long upto]
  (let [^Cursor cursor (.cursorPastCache raw), ^Cursor cursor (if (neg? from) cursor (.seek cursor (inc from)))]
    (try
      (loop [n 0]
        (if (and (.next cursor) (<= (.offset cursor) upto))
          (recur (inc n))
          n))
      (finally (.release cursor)))))

(defn- counts
  "How many records are present up to each of the offsets, by offset, as `sums` gives it. Nil when records came meanwhile."
  [^Log raw offsets]
  (let [since (.get (.since raw)), all (.count raw Progress/NONE)]
    (when (= since (.get (.since raw)))
      (into {} (map (fn [offset] [offset {:records (- all (records-between raw offset since))}])) offsets))))

(defn- unchecked [engine]
  (into {} (filter (comp :unchecked val)) @(:views engine)))

(defn- right?
  "Whether a view has the records that were found. The sums of a view that has moved with the log are not known; but a
   compacted log has no deleted record unless it was deleted later."
  [{:keys [unchecked current]} {:keys [whole records sum]}]
  (let [known @(:progress current)]
    (if (= :moved unchecked)
      whole
      (and (= records (:records known)) (or (nil? sum) (= sum (:sum known)))))))

(defn- judge! [engine found]
  (doseq [[name {:keys [current] :as view}] (unchecked engine), :let [found (get found (build/since current))]]
    (engine/change! engine name assoc :unchecked false)
    (if (right? view found)
      (swap! (:progress current) merge (select-keys found [:records :sum]))
      (engine/mark-stale! engine name))))

(defn- quiet
  "The number of deletions that have begun, if all of them have been forgotten; else nil. In the turn."
  [{:keys [^ConcurrentHashMap hiding ^AtomicLong begun] :as engine}]
  (deletions/drain! engine)
  (when (.isEmpty hiding) (.get begun)))

(defn- look
  "A view that was written when deletions were not known to be durable can have lost one record and have another one too many, which
   its count does not show."
  [{:keys [^Log raw]} views]
  (let [offsets (distinct (map #(build/since (:current %)) views)), ways (set (map :unchecked views))]
    (or (when (and (= #{:by-count} ways) (.writable raw))
          (or (counts raw offsets) (counts raw offsets)))    ; the log knows its count once it was asked
        (sums raw offsets (contains? ways :moved)))))

(defn check!
  "Compares the records that views have with those that the log has. A view that has others is built anew. Records that are
   deleted during the walk make it walk again."
  [engine]
  (loop [left 100]
    (when-let [views (vals (unchecked engine))]
      (let [before (with-turn engine (quiet engine))
            found (when before (look engine views))
            judged? (with-turn engine
                      (when (or (zero? left) (and before (= before (quiet engine))))
                        (judge! engine found)
                        (engine/publish! engine)
                        true))]
        (when-not judged?
          (Thread/sleep 1)
          (recur (dec left)))))))

(def ^:private ^:const longest-after-close
  "Nanoseconds of counting, after which a db that is closed does not wait for its end."
  1000000000)

(defn learn-count!
  "A log that came without its checkpoint, or whose writer was killed, does not know how many records it has, so the next db over it
   would walk over all of it before it answers. When the records were counted the log knows it, also after it was closed."
  [{:keys [^Log raw closed]}]
  (let [started (System/nanoTime)]
    (try
      (.count raw (reify Progress
                    (at [_ _ _]
                      (when (and @closed (> (- (System/nanoTime) started) (long longest-after-close))) (throw (CancellationException.))))))
      (catch Exception _ nil))))                             ; the next db counts, or says what is wrong
