(ns flumelog.scarce-test
  "Memory, threads, the stack and descriptors run out for a moment, in a JVM of its own: nothing that was appended is lost or
   doubled, nothing waits for ever, and afterwards the log goes on or says that it has failed."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.fixtures :refer [delete-folder! path-in temp-folder with-temp-folder]]
            [flumelog.process :refer [kill!]]
            [flumelog.test-support :refer [size]])
  (:import (java.util List)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private patience-seconds
  "After this time a JVM hangs. One that has to collect garbage all the time is slow on a machine that is busy."
  500)

(defn- run-scarce
  "What a JVM with these options, below the shell's limits, prints as the last line."
  [limits jvm-options form]
  (let [java (str (System/getProperty "java.home") "/bin/java")
        command (concat ["sh" "-c" (str limits "exec \"$@\"") "sh" java "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC"] jvm-options
                        ["-cp" (System/getProperty "java.class.path") "clojure.main" "-e"
                         (str (pr-str '(require 'flumelog.scarce)) (pr-str form))])
        process (.start (doto (ProcessBuilder. ^List command) (.redirectErrorStream true)))
        lines (future (vec (line-seq (io/reader (.getInputStream process)))))]
    (try
      (if (.waitFor process patience-seconds TimeUnit/SECONDS)
        (let [said (last (filter #(str/starts-with? % "{") @lines))]
          (if said (edn/read-string {:default vector} said) {:ended @lines}))
        :hangs)
      (finally (kill! process)))))

(def ^:private policies [{:sync {:every-ms 5}} {:sync :each} {:sync :none :write-buffer-bytes 65536} {:sync :each :room-bytes 65536}])

(deftest ^{:ci "fills the memory of JVMs"} a-stack-that-ends-leaves-nothing-behind
  (doseq [[by options] (conj (mapv #(vector :append %) (if (= 1 (size 1 4)) [(policies 2)] policies)) [:async {:sync {:every-ms 5}}])]
    (testing [by options]
      (with-temp-folder [folder]
        (is (= {} (run-scarce "" ["-Xss400k"] `(flumelog.scarce/stack ~(path-in folder "a.log") ~options ~by ~(size 20 60)))))))))

(deftest classes-that-an-error-needs-are-initialized-before-it
  (with-temp-folder [folder]
    (is (= {} (run-scarce "" ["--add-exports" "java.base/jdk.internal.misc=ALL-UNNAMED"] `(flumelog.scarce/classes ~(str folder)))))))

(deftest ^{:ci "fills the memory of JVMs"} a-heap-that-is-full-for-a-moment-leaves-nothing-behind
  (doseq [options (take (size 1 4) policies)]
    (testing options
      (with-temp-folder [folder]
        (is (= {} (run-scarce "" ["-Xmx80m"] `(flumelog.scarce/heap ~(path-in folder "a.log") ~options ~(size 2 12)))))))))

(deftest ^{:ci "fills the memory of JVMs"} views-follow-a-log-that-is-larger-than-the-heap
  (let [folder (temp-folder (.toPath (io/file (System/getProperty "java.io.tmpdir"))))]
    (try
      (is (= {} (run-scarce "" ["-Xmx64m"] (list 'do '(require 'flumelog.view-child)
                                                 (list 'flumelog.view-child/follow-a-large-log (str folder) (size 72000 1050000))))))
      (finally (delete-folder! folder)))))

(deftest without-new-threads-the-caller-does-the-work
  (doseq [options (take (size 1 4) policies)]
    (testing options
      (with-temp-folder [folder]
        (is (= {} (run-scarce "ulimit -v 4000000; "
                              ["-Xss32m" "-Xmx128m" "-XX:ReservedCodeCacheSize=64m" "-XX:CompressedClassSpaceSize=64m" "-Xlog:os+thread=off"]
                              `(flumelog.scarce/threads ~(path-in folder "a.log") ~options 20))))))))

(deftest an-error-for-want-of-descriptors-says-so
  (doseq [[options appends] (take (size 1 4) [[{} 1] [{:write-buffer-bytes 65536} 1] [{:room-bytes 65536 :sync :each} 1] [{:framing :legacy} 100]])]
    (testing options
      (with-temp-folder [folder]
        (is (= {} (run-scarce "ulimit -n 120; " [] `(flumelog.scarce/descriptors ~(path-in folder "a.log") ~options ~appends))))))))
