(ns flumelog.contract-test
  "What every log does with records, whatever it is kept in: appending, reading, deleting. The counterpart of the original's
   test-flumelog. The kinds of logs are in `flumelog.back-ends`, what a log does for other code is in `flumelog.seam-test`."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.back-ends :refer [deletes? on-every-log on-every-log-that-deletes on-every-log-with-frames]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error in-range overhead]]
            [flumelog.test-support :refer [is-each]])
  (:import (flumelog.coll LogCollection)
           (flumelog.log Cursor)
           (java.nio ByteBuffer)
           (java.util.function Function)))

(set! *warn-on-reflection* true)

(deftest a-new-log-is-empty
  (on-every-log [l {}]
    (is (nil? (seq l)))
    (is (nil? (rseq l)))
    (is (= [] (into [] l)))
    (is (= -1 @(log/since l)))
    (is (= -1 @(log/durable l)))
    (is (= :init (reduce conj :init l)))
    (is (= 0 (reduce + l)))
    (is (nil? (get l 0)))
    (is (nil? (l 0)))
    (is (= :none (get l 0 :none)))
    (is (= [] (into [] (log/entries l))))
    (is (= [] (into [] (log/offsets l {:reverse true}))))))

(deftest append-returns-where-the-record-starts
  (on-every-log-with-frames [l {:codec :utf8} format]
    (let [extra (overhead format)]
      (is (= 0 (log/append! l "abc")))
      (is (= (+ 3 extra) (log/append! l "abcdef")))
      (is (= (+ 3 6 extra extra) (log/append! l "x")))
      (is (= (+ 10 (* 3 extra)) (:end (log/info l)))))))

(deftest records-are-read-in-both-directions
  (on-every-log [l {}]
    (let [values [{:greets "hello!"} [1 2 3] nil :k "text" #{1} 'sym 1.5 -7]
          offsets (log/append-all! l values)]
      (is (= values (into [] l)))
      (is (= values (vec (seq l))))
      (is (= values (vec (iterator-seq (.iterator l)))))
      (is (= values (mapv l offsets)))
      (is (= (rseq values) (rseq l) (into [] (log/values l {:reverse true}))))
      (is (= (map vector offsets values) (seq (log/entries l)) (reduce-kv (fn [acc o v] (conj acc [o v])) [] l))))))

(defn- seen
  "The text in a buffer that nobody can write to."
  [^ByteBuffer data]
  (when data
    (assert (.isReadOnly data))
    (let [out (byte-array (.remaining data))]
      (.get data out)
      (String. out "UTF-8"))))

(defn- cursor-over ^Cursor [^LogCollection l]
  (.cursor (.log l)))

(deftest a-record-is-seen-where-it-lies
  (on-every-log [l {:codec :utf8}]
    (let [values ["a" (apply str (repeat 40000 "long")) "bb" (apply str (repeat 1000000 "x")) "c"]
          offsets (log/append-all! l values)
          view (fn [offset] (.view (.log l) offset (reify Function (apply [_ data] (seen data)))))]
      (is (= values (map view offsets)))
      (is (= [nil nil] (map view [-1 (inc (long (peek offsets)))])))
      (is (= values (let [c (cursor-over l)] (into [] (map (fn [_] (.next c) (seen (.view c)))) values))))
      (is (= (rseq values) (let [c (.seek (cursor-over l) Long/MAX_VALUE)] (into [] (map (fn [_] (.prev c) (seen (.view c)))) values))))
      (when (deletes? l)
        (testing "but not where it was deleted since the cursor stepped over it"
          (let [c (cursor-over l)]
            (.next c)
            (log/delete! l (first offsets))
            (is (nil? (.data c)))
            (is (nil? (seen (.view c))))
            (is (nil? (view (first offsets))))))))))

(deftest a-batch-is-appended-as-one
  (on-every-log [l {}]
    (is (= [] (log/append-all! l [])))
    (is (= [] (log/append-all! l nil)))
    (is (= [] (into [] l)))
    (is (= -1 @(log/since l)))
    (let [offsets (log/append-all! l [:a :b :c])]
      (is (= [:a :b :c] (map l offsets)))
      (is (= (peek offsets) @(log/since l))))
    (testing "a value that can't be encoded keeps all of them out"
      (is (= :encode (error (log/append-all! l [:d (Object.)]))))
      (is (= [:a :b :c] (into [] l))))))

(deftest appending-is-a-reducing-function
  (on-every-log [l {}]
    (is (= -1 (transduce identity (log/appending l) [])))
    (let [last-offset (transduce (map #(* 2 %)) (log/appending l) (range 1000))]
      (is (= (range 0 2000 2) (into [] l)))
      (is (= last-offset @(log/since l)))
      (is (= 1998 (l last-offset))))
    (is (= @(log/since l) (transduce identity (log/appending l) [])))
    (transduce (take 2) (log/appending l) (repeat :more))
    (is (= [:more :more 1998] (take 3 (rseq l))))))

(defn- around
  "All longs from a little before the first of the offsets to behind the record of the last one."
  [offsets]
  (range (- (long (first offsets)) 3) (+ (long (peek offsets)) 40)))

(deftest get-answers-for-any-long
  (on-every-log [l {}]
    (let [[a :as offsets] (log/append-all! l [:a :b :c])
          starts (set offsets)]
      (doseq [offset (concat (around offsets) [-1 0 Long/MIN_VALUE Long/MAX_VALUE Integer/MAX_VALUE])]
        (is-each (= (contains? starts offset) (some? (get l offset))) "get at " offset)
        (when-not (starts offset)
          (is (= :none (l offset :none)))
          (is (= :not-a-record (error (log/fetch l offset))))))
      (is (nil? (get l "0")))
      (is (= :none (get l 0.0 :none)))
      (is (nil? (get l nil)))
      (when (= 0 a)
        (is (= [:a :a :a] (map l [(int 0) (short 0) (byte 0)]))))
      (is (= :a (log/fetch l a))))))

(deftest ranges-are-exact-for-every-bound
  (on-every-log [l {:codec :utf8}]
    (let [offsets (log/append-all! l ["a" "bb" "ccc" "d" "ee"])]
      (when (deletes? l) (log/delete! l (offsets 2)))
      (let [all (into [] (log/entries l))]
        (doseq [bound (concat (around offsets) [-1 0 Long/MIN_VALUE Long/MAX_VALUE])
                options [{:gt bound} {:gte bound} {:lt bound} {:lte bound} {:gt bound :lt (offsets 3)}
                         {:gte bound :lte (offsets 3) :limit 1}]
                options [options (assoc options :reverse true)]
                :let [wanted (in-range all options)]]
          (is-each (= wanted (into [] (log/entries l options))) options))
        (is (= all (into [] (log/entries l {:gt nil :gte nil :lt nil :lte nil :reverse nil :limit nil}))))
        (doseq [limit (range 7), reverse [true false] :let [options {:limit limit :reverse reverse}]]
          (is (= (map val (in-range all options)) (into [] (log/values l options)) (or (seq (log/values l options)) [])))
          (is (= (map key (in-range all options)) (into [] (log/offsets l options))))
          (is (= (clojure.core/reverse (in-range all options)) (or (rseq (log/entries l options)) [])) options))))))

(deftest entries-are-sorted
  (on-every-log [l {}]
    (let [model (into (sorted-map) (map vector (log/append-all! l (range 6)) (range 6)))
          view (log/entries l)]
      (doseq [offset (concat (keys model) (map inc (keys model)) [-1 1 7 1000]), test [< <= > >=]]
        (is (= (subseq model test offset) (subseq view test offset)))
        (is (= (rsubseq model test offset) (rsubseq view test offset))))
      (is (= (subseq model > 0 < 60) (subseq view > 0 < 60)))
      (is (= (rseq model) (rseq view))))))

(deftest a-log-that-can-t-delete-says-so
  (on-every-log [l {}]
    (let [offset (log/append! l :a)]
      (when-not (deletes? l)
        (is (= :unsupported (error (log/delete! l offset))))
        (is (= [:a] (into [] l)))))))

(deftest a-deleted-record-is-gone-from-every-reading
  (on-every-log-that-deletes [l {}]
    (let [[a b c d] (log/append-all! l [:a :b :c :d])]
      (is (= 1 (log/delete! l b)))
      (is (= 2 (log/delete! l [a b d])) "b was deleted already")
      (is (= [:c] (into [] l)))
      (is (= [:c] (seq l)))
      (is (= [:c] (rseq l)))
      (is (= [:c] (into [] (log/values l {:limit 1}))))
      (is (= [:c] (vec (iterator-seq (.iterator l)))))
      (is (= [[c :c]] (into [] (log/entries l))))
      (is (= [[c :c]] (reduce-kv #(conj %1 [%2 %3]) [] l)))
      (is (= [c] (into [] (log/offsets l {:reverse true}))))
      (is (= [c] (seq (log/offsets l))))
      (is (nil? (get l b)))
      (is (= :none (l b :none)))
      (is (= :deleted (error (log/fetch l b))))
      (is (= d @(log/since l)) "since stays the offset of the last record")
      (is (= 0 (log/delete! l [])))
      (is (= 0 (log/delete! l nil)))
      (testing "an offset where no record starts keeps all of them"
        (is (= :not-a-record (error (log/delete! l [c (inc (long c))]))))
        (is (= [:c] (into [] l)))))))

(deftest any-collection-of-offsets-is-deleted
  (on-every-log-that-deletes [l {}]
    (let [[a b c d e f] (log/append-all! l (range 7))]
      (is (= 1 (log/delete! l #{a})))
      (is (= 1 (log/delete! l (eduction (take 1) [b]))))
      (is (= 1 (log/delete! l (long-array [c]))))
      (is (= 1 (log/delete! l (doto (java.util.ArrayList.) (.add d)))))
      (is (= 2 (log/delete! l (log/offsets l {:lte f}))))
      (is (= [6] (into [] l))))))

(deftest data-that-looks-deleted-is-refused-unless-the-log-is-protected
  (on-every-log [l {:codec :bytes}]
    (let [protected? (:protect (log/info l)), like-deleted [(byte-array 0) (byte-array 1) (byte-array 500)]]
      (doseq [data like-deleted]
        (is (= (if protected? nil :encode) (error (log/append! l data)))))
      (when-not protected?
        (is (= -1 @(log/since l)))
        (is (nil? (seq l))))
      (log/append! l (byte-array [0 0 1]))
      (is (= (conj (if protected? (mapv vec like-deleted) []) [0 0 1]) (map vec l))))))

(deftest reduced-ends-a-reduction
  (on-every-log [l {}]
    (log/append-all! l (range 100))
    (is (= [0 1 2] (into [] (take 3) l)))
    (is (= [0 1 2] (reduce #(if (= 3 (count %1)) (reduced %1) (conj %1 %2)) [] l)))
    (is (= 4950 (reduce + l)))
    (is (= 4950 (reduce + 0 l)))
    (is (= 4950 (reduce + (seq l))))
    (is (= 4950 (reduce + (rseq l))))
    (is (= 4950 (transduce identity + (rseq l))))
    (is (= 42 (reduce-kv (fn [_ _ v] (if (= 42 v) (reduced v) v)) nil l)))
    (is (= :reduced (reduce (fn [_ _] (reduced :reduced)) l)))))

(deftest a-reading-sees-the-records-of-its-time
  (on-every-log [l {}]
    (log/append-all! l [1 2])
    (is (= [1 2] (reduce (fn [acc v] (log/append! l :later) (conj acc v)) [] l)))
    (let [forwards (seq l), backwards (rseq l), cursor (log/cursor l), iterator (.iterator l)]
      (log/append! l :latest)
      (is (= [1 2 :later :later] forwards))
      (is (= [1 2 :later :later] (reduce conj [] forwards)))
      (is (= [1 2 :later :later] (reverse backwards)))
      (is (= [1 2 :later :later] (vec (iterator-seq iterator))))
      (is (= 4 (count (take-while some? (repeatedly #(log/next! cursor)))))))))

(deftest a-seq-is-a-value
  (on-every-log [l {}]
    (log/append-all! l (range 20))
    (doseq [s [(seq l) (rseq l)] :let [values (vec s)]]
      (is (= values s))
      (is (= values (into [] s)))
      (is (= values (reduce conj [] s)))
      (is (= values (cons (first s) (rest s))))
      (is (= values (vec (with-meta s {:m 1}))))
      (is (= (drop 7 values) (drop 7 s) (reduce conj [] (nthnext s 7))))
      (is (= {:m 1} (meta (with-meta s {:m 1})))))))

(deftest walking-past-records-does-not-decode-them
  (let [decoded (atom 0)
        codec {:encode (fn [^String s] (.getBytes s)) :decode (fn [^bytes b] (swap! decoded inc) (String. b))}]
    (on-every-log [l {:codec codec}]
      (log/append-all! l (map str (range 100)))
      (doseq [[what read n] [["into take" #(into [] (take 10) (rseq l)) 10]
                             ["take" #(doall (take 10 (rseq l))) 10]
                             ["drop" #(first (drop 50 l)) 1]
                             ["first twice" #(let [s (seq l)] [(first s) (first s)]) 1]
                             ["offsets" #(into [] (log/offsets l)) 0]
                             ["limit" #(into [] (log/values l {:limit 3 :reverse true})) 3]
                             ["count" #(count (seq l)) 0]]]
        (reset! decoded 0)
        (read)
        (is (= n @decoded) what)))))
