(ns flumelog.collection-test
  "A log as a Clojure collection, where the ways of reading it cross: a seq of which nodes are used in any order, records
   that go or can't be decoded meanwhile, bounds that are no offsets."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure]]
            [flumelog.memory :as memory]
            [flumelog.test-disk :as disk])
  (:import (flumelog.coll EntriesView LogCollection LogView)
           (flumelog.error LogException)
           (flumelog.log Cursor Log)
           (java.util NoSuchElementException)))

(set! *warn-on-reflection* true)

(defn- each-log [options f]
  (doseq [[kind open] {"file" #(disk/open (disk/disk) "a.log" (assoc % :sync :none)), "memory" memory/open}]
    (testing kind
      (with-open [^LogCollection l (open options)] (f l)))))

(defmacro ^:private on-every-log [[log options] & body]
  `(each-log ~options (fn [~(with-meta log {:tag `LogCollection})] ~@body)))

(def ^:private picky
  "A codec that reads all strings but \"bad\"."
  {:encode (fn [^String s] (.getBytes s))
   :decode (fn [^bytes b] (let [s (String. b)] (if (= "bad" s) (throw (ex-info "no" {})) s)))})

;; A seq: its nodes are values, in whatever order they are used

(defn- views
  "Views of a log of the numbers from 0 to 9, with what they hold."
  [l]
  (let [numbers (vec (range 10)), places (mapv #(* 17 %) numbers)]
    [[(log/values l) numbers]
     [(log/values l {:reverse true}) (rseq numbers)]
     [(log/values l {:limit 4 :gte 30}) (range 2 6)]
     [(log/values l {:limit 4 :reverse true :lt 120}) [7 6 5 4]]
     [(log/entries l {:gt 17}) (map vector (drop 2 places) (drop 2 numbers))]
     [(log/offsets l) places]
     [(log/offsets l {:reverse true :limit 3}) (take 3 (rseq places))]
     [(log/values l {:on-decode-error :skip}) numbers]]))

(deftest a-seq-node-keeps-its-value
  (on-every-log [l {}]
    (log/append-all! l (range 10))
    (doseq [[view wanted] (views l)]
      (testing (pr-str view)
        (is (= (reverse wanted) (reverse (mapv first (take-while some? (iterate next (seq view)))))))
        (let [nodes (vec (take-while some? (iterate next (seq view))))]
          (is (= (reverse wanted) (mapv first (rseq nodes))) "also when the last node is asked first"))))))

(deftest a-seq-with-other-metadata-is-walked-by-itself
  (on-every-log [l {}]
    (log/append-all! l (range 10))
    (doseq [[view wanted] (views l)]
      (testing (pr-str view)
        (let [s (seq view), other (with-meta s {:other true})]
          (is (= wanted s))
          (is (= wanted other) "which went on from where the first one no longer is")
          (is (= wanted (into [] other)) "which went on from where the first one no longer is")
          (is (nil? (meta s)))
          (is (= {:other true} (meta other))))))))

(deftest a-seq-node-whose-record-was-deleted-says-so
  (on-every-log [l {}]
    (let [[a b c] (log/append-all! l [:a :b :c])
          s (seq l), offsets (seq (log/offsets l)), seen (doto (seq l) first)]
      (log/delete! l [a b])
      (is (= :deleted (error (first s))))
      (is (= :a (first seen)) "what was read stays")
      (is (= c (second offsets)) "walking on steps over the others")
      (is (= :c (second s)) "walking on steps over the others")
      (is (= :deleted (error (first s))) "also when the walk has gone on")
      (is (= a (first offsets))))))

;; Codecs that read data in place

(def ^:private lengths
  "Of texts that follow each other: longer than all before and shorter, and around what is read out of an array of their own."
  [1 3 1023 1024 1025 2 5000 65535 65536 65537 4 200000 7 100 65536 1])

(deftest a-record-read-in-place-is-never-another-one
  (let [texts (mapv (fn [n c] (apply str (repeat n c))) lengths (map char (range 97 123)))]
    (doseq [codec [:utf8 :edn :json]]
      (on-every-log [l {:codec codec}]
        (let [offsets (log/append-all! l texts)
              stepped (fn [step c] (mapv val (take-while some? (repeatedly #(step c)))))]
          (is (= texts (into [] l)) codec)
          (is (= texts (vec (seq l))) codec)
          (is (= texts (vec (iterator-seq (.iterator l)))) codec)
          (is (= texts (mapv #(get l %) offsets)) codec)
          (is (= (rseq texts) (vec (rseq l)) (into [] (log/values l {:reverse true}))))
          (is (= texts (stepped log/next! (log/cursor l))))
          (is (= (rseq texts) (stepped log/prev! (log/seek! (log/cursor l) Long/MAX_VALUE))))
          (is (= (map vector offsets texts) (into [] (log/entries l))))
          (log/delete! l [(offsets 2) (offsets 11)])
          (is (= (keep-indexed #(when-not (#{2 11} %1) %2) texts) (into [] l))))))))

(deftest an-unreadable-record-in-place-breaks-only-itself
  (let [d (disk/disk)]
    (with-open [l (disk/open d "a.log" {:codec :bytes :sync :none})]
      (log/append-all! l (map byte-array [[97] [-61] [98] [-1 -1] [99]])))
    (with-open [l (disk/open d "a.log" {:codec :utf8 :sync :none})]
      (is (= ["a" "b" "c"] (into [] (log/values l {:on-decode-error :skip}))))
      (let [^LogException e (failure (into [] l))]
        (is (= 17 (:offset (ex-data e))))
        (is (= "its bytes are not UTF-8" (ex-message (.origin e)))))
      (is (= ["a" :no "b" :no "c"] (into [] (log/values l {:on-decode-error (constantly :no)})))))))

;; Reading stops and skips

(deftest undecodable-records-can-be-left-out-of-every-reading
  (on-every-log [l {:codec picky}]
    (log/append-all! l ["bad" "a" "bad" "b" "bad" "c" "bad"])
    (let [skip {:on-decode-error :skip}, all (log/values l skip)]
      (is (= "abc" (reduce str all)))
      (is (= "abc" (reduce str "" all)))
      (is (= ["a" "b" "c"] (into [] all)))
      (is (= ["a" "b" "c"] (seq all)))
      (is (= ["a" "b" "c"] (iterator-seq (.iterator ^LogView all))))
      (is (= ["a" "b" "c"] (reverse (rseq all))))
      (is (= ["b" "a"] (rseq (log/values l (assoc skip :limit 2)))) "a limit counts what is given")
      (is (= ["b" "c"] (rseq (log/values l (assoc skip :limit 2 :reverse true)))))
      (is (= ["a" "b"] (iterator-seq (.iterator ^LogView (log/values l (assoc skip :limit 2))))))
      (is (nil? (seq (log/values l (assoc skip :lt 17)))))
      (is (nil? (rseq (log/values l (assoc skip :limit 1 :lt 17))))))))

(deftest an-error-is-thrown-by-default-and-when-it-is-asked-for
  (on-every-log [l {:codec picky}]
    (log/append! l "bad")
    (is (= [:decode :decode :decode]
           (for [options [{} {:on-decode-error nil} {:on-decode-error :throw}]]
             (error (into [] (log/values l options))))))
    (is (= :bad-option (error (log/values l {:on-decode-error "skip"}))))
    (is (= :bad-option (error (log/values l {:on-decode-error :log}))))))

(deftest a-limit-of-zero-gives-nothing
  (on-every-log [l {}]
    (log/append-all! l [1 2 3])
    (let [none (log/values l {:limit 0})]
      (is (= 0 (reduce + none)))
      (is (= [] (into [] none)))
      (is (nil? (seq none)))
      (is (nil? (rseq none)))
      (is (= 2 (reduce + (log/values l {:limit 1 :gt 0}))))
      (is (= 3 (reduce + (log/values l {:limit 2})))))))

(deftest an-iterator-ends
  (on-every-log [l {}]
    (log/append-all! l [1 2 3])
    (let [iterator (.iterator ^LogView (log/values l {:limit 2}))]
      (is (true? (.hasNext iterator)))
      (is (true? (.hasNext iterator)))
      (is (= 1 (.next iterator)))
      (is (= 2 (.next iterator)))
      (is (false? (.hasNext iterator)))
      (is (thrown? NoSuchElementException (.next iterator))))))

;; Sorted by any number

(deftest any-number-is-a-bound-of-subseq
  (on-every-log [l {}]
    (let [places (log/append-all! l (range 6))
          model (into (sorted-map) (map vector places (range 6)))]
      (doseq [number [17 (int 17) (short 17) (byte 17) 17N 17M 17.0 (float 17) 17.5 35/2 16.9 -0.5 1e300 -1e300 100000000000000000000N Long/MAX_VALUE Long/MIN_VALUE
                      Double/POSITIVE_INFINITY Double/NEGATIVE_INFINITY]
              test [< <= > >=]]
        (is (= (subseq model test number) (subseq (log/entries l) test number)) (str (class number) " " number))
        (is (= (rsubseq model test number) (rsubseq (log/entries l) test number)) (str (class number) " " number)))
      (is (= [34 17 17 0] (for [[number ascending] [[17.5 true] [17.5 false] [16.9 true] [16.9 false]]]
                            (key (first (.seqFrom ^EntriesView (log/entries l) number ascending)))))
          "the first entry on the side that is asked for")
      (is (= :bad-option (error (subseq (log/entries l) > "17"))))
      (is (= :bad-option (error (rsubseq (log/entries l) < nil))))
      (is (= "the bound of subseq must be a number, an offset, was \"17\""
             (ex-message (failure (subseq (log/entries l) > "17"))))))))

;; References

(deftest each-watch-of-a-reference-is-told-once
  (on-every-log [l {}]
    (let [told (atom [])
          watch (fn [k _ before now] (swap! told conj [k before now]))]
      (doto (log/since l) (add-watch :one watch) (add-watch :two watch))
      (log/append! l :a)
      (is (= #{[:one -1 0] [:two -1 0]} (set @told)))
      (is (= 2 (count @told)))
      (is (thrown? UnsupportedOperationException (set-validator! (log/since l) pos?))))))

;; Bulk loading

(deftest bulk-loading-gathers-no-more-than-a-bound
  (let [d (disk/disk)
        appends-for (fn [n bytes]
                      (with-open [l (disk/open d "a.log" {:codec :bytes :sync :none})]
                        (let [before (disk/calls d :append)]
                          (transduce identity (log/appending l) (repeat n (byte-array bytes (byte 1))))
                          (- (disk/calls d :append) before))))]
    (is (= 4 (appends-for 4000 1)) "1024 records")
    (is (= 4 (appends-for 22 100000)) "or the first that reach 524,288 bytes")
    (is (= 1 (appends-for 2 100000)))))

(deftest a-walk-without-a-cache-reads-each-byte-once
  (let [d (disk/disk)]
    (with-open [l (disk/open d "a.log" {:codec :bytes :sync :none :cache-blocks 0 :block-bytes 4096})]
      (log/append-all! l (repeat 200 (byte-array 100 (byte 1))))
      (doseq [walk [#(into [] l) #(into [] (rseq l))]]
        (let [before (disk/calls d :read)]
          (is (= 200 (count (walk))))
          (is (< (- (disk/calls d :read) before) 10)))))))

(deftest a-batch-is-walked-only-once
  (on-every-log [l {:codec :bytes}]
    (let [walked (atom 0)
          batch (proxy [java.util.AbstractList] []
                  (size [] 5)
                  (get [_] (byte-array (swap! walked inc) (byte 1))))
          offsets (vec (.appendAll ^Log (.log l) batch))]
      (is (= [0 17 35 54 74] offsets))
      (is (= 95 (log/append! l (byte-array [1]))))
      (is (= [1 2 3 4 5 1] (map alength (into [] l)))))))

;; The cursor of Java programs

(deftest a-cursor-has-a-record-when-it-has-stepped-over-one
  (on-every-log [l {:codec :bytes}]
    (log/append-all! l [(byte-array [1]) (byte-array [2])])
    (let [cursor (.cursor ^Log (.log l))
          nothing? (fn [^Cursor c] (and (= -1 (.offset c)) (try (.data c) false (catch IllegalStateException _ true))))]
      (is (nothing? cursor))
      (is (.next cursor))
      (is (= 0 (.offset cursor)))
      (is (= [1] (vec (.data cursor))))
      (is (nothing? (.seek cursor 5)))
      (is (.next cursor))
      (is (= [2] (vec (.data cursor))))
      (log/delete! l (.offset cursor))
      (is (nil? (.data cursor)) "it was deleted meanwhile")
      (is (not (.next cursor)))
      (is (nothing? cursor))
      (is (.prev cursor))
      (is (= 0 (.offset cursor)) "over the deleted one")
      (is (not (.prev cursor)))
      (is (nothing? cursor)))))
