(ns flumelog.checkpoint-test
  "What a log remembers of itself beside its file is believed only where it fits the file, and is never needed."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [log-in overwrite! watched]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.error LogException)
           (flumelog.file LogPath)
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
  "Some facts of the recovery of the log, and its `:values`."
  [d options & facts]
  (with-open [l (disk/open d file (merge {:codec :utf8} options))]
    (assoc (select-keys (log/recovery l) facts) :values (into [] l))))

(def ^:private layout
  "Where in a checkpoint the numbers lie that these tests read and forge, in bytes: see the Javadoc of `Checkpoint`. It has
   `:slots` of `:slot-spacing` bytes each, and a table of landmarks from `:table` on. Within a slot each number has its
   place; the checksum covers what lies before it."
  {:slots 4, :slot-spacing 512, :table 2048
   :magic 0, :sequence 8, :frames 32, :crc 136})

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
        (is (= {:scanned-from 0, :tail :none, :frames 20000, :values other}
               (opened d {} :scanned-from :tail :frames)))))))

(deftest a-log-that-replaced-one-never-forced-is-read-for-itself
  (let [d (disk/disk)
        other (bytes-of {:framing :legacy} ["theirs" "and more"])]
    (log/append! (disk/open d file {:codec :utf8 :sync :none}) "never forced")
    (let [left (disk/put-contents (disk/kill d) file other)]
      (is (= {:tail :none, :values ["theirs" "and more"]} (opened left {} :tail)))
      (is (Arrays/equals other (disk/contents left file))))))

(deftest a-log-that-was-rewritten-is-forced-before-it-counts-as-durable
  (let [d (disk-of {} ["a" "bbb"])]
    (apply overwrite! (disk/folder d) file 0 (bytes-of {} ["ccc" "d"]))
    (with-open [l (disk/open d file {:codec :utf8})]
      (is (= ["ccc" "d"] (into [] l)))
      (is (= 19 @(log/durable l)))
      (doseq [seed (range 20)]
        (is (= {:values ["ccc" "d"]} (opened (disk/lose-power d seed) {})))))))

;; The checkpoint itself is not what it was

(defn- with-checkpoint [d ^bytes data]
  (disk/put-contents (disk/kill d) checkpoint data))

(deftest a-checkpoint-that-was-cut-is-no-loss
  (let [d (disk-of {} long-log)
        whole (disk/contents d checkpoint)]
    (doseq [n [0 1 (layout :crc) (+ 4 (long (layout :crc))) (+ 88 (long (layout :slot-spacing)))
               (dec (long (layout :table))) (layout :table) (+ 8 (long (layout :table)))
               (- (alength whole) 8) (dec (alength whole))]]
      (testing (str n " of " (alength whole) " bytes")
        (with-open [l (disk/open (with-checkpoint d (Arrays/copyOf whole (int n))) file {:codec :utf8})]
          (doseq [offset [40 (* 40 1234) (* 40 1999)]]
            (is (= (first long-log) (get l offset)))
            (is (nil? (get l (inc (long offset))))))
          (is (= {:tail :none, :frames 2000} (select-keys (log/recovery l) [:tail :frames]))))))))

(deftest landmarks-of-a-long-log-are-read-in-pieces
  (let [folder (disk/folder (disk/disk))
        starts (reductions + 0 (take 400000 (cycle [300 17 250 900 61])))
        end (long (last starts))
        written (doto (Landmarks.) (.addAll (long-array starts)))]
    (with-open [log-file (.openForWriting folder file)
                c (Checkpoint/openForWriting (LogPath. folder file) (ArrayList.))]
      (.adopt c log-file (.stamp folder file) false nil)
      (.write c (Mark. (LegacyFraming.) end 0 400000 false false false 0 true) written -1))
    (with-open [c (Checkpoint/openForReading (LogPath. folder file) (ArrayList.))]
      (let [^Landmarks kept (.landmarks c)]
        (is (nil? (first (remove #(= (.floor written %) (.floor kept %)) (range 0 end 101)))))
        (is (= (count (filter #(.has written %) starts)) (count (filter #(.has kept %) starts))))))))

(defn- forged
  "The checkpoint with a number in each of its slots replaced, and checksums that are right."
  [^bytes whole number value]
  (let [{:keys [slots slot-spacing crc]} layout
        data (ByteBuffer/wrap (aclone whole))
        place (fn [slot number] (int (+ (long slot) (long (layout number)))))]
    (doseq [slot (range 0 (* (long slots) (long slot-spacing)) slot-spacing)
            :when (not (zero? (.getLong data (place slot :magic))))
            :let [checksum (CRC32C.)]]
      (.putLong data (place slot number) value)
      (.update checksum (.array data) (int slot) (int crc))
      (.putInt data (place slot :crc) (unchecked-int (.getValue checksum))))
    (.array data)))

(deftest a-checkpoint-of-another-kind-is-ignored
  (let [d (disk-of {} long-log)
        whole (disk/contents d checkpoint)]
    (is (= {:scanned-from 80000, :frames 2000, :values long-log}
           (opened (with-checkpoint d whole) {} :scanned-from :frames)))
    (is (= {:scanned-from 80000, :frames 7, :values long-log}
           (opened (with-checkpoint d (forged whole :frames 7)) {} :scanned-from :frames))
        "a slot with a right checksum is believed")
    (let [other-magic (inc (.getLong (ByteBuffer/wrap whole) (int (layout :magic))))
          other-kind (-> whole (forged :frames 7) (forged :magic other-magic))]
      (is (= {:scanned-from 0, :frames 2000, :values long-log}
             (opened (with-checkpoint d other-kind) {} :scanned-from :frames))))))

(deftest a-mark-set-while-the-checkpoint-is-read-is-not-missed
  (let [d (disk-of {} long-log)
        newest (forged (disk/contents d checkpoint) :sequence 1000)
        folder (watched (disk/folder d)
                        (fn [op _] (when (= :confirm op) (apply overwrite! (disk/folder d) checkpoint 0 newest))))
        l (log-in folder file {:codec :utf8 :sync :none})]
    (log/append! l "new")
    (is (= {:watermark 80000, :frames 2001} (dissoc (opened (disk/kill d) {} :watermark :frames) :values))
        "the mark that another writer set meanwhile counts")))

(deftest a-checkpoint-that-can-t-be-read-breaks-nothing
  (let [d (disk-of {} long-log)]
    (testing "when its landmarks are wanted"
      (with-open [l (disk/open d file {:codec :utf8})]
        (disk/fail! d {:op :read :file #"checkpoint" :for-ever true})
        (is (= (first long-log) (get l 40)))
        (is (nil? (get l 41)))
        (is (= 80000 (log/append! l "new")))))
    (testing "when the log is opened"
      (doseq [mode [:read :read-write]]
        (with-open [l (disk/open d file {:codec :utf8 :mode mode})]
          (is (= {:scanned-from 0, :frames 2001} (select-keys (log/recovery l) [:scanned-from :frames])))
          (is (= [checkpoint] (map :file (:given-up (log/recovery l))))))))))

(deftest an-opening-that-can-t-read-the-log-keeps-the-checkpoint
  (let [d (disk-of {} long-log)
        _ (log/append! (disk/open d file {:codec :utf8 :sync :none}) "not forced")
        opens? #(try (.close (disk/open % file {:codec :utf8})) true (catch LogException _ false))
        failed-at (fn [k] (doto (disk/kill d) (disk/fail! {:op :read :after k :for-ever true})))
        refused (remove opens? (map failed-at (range 1 20)))]
    (is (seq refused))
    (is (= [80000] (distinct (map #(:watermark (opened (disk/kill %) {} :watermark)) refused))))))

;; What is read

(deftest the-newest-records-are-found-without-reading-the-rest
  (let [d (disk-of {} (repeat 50000 "some text of some length"))]
    (disk/put-contents d checkpoint (Arrays/copyOf (disk/contents d checkpoint) (int (layout :table)))) ; no landmarks
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
  (is (= 2 (survivors 0 0)) "where nobody can tell, the record is believed")
  (is (= 2 (survivors 0 6)) "where nobody can tell, the record is believed")
  (is (= 2 (survivors 5 0)) "where nobody can tell, the record is believed"))

;; How much is read

(deftest opening-reads-little-where-the-checkpoint-fits
  (let [d (disk/disk)
        options {:codec :utf8 :sync :none}
        many (repeat 20000 "a record of some length, so that the log is long")]
    (with-open [l (disk/open d file options)] (log/append-all! l many))
    (let [before (disk/calls d :read)]
      (with-open [l (disk/open d file options)]
        (is (< (- (disk/calls d :read) before) 10) "after a clean close")
        (is (= {:tail :none, :frames 20000} (select-keys (log/recovery l) [:tail :frames])))
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
        (is (= {:scanned-from 0, :frames 20002} (select-keys (log/recovery l) [:scanned-from :frames])))))))

(defn- with-file
  "A copy of the disk with other bytes in the log."
  [d data]
  (disk/put-contents (disk/kill d) file data))

(def ^:private text "some text of some length")
(def ^:private frame-bytes "Of a record of that text." 40)

(defn- with-5000-records
  "A disk with a log of 5000 records of the text, which was closed."
  []
  (disk-of {} (repeat 5000 text)))

(deftest a-log-that-another-program-appended-to-is-read-on
  (let [d (with-5000-records)
        data (disk/contents d file)
        length (count text)
        end (+ (alength data) (long frame-bytes))
        more (Arrays/copyOf data (int end))]
    (doto (ByteBuffer/wrap more (alength data) frame-bytes)
      (.putInt length) (.put (.getBytes ^String text)) (.putInt length) (.putLong end))
    (with-open [l (disk/open (with-file d more) file {:codec :utf8 :sync :none})]
      (is (= 5001 (count (into [] l))))
      (is (= :none (:tail (log/recovery l)))))))

(deftest a-log-that-was-cut-at-a-record-is-read-from-its-start
  (let [d (with-5000-records)
        cut (Arrays/copyOf (disk/contents d file) (int (* 3000 (long frame-bytes))))]
    (with-open [l (disk/open (with-file d cut) file {:codec :utf8 :sync :none})]
      (is (= 3000 (count (into [] l))))
      (is (= 0 (:scanned-from (log/recovery l))))
      (is (= 3000 (count (into [] (log/offsets l))))))))

(deftest a-copy-with-the-same-content-is-not-read-again
  (let [d (disk/kill (with-5000-records))]
    (swap! d assoc-in [:files file :id] 12345)
    (with-open [l (disk/open d file {:codec :utf8 :sync :none})]
      (is (= {:scanned-from (* 5000 (long frame-bytes)), :frames 5000}
             (select-keys (log/recovery l) [:scanned-from :frames]))))))

(deftest a-checkpoint-with-any-wrong-byte-breaks-nothing
  (let [d (with-5000-records)
        whole (disk/contents d checkpoint)
        offset (* 2500 (long frame-bytes))]
    (doseq [i (range 0 (alength whole) (size 97 11))
            :let [bad (doto (aclone whole) (aset (int i) (byte (bit-xor 0x55 (aget whole (int i))))))]]
      (with-open [l (disk/open (with-checkpoint d bad) file {:codec :utf8 :sync :none})]
        (is-each (= text (get l offset)) "byte " i)
        (is-each (nil? (get l (inc offset))) "byte " i)))))
