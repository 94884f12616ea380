(ns ^:no-doc flumelog.serve.filter
  "What a search asks for: a text that the data has, and conditions on fields.

   A condition is `{:field s :is s :value s}` as a person writes it. The field is `value.author`, or a path as EDN such as
   `[\"value\" :author]`. The value is text; where it also reads as a number, a keyword and so on, it means either.

   * `matching`: a predicate of data and a function that decodes it"
  (:require [clojure.edn :as edn]
            [clojure.string :as str]
            [flumelog.arguments :refer [refuse]])
  (:import (flumelog.field Fields)
           (java.nio.charset StandardCharsets)
           (java.util.regex Pattern)))

(set! *warn-on-reflection* true)

(defn- read-or-nil [text]
  (try (edn/read-string {:default tagged-literal :eof nil} text) (catch Exception _ nil)))

(defn- element [text]
  (if (re-matches #"\d{1,9}" text) (parse-long text) (keyword (str/replace-first text #"^:" ""))))

(defn path
  "The field path that a person wrote. Throws `:bad-option`."
  [text]
  (let [text (str/trim text)
        path (if (str/starts-with? text "[") (read-or-nil text) (mapv element (remove str/blank? (str/split text #"\."))))]
    (vec (Fields/path (or (seq path) text)))))

(defn- readings
  "The values that the text may mean."
  [text]
  (let [value (read-or-nil text)]
    (cond-> #{text}
      (or (number? value) (boolean? value) (keyword? value) (string? value) (inst? value) (uuid? value)) (conj value)
      (symbol? value) (conj (keyword value))
      (= "nil" text) (conj nil)
      (= "null" text) (conj nil))))

(defn- equal? [wanted value]
  (if (number? value)
    (some #(and (number? %) (== value %)) wanted)
    (contains? wanted value)))

(defn- compared
  "A predicate that compares numbers as numbers and texts as texts."
  [wanted?  text]
  (let [number (first (filter number? (readings text)))]
    #(cond
       (and number (number? %)) (wanted? (compare % number))
       (and (nil? number) (string? %)) (wanted? (compare % text))
       :else false)))

(defn- literal ^Pattern [text]
  (Pattern/compile text (bit-or Pattern/LITERAL Pattern/CASE_INSENSITIVE Pattern/UNICODE_CASE)))

(defn- contains-text [^Pattern pattern]
  #(and (some? %) (.find (.matcher pattern (str %)))))

(defn- on-value [is text]
  (let [wanted (readings text)]
    (case is
      "=" #(equal? wanted %)
      "!=" #(not (equal? wanted %))
      "has" (contains-text (literal text))
      ">" (compared pos? text)
      "<" (compared neg? text)
      (refuse "the condition" is "one of = != has > <"))))

(defn- condition
  "A predicate of values."
  [{:keys [field is value]}]
  (let [path (path field), holds? (on-value is value)]
    #(holds? (reduce get % path))))

(defn matching
  "A predicate of data and a function without arguments that decodes it. `text` may be nil. Throws `:bad-option`."
  [{:keys [text conditions]}]
  (let [pattern (when-not (str/blank? text) (literal text))
        holds? (when (seq conditions) (apply every-pred (mapv condition conditions)))]
    (fn [^bytes data decode]
      (and (or (nil? pattern) (.find (.matcher pattern (String. data StandardCharsets/UTF_8))))
           (or (nil? holds?) (holds? (decode)))))))
