(ns flumelog.tree-test
  "The tree of hashes and its proofs are those of RFC 9162. They are compared with a second implementation, below, which follows
   the definitions of the RFC and shares no code with ours."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.protect Frontier Paths Signer Tree Tree$Leaves Tree$Subtrees TreeHead)
           (java.nio ByteBuffer)
           (java.security KeyPairGenerator MessageDigest)
           (java.util Arrays HexFormat List)))

(set! *warn-on-reflection* true)

(defn- unhex ^bytes [^String hex] (.parseHex (HexFormat/of) hex))
(defn- hex [^bytes bytes] (.formatHex (HexFormat/of) bytes))

;; The second implementation: sections 2.1.1, 2.1.3.1 and 2.1.4.1 as they are written, over hashes as vectors of numbers. Leaf n is
;; the hash of the text n, and a tree is what lies between two numbers of leaves.

(defn- sha
  "The hash of the parts, texts or bytes, one behind the other."
  [& parts]
  (vec (.digest (MessageDigest/getInstance "SHA-256") (byte-array (mapcat #(if (string? %) (map int %) %) parts)))))

(defn- leaf-of [n] (sha [0] (str n)))

(defn- middle
  "Behind the largest power of two of leaves that is less than all of them."
  [from to]
  (+ (long from) (long (last (take-while #(< (long %) (- (long to) (long from))) (iterate #(* 2 (long %)) 1))))))

(def ^:private mth
  (memoize
    (fn [from to]
      (case (- (long to) (long from))
        0 (sha)
        1 (leaf-of from)
        (let [k (middle from to)] (sha [1] (mth from k) (mth k to)))))))

(defn- path
  ([m n] (path m 0 n))
  ([m from to]
   (cond (= 1 (- (long to) (long from)))     []
         (< (long m) (long (middle from to))) (let [k (middle from to)] (conj (path m from k) (mth k to)))
         :else                                (let [k (middle from to)] (conj (path m k to) (mth from k))))))

(defn- subproof [m from to whole?]
  (let [k (when (< (long m) (long to)) (middle from to))]
    (cond (nil? k)               (if whole? [] [(mth from to)])
          (<= (long m) (long k)) (conj (subproof m from k whole?) (mth k to))
          :else                  (conj (subproof m k to false) (mth from k)))))

(defn- proof [m n]
  (if (zero? (long m)) [] (subproof m 0 n true)))

;; Ours, in the same shapes

(defn- bytes-of ^bytes [hash] (byte-array hash))
(defn- root-of ^bytes [n] (bytes-of (mth 0 n)))
(defn- leaf-bytes ^bytes [n] (bytes-of (leaf-of n)))

(def ^:private ^Tree$Subtrees subtrees
  "Of our own, each of which is computed once."
  (let [all  (.over (Tree.) (reify Tree$Leaves (leaf [_ i] (leaf-bytes i))))
        root (memoize (fn [from to] (.root all from to)))]
    (reify Tree$Subtrees (root [_ from to] (root from to)))))

(defn- hashes ^List [path] (mapv bytes-of path))

(deftest the-eight-leaves-of-certificate-transparency-have-the-published-roots
  (let [tree  (Tree.)
        data  ["" "00" "10" "2021" "3031" "40414243" "5051525354555657" "606162636465666768696a6b6c6d6e6f"]
        leaf  (fn [text] (bytes-of (sha [0] (unhex text))))
        roots ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"
               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"
               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"]
        frontier (Frontier. tree)]
    (is (= "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" (hex (.root frontier))))
    (doseq [[text root] (map vector data roots)]
      (.add frontier (leaf text))
      (is (= root (hex (.root frontier)))))))

(deftest roots-and-frontiers-are-those-of-the-definition
  (let [tree (Tree.), frontier (Frontier. tree)]
    (doseq [n (range (size 130 1100))]
      (is-each (= (mth 0 n) (vec (.root frontier))) n)
      (let [again (Frontier/of tree (.bytes frontier))]
        (is-each (= [n (mth 0 n)] [(.size again) (vec (.root again))]) "read again " n))
      (.add frontier (leaf-bytes n)))
    (is (nil? (Frontier/of tree (byte-array 7))))
    (is (nil? (Frontier/of tree (Arrays/copyOf (.bytes frontier) (dec (alength (.bytes frontier)))))) "cut off")
    (is (nil? (Frontier/of tree (byte-array (cons -1 (rest (.bytes frontier)))))) "a size below zero")))

(deftest a-frontier-does-not-change-the-leaves-it-was-given
  (let [leaves (mapv leaf-bytes (range 9)), frontier (Frontier. (Tree.))]
    (doseq [leaf leaves] (.add frontier leaf) (.root frontier))
    (is (= (map leaf-of (range 9)) (map vec leaves)))))

(deftest all-proofs-are-those-of-the-definition-and-hold
  (let [paths (Paths. (Tree.))]
    (doseq [n (range 1 (inc (long (size 130 300)))) :let [n (long n), root (root-of n)]]
      (doseq [m (range n) :let [m (long m), found (.ofLeaf paths m n subtrees)]]
        (is-each (= (path m n) (mapv vec found)) "leaf " m " of " n)
        (is-each (= true (.provesLeaf paths (leaf-bytes m) m n root found)) "leaf " m " of " n " holds"))
      (doseq [m (range (inc n)) :let [m (long m), found (.ofOlder paths m n subtrees)]]
        (is-each (= (proof m n) (mapv vec found)) m " in " n)
        (is-each (= true (.provesOlder paths m (root-of m) n root found)) m " in " n " holds")))))

(deftest a-proof-of-a-leaf-has-no-more-hashes-than-the-tree-has-levels
  (let [paths (Paths. (Tree.)), no-leaf (reify Tree$Subtrees (root [_ _ _] (byte-array 32)))]
    (is (= 33 (count (.ofLeaf paths 1234567890 (bit-shift-left 1 33) no-leaf))))
    (is (= 1 (count (.ofLeaf paths (bit-shift-left 1 33) (inc (bit-shift-left 1 33)) no-leaf))))
    (is (thrown? IllegalArgumentException (.ofLeaf paths 3 3 no-leaf)))
    (is (thrown? IllegalArgumentException (.ofOlder paths 4 3 no-leaf)))))

;; What does not hold

(defn- changes
  "A path with a flipped bit, without a hash, with one more, with two exchanged, or with a hash that is too short."
  [path]
  (let [n (count path)]
    (concat
      (for [i (range n), bit [0 255]]
        (update path i (fn [hash] (update hash (quot (long bit) 8) #(unchecked-byte (bit-xor (long %) (bit-shift-left 1 (rem (long bit) 8))))))))
      (for [i (range n)] (into (subvec path 0 i) (subvec path (inc (long i)))))
      (for [i (range n)] (update path i pop))
      [(conj path (sha "more")) (into [(sha "more")] path)]
      (for [i (range (dec n)) :when (not= (nth path i) (nth path (inc (long i))))]
        (assoc path i (nth path (inc (long i))) (inc (long i)) (nth path i))))))

(defspec changed-proofs-of-leaves-are-refused (size 60 1500)
  (prop/for-all [[n m] (gen/bind (gen/choose 1 130) #(gen/tuple (gen/return %) (gen/choose 0 (dec (long %)))))]
    (let [n (long n), m (long m), right (path m n), root (root-of n), leaf (leaf-bytes m), paths (Paths. (Tree.))]
      (and (.provesLeaf paths leaf m n root (hashes right))
           (not-any? #(.provesLeaf paths leaf m n root (hashes %)) (changes right))
           (not-any? #(.provesLeaf paths leaf (long %) n root (hashes right)) (remove #{m} (range -1 (inc n))))
           (not (.provesLeaf paths (leaf-bytes n) m n root (hashes right)))
           (not (.provesLeaf paths leaf m n (root-of (inc n)) (hashes right)))))))

(defspec changed-proofs-of-older-trees-are-refused (size 60 1500)
  (prop/for-all [[n m] (gen/bind (gen/choose 1 130) #(gen/tuple (gen/return %) (gen/choose 0 %)))]
    (let [n (long n), m (long m), right (proof m n), root (root-of n), old (root-of m), other (bytes-of (sha "other")), paths (Paths. (Tree.))]
      (and (.provesOlder paths m old n root (hashes right))
           (not-any? #(.provesOlder paths m old n root (hashes %)) (changes right))
           (not (.provesOlder paths m other n root (hashes right)))
           (or (zero? m) (not (.provesOlder paths m old n other (hashes right))))
           (not (.provesOlder paths (inc n) old n root (hashes right)))))))

;; Leaves of frames, and heads

(deftest a-leaf-is-bound-to-its-offset-and-its-data
  (let [tree (Tree.), data (.getBytes "data")
        leaf (fn [^long offset ^bytes data] (vec (.leaf tree offset data 0 (alength data))))]
    (is (= (sha [0] [0 0 0 0 0 0 1 2] data) (leaf 258 data)))
    (is (= (leaf 258 data) (vec (.leaf tree 258 (.getBytes "a data b") 2 4)) (vec (.leaf tree 258 (ByteBuffer/wrap data)))))
    (is (= 3 (count (set [(leaf 258 data) (leaf 259 data) (leaf 258 (.getBytes "date"))]))))))

(deftest a-head-comes-back-from-its-bytes
  (let [id (byte-array (range 16)), signer (Signer/of (byte-array (range 32)))
        head (TreeHead. 410 20114 (bytes-of (sha "root")) 1700000000000 nil), signed (.signed head signer id)
        shape (fn [^TreeHead h] [(.size h) (.end h) (vec (.root h)) (.time h) (some-> (.signature h) vec)])]
    (is (= [56 120] [(alength (.bytes head)) (alength (.bytes signed))]))
    (doseq [^TreeHead h [head signed]] (is (= (shape h) (shape (TreeHead/of (.bytes h))))))
    (doseq [length (remove #{56 120} (range 130))] (is (nil? (TreeHead/of (byte-array length))) length))
    (is (nil? (TreeHead/of (byte-array (cons -1 (rest (.bytes head)))))) "a size below zero")))

(deftest a-signature-is-for-one-head-of-one-log-by-one-signer
  (let [id (byte-array (range 16)), signer (Signer/of (byte-array (range 32))), public (.publicKey signer)
        signed (.signed (TreeHead. 410 20114 (bytes-of (sha "root")) 1700000000000 nil) signer id)]
    (is (.isSignedBy signed public id))
    (is (not (.isSignedBy signed public (byte-array 16))) "another log")
    (is (not (.isSignedBy signed (.publicKey (Signer/of (byte-array 32))) id)) "another signer")
    (is (not (.isSignedBy (TreeHead. 410 20114 (.root signed) 1700000000000 nil) public id)) "not signed")
    (doseq [i (range 0 (* 8 120) (size 29 1)) :let [bytes (.bytes signed), at (quot (long i) 8)]]
      (aset-byte bytes at (unchecked-byte (bit-xor (aget bytes at) (bit-shift-left 1 (rem (long i) 8)))))
      (is-each (not= true (some-> (TreeHead/of bytes) (.isSignedBy public id))) "bit " i))))

(deftest a-signer-is-made-of-any-form-of-its-key
  (let [pair (.generateKeyPair (KeyPairGenerator/getInstance "Ed25519")), head (TreeHead. 1 2 (bytes-of (sha)) 3 nil), id (byte-array 16)
        public (.publicKey (Signer/of pair))]
    (is (= (vec public) (vec (.publicKey (Signer/of (.getPrivate pair))))))
    (is (.isSignedBy (.signed head (Signer/of (.getPrivate pair)) id) public id))
    (is (nil? (Signer/of (.generateKeyPair (KeyPairGenerator/getInstance "EC")))))
    (is (nil? (Signer/of (java.security.KeyPair. (.getPublic pair) (.getPrivate (.generateKeyPair (KeyPairGenerator/getInstance "Ed25519"))))))
        "keys that don't belong together")
    (is (not (re-find #"(?i)private|seed" (str (Signer/of pair)))))))
