(ns flumelog.kafka-refusal-test
  "What a log over Kafka refuses: settings that lose data, a writer that was taken over, a topic that is another one now."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure]]
            [flumelog.kafka :as kafka]
            [flumelog.kafka-broker :as broker :refer [with-topic]])
  (:import (flumelog.coll LogCollection)
           (java.util Map)
           (org.apache.kafka.clients.admin Admin RecordsToDelete)
           (org.apache.kafka.clients.producer KafkaProducer ProducerRecord)
           (org.apache.kafka.common TopicPartition)
           (org.apache.kafka.common.serialization ByteArraySerializer)))

(set! *warn-on-reflection* true)

(defn- open
  (^LogCollection [servers topic] (open servers topic nil))
  (^LogCollection [servers topic options]
   (kafka/open (merge {:servers servers :topic topic :codec :utf8 :create {:replication 1 :min-insync 1}} options))))

(def ^:private kept
  "The settings of a topic that can be a log."
  {"retention.ms" "-1" "retention.bytes" "-1" "cleanup.policy" "delete" "message.timestamp.type" "LogAppendTime"})

(deftest a-writer-that-was-taken-over-can-only-read
  (with-topic [servers topic]
    (with-open [old (open servers topic)]
      (log/append! old "1")
      (with-open [new (open servers topic)]
        (testing "and each way to write says so"
          (is (= [:locked :locked :locked]
                 [(error (log/append! old "x")) (error (log/append-all! old ["y" "z"]))
                  (:flumelog/error (ex-data (ex-cause (failure (.get ^java.util.concurrent.Future (log/append-async! old "w"))))))])))
        (log/append! new "2")
        (is (= ["1" "2"] (into [] new)))
        (is (= "1" (get old 0)))))))

(deftest ^{:ci "waits for a timeout"} a-writer-begins-when-all-that-was-committed-can-be-read
  (with-topic [servers topic]
    (.close (open servers topic))
    (let [^Map settings {"bootstrap.servers" servers "transactional.id" (str "another-" topic)}
          data (.getBytes "committed")]
      (with-open [producer (KafkaProducer. settings (ByteArraySerializer.) (ByteArraySerializer.))]
        (.initTransactions producer)
        (.beginTransaction producer)
        @(.send producer (ProducerRecord. ^String topic data))
        (is (= :unavailable (error (open servers topic {:timeout-ms 3000}))) "its end is not decided")
        (.commitTransaction producer)
        (with-open [l (open servers topic)] (is (= ["committed"] (vec l))))))))

(deftest settings-under-which-records-are-lost-are-refused-by-name
  (with-topic [servers _]
    (doseq [[setting value partitions] [["retention.ms" "604800000" 1] ["retention.bytes" "1000000" 1] ["cleanup.policy" "compact" 1]
                                        ["message.timestamp.type" "CreateTime" 1] ["retention.ms" "-1" 2]]
            :let [topic (broker/new-topic)]]
      (broker/create-topic! servers topic partitions (assoc kept setting value))
      (let [e (failure (open servers topic))]
        (is (= :wrong-format (:flumelog/error (ex-data e))))
        (is (str/includes? (str (ex-message e)) (if (= 2 partitions) "partitions" setting)))))
    (testing "and those that keep all are taken"
      (let [topic (broker/new-topic)]
        (broker/create-topic! servers topic 1 kept)
        (with-open [l (open servers topic {:create nil})] (is (= 0 (log/append! l "1"))))))))

(deftest a-topic-that-is-missing-is-not-made-unless-asked-for
  (with-topic [servers topic]
    (is (= [:failed :failed] (for [mode [:read :read-write]] (error (open servers topic {:create nil :mode mode})))))
    (is (not (contains? (set (broker/with-admin servers #(.get (.names (.listTopics ^Admin %))))) topic)))))

(deftest ^{:ci "waits for a topic to be deleted"} a-topic-that-was-made-anew-is-not-taken-for-the-old-one
  (with-topic [servers topic]
    (with-open [writer (open servers topic {:timeout-ms 5000}), reader (open servers topic {:mode :read :timeout-ms 5000})]
      (log/append-all! writer ["1" "2"])
      (is (= ["1" "2"] (into [] reader)))
      (broker/delete-topic! servers topic)
      (with-open [new (open servers topic)]
        (log/append! new "a")
        (is (= :corrupt (error (log/sync! writer))))
        (is (= :corrupt (error (into [] reader))))
        (testing "and the old writer has written nothing into it"
          (is (contains? #{:corrupt :locked :failed} (error (log/append! writer "x"))))
          (is (= ["a"] (into [] new))))))))

(deftest ^{:ci "waits for a topic of the broker itself"} the-start-of-a-log-can-be-moved-by-its-writer-only
  (with-topic [servers topic]
    (with-open [writer (open servers topic), reader (open servers topic {:mode :read})]
      (let [[a b c] (log/append-all! writer ["1" "2" "3"])]
        (is (= b (log/forget-before! writer b)))
        (is (= [["2" "3"] nil "2" ["3" "2"]] [(into [] writer) (get writer a) (get writer b) (into [] (rseq writer))]))
        (is (= :read-only (error (log/forget-before! reader c))))
        (is (= -1 (log/forget-before! writer Long/MAX_VALUE)))
        (is (= [] (into [] writer)))
        (is (< (long c) (long (log/append! writer "4"))))))))

(defn- cut-front! [servers topic before]
  (broker/with-admin servers
    (fn [^Admin admin]
      (let [^Map cut {(TopicPartition. topic 0) (RecordsToDelete/beforeOffset before)}]
        (.get (.all (.deleteRecords admin cut)))))))

(deftest a-start-that-others-have-moved-is-told
  (with-topic [servers topic]
    (with-open [l (open servers topic)]
      (log/append-all! l ["1" "2" "3"])
      (cut-front! servers topic 2)
      (is (= :corrupt (error (log/sync! l)))))))

(deftest a-record-that-is-too-large-leaves-the-log-as-it-is
  (with-topic [servers topic]
    (with-open [l (open servers topic)]
      (let [most (:max-record-bytes (log/info l)), text #(str/join (repeat % "x"))]
        (is (= :too-large (error (log/append! l (text (inc (long most)))))))
        (is (= :too-large (error (log/append-all! l ["a" (text (inc (long most)))]))))
        (is (= :bad-option (error (open servers topic {:max-record-bytes (inc (long most))}))))
        (let [offset (log/append! l (text most))]
          (is (= most (count (get l offset))))
          (is (= 1 (count (into [] l)))))))))

(deftest an-interrupt-loses-nothing-and-stays
  (with-topic [servers topic]
    (with-open [l (open servers topic)]
      (let [offset (atom nil), interrupted (atom nil)
            thread (Thread. #(do (.interrupt (Thread/currentThread))
                                 (reset! offset [(log/append! l "1") (log/append-all! l ["2"]) (get l 0) (into [] (rseq l))])
                                 (reset! interrupted (Thread/interrupted))))]
        (.start thread)
        (.join thread)
        (is (true? @interrupted))
        (is (= ["1" ["2" "1"]] (drop 2 @offset)))
        (is (= ["1" "2"] (into [] l)))))))

(deftest a-topic-in-place-of-a-path-is-told-from-a-path
  (is (= :bad-option (error (log/open "kafka://localhost:9092/a"))))
  (is (re-find #"flumelog.kafka/open" (ex-message (failure (log/verify "kafka://localhost:9092/a"))))))

(deftest what-only-a-file-has-is-refused-by-name
  (with-topic [servers topic]
    (doseq [option [:sync :block-bytes :framing :write-buffer-bytes]]
      (is (str/includes? (str (ex-message (failure (open servers topic {option 1})))) (str option))))
    (with-open [l (open servers topic)]
      (let [offset (log/append! l "1")]
        (is (= [:unsupported :unsupported] [(error (log/delete! l offset)) (error (log/backup! l "none.log"))]))
        (is (= ["1"] (into [] l)))))))
