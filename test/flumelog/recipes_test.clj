(ns flumelog.recipes-test
  "The recipes of doc/java.md and doc/operating.md for other libraries are parts of a program that runs."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.fixtures :refer [with-temp-folder]]
            [flumelog.test-support :refer [skip]])
  (:import (flumelog.log OffsetLog)
           (java.io ByteArrayOutputStream)
           (javax.tools ToolProvider)))

(set! *warn-on-reflection* true)

(def ^:private program "dev/java/Recipes.java")

(def ^:private libraries
  ["reactor.core.publisher.Flux" "io.reactivex.rxjava3.core.Flowable" "org.reactivestreams.FlowAdapters"
   "com.fasterxml.jackson.databind.ObjectMapper" "com.fasterxml.jackson.annotation.JsonProperty"
   "com.fasterxml.jackson.core.JsonFactory" "org.h2.Driver" "io.micrometer.core.instrument.MeterRegistry"
   "io.micrometer.common.KeyValue" "io.micrometer.observation.Observation" "org.jspecify.annotations.Nullable"])

(defn- place-of
  "The folder or jar that a class is from."
  [^Class class]
  (.getPath (io/file (.toURI (.getLocation (.getCodeSource (.getProtectionDomain class)))))))

(defn- class-of [name]
  (try (Class/forName name false (.getContextClassLoader (Thread/currentThread))) (catch ClassNotFoundException _)))

(defn- missing [] (remove class-of libraries))

(defn- class-path []
  (str/join java.io.File/pathSeparator (distinct (map place-of (list* OffsetLog clojure.lang.RT (map class-of libraries))))))

(defn- compile! [folder]
  (let [out (ByteArrayOutputStream.)]
    (.run (ToolProvider/getSystemJavaCompiler) nil out out
          (into-array String ["-Xlint:all,-classfile" "-Werror" "--release" "17" "-proc:none" "-d" (str folder) "-cp" (class-path) program]))
    (str out)))

(deftest the-recipes-run
  (if-let [missing (seq (missing))]
    (skip (str "not on the class path: " (str/join ", " missing)))
    (with-temp-folder [folder]
      (is (= "" (compile! folder)))
      (is (= ["Reactor, live: [a, b, c]" "Reactor, bounded: [a, b, c]" "RxJava, live: [a, b, c]" "counted: 3" "appends: 3.0"
              "Order[id=o-1, cents=250]" "400" "Order[id=o-1, cents=250]" "400"]
             (str/split-lines (:out (shell/sh (str (System/getProperty "java.home") "/bin/java") "-cp"
                                              (str folder java.io.File/pathSeparator (class-path)) "Recipes" (str folder)))))))))

(defn- squeezed
  "The lines without their indentation, which a document leaves out."
  [text]
  (str/join "\n" (map str/trim (str/split-lines text))))

(defn- blocks-of
  "The blocks of Java below these headings."
  [document & headings]
  (for [heading headings
        :let [text (second (re-find (re-pattern (str "(?s)\n#+ " heading "\n(.*?)(?:\n##|$)")) (slurp document)))]
        [_ block] (re-seq #"(?s)```java\n(.*?)```" text)]
    block))

(deftest the-documents-show-parts-of-the-program
  (let [program (squeezed (slurp program))
        blocks (concat (blocks-of "doc/java.md" "A log of values" "Reactor and RxJava" "Keep your place in a transaction")
                       (blocks-of "doc/operating.md" "Counters"))]
    (is (= 6 (count blocks)))
    (doseq [block blocks]
      (is (str/includes? program (squeezed (str/replace block #"(?m)^try \(TypedLog.*\n|^\}\n(?=\Z)" ""))) block))))
