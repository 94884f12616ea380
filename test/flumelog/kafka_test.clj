(ns flumelog.kafka-test
  "What a log over Kafka does beyond what every log does, on a real broker: several processes at one topic, a start that moves, what
   its options and its topic must be. What every log does stands in `flumelog.contract-test`, `flumelog.seam-test` and
   `flumelog.view-contract-test`, which run over Kafka from the size ci on."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.back-ends :refer [open-new-topic]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error eventually failure]]
            [flumelog.kafka :as kafka]
            [flumelog.kafka-broker :as topics :refer [with-topic]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (java.util.concurrent ExecutionException)
           (org.apache.kafka.clients.admin Admin RecordsToDelete)
           (org.apache.kafka.common TopicPartition)))

(set! *warn-on-reflection* true)

(def ^:private one-broker {:replication 1 :min-insync 1})

(defn- open ^LogCollection [servers topic options]
  (kafka/open (merge {:servers servers :topic topic :create one-broker :timeout-ms 20000} options)))

(defn- within-a-minute [f] (deref f 60000 :never))

(deftest a-log-over-kafka-is-a-collection
  (with-topic [servers topic]
    (with-open [l (open servers topic {})]
      (let [a (log/append! l {:n 1}), [b c] (log/append-all! l [{:n 2} {:n 3}]), d @(log/append-async! l {:n 4})]
        (is (< a b c d))
        (is (= [{:n 1} {:n 2} {:n 3} {:n 4}] (vec l) (reverse (rseq l)) (map l [a b c d])))
        (is (= [[c {:n 3}] [b {:n 2}]] (into [] (log/entries l {:gt a :lt d :reverse true}))))
        (is (nil? (get l (inc (long a)))) "where a transaction has its marker is no record")
        (is (= d @(log/since l) @(log/durable l)))
        (is (= [:unsupported :unsupported] [(error (log/delete! l a)) (error (log/backup! l "b.log"))]))
        (is (= {} (log/recovery l)))
        (is (= [:exclusive :memory-of-one-broker 1 :edn] (map (log/info l) [:writer :durability :replication :codec])))))
    (testing "and is opened again, also where a transaction's marker is the last thing in it"
      (with-open [l (open servers topic {:mode :read :create nil})]
        (is (= [{:n 1} {:n 2} {:n 3} {:n 4}] (vec l)))
        (is (= :read-only (error (log/append! l 1))))))))

(deftest a-newcomer-takes-over-and-the-old-writer-is-locked-out
  (with-topic [servers topic]
    (with-open [old (open servers topic {})]
      (log/append! old 1)
      (with-open [new (open servers topic {})]
        (is (= :locked (error (log/append! old 2))))
        (is (= :locked (error (log/append-all! old [2 3]))))
        (is (= :locked (:flumelog/error (ex-data (try @(log/append-async! old 2) (catch ExecutionException e (ex-cause e)))))))
        (is (string? (:failed (log/info old))))
        (log/append! new 4)
        (is (= [1 4] (vec new)))
        (is (= [1] (vec old)) "reading goes on")))))

(deftest readers-and-shared-writers-follow-what-others-append
  (with-topic [servers topic]
    (with-open [a (open servers topic {:writer :shared}), b (open servers topic {:writer :shared}), r (open servers topic {:mode :read})]
      (let [followed (future (into [] (log/live r {:as :values :limit 4}))), told (promise)]
        (add-watch (log/since r) :told (fn [_ _ before now] (deliver told [before now])))
        (let [offset (log/append! a 1)]
          (is (= 1 (get r offset) (get b offset)) "a record that was acknowledged is seen by all"))
        (is (= -1 (first (within-a-minute told))))
        (log/append-all! b [2 3])
        (log/append! a 4)
        (is (= [1 2 3 4] (within-a-minute followed) (vec a) (vec b)))
        (is (= (log/await-since r @(log/since a) 10000) @(log/since b)))))))

(deftest ^{:ci "sends 80 MB"} more-than-the-memory-of-a-client-may-be-on-its-way
  (doseq [writer [:shared :exclusive]]
    (with-topic [servers topic]
      (with-open [l (open servers topic {:writer writer :codec :bytes})]
        (let [kilobytes 40000, record (byte-array 1024 (byte 7)), sent (mapv (fn [_] (log/append-async! l record)) (range kilobytes))]
          (is (apply < (mapv deref sent)) "none has failed, and they are in the order of the calls")
          (is (= kilobytes (count (vec l)))))))))

(deftest nothing-is-created-unless-asked
  (with-topic [servers topic]
    (let [e (failure (open servers topic {:create nil}))]
      (is (= [:failed :cognitect.anomalies/not-found] (map (ex-data e) [:flumelog/error :cognitect.anomalies/category])))
      (is (str/includes? (ex-message e) "there is no such topic")))
    (is (= :failed (error (open servers topic {:mode :read}))) "a reader creates nothing")))

(deftest a-topic-that-could-lose-records-is-refused-with-each-setting
  (with-topic [servers topic]
    (topics/create-topic! servers topic 2 {"retention.ms" "1000" "cleanup.policy" "compact"})
    (let [e (failure (open servers topic {}))]
      (is (= :wrong-format (:flumelog/error (ex-data e))))
      (doseq [part ["2 partitions and must have 1" "retention.ms is 1000 and must be -1" "cleanup.policy is compact and must be delete"
                    "message.timestamp.type is CreateTime and must be LogAppendTime"]]
        (is (str/includes? (ex-message e) part))))))

(deftest options-of-a-file-and-weakening-properties-are-refused-by-name
  (doseq [[options part] {{:sync :each} ":sync" {:offset-bits 32} ":offset-bits" {:room-bytes 4096} ":room-bytes" {:cache-blocks 1} ":cache-blocks"
                          {:properties {"acks" "1"}} "acks" {:properties {:enable.idempotence false}} "enable.idempotence"
                          {:properties {"transactional.id" "x"}} "transactional.id" {:properties {"isolation.level" "read_uncommitted"}} "isolation.level"
                          {:writer :both} ":writer" {:create {:replication 1 :min-insync 2}} ":create" {:protect :checked} ":protect" {:protect {:key (byte-array 32) :sealed true}} ":protect"
                          {:servers nil} ":servers" {:topic "a b"} ":topic" {:timeout-ms 1} ":timeout-ms" {:topik "a"} ":topik"
                          {:properties {"security.protocol" "NONE"}} ":properties"}]
    (let [e (failure (open "localhost:1" "t" options))]
      (is (= :bad-option (:flumelog/error (ex-data e))) (pr-str options (ex-message e)))
      (is (str/includes? (ex-message e) part)))))

(deftest properties-with-whole-numbers-are-taken
  (with-topic [servers topic]
    (with-open [l (open servers topic {:properties {"batch.size" 32768 "linger.ms" 1}})]
      (is (= [1 2] (do (log/append-all! l [1 2]) (vec l)))))))

(deftest a-broker-that-is-not-there-is-unavailable-in-time
  (let [start (System/nanoTime)]
    (is (= :unavailable (error (open "127.0.0.1:1" "t" {:timeout-ms 1000}))))
    (is (< (- (System/nanoTime) start) 20e9))))

(defn- delete-records! [servers ^String topic before]
  (topics/with-admin servers
    (fn [^Admin admin] (.get (.all (.deleteRecords admin {(TopicPartition. topic 0) (RecordsToDelete/beforeOffset before)}))))))

(deftest ^{:ci "waits for the brokers' own topics"} the-start-moves-on-purpose-only
  (with-topic [servers topic]
    (with-open [l (open servers topic {}), r (open servers topic {:mode :read})]
      (let [[_ b c] (log/append-all! l [1 2 3]), kept (log/position l b)]
        (is (= [1 2 3] (vec r)))
        (is (= b (log/forget-before! l b)))
        (is (= [2 3] (vec l)))
        (is (nil? (get l 0)))
        (is (= b (log/forget-before! l 0)) "what is gone stays gone")
        (is (= b (.oldest (.log r))))
        (is (= [2 3] (vec r) (reverse (rseq r))))
        (is (= [[c 3]] (into [] (log/entries l {:gt kept}))) "a position stays one while its record is there")
        (is (= -1 (log/forget-before! l Long/MAX_VALUE)))
        (is (= [] (vec (seq l))))
        (is (= c @(log/since l)))
        (let [d (log/append! l 4)]
          (is (= [4] (vec l)))
          (testing "by others it is damage"
            (delete-records! servers topic (inc (long d)))
            (is (= :corrupt (error (.oldest (.log l)))))
            (is (= :corrupt (error (log/sync! l))))))))))

(deftest ^{:ci "waits for the brokers' own topics"} a-cursor-whose-place-was-forgotten-goes-on-at-the-new-start
  (with-topic [servers topic]
    (with-open [l (open servers topic {}), r (open servers topic {:mode :read :create nil})]
      (let [offsets (log/append-all! l (range 100)), c (log/cursor r), all-gone (log/cursor r)]
        (log/forget-before! l (nth offsets 50))
        (is (= [(nth offsets 50) 50] (within-a-minute (future (log/next! c)))))
        (log/forget-before! l Long/MAX_VALUE)
        (is (nil? (within-a-minute (future (log/next! all-gone)))) "where all is forgotten, nothing comes")))))

(deftest ^{:ci "waits for topics to be deleted"} a-topic-that-was-deleted-or-made-anew-is-noticed
  (with-topic [servers topic]
    (with-open [l (open servers topic {:timeout-ms 3000})]
      (log/append-all! l [1 2 3])
      (topics/delete-topic! servers topic)
      (is (eventually #(= :corrupt (error (log/sync! l)))))
      (with-open [r (open servers (str topic "-other") {:timeout-ms 3000})]
        (log/append! r 1)
        (with-open [reader (open servers (str topic "-other") {:mode :read :timeout-ms 3000})]
          (is (= [1] (vec reader)))
          (topics/delete-topic! servers (str topic "-other"))
          (is (= :corrupt (error (vec reader))) "a reader is told too")))
      (is (eventually #(nil? (failure (topics/create-topic! servers topic 1 {"retention.ms" "-1" "message.timestamp.type" "LogAppendTime"})))))
      (is (eventually #(str/includes? (str (ex-message (failure (log/sync! l)))) "made anew")))
      (is (contains? #{:corrupt :failed} (error (log/append! l 4))))
      (is (contains? #{:corrupt :failed} (error (log/append! l 4)))))))

(deftest records-that-the-topic-does-not-take-are-refused-before-they-are-sent
  (with-topic [servers topic]
    (topics/create-topic! servers topic 1 {"retention.ms" "-1" "message.timestamp.type" "LogAppendTime" "max.message.bytes" "1000"})
    (with-open [l (open servers topic {:codec :bytes})]
      (is (= 900 (:max-record-bytes (log/info l))))
      (is (= :too-large (error (log/append! l (byte-array 901 (byte 1))))))
      (let [offset (log/append! l (byte-array 900 (byte 1)))]
        (is (= 900 (count (get l offset)))))
      (log/append-all! l (repeat 50 (byte-array 900 (byte 2))))
      (is (= 51 (count (vec l)))))
    (is (= :bad-option (error (open servers topic {:max-record-bytes 901}))))))

(deftest an-interrupt-neither-loses-a-record-nor-is-lost
  (with-topic [servers topic]
    (with-open [l (open servers topic {})]
      (let [done (promise)
            thread (Thread. #(do (.interrupt (Thread/currentThread))
                                 (deliver done [(log/append! l :a) (vec l) @(log/since l) (Thread/interrupted)])))]
        (.start thread)
        (is (= [0 [:a] 0 true] (within-a-minute done)))))))

(deftest ^{:ci "takes two seconds"} an-encrypted-topic-needs-its-key
  (with-topic [servers topic]
    (let [key (fn [n] {:protect {:key (byte-array 32 (byte n))}}), secret "nobody reads this"]
      (with-open [l (open servers topic (key 1))]
        (is (= [secret {:n 2}] (do (log/append-all! l [secret {:n 2}]) (vec l)) (reverse (rseq l))))
        (is (= :encrypted (:protect (log/info l)))))
      (is (= :wrong-key (error (open servers topic (key 2)))))
      (is (= :wrong-key (error (open servers topic {:mode :read}))))
      (with-open [l (open servers topic (key 1))]
        (is (= [secret {:n 2}] (vec l)))))
    (testing "and a topic without encryption takes none"
      (with-topic [servers topic]
        (with-open [l (open servers topic {})] (log/append! l 1))
        (is (= :wrong-format (error (open servers topic {:protect {:key (byte-array 32 (byte 1))}}))))))))

(deftest ^{:ci "takes two seconds"} threads-share-transactions
  (with-topic [servers topic]
    (with-open [l (open servers topic {})]
      (let [n 40, offsets (mapv deref (for [t (range 8)] (future (mapv #(log/append! l [t %]) (range n)))))]
        (is (= (set (for [t (range 8), i (range n)] [t i])) (set l)))
        (is (every? #(apply < %) offsets))
        (is (= (into (sorted-map) (mapcat (fn [t os] (map-indexed (fn [i o] [o [t i]]) os)) (range) offsets))
               (into (sorted-map) (log/entries l))))))))

(deftest ^{:ci "takes a second"} many-async-appends-are-in-the-order-of-the-calls
  (doseq [writer [:exclusive :shared]]
    (with-topic [servers topic]
      (with-open [l (open servers topic {:writer writer})]
        (let [offsets (mapv deref (mapv #(log/append-async! l %) (range 3000)))]
          (is (apply < offsets))
          (is (= (range 3000) (vec l) (reverse (rseq l)))))))))
