(ns flumelog.first-calls-test
  "How many classes a new process loads for its first calls: each makes it wait. A JVM of its own opens a log, uses it and closes it."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.process :as process])
  (:import (flumelog.log OffsetLog)
           (java.io ByteArrayOutputStream File)
           (java.util List)
           (javax.tools ToolProvider)))

(set! *warn-on-reflection* true)

(def ^:private source "test/java/flumelog/program/FirstCalls.java")

(def ^:private most "Of classes that an open loads." {:ours 95 :jdk 76})

(defn- place-of [^Class class]
  (.getPath (io/file (.toURI (.getLocation (.getCodeSource (.getProtectionDomain class)))))))

(defn- class-path [& more]
  (str/join File/pathSeparator (concat more [(place-of OffsetLog) (place-of clojure.lang.RT)])))

(defn- compile! [folder]
  (let [out (ByteArrayOutputStream.)]
    (.run (ToolProvider/getSystemJavaCompiler) nil out out
          ^"[Ljava.lang.String;" (into-array ["--release" "17" "-proc:none" "-d" (str folder) "-cp" (class-path) source]))
    (is (= "" (str out)))))

(defn- start!
  "The program's output, and the lines of the classes that its JVM loaded."
  [home classes folder]
  (let [loaded (path-in folder "loaded.txt")
        ^List command [(str home "/bin/java") (str "-Xlog:class+load:file=" loaded) "-cp" (class-path classes)
                       "flumelog.program.FirstCalls" (path-in folder "a.log")]
        process (.start (doto (ProcessBuilder. command) (.redirectErrorStream true)))]
    [(slurp (.getInputStream process)) (str/split-lines (slurp loaded))]))

(defn- kind
  "Where a class was from, by its line in the JVM's list; nil for one of the JDK's archive."
  [line]
  (let [[_ name from] (re-find #"\] (\S+) source: (.*)" line)]
    (cond
      (or (nil? from) (str/starts-with? from "shared objects file")) nil
      (str/includes? name "/0x") :made
      (str/starts-with? name "flumelog.") :ours
      (str/starts-with? from "jrt:") :jdk)))

(defn- between [lines from to]
  (let [marks? #(str/includes? % (str "flumelog.program.FirstCalls$" %2 " "))]
    (->> lines (drop-while #(not (marks? % from))) rest (take-while #(not (marks? % to))))))

(deftest the-first-calls-of-a-process-load-few-classes-and-make-none
  (with-temp-folder [classes]
    (compile! classes)
    (doseq [home (process/java-homes)]
      (testing home
        (with-temp-folder [folder]
          (with-open [log (OffsetLog/open (.toPath (io/file folder "a.log")))] (.append log (byte-array [1])))
          (let [[printed lines] (start! home classes folder)
                opening (frequencies (keep kind (between lines "Starts" "Opened")))]
            (is (= "2 read, 9 bytes\n" printed))
            (is (= [] (keep #(when (= :made (kind %)) (re-find #"\S+(?= source)" %)) (between lines "Starts" "Closed")))
                "no lambda, stream, string template or method of a record, which are made at run time")
            (is (<= 1 (:ours opening 0) (:ours most)) "ours")
            (when (some #(str/includes? % "shared objects file") lines)
              (is (<= (:jdk opening 0) (:jdk most)) "of the JDK, not in its archive"))))))))
