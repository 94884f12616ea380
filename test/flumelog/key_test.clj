(ns flumelog.key-test
  "Keys as bytes: their order is the stated one, a prefix is a range, and they come back as the same keys."
  (:require [clojure.test :refer [deftest is]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.fixtures :refer [error]]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.key Keys)
           (java.time Instant)
           (java.util Arrays Date)))

(set! *warn-on-reflection* true)

(defn- encode ^bytes [key] (Keys/encode key))
(defn- sign [n] (Long/signum (long n)))
(defn- by-bytes [a b] (sign (Arrays/compareUnsigned (encode a) (encode b))))

;; The order as it is stated, without bytes

(defn- instant ^Instant [moment] (if (instance? Date moment) (.toInstant ^Date moment) moment))

(defn- exact
  "A number as a ratio, an integer or an infinity."
  [n]
  (cond (and (float? n) (Double/isInfinite n)) n
        (float? n) (rationalize (BigDecimal. (double n)))
        :else (rationalize n)))

(defn- by-value [a b]
  (let [a (exact a), b (exact b)]
    (cond (= a b) 0
          (= a ##Inf) 1, (= b ##Inf) -1, (= a ##-Inf) -1, (= b ##-Inf) 1
          :else (compare a b))))

(defn- points [text] (vec (.toArray (.codePoints ^String text))))

(defn- by-items
  "Item by item; a shorter one comes before its extensions."
  [by a b]
  (or (first (remove zero? (map by a b))) (compare (count a) (count b))))

(def ^:private uuid-text str)

(defn- rank [key]
  (cond (nil? key) 0, (false? key) 1, (true? key) 2, (number? key) 3, (char? key) 4, (string? key) 5, (keyword? key) 6
        (symbol? key) 7, (inst? key) 8, (uuid? key) 9, (bytes? key) 10, :else 11))

(declare by-statement)

(defn- by-name [a b]
  (by-items #(by-items compare %1 %2)
            [(points (or (namespace a) "")) (points (name a))] [(points (or (namespace b) "")) (points (name b))]))

(defn- by-statement [a b]
  (if (not= (rank a) (rank b))
    (compare (rank a) (rank b))
    (sign (case (int (rank a))
            (0 1 2) 0
            3 (by-value a b)
            4 (compare a b)
            5 (by-items compare (points a) (points b))
            (6 7) (by-name a b)
            8 (compare (instant a) (instant b))
            9 (compare (uuid-text a) (uuid-text b))
            10 (by-items compare (map #(bit-and 0xFF (long %)) a) (map #(bit-and 0xFF (long %)) b))
            11 (by-items by-statement a b)))))

;; Generated keys, many of them near each other

(def ^:private near
  "Numbers around powers of two, where doubles become coarse, and around the ends of what doubles can hold."
  (gen/let [base (gen/elements [0 1 -1 1e300 ##Inf 9007199254740992 -9007199254740992 9223372036854775807N 1e-310 4.9E-324
                                1.7976931348623157E308 0.1 0.1M 1/3 1e400M 1e-400M 36893488147419103232N])
            by (gen/elements [0 0 1 -1 1/3 0.5M 1e-5M 1/7000000])]
    (if (or (= base ##Inf) (zero? by)) base (+ (exact base) (exact by)))))

(def ^:private numbers
  (gen/one-of [near gen/small-integer gen/large-integer gen/ratio (gen/double* {:NaN? false}) gen/size-bounded-bigint
               (gen/fmap float (gen/double* {:NaN? false :min -1e30 :max 1e30}))
               (gen/fmap (fn [[n scale]] (BigDecimal. (biginteger n) (int scale)))
                         (gen/tuple gen/large-integer (gen/choose -30 30)))]))

(def ^:private text
  (gen/fmap #(apply str %) (gen/vector (gen/elements ["" "a" "b" "\u0000" "\u0001" "\u007f" "\u0080" "\uffff" "\ue000" "😀" "\ud83d" "\udfff" "ÿ"])
                                       0 5)))

(def ^:private instants
  (gen/one-of [(gen/fmap #(Date. (long %)) gen/large-integer)
               (gen/fmap (fn [[s n]] (Instant/ofEpochSecond s n)) (gen/tuple (gen/choose -3 3) (gen/choose 0 999999999)))]))

(def ^:private scalars
  (gen/one-of [(gen/elements [nil true false]) numbers text gen/char instants gen/uuid
               (gen/fmap keyword text) (gen/fmap (fn [[a b]] (keyword a b)) (gen/tuple (gen/such-that seq text) text))
               (gen/fmap symbol (gen/such-that seq text)) (gen/fmap byte-array (gen/vector (gen/elements [0 1 -1 127 -128]) 0 4))]))

(def ^:private keys-of-all-kinds
  (gen/recursive-gen (fn [inner] (gen/one-of [(gen/vector inner 0 4) (gen/fmap #(apply list %) (gen/vector inner 0 4))])) scalars))

(def ^:private pairs
  "Two keys that are often near each other."
  (gen/one-of [(gen/tuple keys-of-all-kinds keys-of-all-kinds) (gen/tuple numbers numbers) (gen/tuple near near) (gen/tuple text text)
               (gen/tuple instants instants) (gen/let [key keys-of-all-kinds] [key key])
               (gen/let [common (gen/vector scalars 0 3), a scalars, b scalars] [(conj common a) (conj common b)])]))

(defspec the-order-of-bytes-is-the-stated-order (size 2000 60000)
  (prop/for-all [[a b] pairs]
    (= (by-statement a b) (by-bytes a b))))

(defspec no-key-begins-with-another (size 1000 20000)
  (prop/for-all [[a b] pairs]
    (let [a (encode a), b (encode b), n (min (alength a) (alength b))]
      (or (Arrays/equals a b) (not (Arrays/equals a 0 n b 0 n))))))

(defspec a-key-comes-back-as-the-same-key (size 1000 20000)
  (prop/for-all [key keys-of-all-kinds]
    (let [back (Keys/decode (encode key))]
      (and (zero? (long (by-statement key back))) (Arrays/equals (encode key) (encode back))))))

(defn- between? [^bytes low key ^bytes high]
  (and (<= (Arrays/compareUnsigned low (encode key)) 0) (neg? (Arrays/compareUnsigned (encode key) high))))

(defspec a-prefix-of-text-is-a-range (size 1000 20000)
  (prop/for-all [prefix text, other (gen/one-of [text keys-of-all-kinds]), glue? gen/boolean]
    (let [key (if (and glue? (string? other)) (str prefix other) other), bytes (Keys/prefix prefix)]
      (= (and (string? key) (= (points prefix) (take (count (points prefix)) (points key))))
         (between? bytes key (Keys/after bytes))))))

(defspec a-prefix-of-items-is-a-range (size 500 10000)
  (prop/for-all [prefix (gen/vector scalars 0 3), more (gen/vector scalars 0 2), other keys-of-all-kinds]
    (let [bytes (Keys/prefix prefix)
          begins? #(and (sequential? %) (<= (count prefix) (count %)) (zero? (long (by-items by-statement prefix (take (count prefix) %)))))]
      (every? #(= (begins? %) (between? bytes % (Keys/after bytes))) [(into prefix more) other]))))

(deftest numbers-of-one-value-are-one-key
  (is (= 1 (count (set (map (comp vec encode) [1 1.0 1M 1N (int 1) (float 1.0) (biginteger 1) 1.000M])))))
  (is (= 1 (count (set (map (comp vec encode) [0 0.0 -0.0 0M])))))
  (is (= 1 (count (set (map (comp vec encode) [9007199254740993 9007199254740993N 9007199254740993M])))))
  (is (neg? (long (by-bytes 9007199254740992.0 9007199254740993))))
  (is (pos? (long (by-bytes 9007199254740994.0 9007199254740993))))
  (is (= [##-Inf -1e400M -1 0 1/3 1e400M ##Inf] (sort by-bytes [1e400M 1/3 ##Inf -1 ##-Inf 0 -1e400M]))))

(deftest what-comes-back-is-the-simplest-of-its-value
  (is (= [1 1N 0.5 1/3 36893488147419103232N] (map #(Keys/decode (encode %)) [1.0 1N 0.5M 1/3 36893488147419103232N])))
  (is (= [Long Long Double BigDecimal] (map #(class (Keys/decode (encode %))) [1.0 1M 0.5M 0.1M])))
  (is (= [[1 "a" nil]] [(Keys/decode (encode '(1 "a" nil)))]))
  (is (= [Date Instant] (map #(class (Keys/decode (encode (Instant/ofEpochSecond 1 %)))) [1000000 1000001]))))

(deftest a-date-and-an-instant-of-one-moment-are-one-key
  (is (zero? (long (by-bytes (Date. 1234) (Instant/ofEpochMilli 1234)))))
  (is (zero? (long (by-bytes (java.sql.Date. 1234) (java.sql.Timestamp. 1234))))))

(deftest what-has-no-place-in-the-order-is-refused
  (doseq [key [##NaN (float ##NaN) {} #{} {:a 1} [1 [##NaN]] [{}] (Object.) (range) (apply str (repeat 70000 \a)) 1e20000M
               (nth (iterate vector 1) 100) (int-array 2) (java.util.HashMap.) #"a"]]
    (is-each (= :bad-option (error (encode key))) (class key)))
  (doseq [prefix [1 nil true \a (Date.) (random-uuid)]]
    (is-each (= :bad-option (error (Keys/prefix prefix))) prefix)))
