(ns flumelog.scarce
  "The code of a JVM in which something runs out for a moment: `stack`, `heap`, `threads`, `descriptors`. Each function
   appends different numbers to a log, and prints a map of the problems afterwards, which is empty if there are none."
  (:require [flumelog.core :as log])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (java.io RandomAccessFile)
           (java.util ArrayList)
           (java.util.concurrent CompletableFuture ExecutionException TimeUnit TimeoutException)
           (java.util.concurrent.atomic AtomicInteger AtomicIntegerArray)
           (java.util.concurrent.locks LockSupport)))

(set! *warn-on-reflection* true)

;; The outcome of each number. To note it takes no memory.

(def ^:private ^:const most 2000000)
(def ^:private ^:const tried 1)
(def ^:private ^:const appended 2)

(defn- notes [] {:numbers (AtomicInteger.) :states (AtomicIntegerArray. (int most))})

(defn- append-next!
  "Appends the next number. Throws any error."
  [l {:keys [^AtomicInteger numbers ^AtomicIntegerArray states]}]
  (let [n (.getAndIncrement numbers)]
    (.set states n tried)
    (log/append! l n)
    (.set states n appended)))

(defn- numbers-that-are [{:keys [^AtomicInteger numbers ^AtomicIntegerArray states]} state]
  (filter #(= state (.get states (int %))) (range (.get numbers))))

(defn- kind-of [f]
  (try (f) nil
       (catch LogException e (:flumelog/error (ex-data e)))
       (catch Throwable t (str t))))

(defn- stacks
  "The stack traces of the logs' threads, by name: helpful if something hangs."
  []
  (into {} (for [[^Thread thread frames] (Thread/getAllStackTraces)
                 :when (some #(re-find #"flumelog" (str %)) frames)]
             [(.getName thread) (mapv str (take 12 frames))])))

(defn- close-error [^LogCollection l]
  (try (deref (future (kind-of #(.close l))) 60000 {:hangs (stacks)})
       (catch Throwable t (str t))))

(defn- wrong-numbers
  "The problems with the numbers that the log has."
  [found notes]
  (let [there (set found), known (.get ^AtomicInteger (:numbers notes))]
    (cond-> {}
      (not= (count there) (count found)) (assoc :doubled (- (count found) (count there)))
      (some (complement there) (numbers-that-are notes appended))
      (assoc :lost (take 5 (remove there (numbers-that-are notes appended))))
      (not-every? #(< -1 (long %) known) found) (assoc :invented (take 5 (remove #(< -1 (long %) known) found))))))

(defn- wrong-afterwards
  "The problems with a log when everything that ran out is available again. The log must take appends or say that it has
   failed."
  [path options ^LogCollection l notes]
  (let [failed (:failed (log/info l))
        goes-on (kind-of #(append-next! l notes))
        synced (kind-of #(log/sync! l))
        durable (= @(log/since l) @(log/durable l))
        strict (kind-of #(log/fetch l 1))
        wrong (wrong-numbers (into [] l) notes)
        closed (close-error l)]
    (cond-> wrong
      (not= (if failed :failed nil) goes-on) (assoc :goes-on goes-on)
      (not= (if failed :failed nil) synced) (assoc :synced synced)
      (not (or failed durable)) (assoc :durable @(log/durable l))
      (not= :not-a-record strict) (assoc :strict strict)
      (not (or (nil? closed) (and failed (= :failed closed)))) (assoc :closed closed)
      true (into (with-open [again (log/open path options)] (wrong-numbers (into [] again) notes))))))

(defn- say [wrong]
  (prn wrong)
  (flush)
  (System/exit 0))

;; The stack

(defn- go-deeper
  "Calls f at each depth of the stack until it overflows."
  [f]
  (f)
  (inc (long (go-deeper f))))

(defn- below [depth f]
  (if (pos? (long depth)) (inc (long (below (dec (long depth)) f))) (do (f) 0)))

(defn stack
  "Appends at each depth of the stack, each time beginning at another depth. `by` is `append!` or `append-async!`."
  [path options by rounds]
  (let [l (log/open path options), notes (notes)
        futures (ArrayList.)
        append! (if (= :async by) #(.add futures (log/append-async! l (.getAndIncrement ^AtomicInteger (:numbers notes))))
                    #(append-next! l notes))]
    (dotimes [round rounds]
      (try (below (* 3 (long round)) #(go-deeper append!)) (catch StackOverflowError _) (catch LogException _)))
    (doseq [^CompletableFuture f futures]
      (try (.get f 30 TimeUnit/SECONDS)
           (catch ExecutionException _)
           (catch TimeoutException _ (say {:future :hangs, :at (stacks)}))))
    (say (wrong-afterwards path options l notes))))

;; Classes

(def ^:private used-by-a-failure
  "Classes that must be there before the stack or the descriptors end: the JVM may never try again to make one ready that failed."
  '[java.util.concurrent.locks.LockSupport java.util.concurrent.TimeUnit java.nio.BufferMismatch
    flumelog.error.LogException flumelog.file.MemoryFault flumelog.file.SharedMemory flumelog.buffer.CheckedMemory
    flumelog.log.Verification$Visitor])

(defn- initialized?
  "Needs the option --add-exports java.base/jdk.internal.misc=ALL-UNNAMED."
  [class-name]
  (let [unsafe (Class/forName "jdk.internal.misc.Unsafe")
        named (Class/forName (str class-name) false (.getContextClassLoader (Thread/currentThread)))]
    ;; The JVM makes a new Boolean, and only the constant false is false for Clojure.
    (not (boolean (.invoke (.getMethod unsafe "shouldBeInitialized" (into-array Class [Class]))
                           (.invoke (.getMethod unsafe "getUnsafe" (into-array Class [])) nil (object-array 0))
                           (object-array [named]))))))

(defn classes
  "Opens three logs and appends nothing. No thread has waited for another one then."
  [folder]
  (let [opened (mapv #(log/open (str folder "/" % ".log")) (range 3))
        at-once (initialized? 'java.util.concurrent.locks.LockSupport)
        missing (loop [n 0]                                 ; the third log has the others loaded by a thread
                  (let [missing (remove initialized? used-by-a-failure)]
                    (if (and (seq missing) (< n 100)) (do (Thread/sleep 100) (recur (inc n))) missing)))]
    (run! #(.close ^LogCollection %) opened)
    (say (cond-> {}
           (not at-once) (assoc :no-thread-can-wait true)
           (seq missing) (assoc :not-initialized (vec missing))))))

;; The heap

(defn- fill-heap!
  "Takes all memory, and frees it after some milliseconds."
  [^long millis]
  (let [held (object-array 100000)]
    (try
      (loop [n 0, size 1000000]
        (when (< n 100000)
          (let [made (try (byte-array size) (catch OutOfMemoryError _ nil))]
            (cond made (do (aset held n made) (recur (inc n) size))
                  (< 50 size) (recur n (quot size 2))
                  :else (LockSupport/parkNanos (* 1000000 millis))))))
      (finally (java.util.Arrays/fill held nil)))))

(defn heap
  "Three threads append while memory runs out again and again."
  [path options rounds]
  (let [l (log/open path options), notes (notes), done (java.util.concurrent.atomic.AtomicBoolean.)
        async (object-array 200000), asked (AtomicInteger.)
        run (fn [f] (doto (Thread. ^Runnable (fn [] (while (not (.get done)) (try (f) (catch Throwable _))))) (.start)))
        threads [(run #(append-next! l notes))
                 (run #(append-next! l notes))
                 (run #(let [i (.getAndIncrement asked)]
                         (if (< i (alength async))
                           (do (aset async i (log/append-async! l (.getAndIncrement ^AtomicInteger (:numbers notes)))) (LockSupport/parkNanos 200000))
                           (.set done true))))]]
    (dotimes [_ rounds] (try (fill-heap! 30) (catch OutOfMemoryError _)) (LockSupport/parkNanos 20000000))
    (.set done true)
    (doseq [^Thread t threads] (.join t 60000) (when (.isAlive t) (say {:append :hangs, :at (stacks)})))
    (doseq [^CompletableFuture f async :when f]
      (try (.get f 60 TimeUnit/SECONDS)
           (catch ExecutionException _)
           (catch TimeoutException _ (say {:future :hangs, :at (stacks)}))))
    (let [failed (:failed (log/info l))]
      (when-not (or failed (= :none (:sync options)))
        (append-next! l notes)
        (loop [n 0]
          (when-not (= @(log/since l) @(log/durable l))
            (if (< n 1200) (do (Thread/sleep 50) (recur (inc n))) (say {:durable :never}))))))
    (say (wrong-afterwards path options l notes))))

;; Threads

(defn- take-all-threads!
  "Makes threads until no more can be made. Returns a function that ends them."
  []
  (let [end (promise)]
    (try
      (while true (doto (Thread. ^Runnable (fn [] (deref end))) (.setDaemon true) (.start)))
      (catch OutOfMemoryError _))
    #(deliver end true)))

(defn threads
  "Appends while no thread can be made."
  [path options n]
  (let [l (log/open path options), notes (notes)
        give-back! (take-all-threads!)
        errors (doall (keep (fn [_] (kind-of #(append-next! l notes))) (range n)))
        futures (doall (for [_ (range n)] (log/append-async! l (.getAndIncrement ^AtomicInteger (:numbers notes)))))
        outcomes (doall (for [^CompletableFuture f futures] (kind-of #(.get f 30 TimeUnit/SECONDS))))
        durable (or (= :none (:sync options)) (= @(log/since l) @(log/durable l)))]
    (give-back!)
    (Thread/sleep 200)
    (say (cond-> (wrong-afterwards path options l notes)
           (seq errors) (assoc :errors (distinct errors))
           (some some? outcomes) (assoc :futures (distinct outcomes))
           (not durable) (assoc :durable-without-threads false)))))

;; Descriptors

(defn- take-all-descriptors! []
  (let [held (ArrayList.)]
    (try (while true (.add held (RandomAccessFile. "/dev/null" "r"))) (catch java.io.IOException _))
    #(doseq [^RandomAccessFile f held] (.close f))))

(defn descriptors
  "Calls every function while no file descriptor is left. Any exception that is not a LogException is a problem."
  [path options n]
  (let [other (str path "-other"), notes (notes)]
    (with-open [l (log/open other options)] (log/append-all! l (range 100)))
    (let [l (log/open path options), reader (log/open other (assoc options :mode :read))
          _ (dotimes [_ n] (append-next! l notes))
          give-back! (take-all-descriptors!)
          kinds {:append (kind-of #(append-next! l notes))
                 :get (kind-of #(dotimes [_ 100] (get l 0)))
                 :fetch (kind-of #(log/fetch l 1))
                 :read (kind-of #(into [] l))
                 :follow (kind-of #(into [] reader))
                 :delete (kind-of #(log/delete! l 0))
                 :sync (kind-of #(log/sync! l))
                 :open (kind-of #(log/open (str path "-new") options))
                 :open-again (kind-of #(log/open path options))
                 :verify (kind-of #(log/verify other options))
                 :compact (kind-of #(log/compact! other))
                 :json (kind-of #(log/open other (assoc options :codec :json)))
                 :close-reader (close-error reader)
                 :close (close-error l)}]
      (give-back!)
      (say (into {} (filter (comp string? val)) kinds)))))
