(ns flumelog.without-clojure-test
  "A Java program runs no line of Clojure: a JVM of its own uses a log in many ways, prints every error in every way, and says
   which classes it has loaded."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.process :as process])
  (:import (flumelog.log OffsetLog)
           (java.io ByteArrayOutputStream File)
           (java.util List)
           (java.util.concurrent TimeUnit)
           (javax.tools ToolProvider)))

(set! *warn-on-reflection* true)

(def ^:private source "test/java/flumelog/program/WithoutClojure.java")

(def ^:private allowed
  "Interfaces without code. The second and its own are in the signature of getData, which serialization looks at."
  (set (map #(.getName ^Class %) (list* clojure.lang.IExceptionInfo clojure.lang.IPersistentMap
                                        (filter #(str/starts-with? (.getName ^Class %) "clojure.")
                                                (supers clojure.lang.IPersistentMap))))))

(defn- place-of [^Class class]
  (.getPath (io/file (.toURI (.getLocation (.getCodeSource (.getProtectionDomain class)))))))

(defn- class-path [& more]
  (str/join File/pathSeparator (concat more [(place-of OffsetLog) (place-of clojure.lang.RT)])))

(defn- compile! [folder]
  (let [out (ByteArrayOutputStream.)]
    (.run (ToolProvider/getSystemJavaCompiler) nil out out
          ^"[Ljava.lang.String;" (into-array ["-Xlint:all" "-Werror" "--release" "17" "-proc:none"
                                              "-d" (str folder) "-cp" (class-path) source]))
    (is (= "" (str out)))))

(defn- run
  "What the program printed, and the classes of Clojure that its JVM loaded."
  [home classes folder & args]
  (let [loaded (path-in folder "loaded.txt")
        ^List command (list* (str home "/bin/java") (str "-Xlog:class+load:file=" loaded) "-cp" (class-path classes)
                             "flumelog.program.WithoutClojure" (str folder) args)
        out (io/file folder "out.txt")
        process (.start (doto (ProcessBuilder. command) (.redirectErrorStream true) (.redirectOutput out)))]
    (when-not (.waitFor process 300 TimeUnit/SECONDS) (process/kill! process))
    [(slurp out) (map second (re-seq #"(?m)\] (clojure\.\S+) source" (slurp loaded)))]))

(deftest a-java-program-loads-no-class-of-clojure
  (with-temp-folder [classes]
    (compile! classes)
    (doseq [home (process/java-homes), loader [[] ["the context class loader sees nothing"]]]
      (testing (str home loader)
        (with-temp-folder [folder]
          (let [[printed loaded] (apply run home classes folder loader)]
            (is (str/ends-with? printed "done\n") printed)
            (is (re-find #"(?m)^java.util.concurrent.ExecutionException: .*NOT_A_RECORD" printed) "a failed future ends, and says why")
            (is (some #{"clojure.lang.IExceptionInfo"} loaded))
            (is (= [] (remove allowed loaded)))))))))
