(ns flumelog.where-test
  "Queries of plain values, as `--where` and the page of a log take them."
  (:require [clojure.test :refer [are deftest is]]
            [flumelog.fixtures :refer [error]]
            [flumelog.where :as where]))

(set! *warn-on-reflection* true)

(def ^:private value
  {:n 1, :x 2.0, :nothing nil, :text "b", :flag false, :in {:deep [{:a 7}]}, :sorted (sorted-map "k" 1), :nan ##NaN})

(deftest a-query-matches-what-it-says
  (are [query matches?] (= matches? ((where/predicate query) value))
    [:all]                      true
    [:= :n 1]                   true
    [:= [:n] 1.0]               true
    [:= :x 2]                   true
    [:= :n "1"]                 false
    [:= :nothing nil]           true
    [:= :absent nil]            false
    [:not= :n 2]                true
    [:= [:in :deep 0 :a] 7]     true
    [:= [:in :deep 1 :a] 7]     false
    [:= [:n :m] 1]              false
    [:= [:sorted :k] 1]         false
    [:= [:sorted "k"] 1]        true
    [:has :flag]                true
    [:has :nothing]             true
    [:has [:in :shallow]]       false
    [:> :n 0.5]                 true
    [:<= :n 1]                  true
    [:< :n 1]                   false
    [:>= :text "a"]             true
    [:> :text 1]                false
    [:<= :text 1]               false
    [:< :nan 1]                 false
    [:= :nan 0]                 false
    [:> :absent 0]              false
    [:in :n [3 2 1]]            true
    [:in :n #{3 2}]             false
    [:and]                      true
    [:or]                       false
    [:and [:= :n 1] [:> :x 3]]  false
    [:or [:= :n 2] [:> :x 1]]   true
    [:not [:has :absent]]       true))

(deftest what-is-no-query-is-refused
  (doseq [query [nil :all [] [:= :n] [:= :n 1 2] [:in :n 1] [:like :n "x"] [:not] [:and :n] [:has] "[:all]" '(:all)]]
    (is (= :bad-option (error (where/predicate query))) (pr-str query))))
