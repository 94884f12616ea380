(ns flumelog.odd-log-test
  "What the seam promises back ends beyond what every log does: several logs over one store that can be waited for, offsets that
   no double can tell apart, and things that a store does not have."
  (:require [clojure.core.async :as async]
            [clojure.test :refer [deftest is]]
            [flumelog.async :refer [live-chan]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error eventually path-in with-temp-folder]]
            [flumelog.odd-log :as odd])
  (:import (flumelog.log Entry Log)
           (java.util ArrayList Spliterator)
           (java.util.concurrent Flow$Subscriber Flow$Subscription)
           (java.util.function Consumer)))

(set! *warn-on-reflection* true)

(defn- within-a-minute [f] (deref f 60000 :never))

(deftest appends-of-another-log-on-the-store-are-followed
  (let [store (odd/new-store)]
    (with-open [writer (odd/open store {}), reader (odd/open-to-read store {})]
      (log/append! writer :a)
      (let [told (promise)
            items (future (into [] (log/live reader {:as :values :limit 3})))
            awaited (future (log/await-since reader (+ 100 (long odd/first-offset)) 60000))]
        (add-watch (log/since reader) :told (fn [_ _ before now] (deliver told [before now])))
        (dotimes [n 50] (log/append! writer n))
        (is (= [:a 0 1] (within-a-minute items)))
        (is (<= (+ 100 (long odd/first-offset)) (long (within-a-minute awaited))))
        (is (apply < (within-a-minute told))))
      (is (= @(log/since writer) @(log/since reader) (:since (log/info reader)))))))

(deftest live-ends-when-its-own-log-is-closed
  (let [store (odd/new-store)]
    (with-open [writer (odd/open store {}), reader (odd/open-to-read store {})]
      (log/append! writer :a)
      (let [seen (atom []), values (future (into [] (map #(do (swap! seen conj %) %)) (log/live reader {:as :values})))
            ch (live-chan reader)]
        (is (= :a (val (async/<!! ch))))
        (log/append! writer :b)
        (is (= :b (val (async/<!! ch))))
        (is (eventually #(= [:a :b] @seen)))
        (.close reader)
        (is (= [:a :b] (within-a-minute values)))
        (is (= [nil ch] (async/alts!! [ch (async/timeout 60000)])))
        (is (= [:a :b] (into [] writer)) "the other log over the store goes on")))))

(deftest a-subscriber-of-a-reader-gets-what-the-writer-appends
  (let [store (odd/new-store), seen (atom []), done (promise)]
    (with-open [writer (odd/open store {:codec :utf8}), reader (odd/open-to-read store {:codec :utf8})]
      (.subscribe (.live (.log reader) (.atMost (flumelog.log.LiveOptions/all) 2))
                  (reify Flow$Subscriber
                    (onSubscribe [_ s] (.request ^Flow$Subscription s Long/MAX_VALUE))
                    (onNext [_ entry] (swap! seen conj (String. (.data ^Entry entry))))
                    (onError [_ e] (deliver done e))
                    (onComplete [_] (deliver done :complete))))
      (log/append-all! writer ["a" "b"])
      (is (= :complete (within-a-minute done)))
      (is (= ["a" "b"] @seen)))))

(deftest a-log-that-is-opened-for-reading-takes-no-writes
  (let [store (odd/new-store)]
    (with-open [reader (odd/open-to-read store {})]
      (is (false? (.writable (.log reader))))
      (is (= :read (:mode (log/info reader))))
      (is (= :read-only (error (log/append! reader :a))))
      (is (= :bad-option (error (log/live reader {:durable true})))))))

(deftest offsets-above-2-to-the-53-are-told-apart
  (with-open [l (odd/open {})]
    (let [[a :as offsets] (log/append-all! l (range 40)), view (log/entries l)]
      (is (= (double a) (double (dec (long a)))) "as these are")
      (doseq [offset offsets]
        (is (= [offset] (map key (take 1 (subseq view >= offset)))))
        (is (= [offset] (map key (take 1 (rsubseq view <= offset)))))
        (is (not-any? #{offset} (map key (subseq view > offset))))
        (is (not-any? #{offset} (map key (rsubseq view < offset))))))))

(defn- remaining [^Spliterator s]
  (let [out (ArrayList.)]
    (.forEachRemaining s (reify Consumer (accept [_ entry] (.add out (.offset ^Entry entry)))))
    (vec out)))

(deftest parts-begin-at-the-first-offset
  (with-open [l (odd/open {})]
    (let [offsets (log/append-all! l (range 5000)), right (.spliterator (.log l)), left (.trySplit right)]
      (is (< (.estimateSize right) 100000))
      (let [[a b] [(remaining left) (remaining right)]]
        (is (= offsets (into a b)))
        (is (every? #(< 1000 (count %)) [a b]) "each half has its share")))))

(deftest a-missing-feature-of-the-store-is-unsupported
  (with-temp-folder [folder]
    (with-open [l (odd/open {})]
      (let [offset (log/append! l :a)]
        (doseq [call [#(log/delete! l offset) #(log/position l offset) #(log/backup! l (path-in folder "b.log"))]]
          (is (= :unsupported (error (call))))))
      (is (= {} (log/recovery l)))
      (is (nil? (log/id l)))
      (is (= "#flumelog/Log[\"odd://store\" {:since 9007199254740993}]" (pr-str l)))
      (.close l)
      (is (= :closed (error (log/delete! l 0))))
      (is (= :closed (error (log/backup! l "b.log"))))
      (is (= :closed (error (.oldest ^Log (.log l))))))))

(deftest a-store-out-of-reach-takes-nothing-and-may-be-tried-again
  (let [store (odd/new-store)]
    (with-open [l (odd/open store {})]
      (odd/out-of-reach! store true)
      (let [failure (try (log/append! l :a) (catch Exception e (ex-data e)))]
        (is (= [:unavailable :cognitect.anomalies/unavailable "odd://store"]
               (map failure [:flumelog/error :cognitect.anomalies/category :path]))))
      (is (= :unavailable (error (log/append-all! l [:a :b]))))
      (is (= :unavailable
             (error (try @(log/append-async! l :a) (catch java.util.concurrent.ExecutionException e (throw (ex-cause e)))))))
      (is (= [] (into [] l)))
      (is (= -1 @(log/since l)))
      (odd/out-of-reach! store false)
      (log/append! l :a)
      (is (= [:a] (into [] l))))))
