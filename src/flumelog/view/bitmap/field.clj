(ns ^:no-doc flumelog.view.bitmap.field
  "The values of fields that a bitmap view can keep: values that `=` compares, and that are written and read back equal."
  (:import (clojure.lang BigInt Keyword Ratio Symbol)
           (java.time Instant)
           (java.util Date UUID)))

(set! *warn-on-reflection* true)

(def kinds
  "nil, true, false, a number that is not NaN, a character, a string, a keyword, a symbol, a date, a UUID, or a vector of these")

(def ^:private classes
  #{String Keyword Symbol Boolean Character Long Integer Short Byte BigInt BigInteger BigDecimal Ratio UUID Date Instant})

(defn- keepable? [value]
  (or (nil? value)
      (contains? classes (class value))
      (and (instance? Double value) (not (Double/isNaN value)))
      (and (or (vector? value) (list? value)) (every? keepable? value))))

(defn kept
  "The value as the view keeps it. What `refused` returns when it can't keep it. A float becomes the double that is `=`, since
   their hashes differ."
  [value refused]
  (let [value (if (instance? Float value) (double value) value)]
    (if (keepable? value) value (refused value))))
