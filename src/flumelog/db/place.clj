(ns ^:no-doc flumelog.db.place
  "Where in a log a view is, as a text for its manifest, by which a log that is not the one it was is noticed.

   * `place`: the text; `fits?`: whether the log still has the same records there
   * `moved`: where it is now, when the log was compacted
   * `mix`: the part that a record has in the sum by which deletions are noticed"
  (:require [clojure.string :as str])
  (:import (flumelog.error LogException LogException$Kind)
           (flumelog.log Log Moves Position)
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

(defn- moves-from ^Moves [^Log log ^Position position]
  (when-let [id (.id position)] (.moves log id)))

(defn moved
  "The `Moves` of a log that was compacted since the text was made, and that still has the last records before that place; else nil."
  ^Moves [^Log log ^String text ^long offset]
  (when-not (str/starts-with? text "record/")
    (let [position (Position/parse text)]
      (when-let [moves (moves-from log position)]
        (let [now (.newOffset moves offset)]
          (when (and (>= now 0) (fits? log (str (Position. (.id log) now (.fingerprint position))) now))
            moves))))))

(defn mix
  "A number that stands for a record in a sum over all records. Sums of different sets of records differ but for bad luck."
  ^long [^long offset]
  (let [a (unchecked-multiply (bit-xor offset (unsigned-bit-shift-right offset 33)) -49064778989728563)
        b (unchecked-multiply (bit-xor a (unsigned-bit-shift-right a 33)) -4265267296055464877)]
    (bit-xor b (unsigned-bit-shift-right b 33))))
