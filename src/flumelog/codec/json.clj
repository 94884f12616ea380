(ns flumelog.codec.json
  "Values as compact JSON in UTF-8, as JavaScript's `JSON.stringify` writes it; reads indented JSON too. So a record that
   `JSON.stringify` wrote has the same text when it is read and appended again. A whole number that is a double is the one
   exception: it is written 1.0, the same number to JavaScript, so that it comes back as a double.

   The keys of objects become keywords, and keep the order of the text, however many there are. `assoc` of a new key to a map
   of eight keys makes a hash map of it, as always in Clojure, and the order is gone. Of a key that is there twice the last
   value counts, as in JavaScript.

   What would not come back equal is refused when it is appended: keywords that are no keys (JSON has strings only), keys
   that are strings (see `codec-with`), sets, ratios, BigDecimals, records, dates.

   Needs com.fasterxml.jackson.core/jackson-core."
  (:import (com.fasterxml.jackson.core JsonFactory JsonFactory$Feature JsonParser JsonProcessingException JsonToken
                                       StreamReadConstraints)
           (com.fasterxml.jackson.core.io NumberOutput)
           (flumelog.codec Codec Codecs SliceCodec)
           (flumelog.log OptionMap)
           (flumelog.value Ascii BoundedText JsonWriter OrderedMap)
           (java.util ArrayList Arrays)
           (java.util.function DoubleFunction)))

(set! *warn-on-reflection* true)

;; Reading

(def ^:private ^JsonFactory factory
  "Records are as long as the log allows, and the stack ends before this depth."
  (-> (JsonFactory/builder)
      (.streamReadConstraints (-> (StreamReadConstraints/builder)
                                  (.maxNestingDepth 1000000)
                                  (.maxNumberLength (inc JsonWriter/MOST_DIGITS))      ; a sign too
                                  (.maxStringLength Integer/MAX_VALUE)
                                  (.maxNameLength Integer/MAX_VALUE)
                                  (.build)))
      (.configure JsonFactory$Feature/INTERN_FIELD_NAMES false)
      (.build)))

(defn- parser
  "Jackson reads ASCII from the bytes. Of other bytes it would not notice all that are no UTF-8, and it takes zeros for UTF-16."
  ^JsonParser [^bytes bytes from length]
  (if (Ascii/isAscii bytes from length)
    (.createParser factory bytes (int from) (int length))
    (.createParser factory (Codecs/string bytes from length))))

(defn- fail [& words]
  (throw (IllegalArgumentException. ^String (apply str words))))

(defn- floating [^JsonParser in]
  (let [number (.getDoubleValue in)]
    (when (Double/isInfinite number)
      (let [text (.getText in)]
        (fail "the number " (subs text 0 (min 40 (count text))) " is larger than the largest double, " Double/MAX_VALUE)))
    number))

(defn- whole [^JsonParser in]
  (let [number (.getNumberValue in)]
    (cond
      (instance? Integer number) (.longValue number)
      (instance? Long number)    number
      :else                      (bigint number))))

(declare value)

(defn- object [^JsonParser in key-fn]
  (loop [items (object-array 16), n 0]
    (if-let [key (.nextFieldName in)]
      (let [items (if (= n (alength items)) (Arrays/copyOf items (* 2 n)) items)]
        (aset items n (key-fn key))
        (aset items (inc n) (value in (.nextToken in) key-fn))
        (recur items (+ n 2)))
      (OrderedMap/of (if (= n (alength items)) items (Arrays/copyOf items n))))))

(defn- array [^JsonParser in key-fn]
  (let [items (ArrayList.)]
    (loop [token (.nextToken in)]
      (when-not (identical? JsonToken/END_ARRAY token)
        (.add items (value in token key-fn))
        (recur (.nextToken in))))
    (vec (.toArray items))))

(defn- value [^JsonParser in ^JsonToken token key-fn]
  (case (.id token)
    1  (object in key-fn)
    3  (array in key-fn)
    6  (.getText in)
    7  (whole in)
    8  (floating in)
    9  true
    10 false
    11 nil
    (fail "it has a " token " where a value is to be")))

(defn- read-one [key-fn bytes from length]
  (try
    (with-open [in (parser bytes from length)]
      (let [token (or (.nextToken in) (fail "it holds no value"))
            value (value in token key-fn)]
        (when (.nextToken in) (fail "it holds more than one value"))
        value))
    (catch JsonProcessingException e
      (throw (IllegalArgumentException. (.getOriginalMessage e) e)))))

;; Writing

(def ^:private shortest-double
  "Java's own way is not always the shortest before Java 19."
  (reify DoubleFunction (apply [_ number] (NumberOutput/toString (double number) (boolean true)))))

(defn- write ^bytes [key-fn value max-bytes]
  (let [text (BoundedText. max-bytes)
        writer (.write (JsonWriter. text key-fn (identical? keyword key-fn) shortest-double) value)
        data (.utf8 text)]
    (when (.isDeep writer) (read-one key-fn data 0 (alength data)))    ; the stack has to do for reading it too
    data))

;; The codec

(defn- json-codec ^Codec [key-fn]
  (reify SliceCodec
    (encode [_ value] (write key-fn value Integer/MAX_VALUE))
    (encode [_ value max-bytes] (write key-fn value max-bytes))
    (decode [_ bytes from length] (read-one key-fn bytes from length))
    (codecName [_] ":json")))

(defn codec-with
  "A JSON codec whose `:key-fn` makes the keys of objects from strings: `identity` keeps them strings. What is appended has
   such keys too.

     (with-open [log (flumelog.core/open \"a.log\" {:codec (codec-with {:key-fn identity})})]
       (flumelog.core/append! log {\"n\" 1})
       (first log))   ;=> {\"n\" 1}"
  ^Codec [{:keys [key-fn] :or {key-fn keyword} :as options}]
  (OptionMap/check options [":key-fn"])
  (json-codec key-fn))

(def ^Codec codec
  "The codec that `:codec :json` names.

     (.decode codec (.encode codec {:n [1 nil]}))   ;=> {:n [1 nil]}"
  (codec-with {}))
