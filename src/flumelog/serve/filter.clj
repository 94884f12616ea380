(ns ^:no-doc flumelog.serve.filter
  "What a search asks for: a text that the data has, and conditions on fields.

   A condition is `{:field s :is s :value s}` as a person writes it. The field is `value.author`, or a path as EDN such as
   `[\"value\" :author]`. The value is text; where it also reads as a number, a keyword and so on, it means either.

   * `matching`: a predicate of data and a function that decodes it"
  (:require [clojure.edn :as edn]
            [clojure.string :as str]
            [flumelog.arguments :refer [refuse]]
            [flumelog.where :as where])
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

(defn- any-of
  "A query that holds where the field compares so with one of the values."
  [operator path values]
  (into [:or] (map #(vector operator path %)) values))

(defn- query
  "The query of a condition, for `flumelog.where`; nil for one that looks for a text in a field."
  [{:keys [field is value]}]
  (let [path (path field), values (readings value)]
    (case is
      "="   [:in path values]
      "!="  [:not [:in path values]]
      ">"   (any-of :> path values)
      "<"   (any-of :< path values)
      "has" nil
      (refuse "the condition" is "one of = != > < has"))))

(defn- literal ^Pattern [text]
  (Pattern/compile text (bit-or Pattern/LITERAL Pattern/CASE_INSENSITIVE Pattern/UNICODE_CASE)))

(defn- finds? [^Pattern pattern text]
  (.find (.matcher pattern text)))

(defn- has-text [{:keys [field value]}]
  (let [path (path field), pattern (literal value)]
    (fn [record]
      (let [found (reduce get record path)]
        (and (some? found) (finds? pattern (str found)))))))

(defn- condition [wanted]
  (if-let [query (query wanted)] (where/predicate query) (has-text wanted)))

(defn matching
  "A predicate of data and a function without arguments that decodes it. `text` may be nil. Throws `:bad-option`."
  [{:keys [text conditions]}]
  (let [pattern (when-not (str/blank? text) (literal text))
        holds? (when (seq conditions) (apply every-pred (mapv condition conditions)))]
    (fn [^bytes data decode]
      (and (or (nil? pattern) (finds? pattern (String. data StandardCharsets/UTF_8)))
           (or (nil? holds?) (holds? (decode)))))))
