(ns flumelog.encryption-test
  "A sealed record opens only with its key, at its offset, in its log, and unchanged; no nonce comes twice; nothing shows a key."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.fixtures :refer [error failure]]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.protect Kdf Kdf$Function KeyFunction KeySource KeySources LogKeys Nonces Passphrase RecordCipher)
           (java.io ByteArrayOutputStream ObjectOutputStream)
           (java.security SecureRandom)
           (java.util Arrays)
           (java.util.concurrent Callable Executors Future)
           (javax.crypto SecretKey)
           (javax.crypto.spec SecretKeySpec)))

(set! *warn-on-reflection* true)

(def ^:private record 0xF8)
(def ^:private note 0xFC)
(def ^:private id (byte-array (range 16)))

(defn- key-of ^bytes [n] (byte-array (repeat 32 n)))
(defn- source ^KeySource [n] (KeySources/of (key-of n)))
(defn- keys-of
  (^LogKeys [source] (keys-of source id))
  (^LogKeys [source id] (LogKeys. source "a.log" id Kdf/NONE)))

(defn- sealed
  "The record as it stands in a frame at the offset."
  ^bytes [^RecordCipher cipher offset ^bytes payload]
  (let [out (byte-array (+ (alength payload) RecordCipher/OVERHEAD))]
    (is-each (= (alength out) (.encrypt cipher record (long offset) (.next (Nonces.) 1) 0 payload out 0)))
    out))

(defn- sealed-internal ^bytes [^RecordCipher cipher offset ^bytes body]
  (let [out (byte-array (+ (alength body) RecordCipher/OVERHEAD))]
    (.authenticate cipher note (long offset) (.next (Nonces.) 1) 0 body out 0)
    out))

(defn- opened [^RecordCipher cipher offset ^bytes sealed]
  (some-> (.decrypt cipher sealed 0 (alength sealed) (long offset)) vec))

(defn- proved? [^RecordCipher cipher offset ^bytes sealed]
  (.proves cipher sealed 0 (alength sealed) (long offset)))

(defn- flipped ^bytes [^bytes bytes bit]
  (let [copy (aclone bytes), bit (long bit), at (quot bit 8)]
    (aset-byte copy at (unchecked-byte (bit-xor (aget copy at) (bit-shift-left 1 (rem bit 8)))))
    copy))

(defn- holds?
  "Whether the bytes have the others anywhere."
  [bytes others]
  (let [latin1 #(String. (byte-array %) "ISO-8859-1")]
    (str/includes? (latin1 bytes) (latin1 others))))

(defspec what-is-sealed-opens-at-its-place (size 100 3000)
  (prop/for-all [payload gen/bytes, offset (gen/large-integer* {:min 0 :max (dec (bit-shift-left 1 53))}), number (gen/choose 0 255)]
    (let [cipher (.cipher (keys-of (source 1)) number offset), bytes (sealed cipher offset payload)]
      (and (= (vec payload) (opened cipher offset bytes))
           (= number (RecordCipher/numberIn bytes 0))
           (= (unchecked-byte record) (aget bytes 0))
           (nil? (opened cipher (inc (long offset)) bytes))))))

(deftest every-flipped-bit-is-noticed
  (let [cipher (.cipher (keys-of (source 1)) 0 4711)]
    (doseq [length [0 1 15 16 17 (size 33 300)]
            :let [payload (byte-array (range 1 (inc (long length)))), record (sealed cipher 4711 payload), note (sealed-internal cipher 4711 payload)]]
      (is (= (vec payload) (opened cipher 4711 record)))
      (is (proved? cipher 4711 note))
      (is (holds? note payload) "the log's own records can be read without the key")
      (doseq [bit (range (* 8 (alength record)))]
        (is-each (= nil (opened cipher 4711 (flipped record bit))) "bit " bit " of a record of " length)
        (is-each (= false (proved? cipher 4711 (flipped note bit))) "bit " bit " of a note of " length))
      (doseq [cut (range (alength record))]
        (is-each (= [nil false] [(opened cipher 4711 (Arrays/copyOf record (int cut))) (proved? cipher 4711 (Arrays/copyOf note (int cut)))]) cut)))))

(deftest a-record-does-not-open-elsewhere
  (let [cipher (.cipher (keys-of (source 1)) 0 0), bytes (sealed cipher 0 (.getBytes "secret"))]
    (is (= (vec (.getBytes "secret")) (opened cipher 0 bytes)))
    (is (nil? (opened cipher 100 bytes)) "another offset")
    (is (nil? (opened (.cipher (keys-of (source 1) (byte-array 16)) 0 0) 0 bytes)) "another log, with the same key of the user")
    (is (nil? (opened (.cipher (keys-of (source 2)) 0 0) 0 bytes)) "another key")
    (is (nil? (opened (.cipher (keys-of (source 1)) 1 0) 0 (doto (aclone bytes) (aset-byte 1 1)))) "another number of the key")
    (is (not (proved? cipher 0 bytes)) "a record is none of the log's own")
    (is (nil? (opened cipher 0 (sealed-internal cipher 0 (.getBytes "secret")))) "nor the other way round")))

(deftest equal-payloads-look-different-and-hide-the-text
  (let [cipher (.cipher (keys-of (source 1)) 0 0), text (.getBytes "the same secret"), many (repeatedly 50 #(sealed cipher 0 text))]
    (is (= 50 (count (set (map #(vec (drop 14 %)) many)))))
    (is (not-any? #(holds? % (take 4 text)) many))))

(deftest a-log-longer-than-128-gib-changes-its-key-by-itself
  (let [keys (keys-of (source 1)), span (bit-shift-left 1 37), payload (.getBytes "x")]
    (is (identical? (.cipher keys 0 0) (.cipher keys 0 (dec span))))
    (is (= 3 (count (set [(.cipher keys 0 0) (.cipher keys 0 span) (.cipher keys 0 (* 2 span))]))))
    (let [bytes (sealed (.cipher keys 0 span) span payload)]
      (is (= (vec payload) (opened (.cipher keys 0 span) span bytes)))
      (is (nil? (opened (.cipher keys 0 0) span bytes))))))

;; Nonces

(deftest no-nonce-comes-twice
  (let [nonces (Nonces.), seen (java.util.HashSet.)]
    (doseq [records (concat (repeat (size 300 20000) 1) (range (size 60 400)) (repeat (size 5 500) 1000))
            :let [all (.next nonces records)]]
      (is-each (= (* 12 (long records)) (alength all)))
      (doseq [i (range records) :let [at (* 12 (long i))]]
        (is-each (= true (.add seen (vec (Arrays/copyOfRange all at (+ 12 at))))) records)))))

(defn- counting-random
  "Random bytes that count up; how many were asked for is in the atom."
  [asked]
  (proxy [SecureRandom] []
    (nextBytes [^bytes into]
      (doseq [i (range (alength into))] (aset-byte into i (unchecked-byte (swap! asked inc)))))))

(deftest a-large-batch-takes-32-random-bytes
  (let [asked (atom 0), nonces (Nonces. (counting-random asked))]
    (is (= (range 1 13) (map #(bit-and 255 (long %)) (.next nonces 1))))
    (is (= 12 @asked))
    (.next nonces 1000)
    (is (= 44 @asked))
    (is (not= (vec (.next nonces 1000)) (vec (.next nonces 1000))) "each batch has a seed of its own")))

;; Ciphers

(deftest there-are-no-more-ciphers-than-the-pool-holds
  (let [cipher (.cipher (keys-of (source 1)) 0 0), pool (Executors/newFixedThreadPool 40)
        most (* 2 (.availableProcessors (Runtime/getRuntime)))]
    (try
      (let [work (fn [i] (reify Callable
                           (call [_] (doseq [n (range 50) :let [payload (.getBytes (str i "-" n))]]
                                       (is-each (= (vec payload) (opened cipher n (sealed cipher n payload)))))
                             true)))]
        (is (every? #(.get ^Future %) (.invokeAll pool ^java.util.Collection (mapv work (range 80))))))
      (finally (.shutdownNow pool)))
    (is (<= 1 (.idleCiphers cipher) most))))

;; Keys

(deftest a-key-is-bytes-a-secret-key-or-a-function
  (let [bytes  (sealed (.cipher (keys-of (source 7)) 0 0) 0 (.getBytes "x"))
        opens? (fn [source] (some? (opened (.cipher (keys-of source) 0 0) 0 bytes)))]
    (is (opens? (KeySources/of (key-of 7))))
    (is (opens? (KeySources/of ^SecretKey (SecretKeySpec. (key-of 7) "AES"))))
    (is (opens? (KeySources/of (reify KeyFunction (key [_ number log-id] (when (and (zero? number) (= (vec id) (vec log-id))) (key-of 7)))))))
    (is (not (opens? (KeySources/of (reify KeyFunction (key [_ _ _] (key-of 8)))))))))

(deftest a-function-gives-a-key-for-each-number-and-is-asked-once
  (let [asked (atom []), keys (keys-of (KeySources/of (reify KeyFunction (key [_ number _] (swap! asked conj number) (key-of number)))))
        seal  (fn [number] (sealed (.cipher keys number 0) 0 (.getBytes "x")))]
    (is (= 3 (count (set (map #(vec (drop 14 %)) [(seal 0) (seal 1) (seal 255)])))))
    (run! seal [0 1 255 0 1])
    (.cipher keys 0 (bit-shift-left 1 40))
    (.check keys (byte-array 3))
    (is (= [0 1 255] @asked))))

(deftest what-a-function-gave-is-overwritten-and-what-the-user-holds-is-not
  (let [given (key-of 5), held (key-of 6)]
    (with-open [keys (keys-of (KeySources/of (reify KeyFunction (key [_ _ _] given))))] (.cipher keys 0 0))
    (is (every? zero? given))
    (with-open [keys (keys-of (KeySources/of held))] (.cipher keys 0 0))
    (is (= (vec (key-of 6)) (vec held)))))

(deftest a-wrong-key-is-one-sentence-with-its-numbers
  (doseq [width [0 16 31 33 64]]
    (is (= {:flumelog/error :wrong-key :cognitect.anomalies/category :cognitect.anomalies/incorrect :bytes width}
           (ex-data (failure (KeySources/of (byte-array width)))))))
  (let [given (fn [result] (failure (.cipher (keys-of (KeySources/of (reify KeyFunction (key [_ _ _] (result))))) 3 0)))]
    (is (= "the key of a.log must have 32 bytes, and has 5; nothing was changed" (ex-message (given #(byte-array 5)))))
    (is (= "the key of a.log gives no bytes; nothing was changed: give 32 bytes, or a SecretKey that has them" (ex-message (given (constantly nil)))))
    (let [e (given #(throw (IllegalStateException. "secret words")))]
      (is (= {:flumelog/error :wrong-key :path "a.log" :key-number 3} (dissoc (ex-data e) :cognitect.anomalies/category)))
      (is (not (str/includes? (ex-message e) "secret words"))))))

(deftest the-check-of-a-head-knows-its-key-its-log-and-its-fields
  (let [fields (byte-array (range 79)), keys (keys-of (source 1)), check (.check keys fields)]
    (is (= 16 (alength check)))
    (is (.proves keys check fields))
    (doseq [bit (range (* 8 79))] (is-each (= false (.proves keys check (flipped fields bit))) "bit " bit))
    (is (not (.proves keys (flipped check 127) fields)))
    (is (not (.proves (keys-of (source 2)) check fields)))
    (is (not (.proves (keys-of (source 1) (byte-array 16)) check fields)))))

(deftest a-closed-log-has-no-key
  (let [keys (keys-of (source 1)), cipher (.cipher keys 0 0), bytes (sealed cipher 0 (.getBytes "x"))]
    (.close keys)
    (is (= 0 (.idleCiphers cipher)))
    (is (thrown? IllegalStateException (sealed cipher 0 (.getBytes "x"))) "never sealed with zeros for a key")
    (is (thrown? IllegalStateException (opened cipher 0 bytes)))
    (is (= :closed (error (.cipher keys 0 0))))
    (is (= :closed (error (.check keys (byte-array 1)))))))

(deftest nothing-prints-a-key
  (let [key (byte-array (range 65 97)), source (KeySources/of key), keys (keys-of source), cipher (.cipher keys 0 0)
        kdf (.newKdf (Passphrase. "ABCDEFGH" Kdf$Function/PBKDF2))
        texts (map str [source keys cipher kdf (Passphrase. "ABCDEFGH" Kdf$Function/PBKDF2)
                        (KeySources/of (SecretKeySpec. key "AES"))])]
    (doseq [text texts]
      (testing text
        (is (not (str/includes? text "ABCD")))
        (is (not (str/includes? text "4142")))
        (is (not (re-find #"\[B@|@[0-9a-f]+$" text)))))
    (is (thrown? java.io.NotSerializableException
                 (let [held (doto (.getDeclaredConstructor (Class/forName "flumelog.protect.HeldKey") (into-array Class [String (Class/forName "[B")])) (.setAccessible true))]
                   (.writeObject (ObjectOutputStream. (ByteArrayOutputStream.)) (.newInstance held (object-array ["AES" key]))))))))
