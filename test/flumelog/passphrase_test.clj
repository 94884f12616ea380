(ns flumelog.passphrase-test
  "The key of a log may be made of a passphrase. The log's head keeps how, so that only the passphrase has to be known."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.fixtures :refer [error failure]])
  (:import (flumelog.protect Kdf Kdf$Function KeySource$Request KeySources LogKeys Passphrase)
           (java.util HexFormat)))

(set! *warn-on-reflection* true)

(defn- unhex ^bytes [^String hex] (.parseHex (HexFormat/of) hex))
(defn- hex [^bytes bytes] (.formatHex (HexFormat/of) bytes))

(defn- kdf
  "Of a function's number in the head, its cost and its salt."
  ^Kdf [number cost salt]
  (Kdf/of (byte-array (concat [number] cost salt)) 0))

(defn- passphrase ^Passphrase [text] (Passphrase. text Kdf$Function/PBKDF2))
(defn- request ^KeySource$Request [kdf] (KeySource$Request. "a.log" (byte-array 16) kdf 0))
(def ^:private salt (unhex "000102030405060708090a0b0c0d0e0f"))

(deftest keys-are-those-of-other-programs
  (testing "Node's crypto gave the first two, version 4.13.0 of npm's hash-wasm the third"
    (is (= "f96e68c93d5b6b41ba0b66c2eb94b089aed8f0dcfb5b1e18443975e88cc14423" (hex (.key (passphrase "Grüße") (kdf 1 [0 0x10 0] salt)))))
    (is (= "3806bcbcc26ea30bf5efc67f0b16014f8bc8694e056cd9bfb603865e87bce8cc" (hex (.key (passphrase "Grüße") (kdf 2 [10 8 2] salt)))))
    (is (= "d3eb34f3f0d730de4bbaae1f22743f05d5367b333239276869d0b8ea4d066ea2" (hex (.key (passphrase "Grüße") (kdf 3 [10 3 4] salt)))))))

(deftest letters-may-be-composed-in-any-way
  (let [kdf (kdf 1 [0 0 10] salt)]
    (is (= (vec (.key (passphrase "Gru\u0308\u00dfe") kdf)) (vec (.key (passphrase "Gr\u00fc\u00dfe") kdf))))
    (is (not= (vec (.key (passphrase "Grusse") kdf)) (vec (.key (passphrase "Gr\u00fc\u00dfe") kdf))))))

(deftest a-new-log-has-a-salt-of-its-own-and-a-cost-that-takes-time
  (doseq [[function cost] {Kdf$Function/PBKDF2 [0x03 0x34 0x50], Kdf$Function/SCRYPT [16 8 1], Kdf$Function/ARGON2ID [16 3 4]}
          :let [made (repeatedly 3 #(.newKdf (Passphrase. "words" function)))]]
    (is (= cost (vec (.cost ^Kdf (first made)))))
    (is (= 3 (count (set (map #(vec (.salt ^Kdf %)) made)))))
    (doseq [^Kdf kdf made] (is (= (vec (.bytes kdf)) (vec (.bytes (Kdf/of (.bytes kdf) 0))))))))

(deftest a-head-that-asks-for-nonsense-or-for-more-than-a-gib-is-none
  (is (some? (kdf 0 [0 0 0] (byte-array 16))))
  (is (not (.isOfPassphrase (kdf 0 [0 0 0] (byte-array 16)))))
  (doseq [[number cost] [[0 [0 0 1]] [4 [1 1 1]] [-1 [1 1 1]] [1 [0 0 0]] [2 [0 8 1]] [2 [21 1 1]] [2 [20 9 1]] [2 [10 0 1]] [2 [10 8 0]]
                         [3 [21 1 1]] [3 [10 0 1]] [3 [10 1 0]] [3 [4 1 4]]]]
    (is (nil? (kdf number cost salt)) [number cost])))

(deftest a-log-with-a-passphrase-and-one-with-a-key-are-told-apart
  (let [kdf (kdf 1 [0 0 10] salt), check (.check (LogKeys. (passphrase "right") "a.log" (byte-array 16) kdf) (byte-array 3))]
    (is (.proves (LogKeys. (passphrase "right") "a.log" (byte-array 16) kdf) check (byte-array 3)))
    (is (not (.proves (LogKeys. (passphrase "wrong") "a.log" (byte-array 16) kdf) check (byte-array 3))))
    (is (= "the key of a.log is made of a passphrase by :pbkdf2, and another kind of key was given; nothing was changed: open it with a key of key-of-passphrase"
           (ex-message (failure (.key (KeySources/of (byte-array 32)) (request kdf))))))
    (is (= :wrong-key (error (.key (passphrase "right") (request Kdf/NONE)))))))

(deftest an-empty-or-a-destroyed-passphrase-is-refused
  (is (= :bad-option (error (passphrase ""))))
  (let [gone (doto (passphrase "words") .destroy)]
    (is (.isDestroyed gone))
    (is (= :wrong-key (error (.key gone (request (kdf 1 [0 0 10] salt))))))
    (is (not (str/includes? (str gone) "words")))))
