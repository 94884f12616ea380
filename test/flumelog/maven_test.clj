(ns flumelog.maven-test
  "Programs that take the jars as users do. Maven builds them with a local repository that has nothing but our jars; all
   else comes from Maven Central. From the size `ci` on."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing use-fixtures]]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.process :refer [java-homes]]
            [flumelog.test-support :refer [size skip]])
  (:import (java.io File)
           (java.util.concurrent TimeUnit)
           (java.util.jar JarFile)))

(set! *warn-on-reflection* true)

(def ^:private version (nth (read-string (slurp "project.clj")) 2))

(def ^:private patience-seconds "A program that takes longer hangs." 60)

(defn- maven
  "What Maven says, with the exit code, when it does the goals for the project in the folder."
  [folder repository & goals]
  (apply shell/sh (concat ["mvn" "-q" "-B" (str "-Dmaven.repo.local=" repository)] goals [:dir (io/file folder)])))

(defn- why-not
  "Why nothing can be built here, or nil. Maven fetches its own plug-in and a pom into the repository to find out."
  [folder repository]
  (if (zero? (long (size 0 1)))
    "builds with Maven: only from the size ci on"
    (try
      (let [{:keys [exit out]} (maven folder repository "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"
                                      "-Dartifact=org.clojure:pom.contrib:1.1.0:pom" "-Dtransitive=false")]
        (when-not (= 0 exit) (str "Maven Central can't be reached: " (first (str/split-lines out)))))
      (catch java.io.IOException e (str "there is no Maven: " (ex-message e))))))

(def ^:dynamic ^:private *repository* nil)
(def ^:dynamic ^:private *why-not* nil)

(defn- with-repository [f]
  (with-temp-folder [folder]
    (let [repository (path-in folder "repository"), reason (why-not folder repository)]
      (when-not reason
        (is (= 0 (:exit (shell/sh "bin/jar" "install" repository)))))
      (binding [*repository* repository, *why-not* reason] (f)))))

(use-fixtures :once with-repository)

(defn- copy! [from to]
  (doseq [^File file (file-seq (io/file from)) :when (.isFile file)]
    (let [target (io/file to (str (.relativize (.toPath (io/file from)) (.toPath file))))]
      (io/make-parents target)
      (io/copy file target))))

(defn- build!
  "Copies the example into the folder and packages it. Returns what Maven says: nothing when it is content."
  [example folder]
  (copy! (str "dev/java/" example) folder)
  (let [{:keys [exit out]} (maven folder *repository* "package")]
    (when-not (= 0 exit) out)))

(defn- run-program
  "The lines that the program prints, and its exit code or :hangs."
  [home folder & arguments]
  (let [out (io/file folder "out.txt")
        ^java.util.List command (cons (str home "/bin/java") (map str arguments))
        process (.start (doto (ProcessBuilder. command) (.directory (io/file folder)) (.redirectErrorStream true)
                          (.redirectOutput out)))
        ended? (.waitFor process (long patience-seconds) TimeUnit/SECONDS)]
    (.destroyForcibly process)
    (conj (str/split-lines (slurp out)) (if ended? (.exitValue process) :hangs))))

(defmacro ^:private with-built
  "Runs the body with a folder in which the example is built, or skips the test."
  [[folder example] & body]
  `(if *why-not*
     (skip *why-not*)
     (with-temp-folder [~folder]
       (let [said# (build! ~example ~folder)]
         (is (nil? said#) "it is built")
         (when-not said# ~@body)))))

(deftest a-maven-project-needs-clojure-and-nothing-else
  (with-built [folder "plain"]
    (is (= #{"flumelog" "clojure" "spec.alpha" "core.specs.alpha"}
           (set (map #(second (re-find #"^(.*?)-\d" %)) (.list (io/file folder "target/dependency"))))))
    (doseq [home (java-homes)]
      (testing home
        (let [path (str (path-in folder "messages.log") (hash home))
              run #(apply run-program home folder "-cp" (str "target/classes" File/pathSeparator "target/dependency/*") "example.Main" path %)]
          (is (= ["0 hello" "21 world" 0] (run ["hello" "world"])))
          (is (= ["0 hello" "21 world" "42 again" 0] (run ["again"]))))))))

(deftest clojures-own-dependencies-can-be-left-out
  (with-built [folder "plain"]
    (is (= ["0 hello" 0]
           (run-program (first (java-homes)) folder "-cp"
                        (str/join File/pathSeparator (cons "target/classes" (map #(str "target/dependency/" %)
                                                                  (filter #(re-find #"^(flumelog|clojure)-" %)
                                                                          (.list (io/file folder "target/dependency"))))))
                        "example.Main" "messages.log" "hello")))))

(deftest a-failed-future-of-the-common-pool-fails-in-a-spring-boot-jar
  (with-built [folder "spring"]
    (doseq [home (java-homes)]
      (testing home
        (let [path (str "messages.log" (hash home))]
          (is (= ["message 0: hello"
                  "message 21: world"
                  (str "failed: java.util.concurrent.CompletionException: flumelog.error.LogException: offset 7 is not the start of a"
                       " record in " path ", which ends at 42 (NOT_A_RECORD, path=\"" path "\", offset=7, end=42)")
                  "the pool's class loader knows the log: false"
                  0]
                 (run-program home folder "-Djava.util.concurrent.ForkJoinPool.common.parallelism=4"
                              (str "-Dmessages.path=" path) "-jar" "target/service-1.jar" "hello" "world"))))))))

;; The jars

(defn- installed ^String [artifact classifier]
  (str (io/file *repository* "io/github/flumelog" artifact version (str artifact "-" version classifier ".jar"))))

(defn- entries [jar]
  (with-open [file (JarFile. ^String jar)]
    (set (map str (enumeration-seq (.entries file))))))

(deftest the-jars-have-what-they-should
  (if *why-not*
    (skip *why-not*)
    (let [main (entries (installed "flumelog" "")), for-tests (entries (installed "flumelog-test" ""))]
      (is (every? main ["flumelog/log/OffsetLog.class" "flumelog/core.clj" "META-INF/LICENSE"
                        "clj-kondo.exports/flumelog/flumelog/config.edn" "META-INF/maven/io.github.flumelog/flumelog/pom.xml"]))
      (is (empty? (filter #(re-find #"test.disk|power.loss|leiningen|\.java$" %) main)))
      (is (contains? for-tests "flumelog/test_disk.clj"))
      (is (empty? (filter main (remove #(re-find #"^META-INF|/$" %) for-tests))) "no file is in both")
      (is (contains? (entries (installed "flumelog" "-sources")) "flumelog/log/OffsetLog.java"))
      (is (contains? (entries (installed "flumelog" "-javadoc")) "flumelog/log/OffsetLog.html"))
      (doseq [artifact ["flumelog-test"], classifier ["-sources" "-javadoc"]]
        (is (seq (entries (installed artifact classifier))))))))

(deftest the-disk-for-tests-works-from-its-jar
  (if *why-not*
    (skip *why-not*)
    (with-temp-folder [folder]
      (let [clojure (filter #(re-find #"org[/\\]clojure[/\\](clojure|spec\.alpha|core\.specs\.alpha)[/\\]" %)
                            (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator)))
            form '(do (require 'flumelog.core 'flumelog.test-disk 'flumelog.specs)
                      (let [disk ((resolve 'flumelog.test-disk/disk))]
                        (with-open [log ((resolve 'flumelog.test-disk/open) disk "a.log" {:sync :each})]
                          ((resolve 'flumelog.core/append!) log :kept))
                        (prn (vec ((resolve 'flumelog.test-disk/open) ((resolve 'flumelog.test-disk/lose-power) disk 42) "a.log")))))]
        (is (= ["[:kept]" 0]
               (run-program (first (java-homes)) folder "-cp"
                            (str/join File/pathSeparator (list* (installed "flumelog" "") (installed "flumelog-test" "") clojure))
                            "clojure.main" "-e" (pr-str form))))))))
