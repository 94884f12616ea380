(ns ^:no-doc flumelog.serve.json
  "Writes the answers of the page as JSON: maps with keyword keys, vectors and other collections, strings, numbers, booleans and
   nil. The text is ASCII without line ends, so it fits into one line of an event stream, and no text of a record can end a
   string early."
  (:import (java.nio.charset StandardCharsets)
           (java.util Map)))

(set! *warn-on-reflection* true)

(defn- plain? [c]
  (let [c (int c)]
    (and (<= 32 c 126) (not (or (= 34 c) (= 92 c) (= 60 c) (= 62 c) (= 38 c))))))

(defn- write-text [^StringBuilder out ^CharSequence text]
  (.append out \")
  (dotimes [i (.length text)]
    (let [c (.charAt text i)]
      (if (plain? c)
        (.append out c)
        (.append out (format "\\u%04x" (int c))))))
  (.append out \"))

(declare write)

(defn- write-all
  "Writes the items between the brackets, each by the function."
  [^StringBuilder out open close items write-item]
  (.append out (char open))
  (reduce (fn [first? item]
            (when-not first? (.append out \,))
            (write-item item)
            false)
          true items)
  (.append out (char close)))

(defn- write [^StringBuilder out value]
  (cond
    (nil? value) (.append out "null")
    (boolean? value) (.append out (str value))
    (number? value) (.append out (str value))
    (string? value) (write-text out value)
    (keyword? value) (write-text out (name value))
    (instance? Map value) (write-all out \{ \} value (fn [[k v]] (write-text out (name k)) (.append out \:) (write out v)))
    :else (write-all out \[ \] value #(write out %))))

(defn text
  "The value as JSON."
  ^String [value]
  (let [out (StringBuilder.)]
    (write out value)
    (str out)))

(defn utf8
  "The value as JSON in bytes."
  ^bytes [value]
  (.getBytes (text value) StandardCharsets/US_ASCII))
