(ns ^:no-doc flumelog.serve.threads
  "The threads of the page's server. A connection has one thread from the first byte of its request to the last byte of its
   answer, and a time by which it must have got on. One that is late is interrupted, which closes its connection. So a slow
   client costs a thread for some seconds and keeps nobody waiting.

   * `executor`: runs the exchanges of the server
   * `answering!`, `allow!`: the running exchange has got on, and may take so long from now"
  (:import (java.util.concurrent ConcurrentHashMap Executor Executors ScheduledExecutorService SynchronousQueue ThreadFactory
                                 ThreadPoolExecutor TimeUnit)
           (java.util.concurrent.atomic AtomicLong)
           (java.util.function BiFunction)))

(set! *warn-on-reflection* true)

(def ^:const most-threads
  "As many exchanges run at most. A further connection is closed at once." 128)

(def ^:const ^:private most-reading
  "As many connections may be slow with their requests. With one more, the one that has taken longest is closed." 64)

(def ^:const ^:private reading-ms "A request must have arrived within this time." 5000)

(def ^:private ^ConcurrentHashMap running
  "For the thread of each exchange: `:until` when it may run, in nanoseconds of this JVM's clock, and whether it is still
   `:reading` its request."
  (ConcurrentHashMap.))

(defn- after-ms [ms] (+ (System/nanoTime) (.toNanos TimeUnit/MILLISECONDS (long ms))))

(defn- late? [{:keys [until]}] (neg? (- (long until) (System/nanoTime))))

(defn- interrupt-if!
  "Interrupts the thread if its exchange is still running and meets the condition. The exchange can't end meanwhile, so the
   interrupt never reaches a later one."
  [^Thread thread condition]
  (.computeIfPresent running thread
                     (reify BiFunction
                       (apply [_ _ exchange] (if (condition exchange) (do (.interrupt thread) nil) exchange)))))

(defn allow!
  "Lets the exchange that this thread runs last for `ms` more milliseconds from now on."
  [ms]
  (.computeIfPresent running (Thread/currentThread)
                     (reify BiFunction
                       (apply [_ _ exchange] (assoc exchange :until (after-ms ms))))))

(defn answering!
  "The request of the exchange that this thread runs has arrived. Its answer may take `ms` milliseconds."
  [ms]
  (.computeIfPresent running (Thread/currentThread)
                     (reify BiFunction
                       (apply [_ _ exchange] (assoc exchange :reading false :until (after-ms ms))))))

(defn- run-exchange [^Runnable exchange]
  (let [thread (Thread/currentThread)]
    (.put running thread {:reading true :until (after-ms reading-ms)})
    (try
      (.run exchange)
      (finally
        (.remove running thread)
        (Thread/interrupted)))))

(defn- close-slowest!
  "Closes the connection that has been sending its request for longest, if there are too many such."
  []
  (let [reading (filter (comp :reading val) running)]
    (when (< (long most-reading) (count reading))
      (interrupt-if! (key (apply min-key (comp :until val) reading)) :reading))))

(defn- close-late! []
  (doseq [thread (keys running)] (interrupt-if! thread late?)))

(defn- daemons ^ThreadFactory [name]
  (let [made (AtomicLong.)]
    (reify ThreadFactory
      (newThread [_ task]
        (doto (Thread. task (str name "-" (.incrementAndGet made))) (.setDaemon true))))))

(defn executor
  "Runs exchanges, each in a thread of its own. Returns `[executor stop]`; `stop` ends it."
  []
  (let [pool (ThreadPoolExecutor. 0 most-threads 10 TimeUnit/SECONDS (SynchronousQueue.) (daemons "flumelog-serve"))
        watch (doto ^ScheduledExecutorService (Executors/newSingleThreadScheduledExecutor (daemons "flumelog-serve-watch"))
                (.scheduleWithFixedDelay ^Runnable close-late! 500 500 TimeUnit/MILLISECONDS))]
    [(reify Executor
       (execute [_ exchange]
         (.execute pool #(run-exchange exchange))
         (close-slowest!)))
     (fn stop []
       (.shutdownNow watch)
       (.shutdownNow pool))]))
