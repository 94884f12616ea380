(ns flumelog.checked-test
  "A checked log gives no value that was not appended there: whatever bits flip, wherever a file is cut, whatever frames are moved,
   and whatever data looks like a frame."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error failure path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.memory :as memory]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.protect CheckedEnvelope GivenSeal Protected)
           (flumelog.frame FlumeFraming)
           (java.nio ByteBuffer)
           (java.util.zip CRC32C)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")
(def ^:private options {:codec :utf8 :sync :none :protect :checked})
(def ^:private reading {:codec :utf8 :sync :none})

(def ^:private batches [["first"] ["a" "" "c"] ["\u0000\u0000"] ["x1" "x2"] ["the last but one" "last"]])

(defn- disk-with
  "A disk with a log of the batches, of which the record with the number is deleted, and the entries of each batch."
  ([options] (disk-with options nil))
  ([options deleted]
   (let [d (disk/disk)]
     (with-open [l (disk/open d file options)]
       (let [offsets (mapv #(log/append-all! l %) batches)]
         (when deleted (log/delete! l (nth (apply concat offsets) deleted)))
         [d (mapv #(mapv vector %1 %2) offsets batches)])))))

(defn- entries-on [d options]
  (with-open [l (disk/open d file options)] (into [] (map vec) (log/entries l))))

(defn- with-bytes
  "A disk with only these bytes: no file beside the log."
  [bytes]
  (disk/put-contents (disk/disk) file (byte-array bytes)))

(defn- flipped ^bytes [^bytes bytes ^long bit]
  (let [copy (aclone bytes), at (quot bit 8)]
    (aset copy at (unchecked-byte (bit-xor (aget copy at) (bit-shift-left 1 (rem bit 8)))))
    copy))

(defn- reading-of
  "What the log on the disk shows: its entries and what opening did, or the kind of the error."
  [d]
  (try (with-open [l (disk/open d file reading)]
         {:entries (into [] (map vec) (log/entries l)) :tail (:tail (log/recovery l)) :redone (:deletions-finished (log/recovery l))})
       (catch clojure.lang.ExceptionInfo e {:error (:flumelog/error (ex-data e))})
       (catch flumelog.error.LogException e {:error (:flumelog/error (ex-data e))})))

(defn- verdict [d]
  (let [folder (disk/folder d)]
    (try (into {} (flumelog.log.Verification/run folder file (flumelog.options/log-options {:codec :utf8})))
         (catch flumelog.error.LogException e {:error (:flumelog/error (ex-data e))}))))

(defn- noticed? [report]
  (or (:error report) (not (get report "ok")) (seq (get report "not-yet-deleted"))))

(deftest every-flipped-bit-is-noticed
  (doseq [bits (if (= 1 (size 1 2)) [53] [53 48 32])]
    (let [[d appended] (disk-with (assoc options :offset-bits bits) 1)
          entries (vec (remove #(= "a" (peek %)) (apply concat appended)))
          ^bytes bytes (disk/contents d file)
          mark (disk/contents d (str file ".checkpoint"))]
      (doseq [bit (range 0 (* 8 (alength bytes)) (size 37 1)), with-mark? [false true]]
        (let [hurt (with-bytes (flipped bytes bit))]
          (when with-mark? (disk/put-contents hurt (str file ".checkpoint") mark))
          (is-each (= true (boolean (noticed? (verdict hurt)))) "verify, bit " bit " of width " bits)
          (let [{:keys [entries tail redone error]} (assoc (reading-of hurt) :all entries), found entries]
            (is-each (= true (or (some? error) (= found (take (count found) (remove #(= "a" (peek %)) (apply concat appended))))))
                     "no other value, bit " bit)
            (is-each (= true (or (some? error) (= :torn tail) (some? redone))) "silent, bit " bit " mark " with-mark?)))))))

(deftest a-cut-at-any-byte-leaves-whole-batches
  (let [[d appended] (disk-with options)
        ^bytes bytes (disk/contents d file)
        ends (rest (reductions + 115 (map #(reduce + (map (fn [[_ ^String v]] (+ 21 (count (.getBytes v "UTF-8")))) %)) appended)))]
    (is (= (alength bytes) (last ends)))
    (doseq [n (range (inc (alength bytes)))]
      (is-each (= (vec (apply concat (take (count (filter #(<= (long %) n) ends)) appended)))
                  (entries-on (with-bytes (take n bytes)) options))
               "cut at " n))))

(deftest a-batch-without-its-end-is-kept-beside-the-log
  (let [[d appended] (disk-with options)
        ^bytes bytes (disk/contents d file)
        cut (with-bytes (take (- (alength bytes) 25) bytes))]
    (with-open [l (disk/open cut file reading)]
      (is (= {:tail :torn :cut-bytes 37} (select-keys (log/recovery l) [:tail :cut-bytes])) "the whole first record of the batch")
      (log/append! l "more")
      (is (= (conj (vec (apply concat (map #(map peek %) (butlast appended)))) "more") (vec l))))
    (is (some #(re-find #"torn-" %) (disk/files cut)))))

(deftest frames-elsewhere-are-not-proved
  (with-temp-folder [folder]
    (let [[a b] (map #(path-in folder %) ["a.log" "b.log"])
          values ["one 1" "two 2" "thr 3"]
          put (fn [^bytes bytes ^long from ^bytes source ^long source-from]
                (let [copy (aclone bytes)] (System/arraycopy source (+ 4 source-from) copy (+ 4 from) 10) copy))
          why #(select-keys (ex-data (failure (with-open [l (log/open a reading)] (vec l)))) [:flumelog/error :offset :why])]
      (doseq [path [a b]] (with-open [l (log/open path options)] (log/append-all! l values)))
      (let [ours (read-bytes a), theirs (read-bytes b)]
        (doseq [[what bytes at] [["the data of another record" (put ours 115 ours 141) 115]
                                 ["the data of another log" (put ours 141 theirs 141) 141]
                                 ["two exchanged" (put (put ours 115 ours 141) 141 ours 115) 115]]]
          (testing what
            (write-bytes! a bytes)
            (is (= {:flumelog/error :corrupt :offset 115 :why :checksum} (why)) "the batch starts there")
            (is (some #{[at :checksum]} (:damaged (log/verify a {:codec :utf8}))))
            (write-bytes! a ours)))
        (is (= values (with-open [l (log/open a reading)] (vec l))))))))

(defn- imitation
  "Text that begins with a whole frame, as it would lie at the position."
  [^long position]
  (let [start (+ position 5)]
    (String. (.array (doto (ByteBuffer/allocate 30) (.putInt 4) (.put (.getBytes "fake")) (.putInt 4) (.putLong (+ start 20)))) "ISO-8859-1")))

(deftest data-that-looks-like-a-frame-is-not-salvaged
  (doseq [protect [:none :checked]]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), start (if (= :checked protect) 115 0)
            overhead (if (= :checked protect) 21 16)
            at (+ start overhead 5)]
        (with-open [l (log/open path (assoc reading :codec :bytes :protect protect))]
          (log/append! l (.getBytes "whole"))
          (log/append! l (.getBytes ^String (imitation (if (= :checked protect) at (dec at))) "ISO-8859-1"))
          (log/append! l (.getBytes "after")))
        (let [bytes (read-bytes path)]
          (aset bytes (+ 3 at) (byte 7))                      ; the first length of the second record
          (write-bytes! path bytes))
        (log/salvage path (path-in folder "b.log") {:codec :bytes})
        (is (= (if (= :checked protect) ["whole" "after"] ["whole" "fake" "after"])
               (with-open [l (log/open (path-in folder "b.log") reading)] (vec l)))
            (str protect))))))

(deftest the-checksum-is-that-of-the-document
  (let [id 0x0123456789abcdef, offset 4711, payload (.getBytes "hello")
        mix (fn [x] (let [x (unchecked-multiply (bit-xor x (unsigned-bit-shift-right x 30)) (unchecked-long 0xbf58476d1ce4e5b9))
                          x (unchecked-multiply (bit-xor x (unsigned-bit-shift-right x 27)) (unchecked-long 0x94d049bb133111eb))]
                      (bit-xor x (unsigned-bit-shift-right x 31))))
        crc (.getValue (doto (CRC32C.) (.update 0xF9) (.update payload)))
        expected (bit-xor crc (unsigned-bit-shift-right (long (mix (bit-xor id offset))) 32))
        out (ByteBuffer/allocate 10)]
    (.enclose (CheckedEnvelope. id) out payload offset 0xF9)
    (is (= (concat [0xF9] payload) (map #(bit-and 0xFF (int %)) (take 6 (.array out)))))
    (is (= expected (bit-and 0xFFFFFFFF (.getInt out 6))))))

(defn- flip! [^bytes bytes ^long bit]
  (let [at (quot bit 8)] (aset bytes at (unchecked-byte (bit-xor (aget bytes at) (bit-shift-left 1 (rem bit 8)))))))

(deftest any-two-flipped-bits-of-a-record-are-noticed
  (let [payload (byte-array (map unchecked-byte (range 1 (long (size 26 96))))), n (+ 5 (alength payload))
        envelope (CheckedEnvelope. 77), sealed (ByteBuffer/allocate n), bytes (.array sealed)
        proved? #(some? (.open envelope (ByteBuffer/wrap bytes) 0 n 4711))]
    (.enclose envelope sealed payload 4711 0xF8)
    (is (proved?))
    (is (= 0 (loop [a 0, missed 0]
               (if (= a (* 8 n))
                 missed
                 (do (flip! bytes a)
                     (let [more (loop [b 0, missed 0]
                                  (if (= b a) missed (do (flip! bytes b) (let [p (proved?)] (flip! bytes b) (recur (inc b) (if p (inc missed) missed))))))]
                       (flip! bytes a)
                       (recur (inc a) (+ missed (long more)))))))))))

(deftest zeros-without-a-note-are-damage
  (let [[d] (disk-with options)
        ^bytes bytes (disk/contents d file)]
    (doseq [i (range 119 129)] (aset bytes i (byte 0)))
    (is (= [115] (get (verdict (with-bytes bytes)) "unnoted")))
    (is (= {:flumelog/error :corrupt :why :unnoted}
           (select-keys (ex-data (failure (entries-on (with-bytes bytes) reading))) [:flumelog/error :why])))))

(deftest a-hurt-head-is-known-and-its-log-is-saved
  (with-temp-folder [folder]
    (let [[a b] (map #(path-in folder %) ["a.log" "b.log"])]
      (with-open [l (log/open a (assoc options :max-record-bytes 20000000))]
        (run! #(log/append! l (str % (.repeat "x" 4300000))) (range 5)))
      (let [bytes (read-bytes a)]
        (aset bytes 20 (byte 77))
        (write-bytes! a bytes))
      (is (= {:flumelog/error :corrupt :offset 0 :why :head}
             (select-keys (ex-data (failure (log/open a reading))) [:flumelog/error :offset :why])))
      (run! #(.delete (java.io.File. (str a %))) [".checkpoint"])
      (testing "with the copy of the head behind 16 MiB"
        (is (= [[0 :head]] (:damaged (log/verify a {:codec :utf8}))))
        (is (= {:frames 5 :skipped [[0 115]]} (select-keys (log/salvage a b {:codec :utf8}) [:frames :skipped])))
        (with-open [l (log/open b reading)]
          (is (= ["0xxx" "1xxx" "2xxx" "3xxx" "4xxx"] (map #(subs % 0 4) l))))))))

(deftest a-log-is-protected-from-its-first-byte-or-never
  (with-temp-folder [folder]
    (let [path #(path-in folder %)]
      (with-open [l (log/open (path "plain") reading)] (log/append! l "x"))
      (is (= :wrong-format (error (log/open (path "plain") options))))
      (is (= ["x"] (with-open [l (log/open (path "plain") reading)] (vec l))) "and is as it was")
      (is (= :bad-option (error (log/open (path "new") (assoc options :framing :legacy)))))
      (is (= :unsupported (error (memory/open {:protect :checked}))))
      (is (nil? (error (.close (memory/open {:protect :none})))))
      (with-open [l (log/open (path "safe") options)]
        (is (= [-1 115 true] [@(log/since l) (:end (log/info l)) (= (log/id l) (:log-id (log/info l)))]))
        (log/append! l "x"))
      (let [before (read-bytes (path "safe"))]
        (with-open [l (log/open (path "safe") {:protect :none :codec :bytes :sync :none})]
          (is (= [[0 99] [115 6]] (mapv (fn [[k v]] [k (count v)]) (log/entries l))) "its bytes, head and all")
          (is (= [:wrong-format :wrong-format] [(error (log/append! l (byte-array [1]))) (error (log/delete! l 115))])))
        (is (bytes= before (read-bytes (path "safe"))))))))

(deftest what-the-original-appends-is-refused
  (let [[d] (disk-with options)
        framing (FlumeFraming. 53)
        bytes (disk/contents d file)
        end (count bytes)
        foreign (.array (doto (ByteBuffer/allocate 20) (.putInt 4) (.put (.getBytes "data")) (.putInt 4) (.putLong (+ end (.size framing 4)))))
        mark (disk/contents d (str file ".checkpoint"))
        grown (-> (with-bytes (concat bytes foreign)) (disk/put-contents (str file ".checkpoint") mark))]
    (is (= {:flumelog/error :corrupt :offset end :why :checksum}
           (select-keys (ex-data (failure (entries-on grown reading))) [:flumelog/error :offset :why])))
    (is (some? (Protected/ofNew framing 1 2 "a.log" nil GivenSeal/NONE)))))
