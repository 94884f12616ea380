(ns flumelog.kafka-broker
  "Kafka brokers for the tests: see `broker`.

   * `with-topic`: runs the body with the one broker that all tests of this JVM share, and the name of a topic that is not there
     yet, or skips the test
   * `with-broker`: runs the body with a broker of its own, which it may kill, or skips the test
   * `create-topic!`, `delete-topic!`, `set-topic!`, `with-admin`: Kafka's own client"
  (:require [broker]
            [flumelog.fixtures :as fixtures]
            [flumelog.test-support :refer [skip]])
  (:import (java.util Collection Map Optional)
           (java.util.concurrent TimeUnit)
           (org.apache.kafka.clients.admin Admin AlterConfigOp AlterConfigOp$OpType ConfigEntry NewTopic)
           (org.apache.kafka.common KafkaFuture)
           (org.apache.kafka.common.config ConfigResource ConfigResource$Type)))

(set! *warn-on-reflection* true)

;; The shared one. It is killed when this JVM ends, which also closes its standard input.

(defonce ^:private shared
  (delay (let [folder (fixtures/temp-folder)
               started (broker/start! {:folder (fixtures/path-in folder "broker")})]
           (.addShutdownHook (Runtime/getRuntime) (Thread. #(do (broker/kill! started) (fixtures/delete-folder! folder))))
           started)))

(defn servers
  "Where the shared broker listens; it is started at the first call."
  []
  (:servers @shared))

(def why-none "Why there can be no broker here, or nil." broker/why-none)

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

;; Others

(def quick-return
  "Settings by which a broker that was killed is let in again after a second, not 9."
  ["broker.session.timeout.ms=1000" "broker.heartbeat.interval.ms=200"])

(defn with-started
  "Calls f with an atom of a broker that was started with these options; the broker that is in the atom at the end is killed."
  [options f]
  (fixtures/with-temp-folder [folder]
    (let [started (atom (broker/start! (merge {:folder (fixtures/path-in folder "broker")} options)))]
      (try (f started) (finally (broker/kill! @started))))))

(defmacro with-broker
  "Runs the body with `started` bound to an atom of a broker as `broker/start!` gives it, with the options, which may be absent.
   The body keeps there the one that it has started anew. Skips the test if there can be no broker."
  [[started options] & body]
  `(if-let [reason# (why-none)]
     (skip reason#)
     (with-started (merge {:words quick-return} ~options) (fn [~started] ~@body))))

;; Kafka's own client

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
