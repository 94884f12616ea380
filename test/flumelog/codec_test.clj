(ns flumelog.codec-test
  "Each codec gives back what it was given, refuses what it could not give back, and takes hostile data for what it is."
  (:require [clojure.data.json :as json]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.codec.edn :as edn]
            [flumelog.codec.json :as json-codec]
            [flumelog.codec.nippy :as nippy]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.options :as options]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.codec Codec Codecs)
           (java.nio ByteBuffer CharBuffer)
           (java.nio.charset CharacterCodingException CodingErrorAction StandardCharsets)))

(set! *warn-on-reflection* true)

(defrecord Event [n])

(defn- codec ^Codec [k] (options/->codec k))

(defn- through [k value]
  (.decode (codec k) (.encode (codec k) value)))

(defn- fails? [k ^bytes data]
  (try (.decode (codec k) data) false (catch Exception _ true) (catch StackOverflowError _ true)))

(def ^:private data
  (gen/such-that #(= % %) gen/any-printable-equatable))

(defspec edn-gives-back-printable-data (size 100 1000)
  (prop/for-all [value data] (= value (through :edn value))))

(defspec nippy-gives-back-data (size 100 1000)
  (prop/for-all [value gen/any-equatable] (= value (through :nippy value))))

(def ^:private gen-json
  (gen/recursive-gen
    (fn [inner] (gen/one-of [(gen/vector inner) (gen/map gen/keyword-ns inner)]))
    (gen/one-of [gen/string gen/large-integer gen/boolean (gen/return nil)
                 (gen/double* {:NaN? false :infinite? false})])))

(defspec json-gives-back-json (size 100 1000)
  (prop/for-all [value gen-json] (= value (through :json value))))

(defspec utf8-gives-back-text (size 100 1000)
  (prop/for-all [text gen/string] (= text (through :utf8 text))))

(deftest edn-keeps-what-it-can-name
  (doseq [value [nil true :k 'a/b "text\n\u0000é😀" \newline 1N 2.5M 1/3 #{} {} [] () {:a [{:b #{1}}]} #inst "2020-01-01"
                 #uuid "9c0c0b5e-6a3d-4d6f-8ad4-4f4d2b6c3a11" {[1 2] {:x nil}} (range 5) (sorted-map 1 2)]]
    (is (= value (through :edn value)))))

(deftest edn-is-written-the-same-whatever-the-printer-is-set-to
  (let [value {:deep [[[[1 2 3 4 5]]]] :meta ^:m [1]}]
    (binding [*print-length* 1, *print-level* 1, *print-meta* true, *print-readably* false, *print-dup* true]
      (is (= value (through :edn value))))
    (binding [*print-namespace-maps* true]
      (is (= "{:a/b 1}" (String. (.encode (codec :edn) {:a/b 1})))))))

(deftest values-that-edn-cannot-read-back-are-refused
  (with-open [l (memory/open)]
    (doseq [value [(Object.) inc (->Event 1) [(Event. 2)] #"regex" (byte-array 2) (atom 1) (java.time.Instant/now) {:a {:b (Object.)}}]]
      (is (= :encode (error (log/append! l value))) (class value)))
    (is (= nil (seq l)))
    (is (= :encode (error (log/append! l "lone surrogate \ud800"))))))

(deftest a-name-that-edn-cant-write-is-refused
  (with-open [l (memory/open)]
    (doseq [ident [(keyword "a b") (symbol "a b") (symbol "nil") (symbol "1") (symbol ":k") (keyword "") (keyword "a" "b c")
                   (keyword "%id=.sha256}") (symbol "a;b")]
            value [ident [ident] {ident 1} {:k {1 [ident]}} #{ident} (list ident) (doto (java.util.ArrayList.) (.add ident)) (sorted-map 1 ident)]]
      (is (= :encode (error (log/append! l value))) (pr-str value)))
    (is (nil? (seq l)))))

;; Java's own coders, told to report what is malformed, are slow and right.

(defn- outcome [f] (try (f) (catch CharacterCodingException _ :not-text)))

(defn- encoded-by-java [^String text]
  (outcome #(let [bytes (.encode (.onMalformedInput (.newEncoder StandardCharsets/UTF_8) CodingErrorAction/REPORT)
                                 (CharBuffer/wrap text))]
              (vec (doto (byte-array (.remaining bytes)) (->> (.get bytes)))))))

(defn- decoded-by-java [^bytes utf8]
  (outcome #(str (.decode (.onMalformedInput (.newDecoder StandardCharsets/UTF_8) CodingErrorAction/REPORT)
                          (ByteBuffer/wrap utf8)))))

(def ^:private any-text
  (gen/fmap #(apply str (map char %))
            (gen/vector (gen/one-of [(gen/choose 32 126) (gen/elements [0 0x3f 0xe4 0xfffd 0x4e2d 0xd83d 0xde00 0xd800 0xdfff])]))))

(defspec only-unicode-text-is-encoded (size 300 20000)
  (prop/for-all [text any-text]
    (= (encoded-by-java text) (outcome #(vec (Codecs/utf8 text))))))

(defspec only-utf-8-bytes-are-read-as-text (size 300 20000)
  (prop/for-all [utf8 (gen/one-of [gen/bytes (gen/fmap #(.getBytes ^String % "UTF-8") any-text)
                                   (gen/fmap (fn [[^String text n]] ; cut anywhere
                                               (let [bytes (.getBytes text "UTF-8")]
                                                 (java.util.Arrays/copyOf bytes (int (min n (alength bytes))))))
                                             (gen/tuple any-text (gen/choose 0 40)))])
                 around (gen/vector gen/bytes 2)]
    (let [[before after] around, bytes (byte-array (concat before utf8 after))]
      (= (decoded-by-java utf8)
         (outcome #(Codecs/string bytes (count before) (count utf8)))))))

(deftest the-sentence-names-what-is-not-unicode
  (is (= "its bytes are not UTF-8" (ex-message (failure (.decode (codec :utf8) (byte-array [-61]))))))
  (with-open [l (memory/open {:codec :utf8})]
    (is (str/includes? (ex-message (failure (log/append! l "ab\ud800"))) "surrogate"))))

(deftest edn-reads-tags-that-it-is-told-of
  (let [codec (edn/codec-with {:readers {'my/event ->Event} :default tagged-literal})]
    (is (= (->Event 1) (.decode ^Codec codec (Codecs/utf8 "#my/event 1"))))
    (is (= (tagged-literal 'other [1]) (.decode ^Codec codec (Codecs/utf8 "#other [1]"))))
    (is (= :bad-option (error (edn/codec-with {:reader {}}))))))

(deftest hostile-data-is-an-error
  (let [deep (fn [open] (.getBytes (str/join (repeat 100000 open))))]
    (doseq [[k texts] {:edn ["#=(System/exit 1)" "#java.io.File[\"x\"]" "{:a}" "[1 2" "1 2" "" ":" "#inst \"x\"" "\"open"]
                       :json ["{" "[1,]" "{\"a\":1}x" "" "nul" "\"open" "{\"a\" 1}" "1 2"]
                       :nippy ["NPY" "" "NPYx" "text"]}
            text texts]
      (is (fails? k (.getBytes ^String text)) (str k " " text)))
    (doseq [[k open] {:edn "[", :json "["}] (is (fails? k (deep open))))
    (doseq [k [:edn :json :utf8], bad [[0xFF] [0xC3] [0xED 0xA0 0x80] [34 0xFF 34]]]
      (is (fails? k (byte-array (map unchecked-byte bad))) (str k " " bad)))))

(deftest data-nested-too-deeply-breaks-only-its-record
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8})]
        (log/append-all! l ["[1]" (str/join (repeat 200000 "[")) "[2]"]))
      (doseq [k [:edn :json]]
        (with-open [l (log/open path {:codec k})]
          (is (= [[1] [2]] (into [] (log/values l {:on-decode-error :skip}))))
          (is (= :decode (error (into [] l))))
          (is (= {:offset 19 :flumelog/error :decode}
                 (select-keys (ex-data (failure (log/fetch l 19))) [:offset :flumelog/error]))))))))

(defspec no-bytes-bring-a-codec-down (size 200 5000)
  (prop/for-all [bytes gen/bytes, k (gen/elements [:edn :json :nippy :utf8])]
    (with-open [l (memory/open {:codec :bytes})]
      (or (every? zero? bytes)
          (let [offset (log/append! l bytes)
                reader (flumelog.coll.LogCollection. (.log l) (codec k))]
            (contains? #{nil :decode} (error (get reader offset))))))))

(deftest nippy-makes-no-class-that-is-not-allowed
  (let [frozen (.encode ^Codec (nippy/codec-with {:classes #{Event}}) {:event (->Event 1)})
        failure (ex-message (failure (.decode (codec :nippy) frozen)))]
    (is (str/includes? failure "flumelog.codec_test.Event"))
    (is (str/includes? failure ":classes"))
    (is (= {:event (->Event 1)} (.decode ^Codec (nippy/codec-with {:classes #{"flumelog.codec_test.Event"}}) frozen)))
    (is (= {:event (->Event 1)} (.decode ^Codec (nippy/codec-with {:classes #{Event}}) frozen)))))

(deftest nippy-never-uses-java-serialization
  (with-open [l (memory/open {:codec :nippy})]
    (is (= :encode (error (log/append! l (java.util.concurrent.Semaphore. 1)))))
    (let [serialized (taoensso.nippy/freeze (java.util.concurrent.Semaphore. 1))]
      (is (fails? :nippy serialized)))))

(deftest nippy-compresses-with-the-maintained-fork-of-lz4
  (let [text (str/join (repeat 20000 "compress me "))
        frozen (.encode (codec :nippy) text)]
    (is (< (alength frozen) 5000))
    (is (= text (.decode (codec :nippy) frozen)))
    (is (str/includes? (str (.getLocation (.getCodeSource (.getProtectionDomain net.jpountz.lz4.LZ4Factory)))) "1.11.2"))))

(deftest json-reads-what-javascript-writes
  (doseq [value [{:a [1 2.5 -3e10 true false nil "x"]} [] {} "plain" 12345678901234567890 {:content {:text "é\u2028\"\\/\n😀"}}]
          text [(json/write-str value) (with-out-str (json/pprint value)) (str " " (json/write-str value) "\n")]]
    (is (= value (.decode (codec :json) (.getBytes ^String text "UTF-8")))))
  (is (= {(keyword "%id=.sha256") 1} (.decode (codec :json) (.getBytes "{\"%id=.sha256\":1}"))))
  (is (= {"a" {"b" 1}} (.decode ^Codec (json-codec/codec-with {:key-fn identity}) (.getBytes "{\"a\":{\"b\":1}}")))))

(deftest json-keeps-the-order-of-names-and-the-last-value-of-one-that-occurs-twice
  (doseq [names [["a" "b" "a"] (concat (map str (range 20)) ["0"]) (concat ["x"] (map str (range 6)) ["x"])]
          [key-fn key-of] [[keyword keyword] [identity identity]]
          :let [text (str "{" (str/join "," (map-indexed (fn [i name] (str "\"" name "\":" i)) names)) "}")
                value (.decode ^Codec (json-codec/codec-with {:key-fn key-fn}) (.getBytes text))]]
    (is (= (map key-of (distinct names)) (keys value)))
    (is (= (dec (count names)) (get value (key-of (last names)))))))

(deftest json-keys-keep-their-namespace
  (doseq [value [{:ns/key 1 :key 2} {:a {:b/c []}} {(keyword "%id=.sha256") 1 (keyword "a/b/c") 2}]]
    (is (= value (through :json value)))))

;; "Aa" and "BB" have the same hash, and so the same place where keys are remembered.
(deftest json-names-of-one-hash-are-different-keys
  (let [value (array-map :Aa 1 :BB 2)]
    (dotimes [_ 2]
      (is (= value (through :json value) (.decode (codec :json) (.getBytes "{\"Aa\":1,\"BB\":2}")))))))

(deftest json-is-written-as-javascript-writes-it
  (is (= "{\"a\":[1,2.5,null,true],\"b\":\"é/\u2028😀\\n\\\"\"}"
         (String. (.encode (codec :json) (array-map :a [1 2.5 nil true] :b "é/\u2028😀\n\"")) "UTF-8")))
  (is (= :encode (with-open [l (memory/open {:codec :json})] (error (log/append! l {:a (Object.)}))))))

(deftest text-and-bytes-take-their-own-kind-alone
  (doseq [[k bad] {:utf8 [nil 1 :a (byte-array 1)] :bytes [nil "text" [1 2]]}, value bad]
    (is (= :encode (with-open [l (memory/open {:codec k})] (error (log/append! l value)))))))

(deftest any-two-functions-are-a-codec
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:codec {:encode #(byte-array (map inc %)) :decode #(mapv dec %)}})]
      (log/append! l [1 2 3])
      (is (= [[1 2 3]] (into [] l)))
      (is (= [2 3 4] (vec (.get (.log l) 0)))))))

(deftest an-exception-of-a-codec-breaks-only-its-record
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          codec {:encode #(do (assert (string? %)) (.getBytes ^String %))
                 :decode #(let [text (String. ^bytes %)] (assert (not= "bad" text)) text)}]
      (with-open [l (log/open path {:codec codec})]
        (is (= :encode (error (log/append! l 1))))
        (let [[_ bad] (log/append-all! l ["a" "bad" "b"])]
          (is (= :decode (error (get l bad))))
          (is (= :decode (error (into [] l))))
          (is (= ["a" "b"] (into [] (log/values l {:on-decode-error :skip}))))
          (log/sync! l)
          (is (= [bad] (:undecodable (log/verify path {:codec codec})))))))))

(deftest a-codec-that-gives-no-data-is-an-encode-error
  (with-open [l (memory/open {:codec {:encode {"a" (byte-array [1])} :decode vec}})]
    (is (= 0 (log/append! l "a")))
    (is (= :encode (error (log/append! l "b"))))
    (is (= :encode (error (log/append-all! l ["a" "b"]))))
    (is (= [[1]] (into [] l)))))

(deftest a-codec-whose-library-is-missing-names-it
  (with-redefs [requiring-resolve (fn [_] (throw (java.io.FileNotFoundException. "Could not locate taoensso/nippy")))]
    (let [failure (failure (options/->codec :nippy))]
      (is (= :bad-option (:flumelog/error (ex-data failure))))
      (is (str/includes? (ex-message failure) "com.taoensso/nippy {:mvn/version \"3.1.3\"}")))))
