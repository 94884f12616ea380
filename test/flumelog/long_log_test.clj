(ns flumelog.long-log-test
  "A log that is much longer than the heap: what is done to it needs no more memory than with a short one."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.fixtures :refer [delete-folder! temp-folder]]
            [flumelog.process :refer [kill!]])
  (:import (java.util List)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(defn- mib
  "How long the log is: bin/test with JVM_OPTS=-Dflumelog.test.log-mib=10240 makes one of 10 GB."
  ^long []
  (Long/getLong "flumelog.test.log-mib" 1024))

(defn- said-by-a-small-jvm
  "What a JVM with 64 MiB of heap and 64 MiB beside it prints as its last line when it evaluates the form."
  [form]
  (let [command (concat [(str (System/getProperty "java.home") "/bin/java") "-Xmx64m" "-XX:MaxDirectMemorySize=64m" "-XX:+UseSerialGC"
                         "-cp" (System/getProperty "java.class.path") "clojure.main" "-e" (pr-str '(require 'flumelog.long-log-child) form)])
        process (.start (doto (ProcessBuilder. ^List command) (.redirectErrorStream true)))
        lines (future (vec (line-seq (io/reader (.getInputStream process)))))]
    (try
      (if (.waitFor process (+ 300 (mib)) TimeUnit/SECONDS)
        (let [said (last (filter #(str/starts-with? % "{") @lines))]
          (if said (edn/read-string said) {:ended @lines}))
        :hangs)
      (finally (kill! process)))))

(deftest ^{:ci "writes and copies a gigabyte"} all-that-is-done-to-a-long-log-needs-little-memory
  (let [folder (temp-folder (.toPath (io/file (System/getProperty "java.io.tmpdir"))))]   ; not in memory: it is long
    (try
      (is (= {} (said-by-a-small-jvm (list 'flumelog.long-log-child/work (str folder) (quot (* (mib) 1048576) 1016)))))
      (finally (delete-folder! folder)))))
