(ns flumelog.kafka-broker-test
  "The brokers of the tests themselves: topics, restarts on the same folder, and how they end."
  (:require [broker]
            [clojure.test :refer [deftest is]]
            [flumelog.kafka-broker :as kafka :refer [with-broker with-topic]])
  (:import (org.apache.kafka.clients.admin Admin)))

(set! *warn-on-reflection* true)

(defn- topics [servers]
  (set (kafka/with-admin servers #(.get (.names (.listTopics ^Admin %))))))

(deftest each-test-gets-a-topic-of-its-own-and-nothing-is-created-unless-asked
  (with-topic [servers topic]
    (with-topic [same other]
      (is (= servers same))
      (is (not= topic other))
      (is (not (contains? (topics servers) topic)))
      (kafka/create-topic! servers topic 1 {})
      (is (contains? (topics servers) topic)))))

(deftest ^{:ci "starts brokers"} a-broker-that-was-killed-comes-back-on-its-folder-and-port
  (with-broker [started]
    (let [{:keys [servers]} @started]
      (kafka/create-topic! servers "a" 1 {})
      (broker/kill! @started)
      (swap! started broker/restart!)
      (is (= servers (:servers @started)))
      (is (contains? (topics servers) "a")))))
