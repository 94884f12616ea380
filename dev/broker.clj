(ns broker
  "Kafka brokers for tests and benchmarks, each in a JVM of its own, on the loopback address: dev/broker/Broker.java. bin/setup
   fetches their jars.

   * `why-none`: why there can be no broker here, or nil
   * `start!`, `kill!`, `restart!`
   * `hang!`, `go-on!`: has a broker stand still, and ends that"
  (:require [clojure.java.io :as io]
            [clojure.string :as str])
  (:import (java.io File)
           (java.lang ProcessBuilder$Redirect)
           (java.util List)))

(set! *warn-on-reflection* true)

(def ^:private class-path
  (delay (let [file (io/file "target/kafka-broker/class-path")]
           (when (pos? (.length file)) (str/trim (slurp file))))))

(defn why-none
  "Why there can be no broker here, or nil."
  []
  (when-not @class-path "the jars of the Kafka broker could not be fetched; bin/setup tries again"))

(defn- command [{:keys [before jvm folder port words]}]
  (concat before
          [(str (System/getProperty "java.home") "/bin/java")]
          (or jvm ["-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC" "-Xmx256m"])
          ["-cp" (str "target/kafka-broker/compiled" File/pathSeparator @class-path) "Broker" (str folder) (str port)]
          words))

(defn start!
  "A broker on the `:folder`, which is made if it is missing. `:port` is a free one if it is absent. `:words` are settings as
   \"name=value\", `:jvm` the options of its JVM, in place of those with which it starts soon and stays small, and `:before` is a
   command that runs the JVM, for example [\"unshare\" \"-m\"]. Returns the same with `:port`, `:servers` and `:process`. Throws if
   the JVM ends before the broker runs."
  [{:keys [folder] :as options}]
  (let [^List command (vec (map str (command (merge {:port 0} options))))
        said    (io/file (str folder ".said"))
        process (.start (.redirectError (ProcessBuilder. command) (ProcessBuilder$Redirect/appendTo said)))
        port    (.readLine (.inputReader process))]
    (when-not port (throw (ex-info (str "the broker did not start: " (slurp said)) {:folder folder})))
    (assoc options :port (parse-long port) :servers (str "127.0.0.1:" port) :process process)))

(defn kill!
  "Kills the broker with a signal that it can't catch, and waits until it has ended."
  [{:keys [^Process process]}]
  (.destroyForcibly (.toHandle process))
  (.waitFor process))

(defn restart!
  "Starts the broker, which was killed, on its folder and its port again."
  [broker]
  (start! broker))

(defn- signal! [^String signal {:keys [^Process process]}]
  (let [^List words ["kill" signal (str (.pid process))]]
    (.waitFor (.start (ProcessBuilder. words)))))

(defn hang!
  "Has the broker stand still, as a machine that does not answer, until `go-on!`."
  [broker]
  (signal! "-STOP" broker))

(defn go-on! [broker] (signal! "-CONT" broker))
