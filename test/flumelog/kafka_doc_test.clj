(ns flumelog.kafka-doc-test
  "Each example of doc/kafka.md gives what it says, on a real broker."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.command :as command]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.kafka-broker :refer [with-topic]]
            [show]))

(set! *warn-on-reflection* true)

(def ^:private server "localhost:9092")

(defn- blocks [kind]
  (map second (re-seq (re-pattern (str "(?s)```" kind "\n(.*?)```")) (slurp "doc/kafka.md"))))

(deftest every-example-in-clojure-gives-what-it-says
  (with-topic [servers _]
    (with-temp-folder [folder]
      (doseq [text (blocks "clojure")]
        (testing text
          (let [file (io/file folder "example.clj"), in-folder #(pr-str (path-in folder (second %)))]
            (spit file (str "(ns flumelog.kafka-example-" (hash text) ")\n"
                            (-> text (str/replace server servers) (str/replace #"\"([\w-]+\.log)\"" in-folder))))
            (is (empty? (show/check (str file))))))))))

(defn- as-expected? [expected out]
  (re-matches (re-pattern (str "(?s)" (str/join ".*" (map #(java.util.regex.Pattern/quote %) (str/split expected #"\.\.\." -1))))) out))

(deftest ^{:ci "starts several JVMs"} every-example-of-the-shell-prints-what-it-says
  (with-topic [servers _]
    (with-temp-folder [folder]
      (io/copy (io/file "dev/data/earthquakes.log") (io/file folder "earthquakes.log"))
      (doseq [block (blocks "sh"), [_ line expected] (re-seq #"(?m)^\$ (.*)\n((?:(?!\$ ).*\n)*)" block)]
        (testing line
          (let [{:keys [out]} (command/shell folder (str/replace line server servers))]
            (is (as-expected? (str/replace expected server servers) out) out)))))))
