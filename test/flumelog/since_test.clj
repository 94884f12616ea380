(ns flumelog.since-test
  "The offset of the last record as something to wait for and to watch: nobody sleeps past it, nobody is held up, and each
   watch hears of every move once."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error eventually path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.error UseFailures)
           (flumelog.log Since Since$Watch)
           (flumelog.spi LastOffset LastOffset$Waiter)))

(set! *warn-on-reflection* true)

(deftest a-waiter-wakes-at-the-move-that-it-waits-for
  (let [ping (LastOffset. "ping" -1 nil), pong (LastOffset. "pong" -1 nil)
        rounds (long (size 20000 200000))
        ;; Each answers as soon as it hears, so that a move often comes between the look and the sleep.
        other (future (dotimes [n rounds] (.await ping n 60000) (.set pong n)))
        began (System/nanoTime)]
    (dotimes [n rounds]
      (.set ping n)
      (is-each (true? (.await pong n 60000)) "round " n))
    (is (nil? (deref other 60000 :sleeps)))
    (is (< (- (System/nanoTime) began) 50e9) "one sleep past a move would last a minute")))

(deftest a-waiter-wakes-at-the-close
  (dotimes [_ (size 300 5000)]
    (let [since (LastOffset. "a.log" -1 nil)
          waiting (future (error (.await since 0 60000)))]
      (.close since)
      (is-each (= :closed (deref waiting 30000 :sleeps))))))

(deftest looking-does-not-wait
  (let [since (LastOffset. "a.log" 5 nil)]
    (is (true? (.await since 5 0)))
    (is (false? (.await since 6 0)))
    (is (false? (.await since 6 -1)))
    (.close since)
    (is (true? (.await since 5 0)))
    (is (= :closed (error (.await since 6 0))))))

(deftest a-slow-watch-holds-up-no-writer-and-misses-no-move
  (let [l (disk/open (disk/disk) "a.log" {:sync :none})
        told (atom []), at-work (promise), go-on (promise)]
    (add-watch (log/since l) :slow (fn [_ _ before now]
                                     (swap! told conj [before now])
                                     (deliver at-work true)
                                     (deref go-on 30000 nil)))
    (let [first-append (future (log/append! l 0))]
      @at-work
      (is (= [17 34] (deref (future [(log/append! l 1) (log/append! l 2)]) 30000 :held-up)) "while the watch is at work")
      (deliver go-on true)
      (is (= 0 @first-append)))
    (is (= [[-1 0] [0 34]] @told) "two moves may be told as one")))

(deftest each-move-begins-where-the-last-one-ended
  (let [l (disk/open (disk/disk) "a.log" {:sync :none})
        told (atom [])
        since (.since (.log l))]
    (dotimes [n 2]
      (.watch since (reify Since$Watch (moved [_ before now] (swap! told update n (fnil conj []) [before now])))))
    (reset! told [[] []])
    (run! deref (doall (repeatedly 4 #(future (dotimes [_ (size 1000 20000)] (log/append! l 1))))))
    (doseq [moves @told]
      (is (= -1 (ffirst moves)))
      (is (= @(log/since l) (second (peek moves))))
      (is (every? (fn [[before now]] (< before now)) moves))
      (is (= (map second (butlast moves)) (map first (rest moves)))))))

(deftest a-watch-on-a-reader-hears-what-others-append
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), told (promise)]
      (with-open [l (log/open path {:sync :none}), reader (log/open path {:mode :read})]
        (add-watch (log/since reader) :told (fn [_ _ before now] (deliver told [before now])))
        (log/append! l 1)
        (is (= [-1 0] (deref told 30000 :never)) "though nobody looks")))))

(deftest a-second-watch-hears-only-of-what-comes-after-it
  (let [l (disk/open (disk/disk) "a.log" {:sync :none})
        since (.since (.log l))
        told (atom [])
        watch! (fn [k] (.watch since (reify Since$Watch (moved [_ before now] (swap! told conj [k before now])))))]
    (log/append! l 1)
    (watch! :one)
    (log/append! l 2)
    (watch! :two)
    (log/append! l 3)
    (is (= [[:one 0 17] [:one 17 34] [:two 17 34]] @told))))

(deftest a-new-watch-does-not-hide-a-move-from-the-others
  (let [since (LastOffset. "a.log" -1 nil), told (atom [])
        watch! (fn [k] (.watch since (reify Since$Watch (moved [_ before now] (swap! told conj [k before now])))))]
    (watch! :one)
    (.set since 5)
    (watch! :two)
    (.tell since)
    (is (= [:one -1 5] (first @told)))
    (.tell since)
    (is (= 2 (count @told)) "and it is told once")))

(deftest a-watch-hears-nothing-after-its-end
  (doseq [^flumelog.coll.LogCollection l [(disk/open (disk/disk) "a.log" {:sync :none}) (memory/open)]]
    (let [since (.since (.log l)), told (atom [])
          watch (reify Since$Watch (moved [_ _ _] (swap! told conj :told)))
          one (.watch since watch), two (.watch since watch)]
      (log/append! l 1)
      (is (= [:told :told] @told) "each registration counts")
      (.close one)
      (.close one)
      (log/append! l 2)
      (is (= 3 (count @told)) "and ends by itself")
      (.close two)
      (log/append! l 3)
      (is (= 3 (count @told))))))

(deftest a-task-runs-once-when-the-log-is-closed
  (doseq [^flumelog.coll.LogCollection l [(disk/open (disk/disk) "a.log" {:sync :none}) (memory/open)]]
    (let [since (.since (.log l)), ran (atom [])]
      (.whenClosed since #(swap! ran conj :kept))
      (.close (.whenClosed since #(swap! ran conj :dropped)))
      (is (= [] @ran))
      (.close l)
      (.close l)
      (.close (.whenClosed since #(swap! ran conj :late)))
      (is (= [:kept :late] @ran) "one that comes late runs immediately"))))

(deftest nobody-looks-for-a-watch-that-has-ended
  (let [looked (atom 0), since (LastOffset. "a.log" -1 #(swap! looked inc))
        watch (reify Since$Watch (moved [_ _ _]))]
    (dotimes [_ 2]
      (with-open [_ (.watch since watch)]
        (let [before (long @looked)] (is (eventually #(< (+ 2 before) (long @looked))))))
      (is (eventually #(let [before @looked] (Thread/sleep 100) (= before @looked)))))
    (.close since)))

(deftest a-program-can-t-move-since
  (is (= #{"get" "end" "lastSeen" "await" "watch" "whenClosed"} (set (map #(.getName ^java.lang.reflect.Method %) (.getMethods Since))))))

;; Records that others append

(defn- store
  "A number that others set, as the last offset of a log that waits for them: `:since`, `:append!`, and `:looks`, how often it
   was looked at."
  []
  (let [last-offset (atom -1), looks (atom 0), moved (Object.), mark (promise)
        look (fn [] (swap! looks inc) (doto ^LastOffset @mark (.set @last-offset) .tell))
        waiter (reify LastOffset$Waiter
                 (await [_ millis]
                   (locking moved
                     (when (= @last-offset (.lastSeen ^LastOffset @mark)) (.wait moved millis)))))
        since (LastOffset. "store" -1 look waiter)]
    (deliver mark since)
    {:since since, :looks looks
     :append! (fn [offset] (locking moved (reset! last-offset offset) (.notifyAll moved)))}))

(deftest a-log-that-can-wait-for-others-does-not-poll
  (let [{:keys [^LastOffset since append! looks]} (store)
        waiting (future (.await since 7 30000))]
    (is (not (.await since 0 300)))
    (is (< (long @looks) 30) "two threads waited, for 100 ms at a time; looking every 20 ms would be 30 times")
    (append! 7)
    (is (true? (deref waiting 30000 :never)))
    (is (= 7 (.lastSeen since)))
    (is (thrown? InterruptedException
                 (do (.interrupt (Thread/currentThread)) (.await since 8 30000))))))

(deftest a-watch-of-a-log-that-can-wait-hears-what-others-append
  (let [{:keys [^LastOffset since append!]} (store), told (atom [])
        eventually (fn [f] (loop [n 0] (or (f) (when (< n 1500) (Thread/sleep 20) (recur (inc n))))))]
    (.watch since (reify Since$Watch (moved [_ before now] (swap! told conj [before now]))))
    (append! 3)
    (is (eventually #(= [[-1 3]] @told)))
    (append! 9)
    (is (eventually #(= [[-1 3] [3 9]] @told)))
    (.close since)
    (let [looking #(filter (fn [^Thread t] (str/starts-with? (.getName t) "flumelog-look")) (keys (Thread/getAllStackTraces)))
          in-waiter? (fn [^Thread t] (some #(re-find #"since_test" (str %)) (.getStackTrace t)))]
      (is (eventually #(not-any? in-waiter? (looking))) "and no thread goes on to wait"))))

;; Watches that misbehave, and looks that fail

(defn- logs
  "A log in a file and one in memory."
  []
  [(disk/open (disk/disk) "a.log" {:sync :none}) (memory/open)])

(defn- quietly
  "Calls f by a thread whose uncaught exceptions are nobody's business; what f returns."
  [f]
  (let [result (promise)]
    (doto (Thread. ^Runnable (fn [] (deliver result (f))))
      (.setUncaughtExceptionHandler (reify Thread$UncaughtExceptionHandler (uncaughtException [_ _ _])))
      (.start))
    (deref result 30000 :never)))

(deftest a-watch-that-throws-keeps-no-other-from-hearing
  (doseq [l (logs)]
    (let [told (atom #{})]
      (dotimes [n 6]
        (add-watch (log/since l) n (fn [k _ _ _] (swap! told conj k) (when (even? (long k)) (throw (ex-info "no" {}))))))
      (is (= 0 (quietly #(log/append! l 1))) "the record is appended")
      (is (= (set (range 6)) @told)))))

(deftest other-watches-hear-in-order-when-one-watch-appends
  (doseq [l (logs)]
    (let [told (atom {})]
      (dotimes [n 3]
        (add-watch (log/since l) n
                   (fn [k ref before now]
                     (swap! told update k (fnil conj []) [before now])
                     (when (and (= 0 k) (< (long now) 60)) (log/append! l 2)))))
      (log/append! l 1)
      (doseq [[k moves] @told]
        (is (= -1 (ffirst moves)) k)
        (is (= (map second (butlast moves)) (map first (rest moves))) k)
        (is (= @(log/since l) (second (peek moves))) k))
      (is (= #{0 1 2} (set (keys @told)))))))

(deftest a-look-that-fails-does-not-end-a-reader-s-watches
  (doseq [failure [#(throw (UseFailures/closed "a look")) #(throw (OutOfMemoryError. "planted"))]]
    (let [looked (atom 0)
          since (LastOffset. "a.log" -1 (fn [] (when (< (long (swap! looked inc)) 3) (failure))))]
      (.watch since (reify Since$Watch (moved [_ _ _])))
      (is (eventually #(< 5 (long @looked))) "it looks again")
      (.close since))))
