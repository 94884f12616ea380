(ns flumelog.codec.json
  "Values as compact JSON in UTF-8, as JavaScript's `JSON.stringify` writes it. So a record that `JSON.stringify` wrote
   has the same text after it is read and appended again. There is one exception: a double that is a whole number is
   written as 1.0, so that it is read back as a double; to JavaScript it is the same number. Indented JSON is read too.

   The keys of objects become keywords, in the order of the text, however many there are. When `assoc` adds a key to a
   map of eight keys, Clojure makes it a hash map, and the order is lost. When an object has a key twice, the last value
   counts, as in JavaScript.

   A value that would not be read back equal is refused when it is appended: keywords that are not keys (JSON has only
   strings), keys that are strings (see `codec-with`), sets, ratios, BigDecimals, records, dates.

   Needs com.fasterxml.jackson.core/jackson-core."
  (:import (com.fasterxml.jackson.core JsonFactory JsonFactory$Feature JsonParser JsonProcessingException JsonToken
                                       StreamReadConstraints)
           (com.fasterxml.jackson.core.io NumberOutput)
           (flumelog.codec Codec Codecs FieldCodec SliceCodec)
           (flumelog.field Fields JsonFields JsonValues)
           (flumelog.log OptionMap)
           (flumelog.value Ascii BoundedText JsonWriter KeyCache OrderedMap)
           (java.util ArrayList Arrays)
           (java.util.function DoubleFunction Function)))

(set! *warn-on-reflection* true)

;; Reading

(def ^:private ^JsonFactory factory
  "Jackson's own limits are lifted: the log limits the length of records, and the stack overflows before this depth."
  (-> (JsonFactory/builder)
      (.streamReadConstraints (-> (StreamReadConstraints/builder)
                                  (.maxNestingDepth 1000000)
                                  (.maxNumberLength (inc JsonWriter/MOST_DIGITS))      ; and a sign
                                  (.maxStringLength Integer/MAX_VALUE)
                                  (.maxNameLength Integer/MAX_VALUE)
                                  (.build)))
      (.configure JsonFactory$Feature/INTERN_FIELD_NAMES false)
      (.build)))

(defn- parser
  "Jackson reads bytes that are all ASCII. Other bytes are made a string first: Jackson does not detect all invalid
   UTF-8, and takes zero bytes for UTF-16."
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

(defn- object [^JsonParser in key-of]
  (loop [items (object-array 16), n 0]
    (if-let [key (.nextFieldName in)]
      (let [items (if (= n (alength items)) (Arrays/copyOf items (* 2 n)) items)]
        (aset items n (.apply ^Function key-of key))
        (aset items (inc n) (value in (.nextToken in) key-of))
        (recur items (+ n 2)))
      (OrderedMap/of (if (= n (alength items)) items (Arrays/copyOf items n))))))

(defn- array [^JsonParser in key-of]
  (let [items (ArrayList.)]
    (loop [token (.nextToken in)]
      (when-not (identical? JsonToken/END_ARRAY token)
        (.add items (value in token key-of))
        (recur (.nextToken in))))
    (vec (.toArray items))))

(defn- value [^JsonParser in ^JsonToken token key-of]
  (case (.id token)
    1  (object in key-of)
    3  (array in key-of)
    6  (.getText in)
    7  (whole in)
    8  (floating in)
    9  true
    10 false
    11 nil
    (fail "it has a " token " where a value is to be")))

(defn- read-any
  "What Jackson reads."
  [key-of bytes from length]
  (try
    (with-open [in (parser bytes from length)]
      (let [token (or (.nextToken in) (fail "it holds no value"))
            value (value in token key-of)]
        (when (.nextToken in) (fail "it holds more than one value"))
        value))
    (catch JsonProcessingException e
      (throw (IllegalArgumentException. (.getOriginalMessage e) e)))))

(defn- read-one
  "What Jackson reads. Most texts are plain, and are read faster."
  [key-of bytes from length]
  (let [value (JsonValues/read bytes from length key-of)]
    (if (identical? JsonValues/NOT_PLAIN value) (read-any key-of bytes from length) value)))

;; Writing

(def ^:private shortest-double
  "The shortest text of a double. `Double/toString` does not always give it before Java 19."
  (reify DoubleFunction (apply [_ number] (NumberOutput/toString (double number) (boolean true)))))

(defn- write ^bytes [key-fn key-of value max-bytes]
  (let [text (BoundedText. max-bytes)
        writer (.write (JsonWriter. text key-fn (identical? keyword key-fn) shortest-double) value)
        data (.utf8 text)]
    (when (.isDeep writer) (read-one key-of data 0 (alength data)))    ; reading it must not overflow the stack
    data))

;; Reading fields

(def ^:private names
  "For a key function, a Function that makes the text of a key in JSON from the key. Each of these functions makes a key
   from one text only."
  {keyword  (reify Function (apply [_ element] (when (keyword? element) (subs (str element) 1))))
   identity (reify Function (apply [_ element] (when (string? element) element)))})

(defn- field-reader [codec key-fn paths]
  (if-let [^Function name-of (names key-fn)]
    (JsonFields. codec paths name-of)
    (Fields/decoding codec paths)))

;; The codec

(def ^:private keywords (KeyCache. (reify Function (apply [_ name] (keyword name)))))

(defn- key-of
  "A Function that makes the key of a name."
  ^Function [key-fn]
  (if (identical? keyword key-fn)
    keywords
    (reify Function (apply [_ name] (key-fn name)))))

(defn- json-codec ^Codec [key-fn]
  (let [key-of (key-of key-fn)]
    (reify SliceCodec FieldCodec
      (fields [this paths] (field-reader this key-fn paths))
      (encode [_ value] (write key-fn key-of value Integer/MAX_VALUE))
      (encode [_ value max-bytes] (write key-fn key-of value max-bytes))
      (decode [_ bytes from length] (read-one key-of bytes from length))
      (codecName [_] ":json"))))

(defn codec-with
  "A JSON codec with `:key-fn`, a function that makes the keys of objects from strings: `identity` keeps them strings.
   The keys of appended values must be of the same kind.

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
