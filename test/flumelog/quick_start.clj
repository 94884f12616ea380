(ns flumelog.quick-start
  "Makes the other JVMs of the tests start in less than half the time: everything that they load is compiled in one jar,
   with an archive of its classes (the JVM's class data sharing).

   * `make!`: makes both, for a long run
   * `options`: the options of such a JVM; `handed-on`: more options, for a JVM that starts others"
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str])
  (:import (java.io File)
           (java.nio.file Files)
           (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(def ^:private ^String property "Names the folder with the jar and the archive." "flumelog.test.quick-start")

(defn- jar-in [folder] (str folder "/flumelog.jar"))

(defn- archive-in [folder] (str folder "/classes.jsa"))

(defn- run [tool & arguments]
  (let [{:keys [exit out err]} (apply shell/sh (str (System/getProperty "java.home") "/bin/" tool) arguments)]
    (when-not (= 0 exit) (throw (ex-info (str tool " failed: " out err) {:arguments arguments})))))

(defn- join [paths] (str/join File/pathSeparator paths))

(defn- paths
  "The entries of the class path, as {:jars, :folders}."
  []
  (group-by #(if (.isDirectory (io/file %)) :folders :jars)
            (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator))))

(defn- holds-the-core? [folder] (.exists (io/file folder "flumelog/coll/LogCollection.class")))

(defn- compile-and-archive! [folder]
  (let [{:keys [jars folders]} (paths), compiled (io/file folder "compiled")]
    (.mkdir compiled)
    (run "java" "-cp" (join (concat [compiled] folders jars)) "clojure.main" "-e"
      (str "(binding [*compile-path* " (pr-str (str compiled)) "] (compile 'flumelog.child))"))
    (apply run "jar" "cfM" (jar-in folder)
           (mapcat #(vector "-C" (str %) ".") [compiled (first (filter holds-the-core? folders))]))
    (run "java" (str "-XX:ArchiveClassesAtExit=" (archive-in folder)) ; class data sharing allows no folders on the class path
      "-cp" (join (cons (jar-in folder) jars)) "clojure.main" "-e" "(require 'flumelog.child)")))

(defn- delete-all! [folder]
  (run! io/delete-file (reverse (file-seq folder))))

(defn make!
  "Makes the jar and the archive, which exist until this JVM ends. Prints the reason if they can't be made."
  []
  (let [folder (.toFile (Files/createTempDirectory (.toPath (io/file "target")) "quick-start" (make-array FileAttribute 0)))]
    (.addShutdownHook (Runtime/getRuntime) (Thread. #(delete-all! folder)))
    (try
      (compile-and-archive! folder)
      (System/setProperty property (str folder))
      (catch Exception e (println "Other JVMs of the tests will start slowly:" (ex-message e))))))

(defn handed-on
  "The options that let another JVM of the tests start its own JVMs quickly too."
  []
  (when-let [folder (System/getProperty property)] [(str "-D" property "=" folder)]))

(defn options
  "The class path of this JVM, and the archive if there is one."
  []
  (if-let [folder (System/getProperty property)]
    (let [{:keys [jars folders]} (paths)]
      [(str "-XX:SharedArchiveFile=" (archive-in folder)) "-cp" (join (concat [(jar-in folder)] jars folders))])
    ["-cp" (System/getProperty "java.class.path")]))
