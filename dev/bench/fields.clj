(ns bench.fields
  "Three fields of scuttlebutt-like messages, read in four ways, by turns in one process: with the codec's reader of fields, with
   Jackson's parser, by decoding, and by data.json.

     lein with-profile +bench run -m bench.fields [records]      # 20000 without the argument"
  (:require [clojure.data.json :as data-json]
            [flumelog.codec.json :as json])
  (:import (java.lang.management ManagementFactory)
           (com.fasterxml.jackson.core JsonFactory JsonParser JsonToken)
           (flumelog.codec Codec FieldCodec FieldReader)
           (java.util SplittableRandom)))

(set! *warn-on-reflection* true)

(def ^:private paths [[:value :author] [:value :content :type] [:value :timestamp]])

(def ^:private text
  "no one will ever read this text, but it is as long as many that were written, and has a \\n or two, a \\\"quote\\\" and so on ")

(defn- id [^SplittableRandom random most]
  (str (Long/toString (+ 1000000000000 (.nextInt random (int most))) 36) "oqfVkHFp9Rz7qfVkHFp9Rz7qfVkHFp9Rz7="))

(defn- message ^bytes [^SplittableRandom random n]
  (.getBytes
    (str "{\"key\":\"%" (id random Integer/MAX_VALUE) ".sha256\",\"value\":{\"previous\":\"%" (id random Integer/MAX_VALUE)
         ".sha256\",\"author\":\"@" (id random 500) ".ed25519\",\"sequence\":" n ",\"timestamp\":" (+ 1449201687000 (* 1000 (long n)))
         ",\"hash\":\"sha256\",\"content\":{\"type\":\"" (rand-nth ["post" "vote" "contact" "about"]) "\",\"text\":\""
         (if (zero? (mod (long n) 5)) "für alle, die es lesen: " "") (apply str (repeat (.nextInt random 4) text))
         "\",\"mentions\":[{\"link\":\"@" (id random 500) ".ed25519\",\"name\":\"ann\"}]},\"signature\":\""
         (id random 9) (id random 9) ".sig.ed25519\"},\"timestamp\":" (+ 1449201687000.25 (double n)) "}")
    "UTF-8"))

(def ^:private ^JsonFactory factory (JsonFactory.))

(defn- skip [^JsonParser in] (.skipChildren in))

(defn- content-type [^JsonParser in]
  (loop [found nil]
    (if-let [key (.nextFieldName in)]
      (let [token (.nextToken in)]
        (if (and (= "type" key) (identical? JsonToken/VALUE_STRING token)) (recur (.getText in)) (do (skip in) (recur found))))
      found)))

(defn- value-fields [^JsonParser in]
  (loop [author nil, type nil, timestamp nil]
    (if-let [key (.nextFieldName in)]
      (let [_ (.nextToken in)]
        (case key
          "author"    (recur (.getText in) type timestamp)
          "timestamp" (recur author type (.getLongValue in))
          "content"   (recur author (content-type in) timestamp)
          (do (skip in) (recur author type timestamp))))
      [author type timestamp])))

(defn- with-jackson
  "The fields, for these messages only: it takes for granted which types the fields have."
  [^bytes data]
  (with-open [in (.createParser factory data)]
    (.nextToken in)
    (loop [found nil]
      (if-let [key (.nextFieldName in)]
        (do (.nextToken in)
            (if (= "value" key) (recur (value-fields in)) (do (skip in) (recur found))))
        found))))

(defn- ways []
  (let [^FieldReader reader (.fields ^FieldCodec json/codec (into-array (Class/forName "[Ljava.lang.Object;") (map to-array paths)))
        looked-up #(mapv (partial get-in %) paths)]
    {:reader    #(.read reader ^bytes %)
     :jackson   with-jackson
     :decoding  #(looked-up (.decode ^Codec json/codec ^bytes %))
     :data-json #(looked-up (data-json/read-str (String. ^bytes % "UTF-8") :key-fn keyword))}))

(defn- cpu-nanos ^long [] (.getCurrentThreadCpuTime (ManagementFactory/getThreadMXBean)))

(defn- weight ^long [found]
  (+ (count (nth found 0)) (count (nth found 1)) (long (nth found 2))))

(defn- nanoseconds
  "The processor's time for one record, and a sum that has to be that of all other ways."
  [f datas]
  (let [from (cpu-nanos)
        sum (reduce (fn [sum data] (+ (long sum) (weight (f data)))) 0 datas)]
    [(quot (- (cpu-nanos) from) (count datas)) sum]))

(defn -main [& [records]]
  (let [random (SplittableRandom. 1), datas (mapv #(message random %) (range (parse-long (or records "20000"))))]
    (println "bytes a record:" (quot (long (reduce + (map count datas))) (count datas)) "- processor nanoseconds a record, round by round:")
    (dotimes [_ 8]
      (let [round (update-vals (ways) #(nanoseconds % datas))]
        (assert (apply = (map second (vals round))))
        (println (update-vals round first))))))
