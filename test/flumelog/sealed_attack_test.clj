(ns flumelog.sealed-attack-test
  "Whoever can write the file of a sealed log, or the file of nodes beside it, makes the log neither hide a change nor tell a wrong head."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.file LogPath)
           (flumelog.protect CheckedEnvelope GivenSeal Protected Tree)
           (flumelog.recovery FrameLeaves LogFiles)
           (java.io RandomAccessFile)
           (java.nio ByteBuffer)
           (java.util Arrays Random)))

(set! *warn-on-reflection* true)

(defn- overwrite! [path offset ^bytes data]
  (with-open [file (RandomAccessFile. ^String path "rw")]
    (.seek file (long offset))
    (.write file data)))

(defn- data-at ^bytes [path offset]
  (let [file (ByteBuffer/wrap (read-bytes path)), from (+ 4 (long offset))]
    (Arrays/copyOfRange (.array file) from (+ from (.getInt file (int offset))))))

(defn- checked
  "The data of a frame with the right checksum, as anybody can make it."
  ^bytes [path offset kind ^bytes content]
  (let [out (ByteBuffer/allocate (+ 5 (alength content)))]
    (.enclose (CheckedEnvelope. (.getLong (ByteBuffer/wrap (read-bytes path)) 15)) out content (long offset) (int kind))
    (.array out)))

(defn- frame ^bytes [offset ^bytes data]
  (let [n (alength data), out (ByteBuffer/allocate (+ n 16))]
    (.array (doto out (.putInt n) (.put data) (.putInt n) (.putLong (+ (long offset) n 16))))))

(defn- forge!
  "Changes the record at the offset, and appends a note that says that it is deleted, with the leaf that it had."
  [path offset]
  (let [data (data-at path offset), end (alength ^bytes (read-bytes path))
        note (-> (ByteBuffer/allocate 40) (.putLong (long offset)) (.put (.leaf (Tree.) (long offset) data 0 (alength data))) (.array))
        content (Arrays/copyOfRange data 1 (- (alength data) 4))]
    (aset-byte content 20 (byte \9))
    (overwrite! path (+ 4 (long offset)) (checked path offset (bit-and 0xFF (aget data 0)) content))
    (overwrite! path end (frame end (checked path end 0xFC note)))))

(deftest a-note-does-not-hide-that-its-record-was-changed
  (doseq [earlier [[] [0]], protect [:sealed {:sign (byte-array 32 (byte 1))}]]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), changed (atom nil)]
        (with-open [l (log/open path {:protect protect :codec :utf8})]
          (let [offsets (log/append-all! l ["gone" "pay 10" "other"])]
            (reset! changed (offsets 1))
            (doseq [i earlier] (log/delete! l (offsets i)))))
        (let [head (with-open [l (log/open path {:mode :read})] (log/head l))]
          (forge! path @changed)
          (is (= {:ok false :head-ok false} (select-keys (log/verify path {:head head :codec :utf8}) [:ok :head-ok])))
          (is (= :corrupt (error (log/open path {:head head :mode :read :codec :utf8})) (error (log/open path {:head head :protect protect :codec :utf8})))))))))

(defn- rec [i] (str "record " i))

(deftest no-damage-to-the-file-of-nodes-changes-what-is-proved
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), nodes (str path ".tree"), n 1100, random (Random. 7)
          [head offsets] (with-open [l (log/open path {:protect :sealed :codec :utf8})]
                           (let [old (do (log/append! l (rec 0)) (log/head l))]
                             [old (into [(first (log/offsets l))] (log/append-all! l (map rec (range 1 n))))]))
          good (read-bytes nodes)]
      (doseq [round (range (long (size 9 300)))
              :let [damaged (aclone ^bytes good)]]
        (case (int (rem (long round) 3))
          0 (Arrays/fill damaged 4096 (alength damaged) (byte 0))
          1 (aset-byte damaged (+ 4096 (.nextInt random (- (alength damaged) 4096))) (unchecked-byte (.nextInt random)))
          2 (dotimes [i 4] (aset-byte damaged (+ 4096 6 (* 40 i)) (unchecked-byte (.nextInt random)))))
        (write-bytes! nodes damaged)
        (with-open [l (log/open path {:mode :read :codec :utf8})]
          (let [i (.nextInt random n)]
            (is-each (= [true true] [(log/proves? (log/prove l (offsets i)) (rec i) {:codec :utf8}) (log/proves? (log/prove l head) nil)])
                     "round " round ", record " i)))))))

(deftest a-proof-that-fails-changes-no-head
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          offsets (with-open [l (log/open path {:protect :sealed :codec :utf8})] (log/append-all! l (mapv rec (range 600))))]
      (with-open [l (log/open path {:codec :utf8})]
        (let [head (log/head l)]
          (overwrite! path (+ 9 (long (offsets 10))) (.getBytes "damage"))
          (is (= :corrupt (error (log/prove l (offsets 20))) (error (log/prove l (offsets 10)))))
          (is (= head (log/head l)))
          (log/append! l "more")
          (is (= (+ 2 (long (:size head))) (:size (log/head l))) "the seal and the record"))))))

(deftest a-note-that-comes-behind-what-is-read-is-found
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          [offset leaf end] (with-open [l (log/open path {:protect :sealed})]
                              (let [offset (log/append! l "gone"), data (data-at path offset), end (:end (log/info l))]
                                (log/delete! l offset)
                                [offset (.leaf (Tree.) (long offset) data 0 (alength data)) end]))
          place (LogPath/of (.toPath (io/file path)))]
      (with-open [file (.openForReading (.folder place) (.name place))]
        (let [blocks (LogFiles/toScan path file (long end)), by (Protected/atStartOf blocks path nil GivenSeal/NONE)
              framing (.framing by), window (.windowToScan blocks)
              leaf-with (fn [now] (.leaf (FrameLeaves. by blocks now) window (.at framing blocks (long offset) (long end)) false))]
          (.coverUpwards window 0 (long end))
          (is (nil? (leaf-with nil)))
          (is (Arrays/equals ^bytes leaf ^bytes (leaf-with (FrameLeaves/now path file)))))))))

(deftest proves-takes-anything-for-a-proof
  (with-temp-folder [folder]
    (doseq [protect [:sealed {:key (byte-array 32 (byte 1)) :sealed true}]]
      (with-open [l (log/open (path-in folder (str (hash protect) ".log")) {:protect protect})]
        (let [options (select-keys (when (map? protect) protect) [:key])
              offset (log/append! l {:n 1}), head (log/head l), _ (log/append! l 2), older (log/prove l head), proof (log/prove l offset)
              junk ['(1 2 3) '(1) Long/MAX_VALUE Long/MIN_VALUE 1.5 "é" [] [nil] {} #{} (Object.) :k]]
          (is (= [true true true] [(log/proves? proof {:n 1} options) (log/proves? proof nil) (log/proves? older nil)]))
          (doseq [j junk, k (remove #{:end :time} (keys proof))]
            (is-each (= false (boolean (log/proves? (assoc proof k j) {:n 1} options))) [k j]))
          (doseq [j junk, k (keys older)] (is-each (= false (log/proves? (assoc older k j) nil)) [k j]))
          (when (:data proof)
            (is (= false (log/proves? (update proof :data #(str % "00")) nil) (log/proves? (assoc proof :offset 3) nil)) "data that is shown is that of the hash"))
          (is (= :bad-option (error (log/proves? proof nil {:turst (byte-array 32)}))))
          (is (= :encode (error (log/proves? proof (Object.))))))))))
