(ns flumelog.publisher-test
  "Java's live records: a Flow.Publisher that keeps the rules of Reactive Streams, by their own test kit and by what else
   a log promises."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.fixtures :refer [error eventually path-in with-temp-folder with-uncaught]]
            [flumelog.memory :as memory]
            [flumelog.test-support :refer [size skip]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error FormatFailures)
           (flumelog.log Entry LiveOptions Log LogOptions OffsetLog)
           (java.lang.reflect InvocationTargetException Method)
           (java.util.concurrent CountDownLatch Executor Executors Flow$Subscriber Flow$Subscription LinkedBlockingQueue
                                 RejectedExecutionException ThreadFactory TimeUnit)
           (org.reactivestreams.tck TestEnvironment)
           (org.reactivestreams.tck.flow FlowPublisherVerification)
           (org.testng SkipException)
           (org.testng.annotations Test)))

(set! *warn-on-reflection* true)

(defn- data ^bytes [n] (.getBytes (str n)))

(defn- text [^Entry entry] (String. (.data entry)))

(defn- open ^OffsetLog [folder name]
  (OffsetLog/open (.toPath (java.io.File. ^String (path-in folder name))) (LogOptions/of {:sync :none})))

;; The test kit. It is written for TestNG, which is not needed to call its methods one by one.

(def ^:private signal-millis "How long the kit waits for a signal that must come." 10000)
(def ^:private silence-millis "How long it waits to see that none comes, and between two looks." 20)
(def ^:private garbage-millis "How long it waits before it looks whether a reference was dropped. A busy machine needs some of it." 1000)

(defn- verification
  "Publishers for the kit: of n elements, and of none because it fails."
  [^Log l ^Log closed]
  (proxy [FlowPublisherVerification] [(TestEnvironment. (long signal-millis) (long silence-millis) (long silence-millis)) (long garbage-millis)]
    (createFlowPublisher [n] (.live l (.atMost (LiveOptions/all) n)))
    (createFailedFlowPublisher [] (.live closed (LiveOptions/all)))))

(defn- kit-methods []
  (sort-by #(.getName ^Method %)
           (filter #(.isAnnotationPresent ^Method % Test) (.getMethods FlowPublisherVerification))))

(defn- outcome
  "nil when the method of the kit passes, the reason when it was skipped, or what it threw."
  [^FlowPublisherVerification kit ^Method method]
  (try
    (.setUp kit)
    (.invoke method kit (object-array 0))
    nil
    (catch InvocationTargetException e
      (let [cause (.getCause e)]
        (if (instance? SkipException cause) (first (str/split-lines (str (ex-message cause)))) cause)))))

(deftest the-publisher-keeps-the-rules-of-reactive-streams
  (with-temp-folder [folder]
    (with-open [l (open folder "a.log")]
      (dotimes [n 1000] (.append l (data n)))
      (let [kit (verification l (doto (open folder "b.log") .close))
            outcomes (into {} (map (fn [^Method m] [(.getName m) (outcome kit m)])) (kit-methods))]
        (is (< 30 (count outcomes)))
        (doseq [[method result] outcomes :when (not (string? result))]
          (testing method (is (nil? result))))
        (is (every? #(str/starts-with? % "untested_") (keys (filter (comp string? val) outcomes)))
            "what the kit passes over is what it has no test for")))))

;; What a subscriber is told

(defn- subscriber
  "Asks for n records at first. What it is told goes into the queue: text of a record, :complete or an exception."
  ^Flow$Subscriber [^LinkedBlockingQueue told subscription n & [on-next]]
  (reify Flow$Subscriber
    (onSubscribe [_ s] (deliver subscription s) (when (pos? (long n)) (.request s n)))
    (onNext [_ entry] (.put told (text entry)) (when on-next (on-next entry)))
    (onError [_ thrown] (.put told thrown))
    (onComplete [_] (.put told :complete))))

(defn- subscribe
  "Returns [what it is told, its subscription]."
  [^Log l ^LiveOptions options n & [on-next subscription]]
  (let [told (LinkedBlockingQueue.), subscription (or subscription (promise))]
    (.subscribe (.live l options) (subscriber told subscription n on-next))
    [told @subscription]))

(defn- take-next
  "What is told next; nil when that never comes."
  [^LinkedBlockingQueue told]
  (.poll told 20 TimeUnit/SECONDS))

(defn- take-from [told n]
  (into [] (comp (map (fn [_] (take-next told))) (halt-when nil? conj)) (range n)))

(defn- rest-of [told]
  (loop [all []]
    (let [x (take-next told)]
      (if (string? x) (recur (conj all x)) (conj all x)))))

(def ^:private all Long/MAX_VALUE)

(defmacro ^:private on-every-log [[log] & body]
  `(doseq [kind# ["file" "memory"]]
     (testing kind#
       (with-temp-folder [folder#]
         (with-open [~(with-meta log {:tag `Log}) (if (= "file" kind#)
                                                    (open folder# "a.log")
                                                    (.log ^LogCollection (memory/open {:codec :bytes})))]
           ~@body)))))

(defn- everything ^LiveOptions [] (LiveOptions/all))

(deftest a-subscriber-gets-old-records-and-then-new-ones
  (on-every-log [l]
    (.appendAll l [(data "a") (data "b")])
    (let [[told] (subscribe l (everything) all)]
      (is (= ["a" "b"] (take-from told 2)))
      (.append l (data "c"))
      @(.appendAsync l (data "d"))
      (is (= ["c" "d"] (take-from told 2)))
      (.close l)
      (is (= [:complete] (rest-of told))))))

(deftest nobody-gets-more-than-they-asked-for
  (on-every-log [l]
    (let [[told ^Flow$Subscription s] (subscribe l (everything) 0)]
      (dotimes [n 10] (.append l (data n)))
      (.request s 2)
      (is (= ["0" "1"] (take-from told 2)))
      (.request s 1)
      (.request s 2)
      (is (= ["2" "3" "4"] (take-from told 3)))
      (.request s 5)
      (is (= ["5" "6" "7" "8" "9"] (take-from told 5)))
      (.close l)
      (is (= [:complete] (rest-of told)) "also without demand"))))

(deftest a-log-that-is-closed-before-all-was-given-ends-it-with-an-error
  (on-every-log [l]
    (let [[a] (.appendAll l (mapv data ["a" "b" "c"]))
          [idle] (subscribe l (everything) 1), [ended] (subscribe l (.atMost (everything) 1) 1)]
      (is (= ["a"] (take-from idle 1)))
      (is (= ["a" :complete] (rest-of ended)))
      (.close l)
      (let [[thrown & more] (rest-of idle)]
        (is (nil? more))
        (is (= [:closed (inc (long a))] ((juxt :flumelog/error :offset) (ex-data thrown))) "also without demand")))))

(deftest a-slow-subscriber-hears-that-records-are-missing
  (on-every-log [l]
    (dotimes [n 100] (.append l (data n)))
    (let [go-on (CountDownLatch. 1), running (CountDownLatch. 1)
          [told] (subscribe l (everything) all (fn [_] (.countDown running) (.await go-on)))]
      (.await running)
      (.close l)
      (.countDown go-on)
      (is (= :closed (error (throw (peek (rest-of told)))))))))

(deftest at-the-upper-bound-the-subscription-completes
  (on-every-log [l]
    (is (= [:complete] (rest-of (first (subscribe l (.upTo (everything) (.get (.since l))) 0)))) "an empty log has nothing to give")
    (let [[a b c] (.appendAll l (mapv data ["a" "b" "c"]))]
      (is (= ["a" "b" "c" :complete] (rest-of (first (subscribe l (.upTo (everything) c) 3)))))
      (is (= ["a" :complete] (rest-of (first (subscribe l (.before (everything) b) all)))))
      (is (= ["b" :complete] (rest-of (first (subscribe l (.upTo (.after (everything) a) b) all)))))
      (let [[told] (subscribe l (.upTo (everything) (inc (long c))) all)]
        (is (= ["a" "b" "c"] (take-from told 3)))
        (.append l (data "d"))
        (is (= [:complete] (rest-of told)) "a record above it ends it")))))

(deftest demand-adds-up-to-unbounded
  (on-every-log [l]
    (let [[told ^Flow$Subscription s] (subscribe l (everything) (dec all))]
      (.request s 5)
      (dotimes [n 9] (.append l (data n)))
      (is (= (map str (range 9)) (take-from told 9))))))

(deftest a-subscriber-may-go-on-where-it-stopped
  (on-every-log [l]
    (let [[_ b _] (.appendAll l [(data "a") (data "b") (data "c")])
          [told] (subscribe l (.after (everything) b) all)]
      (.append l (data "d"))
      (is (= ["c" "d"] (take-from told 2))))))

(deftest after-the-limit-the-subscription-completes
  (on-every-log [l]
    (dotimes [n 5] (.append l (data n)))
    (is (= ["0" "1" :complete] (rest-of (first (subscribe l (.atMost (everything) 2) all)))))
    (is (= [:complete] (rest-of (first (subscribe l (.atMost (everything) 0) 0)))))))

(deftest deleted-records-are-left-out
  (on-every-log [l]
    (let [offsets (.appendAll l (mapv data (range 5)))]
      (.delete l (long-array [(aget offsets 1) (aget offsets 4)]))
      (let [[told] (subscribe l (everything) 3)]
        (is (= ["0" "2" "3"] (take-from told 3)))))
    (let [[told] (subscribe l (.upTo (everything) (.get (.since l))) all)]
      (is (= ["0" "2" "3" :complete] (rest-of told))))))

(deftest a-subscription-to-a-closed-log-ends-with-an-error
  (on-every-log [l]
    (let [publisher (.live l (everything)), told (LinkedBlockingQueue.)]
      (.append l (data "a"))
      (.close l)
      (.subscribe publisher (subscriber told (promise) all))
      (let [[thrown] (rest-of told)] (is (= :closed (error (throw thrown))))))))

(defn- broken-log ^Log []
  (let [since (flumelog.spi.LastOffset. "broken" 0 nil)]
    (reify Log
      (since [_] since) (path [_] "broken") (isClosed [_] false) (info [_] {})
      (cursor [_] (throw (FormatFailures/corrupt "broken" 0 "it is for tests"))))))

(deftest a-record-that-can-t-be-read-ends-it-with-its-error
  (let [[told] (subscribe (broken-log) (everything) 1), [thrown] (rest-of told)]
    (is (= :corrupt (error (throw thrown))))))

(deftest demand-of-nothing-is-an-error-also-while-it-waits
  (on-every-log [l]
    (doseq [n [0 -1 Long/MIN_VALUE]]
      (let [[told ^Flow$Subscription s] (subscribe l (.after (everything) (.get (.since l))) 1)]
        (.request s n)
        (.request s 1)
        (is (instance? IllegalArgumentException (first (rest-of told))))
        (.append l (data "not for it"))))))

(deftest durable-records-only
  (with-temp-folder [folder]
    (with-open [l (open folder "a.log")]
      (let [early (atom [])
            [told] (subscribe l (.onlyDurable (everything)) all
                              (fn [^Entry e] (when (> (.offset e) (.get (.durable l))) (swap! early conj (text e)))))]
        (doseq [n (range 20)]
          (.append l (data n))
          (when (even? n) (.sync l)))
        (is (= (map str (range 19)) (take-from told 19)))
        (.sync l)
        (is (= ["19"] (take-from told 1)))
        (is (= [] @early))
        (.close l)
        (is (= [:complete] (rest-of told)))))))

(deftest a-log-opened-for-reading-follows-the-writer
  (with-temp-folder [folder]
    (with-open [writer (open folder "a.log")
                reader (OffsetLog/open (.toPath (java.io.File. ^String (path-in folder "a.log")))
                                       (.readOnly (LogOptions/defaults)))]
      (let [[told] (subscribe reader (everything) all)]
        (dotimes [n 3] (.append writer (data n)))
        (is (= ["0" "1" "2"] (take-from told 3))))
      (is (= :bad-option (error (.live reader (.onlyDurable (everything)))))))))

;; Threads

(defn- inside? [^Thread thread what]
  (some #(str/includes? (str %) what) (.getStackTrace thread)))

(deftest cancelling-wakes-the-thread-that-waits
  (on-every-log [l]
    (let [serving (promise)
          [told ^Flow$Subscription s] (subscribe l (everything) all (fn [_] (deliver serving (Thread/currentThread))))]
      (.append l (data "a"))
      (let [^Thread thread @serving]
        (is (.isDaemon thread))
        (is (eventually #(inside? thread "Lookout.await")))
        (.cancel s)
        (.cancel s)
        (is (eventually #(not (inside? thread "LiveSubscription")))))
      (.append l (data "b"))
      (.request s 1)
      (is (= ["a"] (take-from told 1)))
      (.close l)
      (is (= [] (vec told))))))

(deftest a-thread-is-there-only-while-there-is-demand
  (on-every-log [l]
    (let [serving (promise)]
      (subscribe l (everything) 1 (fn [_] (deliver serving (Thread/currentThread))))
      (.append l (data "a"))
      (is (eventually #(not (inside? @serving "LiveSubscription")))))))

(defn- open-with-executor ^OffsetLog [folder executor]
  (OffsetLog/open (.toPath (java.io.File. ^String (path-in folder "a.log"))) (.withExecutor (LogOptions/defaults) executor)))

(defn- thread-name [] (.getName (Thread/currentThread)))

(deftest the-thread-of-a-subscriber-has-the-name-of-the-log
  (on-every-log [l]
    (.append l (data "a"))
    (let [name (promise)]
      (subscribe l (everything) 1 (fn [_] (deliver name (thread-name))))
      (is (= (str "flumelog-live " (if (instance? OffsetLog l) "a.log" "memory")) (deref name 20000 nil))))))

(deftest an-executor-of-the-program-serves-the-subscribers
  (with-temp-folder [folder]
    (let [pool (Executors/newCachedThreadPool (reify ThreadFactory (newThread [_ task] (Thread. task "of the program"))))
          names (LinkedBlockingQueue.)]
      (with-open [l (open-with-executor folder pool)]
        (let [[told] (subscribe l (everything) all (fn [_] (.put names (thread-name))))]
          (.append l (data "a"))
          (is (= ["a"] (take-from told 1)))
          (is (= "of the program" (take-next names)))))
      (.shutdown pool)
      (is (.awaitTermination pool 20 TimeUnit/SECONDS) "no thread is held when the log is closed"))))

(deftest what-a-subscriber-asked-for-is-all-that-it-gets
  (with-temp-folder [folder]
    (with-open [l (open-with-executor folder (reify Executor (execute [_ task] (.run task))))]
      (dotimes [n 10] (.append l (data n)))
      (let [[told ^Flow$Subscription s] (subscribe l (.atMost (everything) 10) 0)]
        (.request s 2)
        (is (= ["0" "1"] (vec told)) "the caller's own thread has served it when request returns")
        (.request s 1)
        (is (= ["0" "1" "2"] (vec told)))))))

(deftest an-executor-that-refuses-is-an-error-of-the-subscriber
  (with-temp-folder [folder]
    (with-open [l (open-with-executor folder (reify Executor (execute [_ _] (throw (RejectedExecutionException. "full")))))]
      (.append l (data "a"))
      (let [[told] (subscribe l (everything) 1)]
        (is (= "full" (ex-message (take-next told))))))))

(deftest virtual-threads-serve-many-idle-subscribers
  (if-let [make (try (.getMethod Executors "newVirtualThreadPerTaskExecutor" (make-array Class 0)) (catch NoSuchMethodException _))]
    (with-temp-folder [folder]
      (with-open [l (open-with-executor folder (.invoke ^Method make nil (object-array 0)))]
        (let [before (count (Thread/getAllStackTraces))
              subscribers (mapv first (repeatedly 500 #(subscribe l (everything) all)))]
          (.append l (data "a"))
          (doseq [told subscribers] (is (= "a" (take-next told))))
          (is (> 50 (- (count (Thread/getAllStackTraces)) before)) "no thread of the system for each"))))
    (skip "this JDK has no virtual threads")))

(deftest the-code-of-a-subscriber-is-never-interrupted
  (on-every-log [l]
    (doseq [end [(fn [^Flow$Subscription s] (.cancel s)) (fn [^Flow$Subscription s] (.request s 0))]]
      (let [running (CountDownLatch. 1), go-on (CountDownLatch. 1), interrupted (promise)
            [_ s] (subscribe l (everything) all (fn [_]
                                                  (.countDown running)
                                                  (deliver interrupted (try (.await go-on) (Thread/interrupted)
                                                                            (catch InterruptedException _ true)))))]
        (.append l (data "a"))
        (.await running)
        (end s)
        (.countDown go-on)
        (is (false? @interrupted))))))

(deftest a-subscriber-that-interrupts-itself-loses-nothing
  (on-every-log [l]
    (let [[told] (subscribe l (everything) all (fn [_] (.interrupt (Thread/currentThread))))]
      (dotimes [n 20] (.append l (data n)))
      (is (= (map str (range 20)) (take-from told 20))))))

(deftest a-subscriber-that-throws-harms-nobody
  (on-every-log [l]
    (with-uncaught [uncaught]
      (let [[told] (subscribe l (everything) all (fn [_] (throw (ex-info "no" {}))))
            [others] (subscribe l (everything) all)]
        (.appendAll l [(data "a") (data "b")])
        (is (= ["a" "b"] (take-from others 2)))
        (is (= ["no"] (map ex-message (take-from uncaught 1))))
        (.close l)
        (is (= ["a"] (vec told)))
        (is (= [:complete] (rest-of others)))))))

(deftest every-subscriber-gets-every-record-once-and-in-order
  (on-every-log [l]
    (let [per-writer (long (size 300 5000)), writers 3, total (* writers per-writer)
          random (java.util.Random. 42)
          subscriptions (vec (for [_ (range 4)]
                               (let [s (promise), n (inc (.nextInt random 5))]
                                 (subscribe l (everything) n
                                            (fn [_] (when (zero? (rand-int 2)) (.request ^Flow$Subscription @s 2)))
                                            s))))
          appending (vec (for [w (range writers)]
                           (future (dotimes [n per-writer] (.append l (data (str w "-" n)))))))]
      (run! deref appending)
      (doseq [[told ^Flow$Subscription s] subscriptions]
        (.request s total)
        (is (= (map text (iterator-seq (.iterator l))) (take-from told total)))
        (.cancel s)))))
