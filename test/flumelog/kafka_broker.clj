(ns flumelog.kafka-broker
  "Kafka brokers for the tests, each in a JVM of its own, on the loopback address. bin/setup fetches their jars.

   * `why-none`: why there can be no broker here, or nil
   * `with-topic`: runs the body with the one broker that all tests of this JVM share, and the name of a topic that is not there
     yet, or skips the test
   * `with-broker`: runs the body with a broker that it may kill, or skips the test; `start!`, `kill!`, `stop!`, `go-on!`
   * `create-topic!`, `delete-topic!`, `set-topic!`: with Kafka's own client"
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.fixtures :as fixtures]
            [flumelog.process :as process]
            [flumelog.test-support :refer [skip]])
  (:import (java.io File)
           (java.lang ProcessBuilder$Redirect)
           (java.util Collection List Map Optional)
           (java.util.concurrent TimeUnit)
           (org.apache.kafka.clients.admin Admin AlterConfigOp AlterConfigOp$OpType ConfigEntry NewTopic)
           (org.apache.kafka.common KafkaFuture)
           (org.apache.kafka.common.config ConfigResource ConfigResource$Type)))

(set! *warn-on-reflection* true)

(def ^:private class-path
  (delay (let [file (io/file "target/broker/class-path")]
           (when (pos? (.length file)) (str/trim (slurp file))))))

(defn why-none
  "Why there can be no broker here, or nil."
  []
  (when-not @class-path "the jars of the Kafka broker could not be fetched; bin/setup tries again"))

(defn start!
  "A broker on the folder, as {:process, :port, :servers}. `port` 0 takes a free one. `words` are settings as \"name=value\".
   `before` is a command that runs the JVM, for example [\"unshare\"]. Throws if it ends without having begun."
  ([folder] (start! folder 0 []))
  ([folder port words] (start! [] folder port words))
  ([before folder port words]
   (let [^List command (concat before [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC" "-Xmx256m"
                                       "-cp" (str "target/broker/classes" File/pathSeparator @class-path) "Broker" (str folder) (str port)]
                               words)
         said    (io/file (str folder ".said"))
         process (.start (.redirectError (ProcessBuilder. command) (ProcessBuilder$Redirect/appendTo said)))
         port    (.readLine (.inputReader process))]
     (when-not port (throw (ex-info (str "the broker did not start: " (slurp said)) {:folder folder})))
     {:process process, :port (parse-long port), :servers (str "127.0.0.1:" port), :folder folder, :words words, :before before})))

(defn kill!
  "Kills the broker with a signal that it can't catch."
  [{:keys [process]}]
  (process/kill! process))

(defn restart!
  "The broker again, which was killed, on its folder and its port."
  [{:keys [before folder port words]}]
  (start! before folder port words))

(defn- signal! [signal {:keys [^Process process]}]
  (.waitFor (.start (ProcessBuilder. ^"[Ljava.lang.String;" (into-array String ["kill" (str "-" signal) (str (.pid process))])))))

(defn stop!
  "Has the broker hang, as a machine that is not reachable, until `go-on!`."
  [broker]
  (signal! "STOP" broker))

(defn go-on! [broker] (signal! "CONT" broker))

(def quick-return
  "Settings by which a broker that was killed is let in again after 2 seconds, not 9."
  ["broker.session.timeout.ms=2000" "broker.heartbeat.interval.ms=300"])

(defmacro with-broker
  "Runs the body with `broker` bound to an atom of a new broker, as `start!` gives it; the one that is in the atom at the end is
   killed. Skips the test if there can be no broker."
  [[broker & words] & body]
  `(if-let [reason# (why-none)]
     (skip reason#)
     (fixtures/with-temp-folder [folder#]
       (let [~broker (atom (start! (fixtures/path-in folder# "broker") 0 [~@quick-return ~@words]))]
         (try ~@body (finally (kill! @~broker)))))))

;; The shared one. It is killed when this JVM ends, which also closes its standard input.

(defonce ^:private shared
  (delay (let [folder (fixtures/temp-folder)
               broker (start! (fixtures/path-in folder "broker"))]
           (.addShutdownHook (Runtime/getRuntime) (Thread. #(do (kill! broker) (fixtures/delete-folder! folder))))
           broker)))

(defn servers
  "Where the shared broker listens; it is started at the first call."
  []
  (:servers @shared))

(defonce ^:private topics (atom 0))

(defn new-topic
  "A name that no topic has."
  []
  (str "topic-" (swap! topics inc)))

(defmacro with-topic
  "Runs the body with `servers` bound to the address of the shared broker, and `topic` to the name of a topic that is not there
   yet. Skips the test if there can be no broker."
  [[servers topic] & body]
  `(if-let [reason# (why-none)]
     (skip reason#)
     (let [~servers (servers), ~topic (new-topic)]
       ~@body)))

;; Topics

(defn- new-admin ^Admin [servers]
  (let [^Map options {"bootstrap.servers" servers}]
    (Admin/create options)))

(defn with-admin
  "The result of f of Kafka's Admin."
  [servers f]
  (with-open [admin (new-admin servers)] (f admin)))

(defn- await-done [^KafkaFuture done] (.get done 60 TimeUnit/SECONDS))

(defn create-topic!
  "Creates the topic with these partitions and settings."
  [servers topic partitions settings]
  (with-admin servers
    (fn [^Admin admin]
      (await-done (.all (.createTopics admin [(.configs (NewTopic. ^String topic (Optional/of (int partitions)) (Optional/empty)) settings)]))))))

(defn delete-topic! [servers topic]
  (let [^Collection topics [topic]]
    (with-admin servers (fn [^Admin admin] (await-done (.all (.deleteTopics admin topics)))))))

(defn set-topic!
  "Changes one setting of the topic."
  [servers topic setting value]
  (with-admin servers
    (fn [^Admin admin]
      (await-done (.all (.incrementalAlterConfigs
                         admin {(ConfigResource. ConfigResource$Type/TOPIC topic)
                                [(AlterConfigOp. (ConfigEntry. setting value) AlterConfigOp$OpType/SET)]}))))))
