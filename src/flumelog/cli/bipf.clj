(ns ^:no-doc flumelog.cli.bipf
  "Reads log.bipf, the log of ssb-db2. Nothing is written to it.

     file   := blocks of 65,536 bytes
     block  := record* zeros
     record := length(uint16 LE, not 0) data      all zeros: deleted
     data   := tag(varint: length * 8 + type) and length bytes

   * `reduce-file`: reduces the records of a file
   * `decode`: the value in data"
  (:require [flumelog.arguments :refer [refuse]])
  (:import (java.io RandomAccessFile)
           (java.nio ByteBuffer ByteOrder)
           (java.nio.charset StandardCharsets)
           (java.util ArrayList)))

(set! *warn-on-reflection* true)

(def ^:private ^:const block-bytes 65536)
(def ^:private ^:const largest-exact "Up to here every whole double is one number." 9007199254740992.0)

;; Values

(defn- fail [& words]
  (throw (IllegalArgumentException. ^String (apply str words))))

(defn- varint ^long [^ByteBuffer in]
  (loop [value 0, shift 0]
    (let [b (.get in), value (bit-or value (bit-shift-left (bit-and b 0x7F) shift))]
      (cond (nat-int? b) value
            (< 28 shift) (fail "a length has more than five bytes")
            :else (recur value (+ shift 7))))))

(defn- part
  "The next bytes as a buffer of their own."
  ^ByteBuffer [^ByteBuffer in length]
  (when (< (.remaining in) (long length)) (fail "a value is longer than what is around it"))
  (let [part (.order (.slice in (.position in) (int length)) ByteOrder/LITTLE_ENDIAN)]
    (.position in (+ (.position in) (int length)))
    part))

(defn- exactly [^ByteBuffer in bytes]
  (when (not= (long bytes) (.remaining in)) (fail "a number has " (.remaining in) " bytes")))

(defn- bytes-of ^bytes [^ByteBuffer in]
  (let [all (byte-array (.remaining in))] (.get in all) all))

(defn- number
  "The double; whole numbers as longs, since JavaScript knows no difference."
  [^double d]
  (if (and (= d (Math/rint d)) (<= (Math/abs d) largest-exact)) (long d) d))

(defn- truth [^ByteBuffer in]
  (case (.remaining in)
    0 nil
    1 (case (.get in) 0 false 1 true 2 nil (fail "a truth value is none"))
    (fail "a truth value is longer than a byte")))

(declare value)

(defn- values [^ByteBuffer in]
  (let [found (ArrayList.)]
    (while (.hasRemaining in) (.add found (value in)))
    (vec found)))

(defn- object [^ByteBuffer in]
  (loop [entries []]
    (if (.hasRemaining in)
      (let [key (value in)]
        (when-not (string? key) (fail "a key is no string"))
        (recur (conj entries (keyword key) (value in))))
      (apply array-map entries))))

(defn- value [^ByteBuffer in]
  (let [tag (varint in), part (part in (bit-shift-right tag 3))]
    (case (bit-and tag 7)
      0 (String. (bytes-of part) StandardCharsets/UTF_8)
      1 (bytes-of part)
      2 (do (exactly part 4) (long (.getInt part)))
      3 (do (exactly part 8) (number (.getDouble part)))
      4 (values part)
      5 (object part)
      6 (truth part)
      (fail "a value has the type 7, which is reserved"))))

(defn decode
  "The value in data of a record: objects are maps in their order, with keywords as keys. Throws when it is none."
  [^bytes data]
  (let [in (ByteBuffer/wrap data)
        found (try (value in) (catch java.nio.BufferUnderflowException _ (fail "it ends inside a value")))]
    (when (.hasRemaining in) (fail (.remaining in) " bytes are behind the value"))
    found))

;; Records

(defn- deleted? [^bytes data]
  (every? zero? data))

(defn- reduce-block
  "Reduces the records of a block; `start` is its place in the file."
  [^ByteBuffer block start skip damaged f init]
  (loop [acc init, at 0]
    (let [room (- (.limit block) at)
          length (if (< room 2) 0 (bit-and 0xFFFF (.getShort block at)))]
      (cond
        (or (reduced? acc) (zero? length)) acc
        (< room (+ 2 length)) (do (damaged room) acc)
        :else
        (let [data (byte-array length), offset (+ (long start) at), next-at (+ at 2 length)]
          (.get block (int (+ at 2)) data)
          (if (or (<= offset (long skip)) (deleted? data))
            (recur acc next-at)
            (recur (f acc {:value (try (decode data)
                                       (catch IllegalArgumentException e
                                         (refuse (str "the record at " offset) "other bytes" (str "BIPF (" (ex-message e) ")"))))
                           :old offset, :place offset, :more true, :at (+ (long start) next-at)})
                   next-at)))))))

(defn- read-block ^ByteBuffer [^RandomAccessFile file]
  (let [bytes (byte-array (min block-bytes (- (.length file) (.getFilePointer file))))]
    (.readFully file bytes)
    (.order (ByteBuffer/wrap bytes) ByteOrder/LITTLE_ENDIAN)))

(defn reduce-file
  "Reduces the records behind the offset `skip`, each as `flumelog.cli.lines/records` gives it. `damaged` is called with the number of
   bytes of what is no record."
  [^String path skip damaged f init]
  (with-open [file (RandomAccessFile. path "r")]
    (loop [acc init, start 0]
      (if (or (reduced? acc) (<= (.length file) start))
        (unreduced acc)
        (recur (reduce-block (read-block file) start skip damaged f acc) (+ start block-bytes))))))
