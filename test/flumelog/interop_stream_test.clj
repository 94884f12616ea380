(ns flumelog.interop-stream-test
  "The same streams asked of us and of the original. Where the two differ on purpose, a test's name says how, and it
   asserts both answers."
  (:require [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error]]
            [flumelog.original :refer [four-options four-records original-agrees? our-stream pairs their-answer
                                       their-stream theirs with-original]]))

(set! *warn-on-reflection* true)

(deftest streams-are-bounded-as-in-the-original
  (with-original folder
    (let [path (four-records folder)]
      (doseq [[options offsets] {{}                     [0 16 32 48]
                                 {:gt 0}                [16 32 48]
                                 {:gt -1}               [0 16 32 48]
                                 {:gt 48}               []
                                 {:gte 16}              [16 32 48]
                                 {:gte 1000}            []
                                 {:lt 32}               [0 16]
                                 {:lte 32}              [0 16 32]
                                 {:lt 31}               [0 16]
                                 {:lt 1000}             [0 16 32 48]
                                 {:limit 2}             [0 16]
                                 {:reverse true}        [48 32 16 0]
                                 {:reverse true :lt 32} [16 0]
                                 {:reverse true :lte 32} [32 16 0]
                                 {:reverse true :gt 0}  [48 32 16]
                                 {:reverse true :limit 2} [48 32]}]
        (is (= offsets (our-stream path options)) options)
        (is (= offsets (their-stream path options)) options)))))

(deftest streams-between-any-two-records-are-as-in-the-original
  (with-original folder
    (let [path   (four-records folder)
          bounds (fn [& ks] (cons {} (for [k ks, offset [0 16 32 48]] {k offset})))
          asked  (for [low (bounds :gt :gte), high (bounds :lt :lte), reverse [true false], limit [nil 1 3]
                       :let  [options (cond-> (merge low high {:reverse reverse}) limit (assoc :limit limit))]
                       :when (original-agrees? options 48)]
                   options)]
      (theirs path four-options
        (fn [ask]
          (with-open [l (log/open path (assoc four-options :mode :read))]
            (doseq [options asked]
              (is (= (pairs (ask :stream :opts options)) (into [] (log/entries l options))) options))))))))

;; ---- where they differ

(defmacro ^:private deviation
  "A test of where ours differs: for some stream options, what we give and what the original does."
  [test-name & rows]
  `(deftest ~test-name
     (with-original folder#
       (let [path# (four-records folder#)]
         (doseq [[options# ours# theirs#] ~(vec rows)]
           (is (= ours# (our-stream path# options#)) options#)
           (is (= theirs# (their-stream path# (update-vals options# (fn [v#] (if (nil? v#) "undefined" v#)))))
               options#))))))

(def ^:private thrown {:code "ERR_OUT_OF_RANGE" :partial []})

(deviation a-bound-of-nil-is-no-bound-where-the-original-gives-nothing
  [{:gt nil} [0 16 32 48] []])

(deviation a-lower-bound-inside-a-record-starts-at-the-next-where-the-original-throws
  [{:gt 5}  [16 32 48] thrown]
  [{:gte 5} [16 32 48] thrown])

(deviation an-upper-bound-is-exact-where-the-original-gives-one-record-too-many
  [{:lte 31} [0 16]    [0 16 32]]
  [{:lte 33} [0 16 32] [0 16 32 48]])

(deviation reverse-from-beyond-the-end-starts-at-the-last-where-the-original-gives-nothing
  [{:reverse true :lt 64}    [48 32 16 0] []]
  [{:reverse true :lte 1000} [48 32 16 0] []])

(deviation reverse-from-inside-a-record-starts-at-it-where-the-original-throws
  [{:reverse true :lt 5} [0] thrown])

(deviation reverse-ends-at-its-lower-bound-where-the-original-goes-one-record-too-far
  [{:reverse true :gte 5}  [48 32 16] [48 32 16 0]]
  [{:reverse true :gte 48} [48]       [48 32]]
  [{:reverse true :gt 48}  []         [48]])

(deviation bounds-that-leave-no-room-give-nothing-where-the-original-gives-its-first-record
  [{:gte 32 :lte 16}               [] [32]]
  [{:gte 32 :lte 16 :reverse true} [] [16]])

(deviation a-limit-of-nought-is-none-where-it-is-no-limit-to-the-original
  [{:limit 0} [] [0 16 32 48]])

(deftest a-negative-limit-is-refused
  (with-original folder
    (let [path (four-records folder)]
      (is (= :bad-option (error (our-stream path {:limit -1}))))
      (is (= [0 16 32 48] (their-stream path {:limit -1}))))))

(deftest deleted-records-do-not-count-towards-a-limit
  (with-original folder
    (let [path (four-records folder)]
      (theirs path four-options (fn [ask] (ask :del :offsets 16)))
      (is (= [0 32] (our-stream path {:limit 2})))
      (is (= [0] (their-stream path {:limit 2})))
      (is (= [0 32 48] (our-stream path {})))
      (is (= [0 16 32 48] (their-answer path four-options :stream :opts {:values false}))))))
