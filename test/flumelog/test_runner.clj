(ns flumelog.test-runner
  "Runs the tests: every *_test.clj under test/, or the namespaces and tests named as arguments.

     bin/test
     bin/test flumelog.core-test flumelog.toolchain-test/runs-on-the-clojure-asked-for

   More than a few namespaces are run in other JVMs, two at a time: in two halves at the size `quick`. Above it each long
   namespace has its own JVM, and the others share JVMs.

   Prints one line per namespace, each failure in full when it happens, the skipped tests with their
   reasons, and last `N passed, N failed, N skipped`: the numbers of tests (`deftest`, `defspec`). A test
   that asserts nothing has failed. So has a test that was not run because a fixture threw, and a
   namespace that can't be loaded."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.main :as main]
            [clojure.stacktrace :as stacktrace]
            [clojure.string :as str]
            [clojure.test :as t]
            [clojure.test.check.clojure-test :as check]
            [flumelog.quick-start :as quick-start]
            [flumelog.test-support :refer [size]])
  (:import (java.io File)
           (java.lang.management ManagementFactory)
           (java.util.concurrent Executors ExecutorService Future)))

(set! *warn-on-reflection* true)

;; A result is {:test qualified symbol, :passed n, :failed n, :skipped [reasons]}. The current result is
;; in an atom, not in a binding, so that threads that the test starts report to it too.
(defonce ^:private current (atom nil))

;;; Reports of clojure.test and test.check

(defn- where [{:keys [file line]}]
  (str (:test @current) (when file (str " (" file ":" line ")"))))

(defn- print-failure [kind {:keys [message expected actual] :as m}]
  (println)
  (println kind "in" (where m))
  (when (seq t/*testing-contexts*) (println (t/testing-contexts-str)))
  (when message (println message))
  (println "expected:" (pr-str expected))
  (if (instance? Throwable actual)
    (do (print "  actual: ") (stacktrace/print-cause-trace actual 30))
    (println "  actual:" (pr-str actual)))
  (flush))

(defn- report-check
  "Prints the one report of test.check that matters: how to repeat a failure."
  [{:keys [type seed num-tests fail shrunk]}]
  (when (= :shrunk type)
    (println)
    (println "FAIL in" (:test @current) "in trial" num-tests "with seed" seed)
    (println "  failed with:" (pr-str fail))
    (println "  shrunk to:  " (pr-str (:smallest shrunk)))
    (when-not (instance? Throwable (:result shrunk))          ; an exception is printed when it is thrown
      (println "  result:     " (pr-str (:result shrunk))))
    (flush)))

(defn- count! [k] (swap! current update k (fnil inc 0)))

(defn- report [{:keys [type message actual] :as m}]
  (case type
    :pass  (count! :passed)
    :fail  (do (count! :failed)
               (when-not (:seed actual) (print-failure "FAIL" m))) ; report-check has printed these
    :error (do (count! :failed)
               (print-failure "ERROR" m))
    :flumelog/skip (swap! current update :skipped (fnil conj []) message)
    nil))

;;; Running

(defn- fail!
  "The result of a test that failed without a report. Prints the failure."
  [test message]
  (println)
  (println "FAIL in" test)
  (println message)
  (flush)
  {:test test :failed 1})

(defn- run-var [var]
  (reset! current {:test (symbol var)})
  (t/test-var var)
  (let [{:keys [passed failed skipped test] :as result} @current]
    (if (or passed failed skipped)
      result
      (fail! test "this test asserts nothing"))))

(defn- run-vars
  "Results of the tests, run inside their namespace's fixtures."
  [ns vars]
  (let [once    (t/join-fixtures (::t/once-fixtures (meta ns)))
        each    (t/join-fixtures (::t/each-fixtures (meta ns)))
        results (atom [])]
    (try
      (with-redefs [t/report              report              ; redefined rather than bound, for the
                    check/*default-opts* {:reporter-fn report-check}] ; threads that tests start
        (once (fn [] (doseq [var vars] (each #(swap! results conj (run-var var)))))))
      (catch Throwable e
        (println)
        (println "A fixture of" (ns-name ns) "threw")
        (stacktrace/print-cause-trace e 30)))
    (let [ran (into #{} (map :test) @results)]
      (into @results
            (comp (map symbol) (remove ran) (map #(fail! % "not run, because of a fixture")))
            vars))))

(defn- test-vars [ns]
  (sort-by (comp (juxt :line :name) meta)
           (filter (comp :test meta) (vals (ns-interns ns)))))

(defn- waits?
  "Whether the test is left out of a quick run: its metadata has the reason as `:ci`. One that is asked for by its name is not."
  [var]
  (and (= 1 (size 1 2)) (:ci (meta var))))

(defn- left-out [var]
  {:test (symbol var) :skipped [(str (:ci (meta var)) ": only from the size ci on")]})

(defn- run-tests
  "Results of all tests of the namespace."
  [ns]
  (let [{waiting true, ready false} (group-by (comp boolean waits?) (test-vars ns))]
    (into (mapv left-out waiting) (run-vars ns ready))))

(defn- test-var [asked]
  (or (resolve asked) (throw (ex-info "There is no such test." {}))))

(defn- run-ns
  "Results of a namespace's tests, or of the one test named."
  [asked]
  (let [ns-name (symbol (or (namespace asked) (name asked)))
        start   (System/nanoTime)
        results (try
                  (require ns-name)
                  (if (namespace asked)
                    (run-vars (the-ns ns-name) [(test-var asked)])
                    (run-tests (the-ns ns-name)))
                  (catch Throwable e [(fail! asked (main/err->msg e))]))]
    (println (format "%-44s %4d tests %8.2f s%s" asked (count results)
                     (/ (- (System/nanoTime) start) 1e9)
                     (if (some :failed results) "   FAILED" "")))
    (flush)
    results))

;;; In other JVMs

(def ^:private jobs 2)

(def ^:private printing (Object.))

(def ^:private ^String results-property "flumelog.test.results")

(defn- java-command [asked results]
  (concat [(str (System/getProperty "java.home") "/bin/java")]
          (.getInputArguments (ManagementFactory/getRuntimeMXBean))
          (quick-start/handed-on)
          [(str "-D" results-property "=" results) "-cp" (System/getProperty "java.class.path")
           "clojure.main" "-m" "flumelog.test-runner"]
          (map str asked)))

(defn- write-results [file results]
  (spit file (binding [*print-length* nil, *print-level* nil] (pr-str results))))

(defn- read-results [asked ^File file]
  (if (pos? (.length file))
    (edn/read-string (slurp file))
    (mapv #(fail! % "its JVM ended without results") asked)))

(defn- print-together [lines]
  (locking printing
    (run! println lines)
    (flush)))

(defn- ends-a-namespace? [line] (re-find #"^\S+ +\d+ tests +\d+\.\d+ s" line))

(defn- hand-on-output
  "Prints what another JVM prints, namespace by namespace, so that the lines of two JVMs don't mix."
  [^java.io.Reader output]
  (print-together
   (reduce (fn [lines line]
             (let [lines (conj lines line)]
               (if (ends-a-namespace? line)
                 (do (print-together lines) [])
                 lines)))
           []
           (line-seq (io/reader output)))))

(defn- run-apart
  "Results of the namespaces, run in another JVM. Prints the output of that JVM."
  [asked]
  (let [results (File/createTempFile "flumelog" ".edn")]
    (try
      (let [^java.util.List command (java-command asked results)
            process (.start (.redirectErrorStream (ProcessBuilder. command) true))]
        (hand-on-output (io/reader (.getInputStream process)))
        (.waitFor process)
        (read-results asked results))
      (finally (.delete results)))))

(def ^:private longest
  "These take minutes. They are started first, so that all end at about the same time."
  '[flumelog.hostile-test flumelog.kill-test flumelog.syscall-fault-test flumelog.damage-test flumelog.race-test
    flumelog.crash-test flumelog.stream-test flumelog.linear-test flumelog.maven-test
    flumelog.kafka-crash-test])

(def ^:private together "How many of the other namespaces share a JVM, since starting one takes seconds." 6)

(defn- longest-first
  "The namespaces in groups. Each group is run in one JVM."
  [namespaces]
  (let [asked (set namespaces)]
    (concat (map vector (filter asked longest)) (partition-all together (remove (set longest) namespaces)))))

(defn- run-all-apart [groups]
  (let [^ExecutorService pool (Executors/newFixedThreadPool jobs)]
    (try
      (let [tasks   (mapv (fn [asked] (bound-fn [] (run-apart asked))) groups)
            futures (.invokeAll pool ^java.util.Collection tasks)]
        (into [] (mapcat (fn [^Future f] (.get f))) futures))
      (finally (.shutdownNow pool)))))

(defn- halves
  "The namespaces in two groups that take about the same time."
  [namespaces]
  (let [in-turn (apply concat (longest-first namespaces))]
    [(take-nth 2 in-turn) (take-nth 2 (rest in-turn))]))

(def ^:private few "So many namespaces are run sooner in this JVM than others start." 8)

(defn- run-all [namespaces]
  (cond
    (nil? (next namespaces))            (into [] (mapcat run-ns) namespaces)
    (not= "quick" (System/getProperty "flumelog.test.size" "quick"))
    (do (quick-start/make!)
        (run-all-apart (longest-first namespaces)))
    (<= (count namespaces) (long few))  (into [] (mapcat run-ns) namespaces)
    :else                               (run-all-apart (halves namespaces))))

(defn- outcome [{:keys [failed skipped]}]
  (cond failed :failed, skipped :skipped, :else :passed))

(defn- summary [results]
  (let [{:keys [passed failed skipped]} (group-by outcome results)]
    (when (seq failed)
      (println)
      (println "Failed:")
      (run! #(println " " (:test %)) failed))
    (when (seq skipped)
      (println)
      (println "Skipped:")
      (doseq [{:keys [test skipped]} skipped, reason (distinct skipped)]
        (println " " (str test ":") reason)))
    (println)
    (println (format "%d passed, %d failed, %d skipped" (count passed) (count failed) (count skipped)))))

;;; Finding

(defn- test-files [^File dir]
  (mapcat (fn [^File f]
            (cond (.isDirectory f) (when-not (= "node_modules" (.getName f)) (test-files f))
                  (str/ends-with? (.getName f) "_test.clj") [f]))
          (sort (.listFiles dir))))

(defn- ns-of [^File root ^File file]
  (-> (str (.relativize (.toPath root) (.toPath file)))
      (str/replace #"\.clj$" "") (str/replace #"[/\\]" ".") (str/replace "_" "-")
      symbol))

(defn- all-namespaces []
  (let [root (io/file "test")]
    (map #(ns-of root %) (test-files root))))

(defn- print-uncaught [^Thread thread thrown]
  (println)
  (println "Uncaught in thread" (.getName thread) "during" (:test @current))
  (stacktrace/print-cause-trace thrown 30)
  (flush))

(defn- finish [results]
  (shutdown-agents)
  (System/exit (if (and (seq results) (not-any? :failed results)) 0 1)))

(defn -main [& args]
  (let [out *out*]
    (Thread/setDefaultUncaughtExceptionHandler
     (reify Thread$UncaughtExceptionHandler
       (uncaughtException [_ thread thrown] (binding [*out* out] (print-uncaught thread thrown))))))
  (let [asked (or (seq (map symbol args)) (all-namespaces))]
    (if-let [file (System/getProperty results-property)]
      (finish (doto (into [] (mapcat run-ns) asked) (->> (write-results file))))
      (do (println "Clojure" (clojure-version) "on Java" (System/getProperty "java.version")
                   "with tests of size" (System/getProperty "flumelog.test.size" "quick"))
          (finish (doto (run-all asked) summary))))))
