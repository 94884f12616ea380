(ns flumelog.linear-test
  "What threads see of the Java core at the same time is what they could have seen one after the other. Lincheck makes up
   the calls of a few threads, runs them over and over, and looks for an order of the calls in which a plain list gives
   the same results. What is called, and the lists, are in test/java; they are compiled here, and run in a JVM of their
   own, since Lincheck changes the classes that it looks at."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.test-support :refer [size skip]])
  (:import (java.io File)
           (java.util List)
           (java.util.concurrent TimeUnit)
           (javax.tools JavaCompiler ToolProvider)))

(set! *warn-on-reflection* true)

(defn- why-not
  "What keeps Lincheck from running here, or nil."
  []
  (cond
    (nil? (io/resource "org/jetbrains/lincheck/datastructures/StressOptions.class")) "Lincheck is not on the class path"
    (nil? (ToolProvider/getSystemJavaCompiler)) "there is no Java compiler here"))

(defn- compile-calls [folder]
  (let [^JavaCompiler compiler (ToolProvider/getSystemJavaCompiler)
        sources (map str (filter #(str/ends-with? (str %) ".java") (file-seq (io/file "test/java"))))
        ^"[Ljava.lang.String;" arguments (into-array String (list* "-proc:none" "-d" (str folder) sources))]
    (is (zero? (.run compiler nil nil nil arguments)))))

(defn- run-checks
  "The exit code and the output of a JVM that checks so many scenarios, each with so many runs."
  [folder strategy scenarios runs]
  (let [output (io/file (path-in folder (str strategy ".txt")))
        class-path (str folder File/pathSeparator (System/getProperty "java.class.path"))
        ;; Under the model checker one thread runs at a time, and what C2 does to it is of no use.
        command (concat [(str (System/getProperty "java.home") "/bin/java") "-XX:+EnableDynamicAgentLoading"]
                        (when (= "model" strategy) ["-XX:TieredStopAtLevel=1"])
                        ["-cp" class-path "flumelog.linear.Linear" strategy (str scenarios) (str runs)])
        process (.start (doto (ProcessBuilder. ^List command)
                          (.redirectErrorStream true)
                          (.redirectOutput output)))]
    (try
      (let [ended? (.waitFor process (+ 300 (* 30 (long scenarios))) TimeUnit/SECONDS)]
        [(if ended? (.exitValue process) :no-end) (slurp output)])
      (finally (.destroyForcibly process)))))

(defn- check [strategy scenarios runs]
  (if-let [reason (why-not)]
    (skip reason)
    (with-temp-folder [folder]
      (compile-calls folder)
      (let [[code output] (run-checks folder strategy scenarios runs)]
        (is (= 0 code) output)))))

(deftest concurrent-calls-are-linearizable
  (check "stress" (size 1 20) (size 150 1000)))

(deftest concurrent-calls-are-linearizable-at-every-thread-switch
  (check "model" (size 1 4) (size 10 100)))
