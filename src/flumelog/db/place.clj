(ns ^:no-doc flumelog.db.place
  "Where in a log a view is, as a text for its manifest, by which a log that is not the one it was is noticed.

   * `place`: the text; `fits?`: whether the log still has the same records there
   * `anchors`, `moved`: where it is now, when the log was compacted
   * `mix`: the part that a record has in the sum by which deletions are noticed"
  (:require [clojure.string :as str])
  (:import (flumelog.error LogException LogException$Kind)
           (flumelog.log Cursor Log Moves Position)
           (java.util.zip CRC32C)))

(set! *warn-on-reflection* true)

(defn- is-kind? [kind e]
  (and (instance? LogException e) (= kind (.kind ^LogException e))))

(defn- record-place
  "For logs without positions: the offset, and length and checksum of the record there."
  [^Log log ^long offset]
  (let [data (.get log offset)]
    (str "record/" offset "/" (when data (str (alength data) ":" (Long/toHexString (.getValue (doto (CRC32C.) (.update data)))))))))

(defn place
  "The text for the record at `offset`, or -1."
  [^Log log ^long offset]
  (try
    (str (.position log offset))
    (catch LogException e
      (if (is-kind? LogException$Kind/UNSUPPORTED e) (record-place log offset) (throw e)))))

(defn fits?
  "Whether the log has the same records up to the place as when the text was made."
  [^Log log ^String text ^long offset]
  (if (str/starts-with? text "record/")
    (and (<= offset (.get (.since log))) (= text (record-place log offset)))
    (try
      (= offset (.offsetOf log (Position/parse text)))
      (catch LogException e
        (if (is-kind? LogException$Kind/WRONG_LOG e) false (throw e))))))

(def ^:private ^:const most-anchors
  "How many records before its place a view keeps. If a compaction has dropped all of them, the view is built anew."
  16)

(defn- trace [^Log log ^long offset]
  (str (first (.traces log offset))))

(defn anchors
  "The last present records up to `offset`, the newest first: by which it is known that a compacted log is made of this one.
   Each is its offset with a text of its length and checksum. Nil for a log without positions."
  [^Log log ^long offset]
  (let [^Cursor cursor (.seek (.cursor log) (inc offset))]
    (try
      (loop [found []]
        (if (and (< (count found) (long most-anchors)) (.prev cursor))
          (recur (conj found [(.offset cursor) (trace log (.offset cursor))]))
          found))
      (catch LogException e
        (if (is-kind? LogException$Kind/UNSUPPORTED e) nil (throw e)))
      (finally (.release cursor)))))

(defn- moves-from ^Moves [^Log log ^String text]
  (when-not (str/starts-with? text "record/")
    (when-let [id (.id (Position/parse text))] (.moves log id))))

(defn moved
  "For a log that was compacted since the text and the anchors were made: `:moves`, and `:since`, the offset now of the last
   of these records. Nil when that is not known."
  [^Log log ^String text anchors]
  (when-let [^Moves moves (moves-from log text)]
    (let [kept (for [[offset trace] anchors :let [now (.newOffset moves offset)] :when (>= now 0)] [now trace])]
      (when (and (seq kept) (every? (fn [[now then]] (= then (trace log now))) kept))
        {:moves moves :since (ffirst kept)}))))

(defn mix
  "A number that stands for a record in a sum over all records. Sums of different sets of records differ but for bad luck."
  ^long [^long offset]
  (let [a (unchecked-multiply (bit-xor offset (unsigned-bit-shift-right offset 33)) -49064778989728563)
        b (unchecked-multiply (bit-xor a (unsigned-bit-shift-right a 33)) -4265267296055464877)]
    (bit-xor b (unsigned-bit-shift-right b 33))))
