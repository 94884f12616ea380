(ns flumelog.kafka-secured-test
  "A broker that asks who comes: SASL with SCRAM on the loopback address."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [failure]]
            [flumelog.kafka :as kafka]
            [flumelog.kafka-broker :refer [with-broker]])
  (:import (flumelog.coll LogCollection)))

(set! *warn-on-reflection* true)

(defn- login [user password]
  (str "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" user "\" password=\"" password "\";"))

(def ^:private words
  ["listener.security.protocol.map=CLIENTS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT"
   "sasl.enabled.mechanisms=SCRAM-SHA-256" "sasl.mechanism.inter.broker.protocol=SCRAM-SHA-256"
   (str "listener.name.clients.scram-sha-256.sasl.jaas.config=" (login "broker" "b"))
   "SCRAM-SHA-256=[name=broker,password=b]" "SCRAM-SHA-256=[name=app,password=secret]"])

(defn- open ^LogCollection [servers properties]
  (kafka/open {:servers servers :topic "a" :codec :utf8 :create {:replication 1 :min-insync 1} :timeout-ms 5000 :properties properties}))

(defn- scram [user password]
  {"security.protocol" "SASL_PLAINTEXT" "sasl.mechanism" "SCRAM-SHA-256" "sasl.jaas.config" (login user password)})

(deftest ^{:ci "starts a broker"} properties-let-a-user-in-and-others-stay-out
  (with-broker [started {:words words}]
    (let [{:keys [servers]} @started]
      (with-open [l (open servers (scram "app" "secret"))]
        (log/append! l "1")
        (is (= ["1"] (into [] l)))
        (testing "and no password is shown"
          (is (not (str/includes? (pr-str (log/info l) l) "secret")))))
      (testing "a wrong password, and none"
        (doseq [properties [(scram "app" "wrong") {}]
                :let [e (failure (open servers properties))]]
          (is (contains? #{:failed :unavailable} (:flumelog/error (ex-data e))))
          (is (not (str/includes? (str (ex-message e)) "wrong"))))))))
