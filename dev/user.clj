(ns user
  "Helpers that are loaded when a REPL of this project starts.

   * `(temp-log)`: an empty log to play with; `(temp-log {:codec :nippy})` with options
   * `(quakes)`: a log of real data, read-only
   * `(hex log)`: the first bytes of its file
   * `(recompile!)`: compiles java-src again; only a new REPL loads the new classes"
  (:require [clojure.java.io :as io])
  (:import (java.nio.file Files)
           (java.nio.file.attribute FileAttribute)))

;; Without this limit the REPL would print all records of an rseq.
(alter-var-root #'*print-length* (constantly 20))

(defn- call [symbol & args] (apply (requiring-resolve symbol) args))

(defn temp-log
  ([] (temp-log nil))
  ([options]
   (let [folder (Files/createTempDirectory "flumelog" (make-array FileAttribute 0))]
     (call 'flumelog.core/open (.resolve folder "temp.log") options))))

(defn quakes []
  (call 'flumelog.core/open "dev/data/earthquakes.log" {:codec :json :mode :read}))

(defn hex
  "Prints the first n bytes (64) of the file of a log, sixteen in a line."
  ([log] (hex log 64))
  ([log n]
   (with-open [in (io/input-stream (:path (call 'flumelog.core/info log)))]
     (doseq [line (partition-all 16 (.readNBytes in n))]
       (println (apply str (map #(format "%02x " %) line)))))))

(defn recompile! []
  (let [sources (filter #(.endsWith (str %) ".java") (file-seq (io/file "java-src")))
        classes (first (filter #(.endsWith ^String % "classes") (.split (System/getProperty "java.class.path") ":")))]
    (zero? (.run (javax.tools.ToolProvider/getSystemJavaCompiler) nil nil nil
                 (into-array String (concat ["--release" "17" "-cp" (System/getProperty "java.class.path") "-d" classes]
                                            (map str sources)))))))
