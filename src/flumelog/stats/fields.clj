(ns ^:no-doc flumelog.stats.fields
  "What is in the values of records: their kinds, the keys that they have, and the fields that hold a time and a type.

   * `kind`: a word for what a value is
   * `each-field`: the fields of a value by their paths
   * `find-path`: the path at which values have a time, or a type"
  (:require [clojure.string :as str]
            [flumelog.stats.times :as times])
  (:import (java.util Collection Map)))

(set! *warn-on-reflection* true)

(defn kind [value]
  (cond
    (nil? value) :nil
    (boolean? value) :boolean
    (number? value) :number
    (string? value) :string
    (keyword? value) :keyword
    (symbol? value) :symbol
    (times/date? value) :date
    (uuid? value) :uuid
    (bytes? value) :bytes
    (instance? Map value) :map
    (vector? value) :vector
    (set? value) :set
    (or (sequential? value) (instance? Collection value)) :list
    :else (symbol (.getName (class value)))))

(def ^:private ^:const most-deep "How far into maps within maps it looks." 3)
(def ^:private ^:const most-fields "Of one map, so that one value of a million keys takes no time." 200)
(def ^:private ^:const longest "Chars of a text that is kept." 60)

(defn short-item
  "The item, or its beginning where it is a long text. Nil for what is neither a text nor a number nor a name."
  [item]
  (cond
    (string? item) (if (<= (count item) (long longest)) item (str (subs item 0 (dec (long longest))) "…"))
    (or (keyword? item) (symbol? item)) (when (<= (count (name item)) (long longest)) item)
    (or (boolean? item) (int? item) (uuid? item) (double? item)) item
    :else nil))

(defn each-field
  "Calls f with the path and the value of each field of a value that is a map, also those of maps in it."
  ([f value] (each-field f [] value))
  ([f path value]
   (when (map? value)
     (doseq [[k v] (take most-fields value)
             :let [k (short-item k)], :when (some? k)
             :let [path (conj path k)]]
       (f path v)
       (when (< (count path) (long most-deep)) (each-field f path v))))))

;; Finding

(def ^:private names
  "Of fields that hold a time, and of fields that hold a type; those that come first are preferred."
  {:time ["timestamp" "time" "at" "date" "datetime" "ts" "created" "created-at" "createdat" "occurred" "occurred-at" "occurredat"
          "received" "when"]
   :type ["type" "kind" "event" "event-type" "eventtype" "op" "action" "category" "level" "tag"]})

(defn- name-of [k]
  (when (or (keyword? k) (string? k) (symbol? k))
    (str/replace (str/lower-case (name k)) "_" "-")))

(defn- rank
  "The place of a path's last name in the list, nil when it is not there."
  [what path]
  (let [i (.indexOf ^java.util.List (names what) (name-of (peek path)))]
    (when-not (neg? i) i)))

(defn- fits? [what path value]
  (case what
    :time (and (or (times/date? value) (rank :time path)) (times/millis value))
    :type (and (rank :type path) (or (string? value) (keyword? value)) (short-item value))))

(defn- found-in
  "How many of the values have something that fits at each path."
  [what values]
  (let [found (volatile! {})]
    (run! (partial each-field (fn [path v] (when (fits? what path v) (vswap! found update path (fnil inc 0))))) values)
    @found))

(defn find-path
  "The path at which most of the values have a `:time` or a `:type`, nil when fewer than a third have one."
  [what values]
  (let [[path n] (first (sort-by (fn [[path n]] [(- (long n)) (or (rank what path) 99) (count path) (pr-str path)])
                                 (found-in what values)))]
    (when (and path (<= (count values) (* 3 (long n)))) path)))
