(ns flumelog.live-test
  "Following a log: the records that are there and those that come, each once and in order."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [await-blocked error failure formats path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.process :refer [kill! start-serving tell! answer]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.log LiveCursor LiveOptions)
           (java.util.concurrent CountDownLatch)))

(set! *warn-on-reflection* true)

(defmacro ^:private on-every-log [[log options] & body]
  `(doseq [[format-name# format#] formats
           [kind# open#] {"file" log/open, "memory" (fn [_# options#] (memory/open options#))}]
     (testing (str kind# ", " format-name#)
       (with-temp-folder [folder#]
         (with-open [~(with-meta log {:tag `LogCollection}) (open# (path-in folder# "a.log") (merge {:sync :none} format# ~options))]
           ~@body)))))

(defn- within-a-minute [f] (deref f 60000 :never))

(defn- following
  "A future of what reducing gives, which is under way when this returns; `started` counts down with each item."
  [view ^CountDownLatch seen]
  (future (reduce (fn [items item] (.countDown seen) (conj items item)) [] view)))

(deftest old-records-come-first-then-new-ones
  (on-every-log [l {}]
    (log/append-all! l [:a :b])
    (let [seen (CountDownLatch. 2)
          items (following (log/live l {:limit 4}) seen)]
      (.await seen)
      (log/append! l :c)
      (log/append-all! l [:d :e])
      (is (= (take 4 (log/entries l)) (within-a-minute items))))))

(deftest an-empty-log-is-waited-for
  (on-every-log [l {}]
    (let [first-one (future (reduce (fn [_ entry] (reduced entry)) nil (log/live l)))
          sum (future (reduce + (log/live l {:as :values :limit 3})))]
      (run! #(log/append! l %) [1 2 3])
      (is (= [[0 1] 6] (map within-a-minute [first-one sum]))))))

(deftest a-record-is-waited-for-no-longer-than-asked
  (on-every-log [l {}]
    (let [cursor (LiveCursor. (.log l) (LiveOptions/all))]
      (is (false? (.next cursor 0)))
      (is (false? (.next cursor -1)))
      (is (false? (.next cursor 5)))
      (log/append-all! l [1 2 3])
      (log/delete! l (second (seq (log/offsets l))))
      (is (= [0 (last (seq (log/offsets l))) nil] (repeatedly 3 #(when (.next cursor 0) (.offset cursor))))
          "what is there is given, and a deleted record is stepped over")
      (is (= -1 (.offset cursor)) "then there is no current record")
      (is (thrown? IllegalStateException (.data cursor)))
      (let [later (future (.next cursor 60000))]
        (log/append! l 4)
        (is (true? (within-a-minute later))))
      (is (false? (.isAtEnd cursor)))
      (.close l)
      (is (false? (.next cursor 60000)) "nothing more comes")
      (is (false? (.next cursor)) "nothing more comes")
      (is (= [true -1] [(.isAtEnd cursor) (.offset cursor)])))))

(deftest a-record-that-was-not-read-before-the-close-is-an-error
  (on-every-log [l {}]
    (let [a (log/append! l 1), cursor (LiveCursor. (.log l) (LiveOptions/all))]
      (is (true? (.next cursor)))
      (.close l)
      (is (= [:closed a] ((juxt :flumelog/error :offset) (ex-data (failure (.data cursor)))))))))

(deftest only-new-records-are-those-appended-after-the-call
  (on-every-log [l {}]
    (log/append! l :old)
    (let [view (log/live l {:old false :limit 1 :as :values})]
      (log/append! l :new)
      (log/append! l :newer)
      (is (= [:new] (into [] view)))
      (is (= [:new] (into [] view)) "each use begins there"))))

(deftest bounds-limits-and-projections
  (on-every-log [l {}]
    (let [[a b c] (log/append-all! l [1 2 3])]
      (is (= [[b 2] [c 3]] (into [] (log/live l {:gt a :limit 2}))))
      (is (= [[b 2] [c 3]] (into [] (log/live l {:gte (inc (long a)) :limit 2}))))
      (is (= [a b c] (into [] (log/live l {:as :offsets :limit 3 :gt nil}))))
      (is (= [a b c] (into [] (log/live l {:as :offsets :limit 3 :gte Long/MIN_VALUE}))))
      (is (= [] (into [] (log/live l {:limit 0}))))
      (is (= 0 (reduce + (log/live l {:limit 0}))))
      (log/delete! l b)
      (is (= [1 3] (into [] (log/live l {:as :values :limit 2}))) "deleted records are stepped over"))))

(deftest contradictory-options-are-refused
  (on-every-log [l {}]
    (doseq [options [{:reverse true} {:as :maps} {:olt true} {:limit -1} {:gt "x"} {:on-decode-error :ignore} {:old 1}]]
      (is (= :bad-option (error (log/live l options))) (pr-str options)))))

(deftest closing-the-log-ends-it-when-all-was-given
  (on-every-log [l {}]
    (log/append! l :a)
    (let [seen (CountDownLatch. 1)
          items (following (log/live l {:as :values}) seen), behind (following (log/live l {:gt 1000}) seen)]
      (.await seen)
      (.close l)
      (is (= [:a] (within-a-minute items)))
      (is (= [] (within-a-minute behind))))))

(deftest closing-the-log-before-all-was-given-is-an-error
  (on-every-log [l {}]
    (let [[a] (log/append-all! l [:a :b :c]), given (atom [])
          not-begun (log/live l), single (log/live l {:limit 1}), bounded (log/live l {:lt 0})
          data (ex-data (failure (reduce (fn [_ v] (swap! given conj v) (.close l)) nil (log/live l {:as :values}))))]
      (is (= [:a] @given))
      (is (= {:flumelog/error :closed, :offset (inc (long a))} (select-keys data [:flumelog/error :offset])) "and says where to go on")
      (is (= :closed (error (into [] not-begun))))
      (is (= :closed (error (into [] single))))
      (is (= [] (into [] bounded)) "nothing was to be given"))))

(deftest it-ends-at-the-limit-though-the-log-has-more
  (on-every-log [l {}]
    (log/append-all! l [:a :b :c])
    (is (= [:a] (reduce (fn [given v] (.close l) (conj given v)) [] (log/live l {:as :values :limit 1}))))))

(deftest it-ends-at-an-upper-bound
  (on-every-log [l {}]
    (let [[a b c] (log/append-all! l [1 2 3])]
      (is (= [a b c] (into [] (log/live l {:lte @(log/since l) :as :offsets}))) "all that there is")
      (is (= [a b] (into [] (log/live l {:lte b :as :offsets})) (into [] (log/live l {:lt c :as :offsets}))))
      (is (= [b] (into [] (log/live l {:gt a :lt (inc (long b)) :as :offsets}))) "a bound is any long")
      (is (= [] (into [] (log/live l {:lte -1})) (into [] (log/live l {:lt 0})) (into [] (log/live l {:gt b :lte b}))))
      (is (= [a] (into [] (log/live l {:lte b :limit 1 :as :offsets}))))
      (log/delete! l c)
      (is (= [a b] (into [] (log/live l {:lte c :as :offsets}))) "though the last record is deleted")
      (let [seen (CountDownLatch. 1), behind (+ (long c) 1000)
            items (following (log/live l {:gte b :lte behind :as :values}) seen)]
        (.await seen)
        (is (false? (realized? items)) "more may come below the bound")
        (log/append! l 4)
        (log/append! l (apply str (repeat 2000 "x")))
        (log/append! l 6)
        (is (= [2 4] (filter number? (within-a-minute items))))))))

(deftest an-interrupt-ends-it-and-stays
  (on-every-log [l {}]
    (log/append! l :a)
    (let [seen (CountDownLatch. 1), result (promise)
          thread (doto (Thread. #(let [items (reduce (fn [items item] (.countDown seen) (conj items item)) []
                                                     (log/live l {:as :values}))]
                                   (deliver result [items (Thread/interrupted)])))
                   (.start))]
      (.await seen)
      (.interrupt thread)
      (is (= [[:a] true] (within-a-minute result)))
      (is (= 1 (count (seq l))) "and the log is as it was"))))

(deftest a-record-that-can-t-be-decoded-breaks-only-itself
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8})] (log/append-all! l ["1" "{" "3"]))
      (with-open [l (log/open path)]
        (is (= :decode (error (into [] (log/live l)))))
        (is (= [1 3] (into [] (log/live l {:as :values :limit 2 :on-decode-error :skip}))))
        (is (= [1 :decode 3] (into [] (log/live l {:as :values :limit 3
                                                   :on-decode-error #(:flumelog/error (ex-data %))}))))))))

(deftest durable-records-are-given-once-they-are-on-disk
  (let [d (disk/disk)]
    (with-open [l (disk/open d "a.log" {:sync :none})]
      (let [seen (CountDownLatch. 1), given (atom [])
            done (future (reduce (fn [_ offset]
                                   (swap! given conj [offset (<= (long offset) (long @(log/durable l)))])
                                   (.countDown seen))
                                 nil (log/live l {:durable true :as :offsets :limit 20})))]
        (dotimes [_ 5]
          (log/append-all! l [1 2])
          (log/sync! l)
          (log/append-all! l [3 4]))
        (.await seen)
        (log/sync! l)
        (within-a-minute done)
        (is (= (into [] (log/offsets l)) (map first @given)))
        (is (every? second @given)))))
  (testing "and not before, though they can be read"
    (with-open [l (disk/open (disk/disk) "a.log" {:sync :none})]
      (log/append! l 1)
      (log/sync! l)
      (log/append-all! l [2 3])
      (let [given (atom [])
            thread (Thread. #(reduce (fn [_ offset] (swap! given conj [offset @(log/durable l)])) nil
                                     (log/live l {:durable true :as :offsets :limit 3})))]
        (.start thread)
        (await-blocked thread)
        (log/sync! l)
        (.join thread 60000)
        (is (= [[0 0] [17 34] [34 34]] @given)))))
  (testing "which a reader doesn't know of"
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log")]
        (with-open [_ (log/open path), l (log/open path {:mode :read})]
          (is (= :bad-option (error (log/live l {:durable true})))))))))

(deftest what-another-process-appends-is-followed
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), child (start-serving)]
      (try
        (tell! child `(flumelog.child/race! ~path 0))
        (tell! child `(flumelog.child/add! 0))
        (is (= [:ok [:won]] (answer child)))
        (is (= [:ok 0] (answer child)))
        (with-open [l (log/open path {:mode :read})]
          (let [seen (CountDownLatch. 1)
                items (following (log/live l {:as :values :limit 21}) seen)]
            (.await seen)
            (tell! child `(run! flumelog.child/add! (range 1 21)))
            (is (= (range 21) (within-a-minute items)))))
        (finally (kill! child))))))

(defspec live-is-exactly-the-log (size 30 500)
  (prop/for-all [batches (gen/vector (gen/vector gen/small-integer 1 4) 1 30)
                 writers (gen/choose 1 4)
                 block-bytes (gen/elements [3 64 16384])
                 sync (gen/elements [:none {:every-ms 1}])
                 options (gen/elements [{} {:durable true} {:as :offsets} {:old false}])]
    (with-temp-folder [folder]
      (with-open [l (log/open (path-in folder "a.log") {:block-bytes block-bytes :sync sync})]
        (let [n (count (apply concat batches))
              followers (mapv (fn [_] (following (log/live l (assoc options :limit n)) (CountDownLatch. 0))) (range 2))
              late (promise)
              writing (mapv (fn [part] (future (doseq [batch part] (log/append-all! l batch) (deliver late true))))
                            (partition-all (max 1 (quot (count batches) (long writers))) batches))
              _ @late
              joined (following (log/live l (assoc (dissoc options :old) :limit n)) (CountDownLatch. 0))]
          (run! deref writing)
          (log/sync! l)
          (let [wanted (into [] (if (= :offsets (:as options)) (log/offsets l) (log/entries l)))]
            (every? #(= wanted (within-a-minute %)) (conj followers joined))))))))
