(ns planted
  "Plants bugs, one at a time, in copies of the sources, and checks that the tests catch each: bin/planted-bugs.

   The list is dev/planted/bugs.edn. A bug is
     {:bug \"what is wrong\" :edits [[file find replace] ...] :tests [namespace or namespace/test ...]};
   a file is given below java-src/flumelog, or below src/flumelog when it ends with .clj, and `find` must be there exactly
   once, so that the list stays true."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str])
  (:import (java.io File)
           (java.lang ProcessHandle)
           (java.util List)
           (java.util.concurrent Executors Future TimeUnit)
           (javax.tools ToolProvider)))

(set! *warn-on-reflection* true)

(def ^:private folder (io/file "target/planted"))

(def ^:private patience-minutes "Tests of a bug that run longer than this hang, which also counts as caught." 4)
(def ^:private sound-minutes "For half of all the tests, without a bug." 30)

(defn- delete! [^File file]
  (run! #(io/delete-file % true) (reverse (file-seq file))))

(def ^:private java-copy (io/file folder "java"))

(defn- sources [^File root]
  (filter #(str/ends-with? (str %) ".java") (file-seq root)))

(defn- edit! [^File root [file find replace]]
  (let [target (io/file root file), text (slurp target)
        times (dec (count (str/split (str " " text " ") (re-pattern (java.util.regex.Pattern/quote find)) -1)))]
    (when (not= 1 times)
      (throw (ex-info (str file " holds this " times " times, not once; amend dev/planted/bugs.edn: " (pr-str find)) {})))
    (spit target (str/replace text find replace))))

(defn- copy! [from suffix to]
  (let [strip (inc (count from))]
    (doseq [^File file (file-seq (io/file from))
            :when (and (.isFile file) (str/ends-with? (str file) suffix))
            :let [target (io/file to (subs (str file) strip))]]
      (io/make-parents target)
      (io/copy file target))))

(def ^:private clojure-copy
  "The tests run on this copy, so edits of the project meanwhile have no effect."
  (io/file folder "clojure"))

(defn- compile!
  "Returns whether the source compiles."
  [^File root ^File classes]
  (.mkdirs classes)
  (let [options (into ["--release" "17" "-XDstringConcat=inline" "-nowarn" "-d" (str classes) "-cp" (System/getProperty "java.class.path")]
                      (map str (sources root)))]
    (zero? (.run (ToolProvider/getSystemJavaCompiler) nil nil nil (into-array String options)))))

(defn- run-tests
  "Runs tests in a JVM whose class path begins with the planted classes. Returns :passed, :caught or :hangs."
  [classes {:keys [tests minutes] :or {minutes patience-minutes}} ^File out]
  (let [class-path (str/join File/pathSeparator [classes clojure-copy (System/getProperty "java.class.path")])
        command (into [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1"
                       "-Dflumelog.test.size=quick" "-cp" class-path "clojure.main" "-m" "flumelog.test-runner"]
                      (map str tests))
        process (.start (doto (ProcessBuilder. ^List command) (.redirectErrorStream true) (.redirectOutput out)))]
    (try
      (cond (not (.waitFor process (long minutes) TimeUnit/MINUTES)) :hangs
            (zero? (.exitValue process)) :passed
            :else :caught)
      (finally (.destroyForcibly process)))))

(defn- first-failure [out]
  (second (re-find #"(?m)^(?:FAIL|ERROR) in (\S+)" (slurp out))))

(defn- edit-clojure!
  "Edits a copy of a Clojure file that is found before the others."
  [classes [file :as edit]]
  (let [target (io/file classes "flumelog" file)]
    (when-not (.exists target)
      (io/make-parents target)
      (io/copy (io/file clojure-copy "flumelog" file) target))
    (edit! (io/file classes "flumelog") edit)))

(defn- plant! [source classes [file :as edit]]
  (if (str/ends-with? file ".clj")
    (edit-clojure! classes edit)
    (edit! source edit)))

(defn- try-bug
  "Plants a bug and runs its tests. Returns the result as a map."
  [n {:keys [bug edits] :as planted}]
  (let [root (io/file folder (str n)), source (io/file root "java"), out (io/file root "out.txt")
        classes (io/file root "compiled")]                ; bin/setup deletes folders named classes
    (copy! (str java-copy) ".java" source)
    (run! #(plant! source classes %) edits)
    (let [result (if (compile! source classes) (run-tests classes planted out) :not-compiled)]
      {:bug bug :result result :out out :by (when (= :caught result) (first-failure out))})))

(defn- tell [{:keys [bug result by out]}]
  (println (format "%-10s %-52s %s"
                   (case result :passed "NOT CAUGHT", :hangs "hangs", :not-compiled "NO PROGRAM", "caught") bug
                   (cond by by, (= :caught result) (str "see " out), :else "")))
  (flush))

(defn- chosen [bugs patterns]
  (if (seq patterns)
    (filter (fn [{:keys [bug]}] (some #(str/includes? bug %) patterns)) bugs)
    bugs))

(defn- in-parallel [f items]
  (let [pool (Executors/newFixedThreadPool (.availableProcessors (Runtime/getRuntime)))]
    (try (mapv #(.get ^Future %) (mapv (fn [item] (.submit pool ^Callable (fn [] (f item)))) items))
         (finally (.shutdownNow pool)))))

(defn- take-all-along!
  "Ends the JVMs of the tests when this process ends. Otherwise a test that hangs would run for ever."
  []
  (.addShutdownHook (Runtime/getRuntime)
                    (Thread. ^Runnable (fn [] (run! #(.destroyForcibly ^ProcessHandle %)
                                                    (iterator-seq (.iterator (.descendants (ProcessHandle/current)))))))))

(defn- without-bugs
  "The results of all the tests without a bug, by two processes that have half of them each."
  [bugs]
  (let [tests (sort (distinct (mapcat :tests bugs)))]
    (in-parallel (fn [half] (try-bug (str "sound-" half) {:bug "(no bug)" :edits [] :minutes sound-minutes :tests (take-nth 2 (drop half tests))}))
                 (if (next tests) [0 1] [0]))))

(defn -main
  "Tries the bugs whose description contains one of the arguments; without arguments, all."
  [& patterns]
  (take-all-along!)
  (delete! folder)
  (copy! "java-src/flumelog" ".java" java-copy)
  (run! #(copy! % ".clj" clojure-copy) ["src" "flumelog-test/src" "test"])
  (let [bugs (vec (chosen (edn/read-string (slurp "dev/planted/bugs.edn")) patterns))]
    (doseq [{:keys [result out]} (without-bugs bugs) :when (not= :passed result)]
      (println (if (= :hangs result) "Without any bug the tests take too long: see" "Without any bug the tests do not pass: see") (str out))
      (System/exit 2))
    (let [results (in-parallel (fn [n] (doto (try-bug n (bugs n)) tell)) (range (count bugs)))
          missed (remove (comp #{:caught :hangs} :result) results)]
      (println)
      (println (format "%d planted, %d caught, %d not caught"
                       (count bugs) (- (count bugs) (count missed)) (count missed)))
      (shutdown-agents)
      (System/exit (if (empty? missed) 0 1)))))
