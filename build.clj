(ns build
  "What `lein` does, for the Clojure CLI: `clojure -T:build compile-java`, `jar`, `install`, `uber`, `clean`."
  (:require [clojure.tools.build.api :as b]))

(def class-dir "target/classes")

(defn- basis [& aliases] (b/create-basis {:project "deps.edn" :aliases aliases}))

(defn clean [_] (b/delete {:path "target"}))

(defn compile-java
  "Also run on the machines of those who use this library by git or by path, with a JDK that may know
  warnings this one does not: so no -Werror here. bin/check is strict."
  [_]
  (b/delete {:path class-dir})
  (b/javac {:src-dirs ["java-src"] :class-dir class-dir :basis (basis :provided)
            :javac-opts ["--release" "17" "-g" "-parameters" "-XDstringConcat=inline" "-Xlint:all,-path,-options,-processing"]}))

(defn compile-jmh
  "javac sees only library jars and its own class-dir, so both trees are compiled together."
  [_]
  (b/javac {:src-dirs ["java-src" "dev/bench/java"] :class-dir "target/jmh-classes" :basis (basis :provided :jmh)
            :javac-opts ["--release" "17" "-processor" "org.openjdk.jmh.generators.BenchmarkProcessor"]}))

(defn- run
  "Runs a script, which needs neither lein nor this tool."
  [& command]
  (when-not (zero? (:exit (b/process {:command-args command})))
    (throw (ex-info (str (first command) " failed") {}))))

(defn jar
  "The jars and poms of both artifacts, in target/jars."
  [_]
  (run "bin/jar"))

(defn install
  "Puts them into the local Maven repository."
  [_]
  (run "bin/jar" "install"))

(defn uber
  "One jar of the command line with all that it needs, in target/jars."
  [_]
  (run "bin/uberjar"))
