(ns flumelog.proof-test
  "A proof holds for its record, its log and its head, and no changed one does."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.proof :refer [proves?]]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.protect CheckedEnvelope Frontier Kdf KeySources LogKeys Nonces Paths RecordCipher Signer Tree Tree$Leaves TreeHead)
           (java.nio ByteBuffer)
           (java.util Arrays Date HexFormat)))

(set! *warn-on-reflection* true)

(defn- hex [bytes] (.formatHex (HexFormat/of) (byte-array bytes)))

(def ^:private id (byte-array (range 16)))
(def ^:private key-1 (byte-array (repeat 32 1)))
(def ^:private signer (Signer/of (byte-array (range 32))))
(def ^:private public (.publicKey ^Signer signer))

;; A log: the frames of the values, as a sealed log has them

(defn- blind-of [n] (byte-array (repeat 16 (inc (long n)))))

(defn- sealed-data ^bytes [n offset value]
  (let [content (byte-array (concat (blind-of n) (.getBytes (pr-str value)))), out (ByteBuffer/allocate (+ 5 (alength content)))]
    (.enclose (CheckedEnvelope. (.getLong (ByteBuffer/wrap id))) out content (long offset) 0xF8)
    (.array out)))

(defn- encrypted-data ^bytes [n offset value]
  (with-open [keys (LogKeys. (KeySources/of ^bytes key-1) "a.log" id Kdf/NONE)]
    (let [content (byte-array (concat (blind-of n) (.getBytes (pr-str value)))), out (byte-array (+ RecordCipher/OVERHEAD (alength content)))]
      (.encrypt (.cipher keys 0 (long offset)) 0xF8 (long offset) (.next (Nonces.) 1) 0 content out 0)
      out)))

(defn- frames-of
  "`[offset data]` of each value, the first one at 115."
  [data-of values]
  (reduce (fn [frames [n value]]
            (let [offset (if-let [[at data] (peek frames)] (+ (long at) 16 (count data)) 115)]
              (conj frames [offset (data-of n offset value)])))
          [] (map-indexed vector values)))

(defn- leaves-of [frames]
  (mapv (fn [[offset ^bytes data]] (.leaf (Tree.) (long offset) data 0 (alength data))) frames))

(defn- head-of
  "The signed head of the first n frames, as data."
  [frames n]
  (let [frontier (Frontier. (Tree.)), [offset data] (nth frames (dec (long n)))]
    (run! #(.add frontier %) (take n (leaves-of frames)))
    (let [head (.signed (TreeHead. n (+ (long offset) 16 (count data)) (.root frontier) (* 1000 (long n)) nil) signer id)]
      {:id (hex id) :size n :end (.end head) :root (hex (.root head)) :time (Date. (.time head)) :signature (hex (.signature head))})))

(defn- subtrees [frames]
  (let [leaves (leaves-of frames)] (.over (Tree.) (reify Tree$Leaves (leaf [_ i] (nth leaves i))))))

(defn- record-proof [frames n m]
  (let [[offset data] (nth frames m)]
    {:offset offset :index m :leaf (hex (nth (leaves-of frames) m)) :head (head-of frames n) :kind 0xF8 :blind (hex (blind-of m)) :encrypted (hex data)
     :path (mapv hex (.ofLeaf (Paths. (Tree.)) m n (subtrees frames)))}))

(defn- older-proof [frames m n]
  {:from (head-of frames m) :to (head-of frames n) :path (mapv hex (.ofOlder (Paths. (Tree.)) m n (subtrees frames)))})

(def ^:private values (mapv #(hash-map :n %) (range 9)))

(deftest a-proof-of-a-record-holds-for-its-value-alone
  (let [frames (frames-of sealed-data values)]
    (doseq [n (range 1 10 (size 4 1)), m (range n) :let [proof (dissoc (record-proof frames n m) :encrypted)]]
      (testing [m n]
        (is-each (= [true true true] [(proves? proof {:n m}) (proves? proof nil) (proves? proof {:n m} {:trust public})]))
        (is-each (= [false false] [(proves? proof {:n (inc (long m))}) (proves? proof {:n m} {:codec :nippy})]))))
    (is (not (proves? (record-proof frames 9 3) {:n 3} {:trust (byte-array 32)})) "another signer")))

(deftest a-proof-of-a-record-of-an-encrypted-log-needs-the-key-to-show-the-value
  (let [{data :encrypted :as proof} (record-proof (frames-of encrypted-data values) 9 4), proof (-> proof (dissoc :encrypted :kind :blind) (assoc :data data))]
    (is (proves? proof {:n 4} {:key key-1 :trust public}))
    (is (proves? proof nil {:trust public}) "without it the hash is proved")
    (is (not (proves? proof {:n 4})))
    (is (not (proves? proof {:n 5} {:key key-1})))
    (is (not (proves? proof {:n 4} {:key (byte-array 32)})))))

(deftest a-proof-of-an-older-head-holds
  (let [frames (frames-of sealed-data values)]
    (doseq [n (range 1 10 (size 4 1)), m (range 1 (inc (long n))) :let [proof (older-proof frames m n)]]
      (is-each (= [true true] [(proves? proof nil) (proves? proof nil {:trust public})]) [m n])
      (is-each (= false (proves? proof {:n 1})) "of no value " [m n]))
    (is (not (proves? (older-proof frames 3 9) nil {:trust (byte-array 32)})))
    (is (not (proves? (assoc-in (older-proof frames 3 9) [:from :id] (hex (repeat 16 7))) nil)) "of another log")
    (is (not (proves? (update (older-proof frames 3 9) :from dissoc :root) nil)))))

(defn- changed
  "The map with each of its values, and of those in it, replaced by others."
  [m]
  (mapcat (fn [[k v]]
            (cond (map? v)    (map #(assoc m k %) (changed v))
                  (vector? v) (concat [(assoc m k (conj v (hex (repeat 32 5)))) (assoc m k nil)]
                                      (map #(assoc m k (assoc v % (hex (repeat 32 6)))) (range (count v))))
                  (string? v) [(assoc m k (str (if (= \0 (first v)) \1 \0) (subs v 1))) (assoc m k (str v "00")) (assoc m k "not hex") (assoc m k nil) (assoc m k 7)]
                  (int? v)    [(assoc m k (inc (long v))) (assoc m k (- (long v))) (assoc m k nil) (assoc m k "1")]
                  (inst? v)   [(assoc m k (Date. 1)) (assoc m k nil) (assoc m k 5)]))
          m))

(deftest no-changed-proof-holds
  (let [frames (frames-of sealed-data values), proof (dissoc (record-proof frames 9 4) :encrypted), older (older-proof frames 5 9)]
    (doseq [change (changed proof)] (is-each (= false (proves? change {:n 4} {:trust public})) (first (remove (set proof) change))))
    (doseq [change (changed older)
            ;; An unsigned kept head is the reader's own.
            :when (some? (:signature (:from change)))]
      (is-each (= false (proves? change nil {:trust public})) (first (remove (set older) change))))))

(deftest the-leaf-of-a-deleted-record-confirms-no-guess
  (let [frames (frames-of sealed-data values), proof (dissoc (record-proof frames 9 4) :encrypted :blind :kind)]
    (is (proves? proof nil) "its hash is still in the log")
    (is (not (proves? proof {:n 4})) "without the random bytes that went with the record even the right value is not confirmed")
    (is (not (proves? (assoc proof :kind 0xF8 :blind (hex (repeat 16 0))) {:n 4})))
    (is (not (Arrays/equals ^bytes (second (nth frames 4)) (sealed-data 5 (first (nth frames 4)) {:n 4}))))))
