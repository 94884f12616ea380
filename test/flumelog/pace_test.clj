(ns flumelog.pace-test
  "How often a reader looks for what others append: often while records come, and seldom when none do. The pauses are asked for,
   and the time is a number."
  (:require [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [eventually]]
            [flumelog.test-disk :as disk])
  (:import (flumelog.engine Pace)))

(set! *warn-on-reflection* true)

(def ^:private second-nanos 1000000000)

(defn- looks
  "When a log looks, from the nanosecond `now` on: before each look comes the pause. `offset-at` is what it knows at a time."
  [^Pace pace offset-at now]
  (rest (iterate (fn [t] (+ (long t) (.pause pace (long (offset-at t)) (long t)))) now)))

(defn- looks-before [end looks] (take-while #(< (long %) (long end)) looks))

(deftest a-record-is-late-by-an-eighth-of-the-time-without-one-and-at-most-20-ms
  (doseq [wait-micros [100 1000 10000 100000 1000000 100000000]
          :let [pace (Pace/ofTraffic), came (* 1000 (long wait-micros))
                _ (.pause pace 7 0)
                late (- (long (first (drop-while #(< (long %) came) (looks pace (constantly 7) 0)))) came)]]
    (is (<= 0 late (max Pace/SHORTEST_NANOS (min Pace/LONGEST_NANOS (quot came 8)))) (str "after " wait-micros " us"))))

(deftest an-idle-log-looks-as-seldom-as-a-steady-one
  (let [idle (Pace/ofTraffic), steady (Pace/steady)]
    (doseq [pace [idle steady]] (.pause ^Pace pace 7 0))
    (is (= (count (looks-before (* 11 second-nanos) (looks idle (constantly 7) (* 10 second-nanos))))
           (count (looks-before (* 11 second-nanos) (looks steady (constantly 7) (* 10 second-nanos))))))
    (is (> 120 (count (looks-before second-nanos (looks (Pace/ofTraffic) (constantly 7) 0)))) "in the second after a record")))

(deftest traffic-makes-it-quick-again-whichever-way-the-offset-moves
  (let [pace (Pace/ofTraffic)]
    (doseq [[offset now wanted] [[7 0 :quick] [7 second-nanos :slow] [9 (* 2 second-nanos) :quick] [9 (* 3 second-nanos) :slow]
                                 [7 (* 4 second-nanos) :quick]]]
      (is (= ({:quick Pace/SHORTEST_NANOS :slow Pace/LONGEST_NANOS} wanted) (.pause pace offset now)) (str offset " at " now)))))

(deftest a-steady-pace-takes-no-notice-of-traffic
  (let [pace (Pace/steady)]
    (is (every? #(= Pace/LONGEST_NANOS (.pause pace % (* 1000 (long %)))) (range 5)))))

(deftest all-threads-that-wait-hear-of-each-record-though-one-looks-for-them
  (let [d (disk/disk), n 100]
    (with-open [w (disk/open d "a.log" {:codec :utf8 :sync :none}), r (disk/open d "a.log" {:codec :utf8 :mode :read})]
      (let [waiting (mapv (fn [_] (future (into [] (log/live r {:limit n :as :values})))) (range 8))
            gives-up (future (dotimes [_ n] (log/await-since r 1000000 1 :late)))]
        (dotimes [i n]
          (log/append! w (str i))
          (when (zero? (rem i 20)) (eventually #(= @(log/since w) (.lastSeen (.since (.log r)))))))
        (is (every? #(= (mapv str (range n)) (deref % 60000 :late)) waiting))
        (is (nil? (deref gives-up 60000 :late)))))))
