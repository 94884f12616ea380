(ns ^:no-doc flumelog.kafka.library
  "Loads if Kafka's clients are on the class path; else it says which dependency is missing."
  (:import (flumelog.error OptionFailures)))

(set! *warn-on-reflection* true)

(try
  (Class/forName "org.apache.kafka.clients.producer.KafkaProducer")
  (catch ClassNotFoundException e
    (throw (OptionFailures/missingLibrary "flumelog.kafka" "org.apache.kafka/kafka-clients {:mvn/version \"4.4.0\"}" e))))
