(ns flumelog.protected-layout-test
  "A decoder that shares no code with ours, test/interop/protected.js with Node's own crypto, reads what we seal."
  (:require [clojure.data.json :as json]
            [clojure.java.shell :as shell]
            [clojure.test :refer [deftest is testing]]
            [flumelog.fixtures :refer [path-in with-temp-folder write-bytes!]]
            [flumelog.test-support :refer [skip]])
  (:import (flumelog.protect Frontier Kdf Kdf$Function KeySource KeySources LogKeys Nonces Passphrase RecordCipher Signer Tree TreeHead)
           (java.nio ByteBuffer)
           (java.util HexFormat)))

(set! *warn-on-reflection* true)

(defn- hex [bytes] (.formatHex (HexFormat/of) (byte-array bytes)))

(defn- node? []
  (try (zero? (long (:exit (shell/sh "node" "--version")))) (catch java.io.IOException _ false)))

(defn- decoded
  "What the decoder says of the file, or the last line of its error."
  [path & options]
  (let [{:keys [out err exit]} (apply shell/sh "node" "test/interop/protected.js" path options)]
    (if (zero? (long exit)) (json/read-str out :key-fn keyword) (re-find #"(?<=Error: ).*" err))))

;; A log, made of frames by hand: here are no head and no writer of ours

(def ^:private id (byte-array (range 100 116)))
(def ^:private kinds {:record 0xF8, :more 0xF9, :note 0xFC, :seal 0xFE})

(defn- frame [^long offset data]
  (let [n (count data), end (+ offset n 16)]
    (.array (doto (ByteBuffer/allocate (+ n 16)) (.putInt n) (.put (byte-array data)) (.putInt n) (.putLong end)))))

(defn- crc-of
  "The checksum of a head that begins at 0."
  [data]
  (let [crc (doto (java.util.zip.CRC32C.) (.update (byte-array data)))
        mix (fn [^long x ^long shift ^long times] (unchecked-multiply (bit-xor x (unsigned-bit-shift-right x shift)) times))
        z   (-> (.getLong (ByteBuffer/wrap id)) (mix 30 (unchecked-long 0xbf58476d1ce4e5b9N)) (mix 27 (unchecked-long 0x94d049bb133111ebN)))
        salt (unsigned-bit-shift-right (long (bit-xor (long z) (unsigned-bit-shift-right (long z) 31))) 32)]
    (unchecked-int (bit-xor (.getValue crc) salt))))

(defn- head [flags ^LogKeys keys ^Kdf kdf signer]
  (let [fields (concat [(unchecked-byte 0xFA)] (.getBytes "flumelog") [1 flags] id (.bytes kdf) signer)
        data   (concat (take 47 fields) (.check keys (byte-array fields)) signer)]
    (concat data (.array (.putInt (ByteBuffer/allocate 4) (crc-of data))))))

(defn- seal-in
  "What stands in the frame of a record, or of one of the log's own."
  [^LogKeys keys ^Nonces nonces number offset kind ^bytes content]
  (let [cipher (.cipher keys number offset), out (byte-array (+ (alength content) RecordCipher/OVERHEAD)), code (int (kinds kind))]
    (if (#{:record :more} kind)
      (.encrypt cipher code offset (.next nonces 1) 0 content out 0)
      (.authenticate cipher code offset (.next nonces 1) 0 content out 0))
    (vec out)))

(defn- log-of
  "The bytes of a log: its head, and what each function gives for the offset and what stands before it."
  [head contents]
  (reduce (fn [file content] (into file (frame (count file) (content (count file) file)))) (vec (frame 0 head)) contents))

(def ^:private payloads
  (map byte-array [[] [0 0 0] (.getBytes "Grüße") (range -128 128) (repeat 5000 7)]))

(deftest node-opens-what-we-encrypt
  (if-not (node?)
    (skip "needs node")
    (with-temp-folder [folder]
      (let [key  (byte-array (range 32)), keys (LogKeys. (KeySources/of key) "a.log" id Kdf/NONE), nonces (Nonces.), path (path-in folder "a.log")
            file (log-of (head 2 keys Kdf/NONE (repeat 32 0))
                         (concat (for [payload payloads] (fn [at _] (seal-in keys nonces 0 at :more payload)))
                                 [(fn [at _] (seal-in keys nonces 3 at :record (.getBytes "another number")))
                                  (fn [at _] (seal-in keys nonces 0 at :note (byte-array 8)))]))]
        (write-bytes! path (byte-array file))
        (let [said (decoded path "--key" (hex key))]
          (is (= (concat [nil] (map hex payloads) [(hex (.getBytes "another number")) (hex (byte-array 8))]) (map :value (:frames said))))
          (is (= ["head" "record" "record" "record" "record" "record" "record" "note"] (map :type (:frames said))))
          (is (= [false true true true true true false false] (map :more (:frames said)))))
        (is (= "frame at 0: wrong key" (decoded path "--key" (hex (range 1 33)))))
        (write-bytes! path (byte-array (update file (- (count file) 20) #(bit-xor (long %) 1))))
        (is (not (map? (decoded path "--key" (hex key)))) "a flipped bit")))))

(deftest node-makes-the-same-key-of-a-passphrase
  (if-not (node?)
    (skip "needs node")
    (with-temp-folder [folder]
      (doseq [[function cost] {Kdf$Function/PBKDF2 [1 0 0 10], Kdf$Function/SCRYPT [2 10 8 2]}
              :let [source (Passphrase. "Grüße" function), kdf (Kdf/of (byte-array (concat cost (range 16))) 0)]]
        (testing function
          (let [keys (LogKeys. source "a.log" id kdf), nonces (Nonces.), path (path-in folder "a.log")]
            (write-bytes! path (byte-array (log-of (head 2 keys kdf (repeat 32 0)) [(fn [at _] (seal-in keys nonces 0 at :record (.getBytes "text")))])))
            (is (= [nil (hex (.getBytes "text"))] (map :value (:frames (decoded path "--passphrase" "Grüße")))))
            (is (= "frame at 0: wrong key" (decoded path "--passphrase" "Grusse")))))))))

;; Sealed and encrypted, with a seal and a deleted record

(defn- frames-in
  "Offset and data of each frame."
  [file]
  (loop [at 0, found []]
    (if (= at (count file))
      found
      (let [n (.getInt (ByteBuffer/wrap (byte-array (subvec file at (+ at 4)))))]
        (recur (+ at n 16) (conj found [at (subvec file (+ at 4) (+ at 4 n))]))))))

(defn- tree-head
  "Of all frames; `noted` has the leaves of deleted ones by their offsets."
  ^TreeHead [file noted]
  (let [tree (Tree.), frontier (Frontier. tree)]
    (doseq [[at data] (frames-in file)]
      (.add frontier (or (noted at) (.leaf tree at (byte-array data) 0 (count data)))))
    (TreeHead. (.size frontier) (count file) (.root frontier) 1700000000000 nil)))

(deftest node-finds-the-same-root-and-the-signature
  (if-not (node?)
    (skip "needs node")
    (with-temp-folder [folder]
      (let [key (byte-array (range 32)), keys (LogKeys. (KeySources/of key) "a.log" id Kdf/NONE), nonces (Nonces.), path (path-in folder "a.log")
            signer (Signer/of (byte-array (range 32))), blind (repeat 16 9)
            record (fn [text] (fn [at _] (seal-in keys nonces 0 at :record (byte-array (concat blind (.getBytes ^String text))))))
            seal   (fn [at file] (seal-in keys nonces 0 at :seal (.bytes (.signed (tree-head file {}) signer id))))
            whole  (log-of (head 3 keys Kdf/NONE (.publicKey signer)) [(record "one") (record "two") seal (record "three")])
            [at data] (nth (frames-in whole) 2)
            leaf   (.leaf (Tree.) at (byte-array data) 0 (count data))
            noted  (into whole (frame (count whole) (seal-in keys nonces 0 (count whole) :note (byte-array (concat (.array (.putLong (ByteBuffer/allocate 8) at)) leaf)))))
            deleted (reduce #(assoc %1 %2 0) noted (range (+ (long at) 4) (+ (long at) 4 (count data))))]
        (write-bytes! path (byte-array deleted))
        (let [said (decoded path "--key" (hex key))]
          (is (= [nil (hex (.getBytes "one")) nil] (map :value (take 3 (:frames said)))))
          (is (= [{:size 3 :root (hex (.root (tree-head (vec (take (nth (map first (frames-in whole)) 3) whole)) {}))) :signed true}] (:seals said)))
          (is (= (hex (.root (tree-head deleted {at leaf}))) (:root said))))
        (write-bytes! path (byte-array (reduce #(assoc %1 %2 0) whole (range (+ (long at) 4) (+ (long at) 4 (count data))))))
        (is (= (str "frame at " at ": deleted without a note") (decoded path "--key" (hex key))))))))
