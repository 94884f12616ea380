(ns flumelog.field-test
  "Fields that are read by their paths are exactly what `get-in` finds in the decoded value; where decoding throws, so does reading."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.codec.json :as json]
            [flumelog.codec.nippy :as nippy]
            [flumelog.fixtures :refer [error]]
            [flumelog.options :as options]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.codec Codec FieldReader SliceCodec)
           (flumelog.field Fields)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private any-key json/codec)
(def ^:private codecs
  {:keywords json/codec, :strings (json/codec-with {:key-fn identity}), :others (json/codec-with {:key-fn (comp keyword str/upper-case)})})

(defn- arrays ^"[[Ljava.lang.Object;" [paths]
  (into-array (Class/forName "[Ljava.lang.Object;") (map to-array paths)))

(defn- outcome
  "The values with their texts, since 1 and 1N are equal and print differently; or :throws."
  [f]
  (try (mapv (juxt identity pr-str) (f)) (catch Exception _ :throws)))

(defn- decoded [^Codec codec paths data]
  (outcome #(let [value (.decode codec ^bytes data)] (map (partial get-in value) paths))))

(defn- by-paths
  "The fields, read from the middle of a larger array, which must not change."
  [^Codec codec paths ^bytes data]
  (let [length (alength data), larger (byte-array (+ length 20) (byte 34))]
    (System/arraycopy data 0 larger 10 length)
    (let [before (aclone larger), found (outcome #(.read (Fields/reader codec (arrays paths)) larger 10 length))]
      (assert (Arrays/equals before larger))
      found)))

(defn- fields-of [paths ^String text]
  (mapv first (by-paths any-key paths (.getBytes text "UTF-8"))))

(deftest fields-are-read-by-keys-and-indexes
  (is (= ["post" 7 "b" nil nil {:type "post"} \p]
         (fields-of [[:content :type] [:n] [:links 1] [:links 2] [:content :type :x] [:content] [:content :type 0]]
                    "{\"content\": {\"type\" : \"post\"}, \"links\":[\"a\",\"b\"], \"n\":7}"))))

(deftest of-a-key-that-occurs-twice-the-last-value-counts
  (is (= [nil 2] (fields-of [[:a :b] [:a :c]] "{\"a\":{\"b\":1,\"c\":1},\"\\u0061\":{\"c\":2}}")))
  (is (= [nil] (fields-of [[:a :b]] "{\"a\":{\"b\":1},\"a\":3}"))))

(deftest damage-behind-the-fields-is-noticed
  (doseq [end ["" ",}" ",\"b\":01}" ",\"b\":1e999}" ",\"b\":\"\u0001\"}" ",\"b\":[1 2]}" "}}" "} 1" ",\"b\":\"\\x\"}" ",\"b\":nul}"]]
    (is (= :throws (by-paths any-key [[:a]] (.getBytes (str "{\"a\":1" end) "UTF-8"))) end)))

(deftest codecs-without-fields-of-their-own-decode
  (doseq [^Codec codec [(options/->codec :edn) nippy/codec]]
    (is (= [[2 "2"] [nil "nil"]] (by-paths codec [[:a 1] [:b]] (.encode codec {:a [1 2]}))) (.codecName codec))))

(deftest a-path-that-is-none-is-refused
  (doseq [path [[] :a nil [nil] [1.5] [-1] [2147483648] ['a] "a" [[:a]]]]
    (is (= :bad-option (error (Fields/path path))) (pr-str path)))
  (is (= [:a "b" 0] (vec (Fields/path [:a "b" 0])))))

;; Any text

(def ^:private numbers
  (gen/one-of [(gen/fmap str gen/large-integer) (gen/fmap str (gen/double* {:NaN? false :infinite? false}))
               (gen/fmap #(str/join (repeat % "7")) (gen/elements [17 18 19 20 99 100 101 309 9999 10000 10001 10002]))
               (gen/fmap #(str "-0." (str/join (repeat % "3"))) (gen/elements [95 98 9996 9997 9998 9999 10000 10001]))
               (gen/elements ["0" "-0" "-0.0" "1e5" "1E+99" "1e-99" "1e100" "1e308" "1e309" "-1e999" "1e-400" "0e999" "1e00000001"
                              "9223372036854775807" "-9223372036854775808" "9223372036854775808" "1.7976931348623159e308"
                              "01" "-" "-a" "1." ".5" "+1" "1e" "1e+" "--1" "0x1" "NaN" "Infinity" "1_0"])]))

(def ^:private chars-in-strings
  (gen/frequency [[100 (gen/fmap str gen/char-alphanumeric)]
                  [25 (gen/elements ["\\n" "\\\"" "\\\\" "\\/" "\\b\\f\\r\\t" "\\u0061" "\\u00E9" "\\ud83d\\uDE00" "\\ud800" "\\u0000"])]
                  [25 (gen/elements ["é" "\ud83d\ude00" "\u2028" "\ufeff" "\ufffd" "\u007f" "ж" "' {}[],:" "12345678" "/"])]
                  [1 (gen/elements ["\u0000" "\u001f" "\n" "\\x" "\\u12" "\\u12g4" "\\" "\""])]]))

(def ^:private strings (gen/fmap #(str \" (str/join %) \") (gen/vector chars-in-strings 0 20)))
(def ^:private space (gen/frequency [[96 (gen/return "")] [24 (gen/elements [" " "\n\t" "\r\n "])] [1 (gen/elements ["\u000b" "\u00a0" "/**/" ","])]]))
(def ^:private names (gen/elements ["a" "a" "b" "b" "c" "a/b" "/" "é" "" "\\u0061" "\\u00e9" "a\\/b" "\\ud800" "A" "aa" "0"]))

(defn- spaced [parts] (gen/fmap str/join (apply gen/tuple (interpose space parts))))
(defn- separated [open items close]
  (gen/let [items items, text (spaced (map gen/return (concat [open] (interpose "," items) [close])))] text))

(def ^:private texts
  (gen/scale
    #(min 40 %)
    (gen/recursive-gen
      (fn [inner]
        (gen/one-of [(separated "[" (gen/vector inner 0 4) "]")
                     (separated "{" (gen/vector (gen/let [name names, before space, after space, value inner]
                                                  (str \" name \" before ":" after value)) 0 12) "}")]))
      (gen/frequency [[12 strings] [12 numbers] [9 (gen/elements ["true" "false" "null"])]
                      [1 (gen/elements ["tru" "nul" "True" "truex" "undefined" "'a'" "" "{]" "[1,]" "{,}" "{1:2}" "{\"a\"}" "[,1]"])]]))))

(defn- nested
  "The text inside of n arrays and objects."
  [text n]
  (str (str/join (repeat n "[{\"a\":")) text (str/join (repeat n "}]"))))

(def ^:private changes
  (gen/tuple (gen/elements [:cut :drop :put :flip]) (gen/choose 0 10000)
             (gen/one-of [(gen/choose -128 127) (gen/elements (map int "\"\\{}[]:,0-.e n/"))])))

(defn- changed [^bytes data [change place byte]]
  (if (zero? (alength data))
    data
    (let [at (long (mod place (alength data))), front (take at data), rest (drop at data)]
      (byte-array (case change
                    :cut  front
                    :drop (concat front (next rest))
                    :put  (concat front [byte] rest)
                    :flip (concat front [byte] (next rest)))))))

(def ^:private datas
  "Bytes of JSON, or nearly."
  (gen/let [text texts
            [before after] (gen/tuple space space)
            depth (gen/frequency [[20 (gen/return 0)] [1 (gen/elements [1 99 100 101 300])]])
            changes (gen/frequency [[3 (gen/return [])] [2 (gen/vector changes 1 2)]])]
    (reduce changed (.getBytes ^String (str before (nested text depth) after) "UTF-8") changes)))

(def ^:private elements
  (gen/elements [:a :a :a :b :b :c 0 0 1 2 (int 1) 7 "a" "b" :a/b :/ (keyword "a/b") :é (keyword "") (keyword "\ud800") "\ud800" "é" "a/b" :A :AA]))

(def ^:private paths (gen/vector (gen/frequency [[9 (gen/vector elements 1 4)] [1 (gen/return [])]]) 1 6))

(defn- as-decoding [codec]
  (prop/for-all [data datas, paths paths]
    (= (decoded codec paths data) (by-paths codec paths data))))

(defspec fields-are-those-of-the-decoded-value (size 250 6000) (as-decoding (:keywords codecs)))
(defspec fields-with-strings-as-keys-are-those-of-the-decoded-value (size 100 3000) (as-decoding (:strings codecs)))
(defspec fields-with-other-keys-are-those-of-the-decoded-value (size 50 1000) (as-decoding (:others codecs)))
(defspec fields-with-generated-roots-of-maps (size 200 4000)
  (prop/for-all [values (gen/vector (gen/tuple names texts) 1 6), paths paths]
    (let [data (.getBytes (str "{" (str/join "," (map (fn [[name value]] (str \" name "\":" value)) values)) "}") "UTF-8")]
      (= (decoded any-key paths data) (by-paths any-key paths data)))))

(defn- good? [data] (not= :throws (decoded any-key [[:a]] data)))

(deftest generated-texts-are-good-and-bad
  (let [seeds (range 300)
        good  (count (filter #(good? (gen/generate datas (mod % 100) %)) seeds))]
    (is (< 1/4 (/ good (count seeds)) 3/4))))

(deftest a-text-of-plain-json-is-read-without-decoding
  (let [decodes (atom 0)
        counting (reify SliceCodec
                   (encode [_ value] (.encode ^Codec json/codec value))
                   (decode [_ bytes from length] (swap! decodes inc) (.decode ^SliceCodec json/codec bytes from length)))
        reader (flumelog.field.JsonFields. counting (arrays [[:a :b] [:n] [:x]])
                                           (reify java.util.function.Function (apply [_ k] (name k))))
        text "{\"a\":{\"b\":\"post é\",\"c\":[1,2,{\"d\":\"\\n\"}]},\"n\":-12.5,\"x\":true,\"y\":{\"a\":null}}"]
    (is (= ["post é" -12.5 true] (vec (.read ^FieldReader reader (.getBytes text "UTF-8")))))
    (is (zero? @decodes))))
