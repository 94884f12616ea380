(ns flumelog.seam-test
  "What every log does for the code around it, whatever it is kept in: cursors, `since` and who waits for it, errors, and
   what it says of itself. The kinds of logs are in `flumelog.back-ends`; records are the matter of `flumelog.contract-test`."
  (:require [clojure.core.reducers :as r]
            [clojure.datafy :as d]
            [clojure.test :refer [deftest is testing]]
            [flumelog.back-ends :refer [deletes? on-every-log on-every-log-that-deletes on-every-log-with-frames]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error eventually failure overhead with-uncaught]]
            [flumelog.test-support])
  (:import (flumelog.error LogException)
           (flumelog.log Entry Log$DeletionWatch)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(deftest a-cursor-steps-both-ways
  (on-every-log [l {}]
    (let [[a b c] (log/append-all! l [:a :b :c])
          cursor (log/cursor l)]
      (is (= [[a :a] [b :b] [c :c] nil nil] (vec (repeatedly 5 #(log/next! cursor)))))
      (is (= [c :c] (log/prev! cursor)))
      (is (= [b :b] (log/prev! cursor)))
      (is (= [a :a] (log/prev! cursor)))
      (is (nil? (log/prev! cursor)))
      (is (= [a :a] (log/next! cursor)))
      (is (= [b :b] (log/next! (log/seek! cursor (inc (long a))))))
      (is (= [b :b] (log/next! (log/seek! cursor b))))
      (is (= [a :a] (log/next! (log/seek! cursor -5))))
      (is (= [a :a] (log/prev! (log/seek! cursor b))))
      (is (= [c :c] (log/prev! (log/seek! cursor Long/MAX_VALUE))))
      (when (deletes? l)
        (log/delete! l b)
        (is (= [c :c] (log/next! (log/seek! cursor b))))))))

(deftest since-is-a-reference
  (on-every-log [l {}]
    (let [since (log/since l), told (atom [])]
      (add-watch since :k (fn [_ _ before now] (swap! told conj [before now])))
      (let [_ (log/append! l :a), [b c] (log/append-all! l [:b :c])]
        (is (= c @since))
        (is (= c @(log/since l)))
        (is (eventually #(= c (second (peek @told)))))
        (is (= (cons -1 (map second (butlast @told))) (map first @told)) "each move begins where the last one ended")
        (is (= c (log/await-since l b 0)))
        (is (= :late (log/await-since l (inc (long c)) 1 :late))))
      (remove-watch since :k)
      (let [before @told]
        (log/append! l :d)
        (is (= before @told))))))

(deftest a-watch-that-throws-or-appends-harms-nobody
  (on-every-log [l {}]
    (with-uncaught [uncaught]
      (add-watch (log/since l) :k (fn [_ _ before _]
                                    (when (= -1 before)
                                      (log/append! l :nested)
                                      (throw (ex-info "thrown by the watch" {})))))
      (log/append! l :a)
      (is (= "thrown by the watch" (ex-message (.poll uncaught 30 TimeUnit/SECONDS))))
      (is (= [:a :nested] (vec l))))))

(deftest waiting-for-since-ends-when-the-record-comes
  (on-every-log [l {}]
    (let [waiting (future (log/await-since l 0 60000 :late))]
      (is (= (log/append! l :a) @waiting)))
    (let [waiting (future (error (log/await-since l (+ 1000 (long @(log/since l))) 60000)))]
      (.close l)
      (is (= :closed @waiting)))))

(deftest a-record-that-cant-be-decoded-breaks-only-itself
  (on-every-log [l {:codec {:encode (fn [^String s] (.getBytes s))
                            :decode (fn [^bytes b] (let [s (String. b)] (if (= "bad" s) (throw (ex-info "no" {})) s)))}}]
    (let [[a bad _] (log/append-all! l ["a" "bad" "c"])
          failure (failure (into [] l))]
      (is (= {:flumelog/error :decode, :offset bad} (select-keys (ex-data failure) [:flumelog/error :offset])))
      (is (= "no" (ex-message (.origin ^LogException failure))))
      (is (= :decode (error (get l bad))))
      (is (= :decode (error (log/fetch l bad))))
      (is (= :decode (error (run! identity (seq l)))))
      (is (= ["a" "c"] (into [] (log/values l {:on-decode-error :skip}))))
      (is (= ["a" "c"] (seq (log/values l {:on-decode-error :skip}))))
      (is (= "c" (first (rseq l))))
      (is (= "c" (nth (seq l) 2)))
      (is (= [[bad :instead]] (into [] (log/entries l {:gt a :limit 1 :on-decode-error (constantly :instead)}))))
      (is (= ["a" "c"] (into [] (log/values l {:on-decode-error :skip :limit 2}))) "the limit counts what is given"))))

(deftest long-records-are-refused
  (on-every-log [l {:codec :bytes :max-record-bytes 10}]
    (log/append! l (byte-array 10 (byte 1)))
    (is (= :too-large (error (log/append! l (byte-array 11 (byte 1))))))
    (is (= :too-large (error (log/append-all! l [(byte-array 1 (byte 1)) (byte-array 11 (byte 1))]))))
    (is (= 1 (count (seq l))))))

(deftest a-frame-within-data-is-not-a-record
  (on-every-log-with-frames [l {:codec :bytes} format]
    (let [extra (long (overhead format))
          ;; A whole frame with one byte of data; its trailer names the very place where it comes to lie.
          inner-start 4
          inner-end (+ inner-start 1 extra)
          frame (byte-array (concat [0 0 0 1 9 0 0 0 1] (take-last (- extra 8) (concat (repeat 7 0) [inner-end]))))
          [a b] (log/append-all! l [frame (byte-array [5])])]
      (is (= (- inner-end inner-start) (alength ^bytes frame)))
      (is (nil? (get l inner-start)))
      (is (= :not-a-record (error (log/fetch l inner-start))))
      (is (= :not-a-record (error (log/delete! l inner-start))))
      (is (= [b] (into [] (log/offsets l {:gt 0}))))
      (is (= [b] (into [] (log/offsets l {:gte inner-start}))))
      (is (= [a] (into [] (log/offsets l {:reverse true :lte inner-start})))))))

(deftest bytes-handed-out-are-copies
  (on-every-log [l {:codec :bytes :block-bytes 7}]
    (let [data (byte-array [1 2 3 4 5 6 7 8 9])
          offset (log/append! l data)]
      (aset data 0 (byte 99))
      (aset ^bytes (get l offset) 1 (byte 99))
      (aset ^bytes (first l) 2 (byte 99))
      (is (= [1 2 3 4 5 6 7 8 9] (vec (get l offset))))
      (is (= [1 2 3 4 5 6 7 8 9] (vec (first (rseq l))))))))

(deftest a-closed-log-says-so
  (on-every-log [l {}]
    (log/append-all! l [:a :b])
    (let [s (seq l), view (log/entries l), cursor (log/cursor l), followed (log/live l)]
      (.close l)
      (is (nil? (.close l)) "closing again does nothing")
      (doseq [call [#(log/append! l :c) #(log/append-all! l []) #(log/append-all! l [:c]) #(get l 0) #(l 0) #(seq l) #(rseq l)
                    #(into [] l) #(reduce + l) #(.iterator l) #(log/fetch l 0) #(log/delete! l 0) #(log/sync! l)
                    #(log/cursor l) #(log/next! cursor) #(log/seek! cursor 0) #(into [] view) #(first s) #(next s)
                    #(transduce identity (log/appending l) [:c]) #(log/live l) #(log/live l {:old false})]]
        (is (= :closed (error (call)))))
      (is (= :closed (error (into [] followed))) "what was live had not all records")
      (is (string? (pr-str l))))))

(deftest info-has-no-key-without-a-value
  (on-every-log [l {}]
    (is (every? some? (vals (log/info l))))
    (is (empty? (remove #(contains? (log/info l) %) [:path :since :durable :codec :mode :max-record-bytes :closed]))
        "the facts that every log has")))

(deftest info-describes-the-log
  (on-every-log [l {}]
    (log/append! l :a)
    (is (false? (counted? l)))
    (is (false? (sequential? l)))
    (is (false? (indexed? l)))
    (is (false? (map? l)))
    (is (true? (seqable? l)))
    (is (true? (reversible? l)))
    (is (true? (ifn? l)))
    (is (true? (instance? clojure.lang.IReduce l)))
    (is (every? #(instance? clojure.lang.IReduce %) [(seq l) (rseq l) (log/entries l) (log/values l) (log/offsets l)]))
    (is (sorted? (log/entries l)))
    (is (re-matches #"#flumelog/Log\[\".*\" \{:since \d+( :end \d+ :framing :\w+( :offset-bits \d+)?)?\}\]" (pr-str l)))
    (is (re-matches #"#flumelog/Entries\[.*\]" (pr-str (log/entries l))))
    (is (= (str "#flumelog/Since[" @(log/since l) "]") (pr-str (log/since l))))))

;; What other code asks of a log

(deftest a-log-knows-its-oldest-record
  (on-every-log [l {}]
    (is (= -1 (.oldest (.log l))))
    (let [[a b] (log/append-all! l [:a :b])]
      (is (= a (.oldest (.log l))))
      (when (deletes? l)
        (log/delete! l a)
        (is (= a (.oldest (.log l))) "since stays too where the last one is deleted"))
      (is (= b @(log/since l))))))

(deftest the-oldest-records-are-forgotten-or-that-is-unsupported
  (on-every-log [l {}]
    (let [[_ b c] (log/append-all! l [:a :b :c]), outcome (try (log/forget-before! l b) (catch LogException e e))]
      (if (instance? LogException outcome)
        (do (is (= :unsupported (error (throw outcome))))
            (is (re-find #"rotate it" (ex-message outcome)))
            (is (= [:a :b :c] (into [] l))))
        (do (is (= b outcome (.oldest (.log l))))
            (is (= [:b :c] (into [] l) (reverse (rseq l))))
            (is (= c @(log/since l))))))))

(deftest a-log-that-is-written-says-so
  (on-every-log [l {}]
    (is (true? (.writable (.log l))))
    (is (= :read-write (:mode (log/info l))))))

(deftest offsets-are-no-nearer-to-each-other-than-the-log-says
  (on-every-log [l {:codec :bytes}]
    (let [offsets (log/append-all! l (repeat 50 (byte-array [1]))), spacing (.spacing (.log l))]
      (is (every? #(<= (.least spacing) (long %)) (map - (rest offsets) offsets)))
      (is (pos? (.part spacing))))))

(deftest split-parts-give-each-record-once-in-order
  (on-every-log [l {}]
    (let [offsets (log/append-all! l (range 5000))]
      (is (= offsets (mapv #(.offset ^Entry %) (iterator-seq (.iterator (.parallel (.stream (.log l))))))))
      (is (= (range 5000) (r/fold 1 (r/monoid into vector) conj l) (r/fold 700 (r/monoid into vector) conj (log/values l))))
      (is (= (rseq (subvec offsets 10 20))
             (r/fold 1 (r/monoid into vector) conj (log/offsets l {:gte (offsets 10) :lt (offsets 20) :reverse true})))))))

(deftest the-place-of-a-record-is-described
  (on-every-log [l {:codec :utf8}]
    (let [offsets (log/append-all! l ["a" "bcd"])]
      (doseq [[offset text] (map vector offsets ["a" "bcd"]) :let [place (.describe (.log l) offset)]]
        (is (= {"start" offset, "length" (count text)} (select-keys place ["start" "length"])))
        (is (= text (String. ^bytes (get place "data")))))
      (is (= :not-a-record (error (.describe (.log l) (inc (long (peek offsets)))))))
      (testing "datafy and nav lead there"
        (let [data (d/datafy l)
              page (d/nav data :newest (:newest data))
              record (d/nav (:records page) 1 (second (:records page)))]
          (is (= {:start (peek offsets) :length 3} (select-keys (d/nav record :frame (:frame record)) [:start :length])))
          (is (map? (:recovery data))))))))

(deftest synced-records-are-durable
  (on-every-log [l {}]
    (log/append-all! l [:a :b])
    (log/sync! l)
    (is (= @(log/since l) @(log/durable l)))
    (is (= [:a :b] (into [] (log/live l {:durable true :limit 2 :as :values}))))))

(deftest live-gives-old-records-and-then-new-ones
  (on-every-log [l {}]
    (let [[a b] (log/append-all! l [:a :b])
          items (future (into [] (log/live l {:gt a :limit 3})))]
      (is (= [[b :b] [(log/append! l :c) :c] [(log/append! l :d) :d]] (deref items 60000 :never))))))

(deftest positions-work-or-are-unsupported
  (on-every-log [l {}]
    (is (= -1 (:offset (log/position l))))
    (let [[a b] (log/append-all! l [:a :b]), outcome (try (log/position l a) (catch LogException e e))]
      (if (instance? LogException outcome)
        (is (= :unsupported (error (throw outcome))))
        (is (= [[b :b]] (into [] (log/entries l {:gt outcome}))))))))

(deftest a-watch-of-deletions-is-told-before-and-after
  (on-every-log-that-deletes [l {}]
    (let [[a b c] (log/append-all! l [:a :b :c]), told (atom [])
          tell (fn [what offsets] (swap! told conj [what (vec offsets) (mapv l offsets)]))
          end! (.watchDeletions (.log l) (reify Log$DeletionWatch
                                           (deleting [_ offsets] (tell :deleting offsets))
                                           (deleted [_ offsets] (tell :deleted offsets))))]
      (log/delete! l [a c])
      (is (= [[:deleting [a c] [:a :c]] [:deleted [a c] [nil nil]]] @told))
      (reset! told [])
      (is (= :not-a-record (error (log/delete! l [b (inc (long b))]))))
      (is (= [:deleting :deleted] (map first @told)) "also where it fails")
      (is (= [:b nil] (last (peek @told))) "and what is still there can be read")
      (.run ^Runnable end!)
      (log/delete! l b)
      (is (= 2 (count @told))))))

(deftest a-watch-of-deletions-that-throws-stops-none
  (on-every-log-that-deletes [l {}]
    (with-uncaught [uncaught]
      (let [offset (log/append! l :a)]
        (.watchDeletions (.log l) (reify Log$DeletionWatch
                                    (deleting [_ _] (throw (ex-info "before" {})))
                                    (deleted [_ _] (throw (ex-info "after" {})))))
        (is (= 1 (log/delete! l offset)))
        (is (= ["before" "after"] (mapv ex-message uncaught)))
        (is (nil? (get l offset)))))))
