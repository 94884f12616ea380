(ns ^:no-doc flumelog.cli.output
  "What the verbs print. Records go to standard output, one a line, all else to standard error.

   * `say`: a sentence for the user
   * `text`: a value in a form; `edn`, `json`, `hex`
   * `write-line!`, `flush!`"
  (:require [clojure.edn :as edn-reader]
            [clojure.walk :as walk]
            [flumelog.codec.edn :as edn])
  (:import (flumelog.cli Output)
           (flumelog.codec Codec Codecs)
           (flumelog.value BoundedText EdnWriter OrderedMap)
           (java.util HexFormat)))

(set! *warn-on-reflection* true)

(defn say
  "Prints a sentence on standard error."
  [& words]
  (.println System/err (apply str "flumelog: " words)))

;; Values as text

(defn hex [^bytes data] (.formatHex (HexFormat/of) data))

(defn- print-other [^EdnWriter writer value]
  (if (bytes? value)
    (.tagged writer "bytes " (hex value))
    (edn/print-other writer value)))

(defn- write-edn ^String [value]
  (let [text (BoundedText. Integer/MAX_VALUE)]
    (.write (EdnWriter. text print-other) value)
    (str text)))

(defn- readable? [ident]
  (and (not-any? #(Character/isISOControl (char %)) (str ident))
       (= ident (try (edn-reader/read-string (str ident)) (catch RuntimeException _)))))

(defn- readable-name
  "The keyword or symbol, or its text where EDN can't read it: keys of JSON become keywords, whatever they are."
  [value]
  (cond
    (and (keyword? value) (not (readable? value))) (subs (str value) 1)
    (and (symbol? value) (not (readable? value)))  (str value)
    :else value))

(defn edn
  "The value as EDN on one line. Arrays of bytes are `#bytes \"hex\"`; keywords and symbols that EDN can't read are strings, and values that EDN
   has no form for are as `print-method` prints them."
  ^String [value]
  (try (write-edn value)
       (catch IllegalArgumentException _
         (write-edn (walk/postwalk readable-name value)))))

(def ^:private json-codec
  (delay ((requiring-resolve 'flumelog.codec.json/codec-with) {:key-fn identity})))

(declare json-value)

(defn- json-key [key]
  (cond
    (string? key) key
    (instance? clojure.lang.Named key) (subs (str key) (if (keyword? key) 1 0))
    :else (edn key)))

(defn- json-number [number]
  (cond
    (and (double? number) (or (Double/isNaN number) (Double/isInfinite number))) nil
    (ratio? number)   (double number)
    (decimal? number) (double number)
    (float? number)   (double number)
    :else number))

(defn- json-value
  "The value with JSON's types only: keywords and symbols are strings, sets and lists are arrays, times and UUIDs are their texts,
   bytes are hexadecimal digits, and what is left is its EDN."
  [value]
  (cond
    (or (nil? value) (string? value) (boolean? value)) value
    (number? value)  (json-number value)
    (map? value)     (OrderedMap/of (into-array Object (mapcat (fn [[k v]] [(json-key k) (json-value v)]) value)))
    (coll? value)    (mapv json-value value)
    (keyword? value) (json-key value)
    (bytes? value)   (hex value)
    (inst? value)    (str (java.time.Instant/ofEpochMilli (inst-ms value)))
    (or (symbol? value) (uuid? value) (char? value)) (str value)
    :else            (edn value)))

(defn json
  "The value as JSON on one line. What JSON has no form for is written as near as can be."
  ^String [value]
  (String. (.encode ^Codec @json-codec (json-value value)) "UTF-8"))

;; Records

(defn text
  "The text of a value in a form: `:edn`, `:json` or `:text`."
  ^String [form value]
  (case form
    :edn  (edn value)
    :json (json value)
    :text (str value)))

(defn flush! [] (Output/flush))

(defn write-line!
  "Writes the line to standard output; before it the offset and a tab, unless this is nil."
  [offset ^String line]
  (Output/write offset (Codecs/utf8 line)))
