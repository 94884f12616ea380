(ns flumelog.stream-test
  "A log as Java's Iterable and Stream: whatever way it is read and split, it gives the records that the log has."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :refer [for-all]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error formats path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.log Cursor Entry Log Range)
           (java.util ArrayList NoSuchElementException Random Spliterator)
           (java.util.function Consumer Function)
           (java.util.stream Stream)))

(set! *warn-on-reflection* true)

(defn- data
  "n bytes that tell which record they are of."
  ^bytes [i n]
  (let [bytes (byte-array n)]
    (.nextBytes (Random. i) bytes)
    (aset bytes 0 (byte 1))
    bytes))

(defn- log-of
  "Appends a record of each length, and deletes those whose number is in `deleted`."
  ^Log [^Log l lengths deleted]
  (let [offsets (.appendAll l (map-indexed data lengths))]
    (.delete l (long-array (keep-indexed (fn [i offset] (when (deleted i) offset)) offsets)))
    l))

(defmacro ^:private on-every-log [[log] & body]
  `(doseq [[kind# open#] {"file" log/open, "memory" (fn [_# options#] (memory/open options#))}
           [format# options#] formats]
     (testing (str kind# ", " format#)
       (with-temp-folder [folder#]
         (with-open [l# ^LogCollection (open# (path-in folder# "a.log") (merge {:sync :none :codec :bytes} options#))]
           (let [~(with-meta log {:tag `Log}) (.log l#)] ~@body))))))

(defn- expected
  "The entries of a range by the log's other way of reading."
  [^Log l options]
  (let [values (log/entries (LogCollection. l flumelog.codec.Codecs/BYTES) options)]
    (mapv (fn [[offset data]] (Entry. offset data)) values)))

(defn- entries [^Stream stream] (vec (.toArray stream)))

(defn- parallel ^Stream [^Stream stream] (.parallel stream))

(defn- remaining [^Spliterator s]
  (let [all (ArrayList.)]
    (.forEachRemaining s (reify Consumer (accept [_ x] (.add all x))))
    (vec all)))

(deftest an-entry-is-its-offset-and-its-bytes
  (let [entry (Entry. 7 (byte-array [1 2]))]
    (is (= entry (Entry. 7 (byte-array [1 2]))))
    (is (= (hash entry) (hash (Entry. 7 (byte-array [1 2])))))
    (is (not-any? #(= entry %) [(Entry. 8 (byte-array [1 2])) (Entry. 7 (byte-array [1 3])) "7"]))
    (is (= "Entry[offset=7, 2 bytes]" (str entry)))))

(deftest a-log-is-iterable
  (on-every-log [l]
    (is (= [] (vec (iterator-seq (.iterator l)))) "when empty")
    (is (= [] (entries (.stream l))) "when empty")
    (is (= [] (entries (parallel (.stream l)))) "when empty")
    (log-of l (range 1 20) #{3 18})
    (let [all (expected l nil), each (ArrayList.)]
      (is (= 17 (count all)))
      (is (= all (vec (iterator-seq (.iterator l)))))
      (is (= all (entries (.stream l))))
      (is (= all (remaining (.spliterator l))))
      (.forEach l (reify Consumer (accept [_ entry] (.add each entry))))
      (is (= all (vec each)))
      (let [iterator (.iterator l)]
        (dotimes [_ 17] (.next iterator))
        (is (thrown? NoSuchElementException (.next iterator)))))))

(deftest bytes-of-an-entry-are-the-reader-s-own
  (on-every-log [l]
    (.append l (byte-array [1 2 3]))
    (aset (.data ^Entry (first (entries (.stream l)))) 0 (byte 9))
    (is (= [1 2 3] (vec (.data ^Entry (first (entries (.stream l)))))))))

(deftest streams-of-ranges-are-exact
  (on-every-log [l]
    (log-of l [1 2 3 4 5] #{2})
    (let [end (long (get (.info l) "end"))]
      (doseq [bound (concat (range -2 (+ 2 end)) [Long/MIN_VALUE Long/MAX_VALUE])
              options [{:gt bound} {:gte bound} {:lt bound} {:lte bound} {:gte bound :lt (+ 20 (long (min bound end)))}
                       {:gte bound :limit 2}]
              reverse [false true]
              :let [options (assoc options :reverse reverse), wanted (expected l options), range (Range/of options)]]
        (is-each (= wanted (entries (.stream l range))) options)
        (is-each (= wanted (entries (parallel (.stream l range)))) "in parallel, " options)))
    (is (= (expected l nil) (entries (.stream l))))))

(deftest a-stream-has-the-records-that-the-log-had-when-it-was-made
  (on-every-log [l]
    (log-of l [10 20 30] #{})
    (let [before (expected l nil)
          [i s ^Spliterator p] [(iterator-seq (.iterator l)) (.stream l) (.spliterator l)]]
      (log-of l [40] #{})
      (is (= before i))
      (is (= before (entries s)))
      (is (= before (remaining p)))
      (is (= 4 (count (entries (.stream l))))))))

(deftest a-record-that-is-deleted-before-it-is-reached-is-left-out
  (on-every-log [l]
    (let [offsets (.appendAll l (map-indexed data [1 2 3]))
          iterator (.iterator l)]
      (is (= (aget offsets 0) (.offset ^Entry (.next iterator))))
      (.delete l (long-array [(aget offsets 1)]))
      (is (= [(aget offsets 2)] (map #(.offset ^Entry %) (iterator-seq iterator)))))))

(deftest a-stream-that-is-closed-leaves-the-log-open
  (on-every-log [l]
    (.append l (data 0 1))
    (with-open [s (.stream l)]
      (.close s)
      (is (thrown? IllegalStateException (.count s))))
    (is (= 1 (.count (.stream l))))))

(deftest a-closed-log-has-no-streams
  (on-every-log [l]
    (log-of l [1 2] #{})
    (let [s (.stream l), i (.iterator l)]
      (.next i)
      (.close l)
      (is (= :closed (error (.iterator l))))
      (is (= :closed (error (.stream l))))
      (is (= :closed (error (.spliterator l))))
      (is (= :closed (error (entries s))))
      (is (= :closed (error (.next i)))))))

(deftest a-record-that-is-deleted-while-it-is-read-is-left-out
  (let [at (atom -1)
        cursor (reify Cursor
                 (next [_] (< (long (swap! at inc)) 3))
                 (seek [this _] this)
                 (offset [_] @at)
                 (data [_] (when-not (= 1 @at) (byte-array [@at]))))
        since (flumelog.spi.LastOffset. "racing" 2 nil)
        l (reify Log (since [_] since) (isClosed [_] false) (cursor [_] cursor))]
    (is (= [0 2] (map #(.offset ^Entry %) (entries (.stream l)))))))

;; Splitting

(deftest small-parts-are-not-split
  (on-every-log [l]
    (log-of l (repeat 30 1000) #{})
    (is (nil? (.trySplit (.spliterator l))) "30 kB are not")
    (log-of l (repeat 300 1000) #{})
    (let [s (.spliterator l), part (.trySplit s)]
      (is (<= 100 (count (remaining part)) 230))
      (is (.hasCharacteristics s (bit-or Spliterator/ORDERED Spliterator/DISTINCT Spliterator/NONNULL Spliterator/CONCURRENT)))
      (is (not (.hasCharacteristics s Spliterator/SIZED)))
      (is (<= (count (remaining s)) (.estimateSize (.spliterator l)))))))

(deftest a-record-that-starts-where-it-is-split-is-there-once
  (with-temp-folder [folder]
    (with-open [c ^LogCollection (log/open (path-in folder "a.log") {:framing :legacy :codec :bytes :sync :none})]
      (let [l (log-of (.log c) (repeat 16385 8) #{}), middle 131072]    ; frames of 16 bytes
        (doseq [[reverse before after] [[false #(< (long %) middle) #(>= (long %) middle)]
                                        [true #(>= (long %) middle) #(< (long %) middle)]]
                :let [s (.spliterator (.stream l (.inOrder (Range/all) (not reverse)))), part (.trySplit s)
                      offsets (fn [s] (map #(.offset ^Entry %) (remaining s)))
                      [first-part second-part] [(offsets part) (offsets s)]]]
          (is (= [8192 8193] (sort (map count [first-part second-part]))))
          (is (every? before first-part))
          (is (every? after second-part)))))))

(defn- split-at-random
  "All that the spliterator gives, in order: it is split, or read a bit, by chance."
  [^Spliterator s ^Random random]
  (let [all (ArrayList.)
        add (reify Consumer (accept [_ entry] (.add all entry)))]
    (loop [before []]
      (dotimes [_ (.nextInt random 4)] (.tryAdvance s add))
      (let [before (into before (vec all)), _ (.clear all)
            part (when (pos? (.nextInt random 4)) (.trySplit s))]
        (if part
          (recur (into before (split-at-random part random)))
          (into before (remaining s)))))))

(def ^:private lengths
  "From tiny records to one that spans several parts of a split."
  (gen/vector (gen/frequency [[10 (gen/choose 1 100)] [10 (gen/choose 1000 20000)] [1 (gen/choose 100000 300000)]]) 0 60))

(defspec every-way-to-split-gives-every-record-once-and-in-order (size 20 200)
  (for-all [lengths lengths, deleted (gen/set (gen/choose 0 59)), seed gen/large-integer
            options (gen/hash-map :reverse gen/boolean, :gt (gen/choose -2 200000), :lte (gen/choose 100000 2000000))
            format (gen/elements (vals formats)), memory? gen/boolean]
    (with-temp-folder [folder]
      (with-open [^LogCollection c (if memory?
                                     (memory/open (assoc format :codec :bytes))
                                     (log/open (path-in folder "a.log") (merge format {:codec :bytes :sync :none})))]
        (let [l (log-of (.log c) lengths deleted), range (Range/of options)]
          (every? #(= (expected l options) %)
                  [(split-at-random (.spliterator (.stream l range)) (Random. seed))
                   (entries (.stream l range))
                   (entries (parallel (.stream l range)))
                   (entries (.map (parallel (.stream l range)) (Function/identity)))]))))))

(deftest parallel-streams-keep-the-order-while-others-append
  (on-every-log [l]
    (log-of l (repeat 200 3000) #{7 8 9})
    (let [before (expected l nil), done (promise)
          appending (future (while (not (realized? done)) (.append l (data 1 1000))))]
      (try
        (dotimes [_ (size 3 20)]
          (is (= before (subvec (entries (parallel (.stream l))) 0 (count before)))))
        (finally (deliver done true)
                 @appending))
      (is (= 10 (.count (parallel (.stream l (.atMost (Range/all) 10)))))))))
