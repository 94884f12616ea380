(ns flumelog.kafka
  "The log in a topic of Apache Kafka, behind the same functions as the log in a file. It needs the library
   org.apache.kafka/kafka-clients. What is the same and what is not stands in doc/kafka.md.

   * `open`"
  (:require [flumelog.kafka.library]
            [flumelog.options :as options]
            [flumelog.print])
  (:import (flumelog.coll LogCollection)
           (flumelog.kafka KafkaLog KafkaOptions)))

(set! *warn-on-reflection* true)

(defn open
  "Opens the log in a topic and returns it. The functions of `flumelog.core` work on it, except `delete!` and `backup!`. Close it
   with `close!` or `with-open`.

   | option              | default      |                                                                           |
   |---------------------|--------------|---------------------------------------------------------------------------|
   | `:servers`          |              | required: one or more of Kafka's, as \"host:port,host:port\"              |
   | `:topic`            |              | required: its name; it has one partition, and settings under which nothing is lost: others are refused |
   | `:codec`            | `:edn`       | as in `flumelog.core/open`, with `:mixed-codecs`                          |
   | `:mode`             | `:read-write` | `:read` follows what others append, and writes nothing                   |
   | `:create`           |              | `{:replication 3 :min-insync 2}` creates a missing topic, with the settings that it needs; `{:flush true}` beside it has each record on the disk before it counts as appended |
   | `:writer`           | `:exclusive` | the newcomer takes over, and the next write of the writer before it throws `:locked`; `:shared` lets several in, whose records may come between those of a batch |
   | `:timeout-ms`       | 30000        | 1000 to 600000: how long a call takes at most; a write may first wait as long for its turn |
   | `:properties`       |              | of Kafka's clients, for example for TLS and SASL; those that would weaken the log are refused |
   | `:max-record-bytes` | what the topic takes | a larger one is refused                                           |
   | `:protect`          | `:none`      | `{:key k}` as in `flumelog.core/open`, but for passphrases                |

   An offset is Kafka's: it grows from record to record, and has gaps. Durable means acknowledged by all brokers that are in sync;
   `:durability` of `info` says how much that is: `:replicated`, `:one-broker` (on its disk) or `:memory-of-one-broker`.

   Throws `:failed` when there is no such topic and `:create` is absent, `:wrong-format` with the settings of the topic that can't
   stay, `:unavailable` when no broker answers in time, `:bad-option`, `:wrong-key`. Reading and writing throw `:unavailable` too, and
   then nothing was done; `:failed` when it is not known whether the last append was done; `:corrupt` when the topic was deleted or
   made anew, or lost records.

     (open {:servers \"localhost:9092\" :topic \"messages\" :timeout-ms 5})   ;=> throws option :timeout-ms must be a whole number from 1000 to 600000, was 5"
  ^LogCollection [options]
  (let [options (options/->options options)
        checked (options/with-codec-and-protection options)
        ^java.util.Map own (dissoc checked :mixed-codecs)
        mixed?  (options/mixed-codecs? options)
        log     (KafkaLog/open (KafkaOptions/of own))]
    (LogCollection. log (:codec checked) mixed? (int (get (.info log) "max-record-bytes")))))
