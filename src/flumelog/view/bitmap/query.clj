(ns ^:no-doc flumelog.view.bitmap.query
  "The queries of a bitmap view: vectors that are checked and made functions from a chunk to the bitmap of what matches.

   * `compiled`: the function of a query
   * `leaves`: the fields and values that a query asks for"
  (:require [flumelog.arguments :refer [refuse]]
            [flumelog.view.bitmap.chunk :as chunk]
            [flumelog.view.bitmap.field :as field])
  (:import (flumelog.error OptionFailures Suggestion)
           (org.roaringbitmap FastAggregation RoaringBitmap)))

(set! *warn-on-reflection* true)

;; Checking. The result has the same shape, with field indexes in place of names.

(def ^:private forms
  "[:= field value], [:in field [values]], [:and queries], [:or queries], [:not query] or [:all]")

(defn- malformed [query]
  (refuse "the query" query forms))

(defn- index-of [names name]
  (let [index (.indexOf ^java.util.List names name)]
    (when (neg? index)
      (throw (let [known (map pr-str names), meant (when (keyword? name) (Suggestion/ofOption (str name) known))]
               (OptionFailures/badArgument "the field of a query" name
                                           (str "one of " (vec names) (when meant (str "; did you mean " meant "?")))))))
    index))

(defn- check-value [value]
  (field/kept value #(refuse "the value of a query" % field/kinds)))

(declare checked)

(defn- checked-equals [names [_ name value :as query]]
  (when (not= 3 (count query)) (malformed query))
  [:= (index-of names name) (check-value value)])

(defn- checked-in [names [_ name values :as query]]
  (when-not (and (= 3 (count query)) (or (sequential? values) (set? values))) (malformed query))
  (into [:or] (map (fn [value] [:= (index-of names name) (check-value value)])) values))

(defn- checked [names [operator & more :as query]]
  (case operator
    :=   (checked-equals names query)
    :in  (checked-in names query)
    (:and :or) (into [operator] (map #(if (vector? %) (checked names %) (malformed %))) more)
    :not (if (and (= 1 (count more)) (vector? (first more))) [:not (checked names (first more))] (malformed query))
    :all (if (seq more) (malformed query) [:all])
    (malformed query)))

(defn- check [names query]
  (if (vector? query) (checked names query) (malformed query)))

(defn leaves
  "Each field and value that the query asks for, as `[field value]`."
  [names query]
  (into [] (comp (filter #(and (vector? %) (= := (first %))))
                 (map (fn [[_ index value]] [(nth names index) value]))
                 (distinct))
        (tree-seq #(and (vector? %) (#{:and :or :not} (first %))) rest (check names query))))

;; Evaluating. No function changes a bitmap of a chunk, and the result may be one.

(def ^:private ^RoaringBitmap nothing (RoaringBitmap.))

(declare function)

(defn- equals [index value]
  (fn [chunk] (get (nth (chunk/maps chunk) index) value nothing)))

(defn- disjunction [fs]
  (fn [chunk]
    (let [found (into [] (comp (map #(% chunk)) (remove #(.isEmpty ^RoaringBitmap %))) fs)]
      (case (count found)
        0 nothing
        1 (first found)
        (FastAggregation/or ^"[Lorg.roaringbitmap.RoaringBitmap;" (into-array RoaringBitmap found))))))

(defn- cardinality ^long [^RoaringBitmap bits] (.getLongCardinality bits))

(defn- intersection ^RoaringBitmap [bitmaps]
  (reduce (fn [^RoaringBitmap a ^RoaringBitmap b] (if (.isEmpty a) (reduced a) (RoaringBitmap/and a b)))
          (sort-by cardinality bitmaps)))

(defn- conjunction [wanted unwanted]
  (fn [chunk]
    (reduce (fn [^RoaringBitmap found f] (if (.isEmpty found) (reduced found) (RoaringBitmap/andNot found (f chunk))))
            (if (seq wanted) (intersection (map #(% chunk) wanted)) (chunk/present chunk))
            unwanted)))

(defn- function [[operator & more]]
  (case operator
    :=   (apply equals more)
    :or  (disjunction (mapv function more))
    :and (let [{nots true, others false} (group-by #(= :not (first %)) more)]
           (conjunction (mapv function others) (mapv (comp function second) nots)))
    :not (conjunction nil [(function (first more))])
    :all chunk/present))

(defn compiled
  "A function from a chunk to the bitmap of the places that match the query. Throws `:bad-option`."
  [names query]
  (function (check names query)))
