(ns ^:no-doc flumelog.proof
  "Checks proofs about sealed logs, without a log: that a record is in it, and that a kept head is the beginning of a newer one."
  (:require [flumelog.options :refer [->codec]]
            [flumelog.protection :as protection])
  (:import (flumelog.codec Codec)
           (flumelog.error OptionFailures RecordFailures Suggestion)
           (flumelog.protect CheckedEnvelope Kdf Kind LogKeys Paths RecordCipher Tree TreeHead)
           (java.nio ByteBuffer)
           (java.util Arrays Date HexFormat)))

(set! *warn-on-reflection* true)

;; A proof may come from anybody, so everything in it may be wrong. A part that is not well formed becomes nil, and proves nothing.

(defn- unhex
  "The bytes of a text in hexadecimal; nil if it is none, or has another number of bytes than `size`."
  ^bytes [text size]
  (when (and (string? text) (or (nil? size) (= (* 2 (long size)) (count text))))
    (try (.parseHex (HexFormat/of) ^String text) (catch IllegalArgumentException _ nil))))

(defn- natural? [n] (and (int? n) (<= 0 (long n))))

(defn- ->head
  "The TreeHead of a map `{:size :end :root :time :signature}`; nil if it is none."
  ^TreeHead [head]
  (let [{:keys [size end root time signature]} (when (map? head) head)
        root (unhex root 32), signed (when (some? signature) (unhex signature 64))]
    (when (and (natural? size) (natural? end) root (instance? Date time) (= (some? signature) (some? signed)))
      (TreeHead. size end root (.getTime ^Date time) signed))))

(defn- ->path [path]
  (let [hashes (when (sequential? path) (mapv #(unhex % 32) path))]
    (when (and hashes (every? some? hashes)) hashes)))

(defn- trusted?
  "Whether the head is signed by the owner of the trusted public key of 32 bytes; true if there is none."
  [^TreeHead head ^bytes id ^bytes trust]
  (or (nil? trust) (.isSignedBy head trust id)))

;; A record

(defn- data-of-sealed
  "The data of the frame: kind, blind, payload and checksum."
  ^bytes [{:keys [offset kind blind]} ^bytes id ^bytes payload]
  (let [blind (unhex blind 16)]
    (when (and blind (natural? kind) (<= (long kind) 0xFF) (Kind/isRecord (int kind)))
      (let [out (ByteBuffer/allocate (+ 16 5 (alength payload)))
            content (Arrays/copyOf blind (+ 16 (alength payload)))]
        (System/arraycopy payload 0 content 16 (alength payload))
        (.enclose (CheckedEnvelope. (.getLong (ByteBuffer/wrap id))) out content offset (int kind))
        (.array out)))))

(defn- payload-of-encrypted
  "The payload that the key decrypts from the data of the frame; nil if it can't."
  ^bytes [{:keys [offset]} ^bytes id ^bytes data key]
  (with-open [keys (LogKeys. (protection/source key) "the log of the proof" id Kdf/NONE)]
    (when (< RecordCipher/OVERHEAD (alength data))
      (when-let [opened (.decrypt (.cipher keys (RecordCipher/numberIn data 0) offset) data 0 (alength data) offset)]
        (when (<= 16 (alength opened)) (Arrays/copyOfRange opened 16 (alength opened)))))))

(defn- encoded ^bytes [value codec]
  (let [codec ^Codec (->codec (or codec :edn))]
    (try
      (.encode codec value)
      (catch Exception e (throw (RecordFailures/encode "the log of the proof" e))))))

(defn- leaf-of-data [offset ^bytes data] (.leaf (Tree.) (long offset) data 0 (alength data)))

(defn- leaf-of-value
  "The leaf of the frame at the offset of the proof if it holds the value; nil if it does not."
  ^bytes [{:keys [offset data] :as proof} id value {:keys [codec key]}]
  (let [payload (encoded value codec)
        data (if (some? data)
               (let [data (unhex data nil)] (when (and data key (Arrays/equals payload (payload-of-encrypted proof id data key))) data))
               (data-of-sealed proof id payload))]
    (when data (leaf-of-data offset data))))

(defn- leaf-of-encrypted
  "The leaf that the encrypted data of the proof has; that of the proof if it has none, as of a deleted record."
  ^bytes [{:keys [offset data]} leaf]
  (if (nil? data) leaf (some->> (unhex data nil) (leaf-of-data offset))))

(defn- proves-record? [{:keys [offset index leaf path head] :as proof} value {:keys [trust] :as options}]
  (let [id (unhex (:id head) 16), tree-head (->head head), path (->path path), leaf (unhex leaf 32)]
    (boolean
      (and id tree-head path leaf (natural? offset) (natural? index)
           (trusted? tree-head id trust)
           (< (long offset) (.end tree-head))
           (if (nil? value)
             (Arrays/equals leaf (leaf-of-encrypted proof leaf))
             (Arrays/equals leaf (leaf-of-value proof id value options)))
           (.provesLeaf (Paths. (Tree.)) leaf index (.size tree-head) (.root tree-head) path)))))

;; An older head

(defn- proves-older? [{:keys [from to path]} {:keys [trust]}]
  (let [id (unhex (:id to) 16), old (->head from), new (->head to), path (->path path)]
    (boolean
      (and id old new path (= (:id from) (:id to))
           (trusted? new id trust)
           (or (nil? (.signature old)) (trusted? old id trust))
           (<= (.end old) (.end new))
           (or (nil? (.signature old)) (<= (.time old) (.time new)))   ; an unsigned time is only what a reader's clock said
           (.provesOlder (Paths. (Tree.)) (.size old) (.root old) (.size new) (.root new) path)))))

(def ^:private known {":trust" :trust, ":codec" :codec, ":key" :key})

(defn- check-options [options]
  (doseq [option (map str (keys options)) :when (not (known option))]
    (throw (OptionFailures/unknownOption option (Suggestion/ofOption option (keys known)) known)))
  (some-> (:key options) protection/source))

(defn proves?
  "Whether a proof holds.

   * `{:offset :index :leaf :path :head}`: a record is in the log with that head. With a value, the record is that value: then the proof also
     has `:kind` and `:blind`, or for an encrypted log the `:data` of the frame, and the options have the `:key`. The value is nil where only the
     hash is known, as of a deleted record: then a proof without `:data` proves the `:leaf`, and not its `:offset`
   * `{:from :to :path}`: the log of the head `:from` is the beginning of the log of the head `:to`

   Hashes are in hexadecimal. Options: `:trust`, the public key of 32 bytes whose owner must have signed the head; `:codec` of the log,
   `:edn` by default; `:key` as in `:protect`. A proof that is not well formed does not hold. Throws `:bad-option`, `:wrong-key`, `:encode`."
  ([proof value] (proves? proof value nil))
  ([proof value options]
   (check-options options)
   (let [options (if (:trust options) (update options :trust protection/public-key) options)]
     (cond (not (map? proof))      false
           (contains? proof :from) (and (nil? value) (proves-older? proof options))
           :else                   (proves-record? proof value options)))))
