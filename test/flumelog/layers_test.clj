(ns flumelog.layers-test
  "Data flows one way. A package of the Java core imports only those below it; the core knows no Clojure; files are short."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            flumelog.core))                                  ; whose loading one of the tests asks for

(set! *warn-on-reflection* true)

(def ^:private may-import
  "From error, which imports nothing, up to the collections."
  {"error"    #{}
   "event"    #{}
   "file"     #{"error"}
   "block"    #{"error" "event" "file"}
   "buffer"   #{"error" "file"}
   "frame"    #{"error" "file" "block"}
   "protect"  #{"error" "file" "block" "frame"}
   "codec"    #{"error"}
   "value"    #{"error" "codec"}
   "field"    #{"error" "codec" "value"}
   "key"      #{"error"}
   "run"      #{"error" "file"}
   "recovery" #{"error" "event" "file" "block" "buffer" "frame" "protect"}
   "engine"   #{"error" "event" "file" "block" "frame" "protect" "recovery"}
   "log"      #{"error" "event" "file" "block" "buffer" "frame" "protect" "recovery" "engine" "codec"}
   "spi"      #{"error" "engine" "log"}
   "kafka"    #{"error" "codec" "protect" "engine" "log" "spi"}
   "coll"     #{"error" "codec" "log"}
   "cli"      #{"error" "codec" "field" "log" "coll"}})

(defn- files [folder extension]
  (filter #(str/ends-with? (str %) extension) (file-seq (io/file folder))))

(defn- sources
  "The Clojure files of both artifacts."
  []
  (mapcat #(files % ".clj") ["src" "flumelog-test/src"]))

(defn- package-of [file] (.getName (.getParentFile ^java.io.File file)))

(defn- used
  "The packages of ours that a file names, in imports or in full."
  [file]
  (disj (set (map second (re-seq #"\bflumelog\.([a-z]+)\." (str/replace (slurp file) #"(?m)^package .*|\* .*|//.*" ""))))
        (package-of file)))

(deftest packages-import-those-below-them
  (is (= (set (keys may-import)) (set (map package-of (files "java-src" ".java")))))
  (doseq [file (files "java-src" ".java")]
    (is (empty? (remove (may-import (package-of file)) (used file))) (str file))))

(deftest only-errors-values-fields-keys-collections-and-the-command-line-know-clojure
  (doseq [file (files "java-src" ".java") :when (not (#{"error" "value" "field" "key" "coll" "cli"} (package-of file)))]
    (is (not (str/includes? (slurp file) "clojure.lang")) (str file))))

(def ^:private standard-output "java.io.FileOutputStream(java.io.FileDescriptor.out)")

(deftest only-the-file-package-goes-to-disk
  (doseq [file (files "java-src" ".java") :when (not= "file" (package-of file))]
    (is (not (re-find #"FileChannel|RandomAccessFile|FileInputStream|FileOutputStream" (str/replace (slurp file) standard-output "")))
        (str file))))

(deftest the-core-loads-without-any-library
  (let [loaded (set (map #(str (ns-name %)) (all-ns)))]
    (is (contains? loaded "flumelog.core"))
    (doseq [file (sources) :when (not (re-find #"codec/(nippy|json)" (str file)))]
      (is (not (re-find (if (str/includes? (str file) "view/bitmap") #"taoensso|jackson" #"taoensso|jackson|roaringbitmap") (str/replace (slurp file) #"\"[^\"]*\"" ""))) (str file)))
    (doseq [file (files "java-src" ".java") :let [text (slurp file)]]
      (is (not (re-find #"taoensso|fasterxml|roaringbitmap" text)) (str file))
      (when-not (= "kafka" (package-of file))
        (is (not (re-find #"(?m)^import org\.apache\.kafka|^import flumelog\.kafka" text)) (str file))))
    (doseq [file (sources) :when (not (re-find #"flumelog/(kafka|kafka/library|cli/.*)\.clj" (str file)))]
      (is (not (re-find #"\(flumelog\.kafka |\[flumelog\.kafka[\] ]|org\.apache\.kafka" (slurp file))) (str file)))))

(deftest the-classes-that-are-loaded-before-an-error-exist
  (doseq [file ["java-src/flumelog/engine/ErrorPath.java" "java-src/flumelog/log/OffsetLog.java"]
          :let [names (map second (re-seq #"\"(flumelog\.[a-z]+\.[A-Z][\w$]*)\"" (slurp file)))]]
    (is (seq names) file)
    (doseq [name names] (is (Class/forName name)))))

(def ^:private most-lines "Of a file." 250)

(def ^:private longer
  "Files that have more, and how many each may have: lists of methods with their documentation, and classes that are one idea
   still, of which a part would be one more class to load."
  {"java-src/flumelog/log/Log.java" 525, "java-src/flumelog/log/OffsetLog.java" 536, "java-src/flumelog/log/LogOptions.java" 526
   "java-src/flumelog/block/Blocks.java" 390, "java-src/flumelog/buffer/WriteBuffer.java" 330
   "java-src/flumelog/engine/Durability.java" 340, "java-src/flumelog/engine/Writer.java" 400
   "java-src/flumelog/kafka/KafkaLog.java" 367, "java-src/flumelog/kafka/KafkaOptions.java" 284
   "java-src/flumelog/log/Protection.java" 253, "java-src/flumelog/log/OffsetCursor.java" 267, "java-src/flumelog/coll/LogCollection.java" 268, "java-src/flumelog/engine/Follower.java" 256,
   "java-src/flumelog/recovery/Checkpoint.java" 305, "java-src/flumelog/recovery/Opening.java" 280})

(deftest files-hold-one-idea
  (doseq [file (concat (files "java-src" ".java") (sources))
          :let [lines (count (str/split-lines (slurp file)))]]
    (is (<= lines (get longer (str file) most-lines)) (str file " has " lines " lines"))))
