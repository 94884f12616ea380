(ns build
  "What `lein` does, for the Clojure CLI: `clojure -T:build compile-java`, `jar`, `install`, `clean`."
  (:require [clojure.tools.build.api :as b]))

(def lib 'flumelog/flumelog)
(def version "0.1.0-SNAPSHOT")
(def class-dir "target/classes")
(def jar-file (format "target/%s-%s.jar" (name lib) version))

(defn- basis [& aliases] (b/create-basis {:project "deps.edn" :aliases aliases}))

(defn clean [_] (b/delete {:path "target"}))

(defn compile-java
  "Also run on the machines of those who use this library by git or by path, with a JDK that may know
  warnings this one does not: so no -Werror here. bin/check is strict."
  [_]
  (b/delete {:path class-dir})
  (b/javac {:src-dirs ["java-src"] :class-dir class-dir :basis (basis)
            :javac-opts ["--release" "17" "-XDstringConcat=inline" "-Xlint:all,-path,-options,-processing"]}))

(defn compile-jmh
  "javac sees only library jars and its own class-dir, so both trees are compiled together."
  [_]
  (b/javac {:src-dirs ["java-src" "dev/bench/java"] :class-dir "target/jmh-classes" :basis (basis :jmh)
            :javac-opts ["--release" "17" "-processor" "org.openjdk.jmh.generators.BenchmarkProcessor"]}))

(defn jar [_]
  (compile-java nil)
  (b/write-pom {:class-dir class-dir :lib lib :version version :basis (basis) :src-dirs ["src"]
                :pom-data [[:description (str "An append-only log in one file: the key of a record is "
                                              "the byte offset where it starts.")]
                           [:licenses [:license [:name "MIT"]
                                       [:url "https://opensource.org/licenses/MIT"]]]]})
  (b/copy-dir {:src-dirs ["src" "resources"] :target-dir class-dir})
  (b/jar {:class-dir class-dir :jar-file jar-file :manifest {"Automatic-Module-Name" "flumelog"}})
  (println "wrote" jar-file))

(defn install [_]
  (jar nil)
  (b/install {:basis (basis) :lib lib :version version :jar-file jar-file :class-dir class-dir}))
