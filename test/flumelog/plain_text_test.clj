(ns flumelog.plain-text-test
  "Text that is EDN or JSON beyond doubt is what the codecs read, and commands print and append it without Clojure, as they would
   with it. The values of such EDN are made without `clojure.edn`, and are those that it makes."
  (:require [clojure.edn :as clojure-edn]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.codec.edn :as edn]
            [flumelog.codec.json :as json]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.codec Codec Codecs PlainEdn)
           (flumelog.field JsonValues PlainJson)
           (flumelog.value KeyCache PlainEdnReader)
           (java.io PushbackReader StringReader)))

(set! *warn-on-reflection* true)

(defn- utf8 ^bytes [^String text] (.getBytes text "UTF-8"))
(defn- text ^String [^bytes data] (String. data "UTF-8"))

(def ^:private formats
  {:edn  {:codec edn/codec, :plain? #(PlainEdn/is %), :written #(PlainEdn/written %)}
   :json {:codec json/codec, :plain? #(PlainJson/is (utf8 %)), :written #(some-> (PlainJson/written (utf8 %)) text)}})

(defn- reads? [{:keys [^Codec codec]} s]
  (try (.decode codec (utf8 s)) true (catch Exception _ false)))

(defn- rewritten
  "What the codec makes of the value in a text; nil when it can't read or write it."
  [{:keys [^Codec codec]} s]
  (try (text (.encode codec (.decode codec (utf8 s)))) (catch Exception _)))

;; Texts

(def ^:private edn-texts
  (gen/fmap pr-str (gen/recursive-gen #(gen/one-of [(gen/vector % 0 4) (gen/map gen/keyword % {:max-elements 4}) (gen/list %)
                                                    (gen/map (gen/one-of [gen/string-ascii gen/small-integer gen/symbol]) % {:max-elements 3})
                                                    (gen/set gen/small-integer {:max-elements 3})])
                                      (gen/one-of [gen/simple-type-printable gen/string gen/double gen/uuid (gen/fmap #(java.util.Date. (long %)) gen/large-integer)
                                                   gen/keyword-ns gen/large-integer (gen/fmap bigint gen/large-integer)]))))

(def ^:private json-values
  (gen/recursive-gen #(gen/one-of [(gen/vector % 0 4) (gen/map (gen/fmap keyword gen/string-alphanumeric) % {:max-elements 4})])
                     (gen/one-of [gen/string gen/string-ascii gen/small-integer gen/large-integer gen/boolean (gen/return nil)
                                  (gen/double* {:infinite? false, :NaN? false}) (gen/fmap #(/ (double %) 100) gen/small-integer)])))

(def ^:private json-texts (gen/fmap #(text (.encode json/codec %)) json-values))

(def ^:private pieces
  ["" " " "  " "," "\t" "\n" "-" "0" "00" "1.0" "1.50" "1e3" "0.0000001" "-0" "-0.0" "N" "M" "\"" "\\" "\\n" "\\u0041" "\\/" "{" "}" "[" "]" "(" ")" "#{" ":" ":a" "/" "a"
   "nil" "null" "true" ";x" "#_ 1" "^" "~" "#inst " "#uuid " "\\a" "é" "\u2028" "\u0001" "{\"a\":1,\"a\":2}" "{:a 1 :a 2}" "{1 2 1N 3}" "#{1 1}" "{[] 1 () 2}"
   "#inst \"2023-02-29T00:00:00.000-00:00\"" "#inst \"2024-02-29T23:59:59.999-00:00\"" "NPY\u0000x" "{\"a\" :b}"])

(defn- changed
  "The texts, and such with a piece put in place of a part."
  [texts]
  (gen/let [^String s texts, from (gen/choose 0 (count s)), length (gen/choose 0 2), piece (gen/frequency [[1 (gen/return nil)] [3 (gen/elements pieces)]])]
    (if piece
      (str (subs s 0 from) piece (subs s (min (count s) (+ (long from) (long length)))))
      s)))

(defn- right?
  "Whether what is said of a text is right: a plain one is read by the codec, and is written as it would be again."
  [format s]
  (let [{:keys [plain? written] :as format} (formats format)]
    (and (or (not (plain? s)) (and (reads? format s) (not (re-find #"[\u0000-\u001f]" s))))
         (or (nil? (written s)) (= (rewritten format s) (written s))))))

(defspec plain-edn-is-what-the-codec-reads (size 100 10000)
  (prop/for-all [s (changed edn-texts)] (right? :edn s)))

(defspec plain-json-is-what-the-codec-reads (size 100 10000)
  (prop/for-all [s (changed json-texts)] (right? :json s)))

(deftest odd-texts-are-judged-as-the-codec-judges-them
  (doseq [format [:edn :json], s pieces] (is (right? format s) (pr-str format s)))
  (doseq [[format s expected] [[:edn "{ :a 1 , , :b [1 ,2]}" "{:a 1, :b [1 2]}"] [:edn "#{1}" "#{1}"] [:edn "#{1 2}" nil] [:edn "1.50" nil]
                               [:edn "(a/b \"\\n\")" "(a/b \"\\n\")"] [:edn "#inst \"2024-02-29T23:59:59.999-00:00\"" "#inst \"2024-02-29T23:59:59.999-00:00\""]
                               [:edn "{\"a\" :b}" "{\"a\" :b}"] [:edn (pr-str (zipmap (range 9) (range))) nil]
                               [:json " { \"a\" : [ 1 , 2.5 ] }\t" "{\"a\":[1,2.5]}"] [:json "0.000001" "0.000001"] [:json "1.0" "1.0"]
                               [:json "0.0000001" nil] [:json "1e3" nil] [:json "-0" nil] [:json "\"\\n\"" "\"\\n\""] [:json "\"\\/\"" nil] [:json "{\"a\":1,\"a\":2}" nil]]
          :let [{:keys [written]} (formats format)]]
    (is (= expected (written s)) s)
    (is (right? format s) s)))

(deftest most-texts-that-the-codecs-write-are-plain
  (doseq [[format texts least] [[:edn edn-texts 50] [:json json-texts 60]]
          :let [{:keys [^Codec codec plain? written]} (formats format)
                own (for [seed (range 200), :let [again (rewritten (formats format) (gen/generate texts 10 seed))] :when again] again)]]
    (is (< least (quot (* 100 (count (filter plain? own))) (count own))) (str format))
    (is (< (- least 15) (quot (* 100 (count (filter written own))) (count own))) (str format))))

;; Values

(defn- with-classes
  "The value, and the classes of all that is in it, in the order in which it is there."
  [value]
  (cond
    (map? value)    [(class value) (mapv (fn [[k v]] [(with-classes k) (with-classes v)]) value)]
    (coll? value)   [(class value) (mapv with-classes value)]
    (double? value) [(class value) (Double/doubleToLongBits value)]
    :else           [(class value) value]))

(defn- read-by-clojure
  "What `clojure.edn` makes of the text; nil when that is not one form."
  [s]
  (let [in (PushbackReader. (StringReader. s)), end (Object.)]
    (try
      (let [value (clojure-edn/read in)]
        (when (identical? end (clojure-edn/read {:eof end} in)) (with-classes value)))
      (catch Exception _))))

(defn- read-plainly
  "What the fast reader makes of the text; nil when it leaves it to `clojure.edn`."
  [s]
  (let [value (PlainEdnReader/read s default-data-readers)]
    (when-not (identical? PlainEdnReader/NOT_PLAIN value) (with-classes value))))

(defn- read-alike? [s]
  (let [value (read-plainly s)]
    (or (nil? value) (= value (read-by-clojure s)))))

(defspec plain-edn-is-read-as-clojure-reads-it (size 200 20000)
  (prop/for-all [s (changed edn-texts)] (read-alike? s)))

(def ^:private odd-edn
  ["1." "1.e1" "1e" "1E5" "-1.5e-3" "0.1" "00.1" "01" "010" "-017" "08" "-0" "-0.0" "-" "+1" "1/2" "1N" "0x1F" "2r1" "123456789012345678" "1234567890123456789" "1a" "1:a"
   "a" "a/b" "a/b/c" "a/" "/a" ":a/b" ":a/1" ":1" "::a" ":a:" ":a:b" ":" "nil" "nil/x" "nila" "x/nil" "true" "trueish" "a'" "a#" "%" "a%b" "é" ":é"
   "\"" "\"a" "\"a\"b" "\"a\"\"b\"" "\"\\\\\"" "\"\\n\\t\\r\\f\\b\\\"\"" "\"\\x\"" "\"\\u0041\"" "\"\\101\"" "\"a\nb\"" "[\"\\\\\" \"b\" \"\\n\"]"
   "[]" "()" "#{}" "{}" "[1][2]" "[1 2" "1]" "{:a}" "{:a 1 :a 2}" "{1 2 1N 3}" "#{1 1}" "#{[] ()}" "{[] 1 () 2}" "(1 2 3)" "[1,2 , 3]" " 1 " "\t[\r\n]\f" "1 2" ""
   "#_1 2" ";a\n1" "^{:a 1} []" "\\a" "##Inf" "##NaN" "#a 1" "# {}" "#inst\"2020-01-01\"" "#inst  \"2020-01-01\"" "#inst \"2020-01-01\"" "#inst 1" "#inst \"\""
   "#inst \"2024-02-29T23:59:59.999-00:00\"" "#inst \"2023-02-29T00:00:00.000-00:00\"" "#inst \"2023-01-01T24:00:00.000-00:00\"" "#inst \"2016-12-31T23:59:60.000-00:00\""
   "#inst \"1582-10-15T00:00:00.000-00:00\"" "#inst \"1582-10-04T00:00:00.000-00:00\"" "#inst \"1583-01-01T00:00:00.000-00:00\"" "#inst \"0001-01-01T00:00:00.000-00:00\""
   "#inst \"9999-12-31T23:59:59.999-00:00\"" "#inst \"2020-13-01T00:00:00.000-00:00\"" "#inst \"2020-01-01T00:00:00.000-01:00\"" "#inst \"2020-01-01T00:00:00.000+00:00\""
   "#uuid \"00000000-0000-0001-0000-00000000000A\"" "#uuid \"1-1-1-1-1\"" "#uuid \"x\"" "#uuid 1" (apply str (repeat 300 "[")) (str (apply str (repeat 300 "[")) (apply str (repeat 300 "]")))])

(deftest odd-edn-is-read-as-clojure-reads-it
  (doseq [s odd-edn, around [identity #(str "[" % "]") #(str "{:a " % " :b 1}") #(str % " 1") #(str "(" % "))")], :let [s (around s)]]
    (is (read-alike? s) (pr-str s))))

(deftest large-maps-and-dates-are-read-as-clojure-reads-them
  (doseq [n [0 1 7 8 9 16 17 40 2000], s (binding [*print-length* nil] [(pr-str (zipmap (range n) (map str (range n)))) (pr-str (set (range n))) (pr-str (vec (range n))) (pr-str (apply list (range n)))])]
    (is (= (read-plainly s) (read-by-clojure s))))
  (doseq [millis (range -12212553600000 4102444800000 (size 98765432101 987654321)), :let [s (pr-str (java.util.Date. (long millis)))]]
    (is (= (read-plainly s) (read-by-clojure s)))))

(deftest most-of-what-the-codec-writes-is-read-plainly
  (let [own (for [seed (range 200), :let [again (rewritten (formats :edn) (gen/generate edn-texts 10 seed))] :when again] again)]
    (is (< 50 (quot (* 100 (count (filter read-plainly own))) (count own)))))
  (doseq [s ["{:a 1, :b/c [-2.5 nil true], \"k\" (x #{1 2})}" "#inst \"2020-01-01T00:00:00.000-00:00\"" "\"\\n\"" "nil"]]
    (is (read-plainly s) s)))

;; JSON

(def ^:private key-of (KeyCache. (reify java.util.function.Function (apply [_ name] (keyword name)))))

(defn- outcome [f]
  (try [(with-classes (f))] (catch Exception _)))

(defn- json-read-alike?
  "Whether the fast reader makes of the text what Jackson makes of it, or leaves it to Jackson."
  [s]
  (let [data (utf8 s), value (JsonValues/read data 0 (alength data) key-of)]
    (or (identical? JsonValues/NOT_PLAIN value)
        (= [(with-classes value)] (outcome #(@#'json/read-any key-of data 0 (alength data)))))))

(defspec plain-json-is-read-as-jackson-reads-it (size 100 20000)
  (prop/for-all [s (changed json-texts)] (json-read-alike? s)))

(def ^:private odd-json
  ["1" "-1" "-0" "0" "-" "01" "1." "1.5" "-0.0" "1e5" "1E+5" "1e" "1e400" "-1e400" "1e-400" ".5" "+1" "123456789012345678" "1234567890123456789" "12345678901234567890"
   (str "0." (apply str (repeat 200 "1"))) "true" "tru" "truex" "nullnull" "null" "nul" "false" "NaN" "\"" "\"a" "\"a\"" "\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"" "\"\\u0041\"" "\"\\x\"" "\"\\"
   "\"a\tb\"" "\"\u007f\u00e9\u2028\ud83d\ude00\"" "{}" "{ }" "[]" "[ ]" "[1,]" "[,1]" "[1 2]" "[1 , 2]" "[1" "]" "{\"a\":1}" "{\"a\" : 1 , \"b\":[{}]}" "{\"a\":1,}" "{,}" "{\"a\"}" "{\"a\":}" "{a:1}"
   "{\"a\":1,\"a\":2}" "{\"\":1}" "{\"a b\":{\"\\n\":null}}" "1 2" "" " " " 1 " "\n1" "[1]x" "//1" "{\"a\":1}}" "[[1],[2]]"
   (str (apply str (repeat 300 "[")) (apply str (repeat 300 "]"))) (apply str (repeat 300 "["))])

(deftest odd-json-is-read-as-jackson-reads-it
  (doseq [s odd-json, around [identity #(str "[" % "]") #(str "{\"a\":" % ",\"b\":1}") #(str % " ")], :let [s (around s)]]
    (is (json-read-alike? s) (pr-str s)))
  (doseq [n [0 7 8 9 40], :let [s (str "{" (str/join "," (map #(str "\"k" (mod % 30) "\":" %) (range n))) "}")]]
    (is (json-read-alike? s))))

(deftest bytes-that-are-no-text-are-refused
  (doseq [data [[0x22 0xff 0x22] [0x22 0xc0 0x80 0x22] [0x22 0xed 0xa0 0x80 0x22] [0 0x31] [0x31 0] [0x22 0x1f 0x22]], :let [data (byte-array (map unchecked-byte data))]]
    (is (thrown? Exception (.decode ^Codec json/codec data)))))

(deftest most-json-is-read-plainly
  (let [own (for [seed (range 200)] (utf8 (gen/generate json-texts 10 seed)))]
    (is (< 60 (quot (* 100 (count (remove #(identical? JsonValues/NOT_PLAIN (JsonValues/read % 0 (alength ^bytes %) key-of)) own))) (count own))))))

(deftest keywords-that-share-a-place-are-told-apart
  (doseq [name (for [a "abcdefgh", b "stuvwxyz", c "AZ09", d "kK"] (str ":" a b c d)), s [name (str name "/" (subs name 1))]]
    (is (= (read-by-clojure s) (read-plainly s)) s))
  (is (= (read-by-clojure "[:Aa :BB :AaAa :BBBB :AaBB]") (read-plainly "[:Aa :BB :AaAa :BBBB :AaBB]"))))

(deftest readers-of-tags-are-asked
  (let [^Codec codec (edn/codec-with {:readers {'inst (fn [text] [:inst text])}})]
    (is (= {:at [:inst "2020-01-01T00:00:00.000-00:00"]} (.decode codec (utf8 "{:at #inst \"2020-01-01T00:00:00.000-00:00\"}"))))))

;; Commands

(def ^:private every "A query that every record matches; it needs the values." "[:not [:= :no-such-key 1]]")

(defn- log-of-texts [folder texts]
  (let [path (path-in folder "a.log")]
    (with-open [log (log/open path {:codec :bytes})]
      (log/append-all! log (for [seed (range (size 60 500)), :let [data (utf8 (gen/generate texts 10 seed))] :when (some #(not= 0 %) data)] data)))
    path))

(deftest commands-print-the-same-with-and-without-the-values
  (doseq [[codec texts & commands] (size [[:edn (changed edn-texts) ["cat" "--reverse" "--grep" "[ab]"]]
                                          [:json (changed json-texts) ["cat"]]]
                                         [[:edn (changed edn-texts) ["cat" "--reverse" "--grep" "[ab]"] ["cat"] ["tail" "-n" "7"] ["tail" "-n" "400"]]
                                          [:json (changed json-texts) ["cat"] ["cat" "--gt" "99" "--lte" "999"]]
                                          [:utf8 gen/string ["cat"]]
                                          [:bytes (gen/fmap str gen/any) ["cat"] ["cat" "--raw"]]])]
    (with-temp-folder [folder]
      (let [path (log-of-texts folder texts)]
        (doseq [command commands
                :let [run #(dissoc (apply command/run (concat command [path "--codec" (name codec) "--offsets"] %)) :err), printed (run [])]]
          (is (#{0 4} (:exit printed)) "an odd record keeps no other from being printed")
          (is (< 100 (count (:out printed))))
          (is (= (run ["--where" every]) printed) (str codec command)))))))

(deftest what-is-appended-without-the-values-is-what-the-codec-writes
  (doseq [[codec texts] [[:edn (changed edn-texts)] [:json (changed json-texts)]]]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), format (formats codec)
            lines (for [seed (range (size 80 1000)), :let [line (gen/generate texts 10 seed)]
                        :when (and (not (re-find #"[\n\r]" line)) (not (str/blank? line)) (rewritten format line))]
                    line)]
        (is (= 0 (:exit (command/run {:in (str (str/join "\n" lines) "\n"), :in-enc "UTF-8"} "append" path "--codec" (name codec)))))
        (is (= (map #(rewritten format %) lines)
               (with-open [log (log/open path {:codec :bytes, :mode :read})] (mapv text log))))))))
