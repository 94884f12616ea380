(ns flumelog.checkpoint-test
  "What a log remembers of itself beside its file is believed only where it fits the file, and is never needed."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error log-in overwrite! watched]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.file LogPath)
           (flumelog.frame Landmarks LegacyFraming)
           (flumelog.recovery Checkpoint Mark)
           (java.nio ByteBuffer)
           (java.util ArrayList Arrays)
           (java.util.zip CRC32C)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")
(def ^:private checkpoint "a.log.checkpoint")

(defn- disk-of
  "A disk with a log of the values, which was closed."
  [options values]
  (let [d (disk/disk)]
    (with-open [l (disk/open d file (merge {:codec :utf8 :sync :none} options))] (log/append-all! l values))
    d))

(defn- bytes-of
  "The file of a log of the values."
  ^bytes [options values]
  (disk/contents (disk-of options values) file))

(defn- opened
  "What the recovery of the log says, followed by its values."
  [d options & facts]
  (with-open [l (disk/open d file (merge {:codec :utf8} options))]
    (conj (mapv (log/recovery l) facts) (into [] l))))

(def ^:private long-log
  "Values of a log that is longer than what is always read from its start: 2000 frames of 40 bytes."
  (repeat 2000 "some text of some length"))

;; Somebody has changed the file meanwhile

(deftest a-log-that-was-written-anew-is-read-from-its-start
  (doseq [[what text] {"records that end elsewhere" "text of another length than before"
                       "records half as long" "half"}]
    (testing what
      (let [d (disk-of {} long-log)
            other (repeat 20000 text)]
        (disk/put-contents d file (bytes-of {} other))
        (is (= [0 :none 20000 other] (opened d {} :scanned-from :tail :frames)))))))

(deftest a-log-that-replaced-one-never-forced-is-read-for-itself
  (let [d (disk/disk)
        other (bytes-of {:framing :legacy} ["theirs" "and more"])]
    (log/append! (disk/open d file {:codec :utf8 :sync :none}) "never forced")
    (let [left (disk/put-contents (disk/kill d) file other)]
      (is (= [:none ["theirs" "and more"]] (opened left {} :tail)))
      (is (Arrays/equals other (disk/contents left file))))))

(deftest a-log-that-was-rewritten-is-forced-before-it-counts-as-durable
  (let [d (disk-of {} ["a" "bbb"])]
    (apply overwrite! (disk/folder d) file 0 (bytes-of {} ["ccc" "d"]))
    (with-open [l (disk/open d file {:codec :utf8})]
      (is (= ["ccc" "d"] (into [] l)))
      (is (= 19 @(log/durable l)))
      (doseq [seed (range 20)]
        (is (= [["ccc" "d"]] (opened (disk/lose-power d seed) {})))))))

;; The checkpoint itself is not what it was

(defn- with-checkpoint [d ^bytes data]
  (disk/put-contents (disk/kill d) checkpoint data))

(deftest a-checkpoint-that-was-cut-is-no-loss
  (let [d (disk-of {} long-log)
        whole (disk/contents d checkpoint)]
    (doseq [n [0 1 71 72 600 2047 2048 2056 (- (alength whole) 8) (dec (alength whole))]]
      (testing (str n " of " (alength whole) " bytes")
        (with-open [l (disk/open (with-checkpoint d (Arrays/copyOf whole (int n))) file {:codec :utf8})]
          (doseq [offset [40 (* 40 1234) (* 40 1999)]]
            (is (= [(first long-log) nil] [(get l offset) (get l (inc (long offset)))])))
          (is (= [:none 2000] ((juxt :tail :frames) (log/recovery l)))))))))

(deftest landmarks-of-a-long-log-are-read-in-pieces
  (let [folder (disk/folder (disk/disk))
        starts (reductions + 0 (take 400000 (cycle [300 17 250 900 61])))
        end (long (last starts))
        written (doto (Landmarks.) (.addAll (long-array starts)))]
    (with-open [log-file (.openForWriting folder file)
                c (Checkpoint/openForWriting (LogPath. folder file) (ArrayList.))]
      (.adopt c log-file (.stamp folder file) false)
      (.write c (Mark. (LegacyFraming.) end 0 400000 false false false 0 true) written))
    (with-open [c (Checkpoint/openForReading (LogPath. folder file) (ArrayList.))]
      (let [^Landmarks kept (.landmarks c)]
        (is (nil? (first (remove #(= (.floor written %) (.floor kept %)) (range 0 end 101)))))
        (is (= (count (filter #(.has written %) starts)) (count (filter #(.has kept %) starts))))))))

(defn- rewritten-slots
  "A checkpoint with a long in each of its marks replaced, and a checksum that is right again."
  [^bytes whole at value]
  (let [data (ByteBuffer/wrap (aclone whole))]
    (doseq [slot (range 0 2048 512)
            :when (not (zero? (.getLong data (int slot))))
            :let [crc (CRC32C.)]]
      (.putLong data (int (+ slot (long at))) value)
      (.update crc (.array data) (int slot) 136)
      (.putInt data (int (+ slot 136)) (unchecked-int (.getValue crc))))
    (.array data)))

(deftest a-checkpoint-of-another-kind-is-ignored
  (let [d (disk-of {} long-log)
        whole (disk/contents d checkpoint)]
    (is (= [80000 2000 long-log] (opened (with-checkpoint d whole) {} :scanned-from :frames)))
    (is (= [80000 7 long-log] (opened (with-checkpoint d (rewritten-slots whole 32 7)) {} :scanned-from :frames))
        "a mark with a right checksum is believed")
    (let [other-kind (rewritten-slots (rewritten-slots whole 32 7) 0 (inc (.getLong (ByteBuffer/wrap whole))))]
      (is (= [0 2000 long-log] (opened (with-checkpoint d other-kind) {} :scanned-from :frames))))))

(deftest a-mark-set-while-the-checkpoint-is-read-is-not-missed
  (let [d (disk-of {} long-log)
        its-last (rewritten-slots (disk/contents d checkpoint) 8 1000)
        folder (watched (disk/folder d) (fn [op _] (when (= :confirm op) (apply overwrite! (disk/folder d) checkpoint 0 its-last))))
        l (log-in folder file {:codec :utf8 :sync :none})]
    (log/append! l "new")
    (is (= [80000 2001] (butlast (opened (disk/kill d) {} :watermark :frames))) "the mark of the one who came counts")))

(deftest a-checkpoint-that-can-t-be-read-breaks-nothing
  (let [d (disk-of {} long-log)]
    (testing "when its landmarks are wanted"
      (with-open [l (disk/open d file {:codec :utf8})]
        (disk/fail! d {:op :read :file #"checkpoint" :for-ever true})
        (is (= [(first long-log) nil] [(get l 40) (get l 41)]))
        (is (= 80000 (log/append! l "new")))))
    (testing "when the log is opened"
      (doseq [mode [:read :read-write]]
        (with-open [l (disk/open d file {:codec :utf8 :mode mode})]
          (is (= [0 2001] ((juxt :scanned-from :frames) (log/recovery l))))
          (is (= [checkpoint] (map :file (:given-up (log/recovery l))))))))))

;; What is read

(deftest the-newest-records-are-found-without-reading-the-rest
  (let [d (disk-of {} (repeat 50000 "some text of some length"))]
    (disk/put-contents d checkpoint (Arrays/copyOf (disk/contents d checkpoint) 2048))    ; no landmarks
    (with-open [l (disk/open d file {:codec :utf8})]
      (log/append-all! l ["new" "newer"])
      (let [before (disk/calls d :read)]
        (is (= "newer" (get l 2000019)))
        (is (= [2000019] (into [] (log/offsets l {:gt 2000000}))))
        (is (<= (- (disk/calls d :read) before) 2))
        (is (= (first long-log) (get l 40)) "and those before it when they are asked for")
        (is (< 10 (- (disk/calls d :read) before)))))))

;; Power loss, where a machine does or does not tell that it was started anew

(def ^:private with-zeros-within
  "Data that looks as if a sector of it had been lost, and was not."
  (byte-array (concat (repeat 700 7) (repeat 1500 0) (repeat 800 7))))

(defn- survivors
  "How many of two records are found, of which the second looks torn and was not forced, on a machine that was started
   as `before` and is now as `now`, 0 where it doesn't say."
  [before now]
  (let [d (disk/disk)]
    (swap! d assoc :boot before)
    (let [l (disk/open d file {:codec :bytes :sync :none})]
      (log/append! l (byte-array [1]))
      (log/sync! l)
      (log/append! l with-zeros-within))
    (let [left (disk/kill d)]
      (swap! left assoc :boot now)
      (with-open [l (disk/open left file {:codec :bytes})] (count (seq l))))))

(deftest only-a-machine-that-was-started-anew-has-lost-sectors
  (is (= 2 (survivors 5 5)) "a process that was killed has lost nothing")
  (is (= 1 (survivors 5 6)) "after a power loss what looks torn is, above what was durable")
  (is (= [2 2 2] [(survivors 0 0) (survivors 0 6) (survivors 5 0)]) "where nobody can tell, the record is believed"))

;; How much is read

(deftest opening-reads-little-where-the-checkpoint-fits
  (let [d (disk/disk)
        options {:codec :utf8 :sync :none}
        many (repeat 20000 "a record of some length, so that the log is long")]
    (with-open [l (disk/open d file options)] (log/append-all! l many))
    (let [before (disk/calls d :read)]
      (with-open [l (disk/open d file options)]
        (is (< (- (disk/calls d :read) before) 10) "after a clean close")
        (is (= [:none 20000] ((juxt :tail :frames) (log/recovery l))))
        (is (= (:end (log/recovery l)) (:scanned-from (log/recovery l))))
        (testing "and all is there"
          (is (= 20000 (count (into [] (log/offsets l)))))
          (is (= "a record" (subs (get l (nth (into [] (log/offsets l)) 12345)) 0 8)))
          (is (nil? (get l 1000001))))
        (log/append! l "durable")
        (log/sync! l)
        (log/append! l "not yet")))
    (let [crashed (disk/kill d)
          before (disk/calls crashed :read)]
      (with-open [l (disk/open crashed file options)]
        (is (< (- (disk/calls crashed :read) before) 10) "after a crash")
        (is (= 20002 (count (into [] (log/offsets l)))))))
    (testing "without a checkpoint all is read"
      (swap! d update :files dissoc (str file ".checkpoint"))
      (with-open [l (disk/open d file options)]
        (is (= [0 20002] ((juxt :scanned-from :frames) (log/recovery l))))))))

(defn- with-file
  "A copy of the disk with other bytes in the log."
  [d data]
  (disk/put-contents (disk/kill d) file data))

(deftest a-checkpoint-that-does-not-fit-is-ignored
  (let [options {:codec :utf8 :sync :none}
        d (disk/disk)
        _ (with-open [l (disk/open d file options)] (log/append-all! l (repeat 5000 "some text of some length")))
        data (disk/contents d file)
        frame 40]
    (testing "somebody appended"
      (let [more (java.util.Arrays/copyOf data (+ (alength data) frame))
            end (doto (java.nio.ByteBuffer/wrap more (alength data) frame)
                  (.putInt 24) (.put (.getBytes "some text of some length")) (.putInt 24) (.putLong (alength more)))]
        (is (zero? (.remaining end)))
        (with-open [l (disk/open (with-file d more) file options)]
          (is (= [5001 :none] [(count (into [] l)) (:tail (log/recovery l))])))))
    (testing "somebody cut"
      (with-open [l (disk/open (with-file d (java.util.Arrays/copyOf data (* 3000 frame))) file options)]
        (is (= [3000 0] [(count (into [] l)) (:scanned-from (log/recovery l))]))
        (is (= 3000 (count (into [] (log/offsets l)))))))
    (testing "but not where the log is another file with the same content"
      (let [other (disk/kill d)]
        (swap! other assoc-in [:files file :id] 12345)
        (with-open [l (disk/open other file options)]
          (is (= [200000 5000] ((juxt :scanned-from :frames) (log/recovery l)))))))
    (testing "its bytes are wrong, any of them"
      (let [checkpoint (disk/contents d (str file ".checkpoint"))]
        (doseq [i (range 0 (alength checkpoint) (size 97 11))]
          (let [bad (doto (aclone checkpoint) (aset (int i) (byte (bit-xor 0x55 (aget checkpoint (int i))))))
                damaged (disk/put-contents (disk/kill d) (str file ".checkpoint") bad)]
            (with-open [l (disk/open damaged file options)]
              (when-not (= "some text of some length" (get l (* 2500 frame)))
                (is false (str "byte " i)))
              (is (nil? (get l (inc (* 2500 frame))))))))))))
