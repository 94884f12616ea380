(ns flumelog.async-test
  "Appending without waiting, and what callers that append at the same time share."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error eventually formats path-in with-temp-folder with-uncaught]]
            [flumelog.memory :as memory]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (java.util.concurrent CompletableFuture ExecutionException)
           (java.util.function BiConsumer BiFunction Function)))

(set! *warn-on-reflection* true)

(defn- outcome
  "The offset that a future comes to, or the kind of what it failed with."
  [^CompletableFuture f]
  (try (deref f 60000 :never)
       (catch ExecutionException e (:flumelog/error (ex-data (ex-cause e))))))

(defmacro ^:private with-log-on-test-disk [[log d opts] & body]
  `(let [~d (disk/disk)]
     (with-open [~(with-meta log {:tag `LogCollection}) (disk/open ~d "a.log" (merge {:codec :utf8 :sync :none} ~opts))]
       ~@body)))

(defn- function ^Function [f] (reify Function (apply [_ x] (f x))))

(deftest each-future-comes-to-the-offset-of-its-record
  (doseq [[format-name format] formats, sync [:none :each {:every-ms 1}]
          open [#(log/open %1 %2) (fn [_ options] (memory/open options))]]
    (testing (str format-name ", " sync)
      (with-temp-folder [folder]
        (with-open [^LogCollection l (open (path-in folder "a.log") (merge format {:sync sync}))]
          (let [futures (mapv #(log/append-async! l %) (range 300))]
            (is (= (mapv outcome futures) (into [] (log/offsets l))))
            (is (= (range 300) (into [] l)) "in the order of the calls")))))))

(defn- held-up
  "Has the first of the values on its way to a disk that waits for the promise, and the others behind it; their futures."
  [d l go-on [first-one & others]]
  (let [writes (disk/calls d :append)
        _ (disk/hold! d :append #"a.log$" go-on)
        under-way (log/append-async! l first-one)]
    (eventually #(< writes (disk/calls d :append)))
    (into [under-way] (map #(log/append-async! l %)) others)))

(deftest calls-in-flight-share-one-write-and-one-force
  (with-log-on-test-disk [l d {:sync :each}]
    (log/append! l "before")
    (let [calls #(mapv (partial disk/calls d) [:append :force])
          before (calls), go-on (promise)
          futures (held-up d l go-on (map str (range 50)))]
      (deliver go-on true)
      (is (= (mapv outcome futures) (into [] (log/offsets l {:gt 0}))))
      (is (every? true? (map <= (map - (calls) before) [2 2])) "the first, and one for all the others")
      (is (= @(log/since l) @(log/durable l)) "durable when the futures are complete"))))

(deftest a-write-that-fails-is-told-to-every-caller
  (with-log-on-test-disk [l d {}]
    (let [go-on (promise)
          futures (held-up d l go-on ["a" "b" "c"])]
      (disk/fail! d {:op :append :with :half :for-ever true})
      (deliver go-on true)
      (is (= [0 :full :full] (mapv outcome futures)))
      (disk/heal! d)
      (is (= 17 (outcome (log/append-async! l "d"))))
      (is (= ["a" "d"] (into [] l))))))

(defn- without-text
  "An exception that a future can't wrap, since its text can't be made."
  ^Throwable [^String message]
  (proxy [RuntimeException] [] (toString [] (throw (Error. message)))))

(defn- throws-what-it-can-t-wrap?
  "Whether a future of this JDK throws the error of such an exception in the thread that completes it. One of JDK 17 does. One of
   JDK 25 wraps the exception without its text."
  []
  (let [future (CompletableFuture.)]
    (.handle future (reify BiFunction (apply [_ _ _] (throw (without-text "")))))
    (try (.complete future 1) false (catch Error _ true))))

(deftest an-action-that-ends-with-an-error-keeps-no-other-from-being-told
  (doseq [[sync fails?] [[:none false] [:each true]]]
    (with-log-on-test-disk [l d {:sync sync}]
      (let [go-on (promise)
            futures (held-up d l go-on (map str (range 20)))
            told (atom #{})
            expected (if (throws-what-it-can-t-wrap?) (set (map str (range 20))) #{})
            tell! (fn [i] (reify BiConsumer (accept [_ _ _] (swap! told conj i))))]
        (with-uncaught [thrown]
          (doseq [[i ^CompletableFuture future] (map-indexed vector futures)]
            (.whenComplete future ^BiConsumer (tell! [i :first]))
            (.handle future (reify BiFunction (apply [_ _ _] (throw (without-text (str i))))))
            (.whenComplete future ^BiConsumer (tell! [i :last])))
          (when fails? (disk/fail! d {:op :append :with :full :for-ever true}))
          (deliver go-on true)
          (eventually #(and (= 40 (count @told)) (= (count expected) (count thrown))))
          (is (= (set (for [i (range 20), n [:first :last]] [i n])) @told))
          (is (= expected (set (map ex-message thrown)))))
        (disk/heal! d)))))

(deftest where-a-shared-write-fails-each-is-tried-by-itself
  (with-log-on-test-disk [l d {}]
    (let [go-on (promise)
          futures (held-up d l go-on ["a" "b" "c" "d"])]
      (disk/fail! d {:op :append :with :half :after 1})           ; the write of b, c and d
      (disk/fail! d {:op :append :with :half :after 3})           ; that of c alone
      (deliver go-on true)
      (is (= [0 17 :full 34] (mapv outcome futures)))
      (is (= ["a" "b" "d"] (into [] l))))))

(deftest a-force-that-fails-is-told-to-every-caller
  (with-log-on-test-disk [l d {:sync :each}]
    (log/append! l "before")
    (let [go-on (promise)
          futures (held-up d l go-on ["a" "b" "c"])]
      (disk/fail! d {:op :force :file #"a.log$"})
      (deliver go-on true)
      (is (= [:failed :failed :failed] (mapv outcome futures)))
      (is (= :failed (outcome (log/append-async! l "d"))))
      (is (= :failed (error (.close l)))))))

(defn- waiting
  "Calls f in a thread of its own, which waits for something when this returns; a future of f's error."
  [f]
  (let [error (promise)
        thread (doto (Thread. ^Runnable #(deliver error (try (f) nil (catch Throwable t t)))) (.setDaemon true) (.start))]
    (eventually #(= Thread$State/WAITING (.getState thread)))
    error))

(deftest a-force-without-memory-leaves-nobody-waiting
  (with-log-on-test-disk [l d {:sync :each}]
    (log/append! l "before")
    (let [go-on (promise)]
      (disk/hold! d :force #"a.log$" go-on)
      (disk/fail! d {:op :force :with :no-memory :file #"a.log$"})
      (let [leads (waiting #(log/append! l "a"))
            shares-the-force (waiting #(log/sync! l))
            needs-the-next-one (waiting #(log/append! l "b"))]
        (deliver go-on true)
        (is (instance? OutOfMemoryError (deref leads 20000 :hangs)))
        (is (= :failed (:flumelog/error (ex-data (deref shares-the-force 20000 :hangs)))))
        (is (= :failed (:flumelog/error (ex-data (deref needs-the-next-one 20000 :hangs)))))))
    (is (= :failed (error (.close l))))))

(deftest an-invalid-value-is-thrown-immediately
  (doseq [open [#(disk/open (disk/disk) "a.log" %) memory/open]]
    (with-open [^LogCollection l (open {:codec :utf8 :max-record-bytes 5})]
      (is (= [:encode :encode :encode :too-large] (mapv #(error (log/append-async! l %)) [nil 5 "" "123456"])))
      (is (= 0 (outcome (log/append-async! l "12345")))))))

(deftest a-future-that-fails-says-what-went-wrong
  (doseq [open [#(disk/open (disk/disk) "a.log" %) memory/open]]
    (let [^LogCollection l (open {:codec :utf8})
          _ (.close l)
          future (log/append-async! l "a")]
      (doseq [wait [#(deref future) #(deref future 1000 :never) #(.get future) #(.get (.thenApply future (function inc)))]
              :let [e (try (wait) (catch ExecutionException e e))]]
        (is (= :closed (:flumelog/error (ex-data e))))
        (is (= :closed (:flumelog/error (ex-data (ex-cause e)))))
        (is (= (ex-message e) (ex-message (ex-cause e))))
        (is (str/ends-with? (ex-message e) " is closed; open it again to use it"))))))

(deftest close-writes-the-appends-in-flight
  (with-log-on-test-disk [l d {}]
    (let [go-on (promise)
          futures (held-up d l go-on (map str (range 20)))
          closing (future (.close l))]
      (deliver go-on true)
      @closing
      (let [offsets (mapv outcome futures)]
        (with-open [again (disk/open d "a.log" {:codec :utf8})]
          (is (= (map vector offsets (map str (range 20))) (into [] (log/entries again)))))))))

(deftest a-caller-waits-when-too-many-appends-are-in-flight
  (with-log-on-test-disk [l d {}]
    (let [go-on (promise), text (apply str (repeat 50000 "x"))
          _ (held-up d l go-on ["first"])
          accepted (atom 0)
          producer (future (dotimes [_ 200] (log/append-async! l text) (swap! accepted inc)))]
      (is (= :waiting (deref producer 1000 :waiting)))
      (is (<= @accepted 25) "about a MiB, not all ten")
      (deliver go-on true)
      @producer
      (log/sync! l)
      (eventually #(= 201 (count (into [] (log/offsets l))))))))

(defn- appending-threads []
  (count (filter #(str/starts-with? (.getName ^Thread %) "flumelog-append") (keys (Thread/getAllStackTraces)))))

(deftest a-slow-disk-blocks-callers-and-needs-one-thread
  (with-log-on-test-disk [l d {:sync :each}]
    (log/append! l "before")
    (let [forced (disk/calls d :force)
          go-on (promise), text (apply str (repeat 50000 "x"))
          _ (disk/hold! d :force #"a.log$" go-on)
          under-way (log/append-async! l "first")
          _ (eventually #(< forced (disk/calls d :force)))
          before (appending-threads)
          few (mapv #(do (Thread/sleep 5) (log/append-async! l (str %))) (range 10)) ; each a write of its own, if it could
          accepted (atom 0)
          producer (future (dotimes [_ 200] (log/append-async! l text) (swap! accepted inc)))]
      (is (= :waiting (deref producer 1000 :waiting)))
      (is (<= @accepted 25) "about a MiB, not all ten")
      (is (<= (appending-threads) before) "none comes to wait beside the one that does")
      (deliver go-on true)
      @producer
      (is (every? int? (mapv outcome (cons under-way few)))))))

(deftest a-future-or-a-watch-may-wait-for-another-append
  (doseq [sync [:none :each {:every-ms 1}]]
    (with-log-on-test-disk [l _ {:sync sync}]
      (let [then (fn [f] (.thenApply ^CompletableFuture (log/append-async! l "then") (reify java.util.function.Function (apply [_ _] (f)))))]
        (is (= 60
               (outcome (then #(deref (then (fn [] (deref (then (fn [] (deref (log/append-async! l "last")))))))))))
            (str sync))
        (is (= 60 @(log/since l)) (str sync)))
      (doseq [watched [(log/since l) (log/durable l)]]
        (let [told (promise)]
          (add-watch watched :once (fn [_ _ _ _] (remove-watch watched :once)
                                     (deliver told (outcome (log/append-async! l "by the watch")))))
          (outcome (log/append-async! l "watched"))
          (log/sync! l)
          (is (int? (deref told 60000 :held-up)) (str sync)))))))

(defspec appends-of-all-kinds-keep-the-order-of-each-thread (size 20 200)
  (prop/for-all [scripts (gen/vector (gen/vector (gen/elements [:append :async :batch]) 1 20) 2 4)
                 sync (gen/elements [:none :each {:every-ms 1}])]
    (with-log-on-test-disk [l _ {:codec :edn :sync sync}]
      (let [run (fn [thread n kind]
                  (let [value [thread n]]
                    (case kind
                      :append [(delay (log/append! l value)) value]
                      :batch [(delay (first (log/append-all! l [value]))) value]
                      :async [(log/append-async! l value) value])))
            threads (doall (map-indexed (fn [t script]
                                          (future (mapv (fn [n kind] (let [[offset value] (run t n kind)]
                                                                       (when (delay? offset) @offset)
                                                                       [offset value]))
                                                        (range) script)))
                                        scripts))
            told (for [done (mapv deref threads)] (mapv (fn [[offset value]] [@offset value]) done))]
        (and (every? #(apply < (map first %)) told)
             (= (sort (apply concat told)) (into [] (log/entries l))))))))
