(ns flumelog.kafka-model-test
  "A log over Kafka against a model: a sorted map. Its topic has gaps of markers, aborted transactions, and records of other producers'
   transactions. Ranges, gets and cursors give what the model gives, before and after reopening."
  (:require [broker]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check :as check]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :refer [for-all]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [in-range]]
            [flumelog.kafka :as kafka]
            [flumelog.kafka-broker :as topics]
            [flumelog.test-support :refer [size skip]])
  (:import (flumelog.coll LogCollection)
           (java.util Map)
           (org.apache.kafka.clients.producer KafkaProducer ProducerRecord)
           (org.apache.kafka.common.serialization ByteArraySerializer)))

(set! *warn-on-reflection* true)

;; A world is {:servers s, :topic t, :log l, :model (sorted-map offset value), :writer w}.

(defn- open ^LogCollection [{:keys [servers topic writer]}]
  (kafka/open {:servers servers :topic topic :writer writer :create {:replication 1 :min-insync 1} :codec :utf8}))

(defn- abort!
  "Another producer's transaction, with records that never become part of the log."
  [{:keys [servers ^String topic]} n]
  (let [^Map settings {"bootstrap.servers" servers "transactional.id" (str "aborting-" topic)}
        ser (ByteArraySerializer.)]
    (with-open [producer (KafkaProducer. settings ser ser)]
      (.initTransactions producer)
      (.beginTransaction producer)
      (dotimes [_ n] (.get (.send producer (ProducerRecord. topic (.getBytes "aborted")))))
      (.abortTransaction producer))))

(defn- note [world offsets values] (update world :model into (map vector offsets values)))

(defn- bound [model [from distance]]
  (case from
    :near (+ (long distance) (long (if (seq model) (key (nth (seq model) (mod distance (count model)))) 0)))
    :end  (+ (long distance) (long (or (ffirst (rseq model)) 0)))
    :far  (if (odd? (long distance)) Long/MAX_VALUE Long/MIN_VALUE)))

(defn- options [model [k from limit reverse?]]
  (cond-> {} k (assoc k (bound model from)) limit (assoc :limit limit) reverse? (assoc :reverse true)))

(defn- walk
  "What a cursor gives for these steps, and what it should."
  [{:keys [^LogCollection log model]} steps]
  (let [cursor (log/cursor log), entries (vec model)]
    (loop [at 0, [step & more] steps]
      (when step
        (let [forth? (= :next step), found (get entries (if forth? at (dec at)))
              given (if forth? (log/next! cursor) (log/prev! cursor))]
          (if (= found given)
            (recur (long (cond (nil? found) at forth? (inc at) :else (dec at))) more)
            {:step step :at at :expected found :given given}))))))

(defn- act
  "The world after an action, with `:wrong` if the log answered otherwise than the model."
  [{:keys [log model] :as world} [action arg]]
  (case action
    :append  (note world [(log/append! log arg)] [arg])
    :batch   (note world (log/append-all! log arg) arg)
    :async   (note world (mapv deref (mapv #(log/append-async! log %) arg)) arg)
    :abort   (do (abort! world arg) world)
    :reopen  (do (.close ^LogCollection log) (assoc world :log (open world)))
    :range   (let [options (options model arg), expected (in-range (vec model) options), given (into [] (log/entries log options))]
               (cond-> world (not= expected given) (assoc :wrong {:options options :expected expected :given given})))
    :get     (let [offset (bound model arg), given (get log offset)]
               (cond-> world (not= (get model offset) given) (assoc :wrong {:get offset :given given})))
    :walk    (if-let [wrong (walk world arg)] (assoc world :wrong wrong) world)))

(def ^:private value (gen/fmap #(str "value " %) gen/nat))
(def ^:private a-bound (gen/tuple (gen/elements [:near :near :near :end :far]) (gen/choose -3 40)))

(def ^:private action
  (gen/frequency
    [[3 (gen/tuple (gen/return :append) value)]
     [3 (gen/tuple (gen/return :batch) (gen/vector value 0 30))]
     [2 (gen/tuple (gen/return :async) (gen/vector value 1 30))]
     [1 (gen/tuple (gen/return :abort) (gen/choose 1 30))]
     [1 (gen/tuple (gen/return :reopen))]
     [8 (gen/tuple (gen/return :range)
                   (gen/tuple (gen/elements [nil :gt :gte :lt :lte]) a-bound (gen/one-of [(gen/return nil) (gen/choose 0 20)]) gen/boolean))]
     [4 (gen/tuple (gen/return :get) a-bound)]
     [3 (gen/tuple (gen/return :walk) (gen/vector (gen/elements [:next :next :prev]) 1 60))]]))

(defn- run-actions [writer actions]
  (let [world {:servers (topics/servers) :topic (topics/new-topic) :model (sorted-map) :writer writer}
        last-world (atom (assoc world :log (open world)))]
    (try
      (doseq [action (conj (vec actions) [:reopen] [:range [nil nil nil true]] [:range [nil nil nil false]])]
        (when-let [wrong (:wrong (swap! last-world act action))]
          (throw (ex-info "the log answers otherwise than the model" wrong))))
      true
      (finally (.close ^LogCollection (:log @last-world))))))

(deftest ^{:ci "opens many topics"} a-topic-with-gaps-is-a-sorted-map
  (if-let [reason (broker/why-none)]
    (skip reason)
    (doseq [writer [:exclusive :shared]]
      (testing writer
        (let [{:keys [pass? seed shrunk result-data]}
              (check/quick-check (size 3 8) (for-all [actions (gen/vector action 1 40)] (run-actions writer actions)))]
          (is (true? pass?)
              (pr-str {:seed seed :actions (:smallest shrunk)
                       :error (some-> (:clojure.test.check.properties/error (or (:result-data shrunk) result-data)) (as-> e [(str e) (ex-data e)]))})))))))
