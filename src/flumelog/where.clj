(ns ^:no-doc flumelog.where
  "Queries of plain values, in the language of the bitmap views and a little more.

   * `predicate`: the function of a query"
  (:require [flumelog.arguments :refer [refuse]]))

(set! *warn-on-reflection* true)

(def ^:private forms
  "[:= path value], with :not= :< :<= :> :>= too, [:in path [values]], [:has path], [:and queries], [:or queries], [:not query] or [:all]; a path is a key or a vector of keys")

(defn- malformed [query]
  (refuse "the query" query forms))

;; Values at a path. `none` is where there is none.

(def ^:private none (Object.))

(defn- step [value key]
  (try (get value key none)
       (catch ClassCastException _ none)))                  ; a sorted map can't compare the key with its own

(defn- at [path]
  (let [path (if (vector? path) path [path])]
    (case (count path)
      0 identity
      1 (let [[key] path] #(step % key))
      #(reduce step % path))))

;; Comparing

(defn- plain-number? [x]
  (and (number? x) (not (Double/isNaN (double x)))))

(defn- order
  "A number as of `compare`, or nil where the two have no order."
  [a b]
  (when (or (and (plain-number? a) (plain-number? b))
            (and (instance? Comparable a) (not (number? a)) (not (vector? a)) (= (class a) (class b))))
    (compare a b)))

(defn- same? [a b]
  (if (number? a) (= 0 (order a b)) (= a b)))

(defn- ordered [accept?]
  (fn [found value] (when-let [order (order found value)] (accept? order))))

(def ^:private comparisons
  {:=    same?
   :not= (complement same?)
   :<    (ordered neg?)
   :<=   (ordered (complement pos?))
   :>    (ordered pos?)
   :>=   (ordered (complement neg?))})

;; The functions

(declare function)

(defn- all [queries]
  (let [fs (mapv function queries)]
    (fn [value] (every? #(% value) fs))))

(defn- any [queries]
  (let [fs (mapv function queries)]
    (fn [value] (boolean (some #(% value) fs)))))

(defn- comparison [compares? path expected]
  (let [at (at path)]
    (fn [value] (boolean (compares? (at value) expected)))))

(defn- one-of [path expected]
  (let [at (at path)]
    (fn [value] (let [found (at value)] (boolean (some #(same? found %) expected))))))

(defn- has [path]
  (let [at (at path)]
    (fn [value] (not (identical? none (at value))))))

(defn- function [query]
  (when-not (and (vector? query) (seq query)) (malformed query))
  (let [[operator & more] query, shape [operator (count more)]]
    (cond
      (and (comparisons operator) (= 2 (count more))) (comparison (comparisons operator) (first more) (second more))
      (and (= [:in 2] shape) (coll? (second more)))   (one-of (first more) (second more))
      (= [:has 1] shape)   (has (first more))
      (= :and operator)    (all more)
      (= :or operator)     (any more)
      (= [:not 1] shape)   (complement (function (first more)))
      (= [:all 0] shape)   (constantly true)
      :else                (malformed query))))

(defn predicate
  "A function that says of a value whether it matches the query. Numbers are equal when they are the same number, as 1 and
   1.0. Values of different types have no order, and match none of `:< :<= :> :>=`. Throws `:bad-option`."
  [query]
  (function query))
