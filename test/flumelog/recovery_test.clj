(ns flumelog.recovery-test
  "What opening a file finds and does: torn is not corrupt, and what is no log is left alone."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error failure files-in formats logged overhead path-in read-bytes
                                       with-temp-folder write-bytes!]]
            [flumelog.test-support :refer [is-each size]])
  (:import (java.util Arrays)
           (java.util.logging LogRecord)))

(set! *warn-on-reflection* true)

(defn- log-of
  "Makes a log of the values at the path; returns its bytes and where each record ends, 0 first."
  [path options values]
  (with-open [l (log/open path (merge {:sync :none} options))]
    (log/append-all! l values)
    [(read-bytes path) (conj (vec (log/offsets l)) (:end (log/info l)))]))

(defn- cut [^bytes data n] (Arrays/copyOf data (int n)))

(defn- put [^bytes data position & values]
  (let [copy (aclone data)]
    (dorun (map-indexed (fn [i v] (aset copy (+ (int position) (int i)) (unchecked-byte v))) values))
    copy))

(defn- check-cut
  "Writes the first n bytes of a log as a file of its own, opens it, appends and opens it again."
  [folder options values data ends n]
  (let [path (path-in folder (str "cut-" n ".log"))
        good (last (filter #(<= % n) ends))
        kept (count (filter #(<= 0 % (dec good)) (butlast ends)))
        wanted (take kept values)]
    (write-bytes! path (cut data n))
    (with-open [l (log/open path options)]
      (let [report (log/recovery l)]
        (is-each (= wanted (into [] l)) "cut at " n)
        (is-each (= wanted (reverse (rseq l))) "cut at " n)
        (is (= {:tail (if (= good n) :none :torn), :end good, :size n, :cut-bytes (- n good)}
               (select-keys report [:tail :end :size :cut-bytes])))
        (is (= good (count (read-bytes path))) "the file is cut on open")
        (when-let [torn (:kept report)]
          (is (= (str path ".torn-" good) torn))
          (is (bytes= (Arrays/copyOfRange ^bytes data (int good) (int n)) (read-bytes torn))))
        (is (= good (log/append! l "after")))))
    (let [before (read-bytes path)]
      (with-open [l (log/open path options)]
        (is (= (concat wanted ["after"]) (into [] l)))
        (is (= {:tail :none, :cut-bytes 0} (select-keys (log/recovery l) [:tail :cut-bytes]))))
      (is (bytes= before (read-bytes path)) "opening a second time changes no byte"))))

(deftest a-log-cut-at-any-byte-opens-with-the-records-before
  (doseq [[format-name format] formats
          block-bytes (size [16384 3] [1 2 3 5 7 16 64 16384])
          values (size [["a" "bb" "ccc"]]
                       [["a"] ["a" "bb" "ccc"] (repeat 5 "same length") [(apply str (repeat 70 "long")) "x"]])]
    (testing (str format-name ", blocks of " block-bytes)
      (with-temp-folder [folder]
        (let [options (merge format {:codec :utf8 :block-bytes block-bytes})
              [data ends] (log-of (path-in folder "whole.log") options values)]
          ;; Until the first record is whole nothing tells a format for sure, so there it is named.
          (doseq [n (range (inc (count data)))]
            (check-cut folder (if (< n (second ends)) options (dissoc options :offset-bits :framing))
                       values data ends n)))))))

;; A 32-bit log of three records, with zeros over the first length and the data of the third, and a number over its last
;; length. Below it how a legacy log reads it: there the trailer of the first frame, 39, is the length of a second frame,
;; and the number that the damage has put at 78 is the last length of that.
;;
;;   0    4          31   35   39   43         54   58   62   66         78   82   86
;;   | 27 | 27 bytes | 27 | 39 | 11 | 11 bytes | 11 | 62 |  0 | zeros    | 39 | 86 |
;;   | 27 | 27 bytes | 27 | 39 | 39 bytes                                | 39 |

(deftest a-damaged-log-that-two-formats-read-is-opened-by-name-only
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          of-bytes (fn [n value] (byte-array n (byte value)))
          [data ends] (log-of path {:codec :bytes :offset-bits 32} [(of-bytes 27 1) (of-bytes 11 2) (of-bytes 12 3)])
          damaged (-> data
                      (as-> d (apply put d 62 (repeat 16 0)))
                      (put 78 0 0 0 39))
          options {:codec :bytes :sync :none}]
      (is (= [0 39 62 86] ends))
      (write-bytes! path damaged)
      (io/delete-file (str path ".checkpoint"))
      (is (= :wrong-format (error (log/open path options))))
      (is (= :wrong-format (error (log/open path (assoc options :mode :read)))))
      (is (bytes= damaged (read-bytes path)))
      (with-open [l (log/open path (assoc options :framing :legacy :mode :read))]
        (is (= {:end 82, :frames 2} (select-keys (log/recovery l) [:end :frames]))))
      (with-open [l (log/open path (assoc options :offset-bits 32))]
        (is (= {:tail :torn, :end 62, :cut-bytes 24} (select-keys (log/recovery l) [:tail :end :cut-bytes])))
        (is (= [0 39] (into [] (log/offsets l))))))))

(deftest a-legacy-log-with-one-ambiguous-frame-is-legacy
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          ;; The length of the second is where the first would end were it a 32-bit frame.
          [data ends] (log-of path {:codec :utf8 :framing :legacy} ["a" (apply str (repeat 13 "b")) "c"])]
      (is (= [0 9 30 39] ends))
      (write-bytes! path (cut data 35))
      (io/delete-file (str path ".checkpoint"))
      (with-open [l (log/open path {:codec :utf8})]
        (is (= :legacy (:framing (log/info l))))
        (is (= {:tail :torn, :end 30, :frames 2} (select-keys (log/recovery l) [:tail :end :frames])))))))

(deftest zeros-alone-behind-a-whole-frame-are-room
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              [data ends] (log-of path {:codec :utf8 :framing (:framing format) :offset-bits (:offset-bits format)} ["a" "b"])]
          (doseq [good (rest ends), more [4 8 100 100000]]
            (write-bytes! path (Arrays/copyOf (bytes (cut data good)) (int (+ good more))))
            (io/delete-file (str path ".checkpoint") true)
            (is (= {:ok true, :room-bytes more}
                   (select-keys (log/verify path (merge format {:codec :utf8})) [:ok :room-bytes])))
            (with-open [l (log/open path (merge format {:codec :utf8}))]
              (is (= {:end good, :cut-bytes 0, :tail :none, :room-bytes more}
                     (select-keys (log/recovery l) [:end :cut-bytes :tail :room-bytes :kept]))
                  "and nothing is kept"))
            (is (= good (count (read-bytes path)))))
          (testing "fewer than a length has are the beginning of one"
            (doseq [good ends, more [1 3]]
              (write-bytes! path (Arrays/copyOf (bytes (cut data good)) (int (+ good more))))
              (with-open [l (log/open path (merge format {:codec :utf8}))]
                (is (= {:end good, :cut-bytes more, :tail :torn}
                       (select-keys (log/recovery l) [:end :cut-bytes :tail])))))))))))

(deftest a-torn-tail-that-is-kept-never-replaces-another
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          [data] (log-of path {:codec :utf8} ["a" "b"])]
      (dotimes [_ 3]
        (write-bytes! path (cut data 20))
        (with-open [l (log/open path)]
          (is (= 17 (:end (log/recovery l))))))
      (is (= #{"a.log" "a.log.checkpoint" "a.log.lock" "a.log.torn-17" "a.log.torn-17.2" "a.log.torn-17.3"} (files-in folder))))))

(defn- refused
  "Opens the file in every way that is asked for and checks that it is refused and unchanged."
  [path kind options]
  (let [before (read-bytes path)]
    (is (= kind (error (.close (log/open path options)))) (pr-str options))
    (is (bytes= before (read-bytes path)) "not one byte was written")))

(deftest a-named-format-that-contradicts-the-file-is-refused
  (with-temp-folder [folder]
    (doseq [[made-name made] formats, [named-name named] formats :when (not= made named)
            [what values] {"short" ["a" "bb"], "one" ["a"], "long" [(apply str (repeat 65536 "x")) "b"]}
            :when (not= [{:framing :legacy} "one"] [made what])]
      (testing (str made-name " opened as " named-name ", " what)
        (let [path (path-in folder (str made-name named-name what))]
          (log-of path (merge made {:codec :utf8}) values)
          (refused path :wrong-format named)
          (with-open [l (log/open path {:codec :utf8})]
            (is (= values (into [] l)) "without a name it opens")))))))

(deftest one-legacy-record-is-also-a-frame-torn-before-its-trailer
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          [data] (log-of path {:framing :legacy :codec :utf8} ["a"])]
      (testing "without a name it is the legacy log that it can be"
        (with-open [l (log/open path {:codec :utf8})]
          (is (= :legacy (:framing (log/info l))))
          (is (= ["a"] (into [] l)))))
      (testing "where the options say :flume it is the torn first append of such a log, and kept"
        (with-open [l (log/open path {:codec :utf8 :offset-bits 32})]
          (is (= [] (into [] l)))
          (is (= 0 (:end (log/recovery l))))
          (is (= 9 (:cut-bytes (log/recovery l))))
          (is (bytes= data (read-bytes (:kept (log/recovery l))))))))))

(deftest records-whose-lengths-imitate-another-format-are-told-apart
  (with-temp-folder [folder]
    (doseq [more [12 14 16], first-length [1 4 100], third [1 30]]
      (let [path (path-in folder (str more "-" first-length "-" third))
            values (map #(apply str (repeat % "x")) [first-length (+ first-length more) third])]
        (log-of path {:framing :legacy :codec :utf8} values)
        (doseq [bits [32 48 53]] (refused path :wrong-format {:offset-bits bits}))
        (with-open [l (log/open path {:codec :utf8})]
          (is (= :legacy (:framing (log/info l))))
          (is (= values (into [] l))))))))

(deftest a-torn-legacy-log-that-looks-32-bit-opens-as-named
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          [data] (log-of path {:framing :legacy :codec :utf8} ["first" (apply str (repeat 17 "x"))])]
      (doseq [n (range 18 (count data))]
        (write-bytes! path (cut data n))
        (with-open [l (log/open path {:framing :legacy :codec :utf8})]
          (is (= ["first"] (into [] l)))
          (is (= {:tail :torn, :end 13, :cut-bytes (- n 13)}
                 (select-keys (log/recovery l) [:tail :end :cut-bytes]))))))))

(deftest a-torn-32-bit-log-is-not-opened-as-a-damaged-legacy-log
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          [data] (log-of path {:offset-bits 32 :codec :utf8} ["first" (apply str (repeat 50 "x"))])]
      (doseq [n (range 38 (count data))]
        (write-bytes! path (cut data n))
        (refused path :wrong-format {:framing :legacy})))))

(deftest a-file-that-is-not-a-log-is-left-alone
  (with-temp-folder [folder]
    (doseq [[what data] {"text" (.getBytes "Hello, this is no log.\n"), "a byte" (byte-array [10])
                         "png" (byte-array (map unchecked-byte [0x89 0x50 0x4E 0x47 13 10 26 10 0 0 0 13]))
                         "zip" (byte-array (concat [0x50 0x4B 3 4] (range 100)))
                         "class" (byte-array (map unchecked-byte (concat [0xCA 0xFE 0xBA 0xBE] (range 90))))
                         "zeros, then text" (byte-array (concat (repeat 40 0) (range 1 40)))
                         "small numbers" (byte-array (concat [0 0 0 5] (range 100)))}
            options [{} {:offset-bits 32} {:offset-bits 48} {:framing :legacy}]]
      (testing what
        (let [path (path-in folder what)]
          (write-bytes! path data)
          (refused path :wrong-format options)
          (is (= #{what} (files-in folder)) "no other file is made")
          (io/delete-file path))))))

(deftest damage-before-good-records-is-refused-and-read-up-to
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              [data ends] (log-of path (merge format {:codec :utf8}) ["first" "second" "third" "fourth"])
              second-start (int (ends 1))]
          (doseq [[what damaged] {"a bit of the first length" (put data (+ 3 second-start) 7)
                                  "a high bit of the first length" (put data (+ 1 second-start) 1)
                                  "a huge length" (put data second-start 0xFF 0xFF 0xFF 0xFF)
                                  "the last length" (put data (+ second-start 4 (count "second") 3) 9)
                                  "zeros" (apply put data second-start (repeat 14 0))}]
            (testing what
              (write-bytes! path damaged)
              (refused path :corrupt {})
              (refused path :corrupt format)
              (let [failure (ex-data (failure (log/open path)))]
                (is (= {:offset second-start, :size (count data)} (select-keys failure [:offset :size]))))
              (with-open [l (log/open path {:mode :read :codec :utf8})]
                (is (= ["first"] (into [] l)))
                (is (= ["first"] (rseq l)))
                (is (= {:tail :corrupt, :end second-start} (select-keys (log/recovery l) [:tail :end]))))
              (is (bytes= damaged (read-bytes path))))))))))

(deftest a-wrong-trailer-before-good-records-is-refused
  (with-temp-folder [folder]
    (doseq [bits [32 48 53]]
      (let [path (path-in folder (str bits))
            [data ends] (log-of path {:offset-bits bits :codec :utf8} ["first" "second" "third"])]
        (write-bytes! path (put data (dec (long (ends 2))) 1))
        (refused path :corrupt {})))))

(deftest a-damaged-length-of-the-only-record-is-not-a-torn-append
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              [data] (log-of path (merge format {:codec :utf8}) ["the only one"])]
          (write-bytes! path (put data 1 1))
          (refused path :wrong-format format))))))

;; A 53-bit log whose second record holds a whole frame, with the trailer that it has at its place:
;;
;;   0             17   21                                38         |
;;   | first frame | 46 | [ 1 | 9 | 1 | inner-end = 38 ]  | 29 bytes | ...
;;                      the data of the second record

(deftest a-torn-append-that-holds-a-frame-is-cut-above-the-watermark
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          inner-end 38
          inner (byte-array [0 0 0 1, 9, 0 0 0 1, 0 0 0 0 0 0 0 inner-end])
          checkpoint (with-open [l (log/open path {:codec :bytes :sync :none})]
                       (log/append! l (byte-array [7]))
                       (log/sync! l)
                       (log/append! l (byte-array (concat inner (range 1 30))))
                       (read-bytes (str path ".checkpoint")))
          data (read-bytes path)]
      (doseq [n (range 18 (count data))]
        (write-bytes! path (cut data n))
        (write-bytes! (str path ".checkpoint") checkpoint)
        (with-open [l (log/open path {:codec :bytes})]
          (is (= [[7]] (map vec l)))
          (is (= {:tail :torn, :end 17} (select-keys (log/recovery l) [:tail :end]))))
        (testing "and refused where it is not, since it may be a record behind damage"
          (write-bytes! path (cut data n))
          (io/delete-file (str path ".checkpoint"))
          (if (< n inner-end)
            (with-open [l (log/open path {:codec :bytes})] (is (= :torn (:tail (log/recovery l)))))
            (refused path :corrupt {})))))))

(deftest a-length-past-the-end-is-damage-if-a-frame-follows
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              [data [_ b c]] (log-of path (merge format {:codec :utf8}) ["a" "bb" "ccc" "dddd"])
              trailer-bytes (- (overhead format) 8)
              last-of-the-frame (dec (long c))
              last-of-the-last-length (- last-of-the-frame trailer-bytes)]
          (write-bytes! path (-> data
                                 (put b 1)                            ; a length of more than 16 million
                                 (put last-of-the-last-length 77)
                                 (put last-of-the-frame 77)))
          (io/delete-file (str path ".checkpoint"))
          (refused path :corrupt format)
          (is (= c (:next-good (ex-data (failure (log/open path)))))))))))

(deftest opening-without-a-checkpoint-reports-progress
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          size (with-open [l (log/open path {:codec :utf8 :sync :none})]
                 (transduce identity (log/appending l) (repeat 5000 (apply str (repeat 1000 "x"))))
                 (:end (log/info l)))
          seen (atom [])
          open #(with-open [l (log/open path {:progress (fn [at] (swap! seen conj at))})] (:frames (log/recovery l)))]
      (open)
      (is (= [] @seen) "where it was closed, nothing is read")
      (io/delete-file (str path ".checkpoint"))
      (is (thrown-with-msg? Exception #"enough" (log/open path {:progress (fn [_] (throw (ex-info "enough" {})))})))
      (is (= 5000 (open)))
      (is (<= 4 (count @seen)))
      (is (apply < (map :position @seen)))
      (is (= #{size} (set (map :size @seen))))
      (is (= :bad-option (error (log/open path {:progress 1})))))))

(deftest reading-a-file-with-a-torn-tail-changes-nothing
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          [data] (log-of path {:codec :utf8} ["a" "b"])]
      (run! #(io/delete-file (str path %)) [".lock" ".checkpoint"])
      (write-bytes! path (cut data 25))
      (with-open [l (log/open path {:mode :read :codec :utf8})]
        (is (= ["a"] (into [] l)))
        (is (= {:tail :torn :frames 1 :end 17 :size 25 :cut-bytes 0 :scanned-from 0} (log/recovery l)))
        (is (= :read-only (error (log/append! l "c"))))
        (is (= :read-only (error (log/delete! l 0))))
        (is (= :read-only (error (log/sync! l))))
        (is (= :read-only (error (log/append-all! l [])))))
      (is (= #{"a.log"} (files-in folder)))
      (is (= 25 (count (read-bytes path)))))))

(deftest a-missing-file-is-created-by-a-writer-and-fails-a-reader
  (with-temp-folder [folder]
    (let [path (path-in folder "new/folders/a.log")
          failure (failure (log/open path {:mode :read}))]
      (is (= :failed (:flumelog/error (ex-data failure))))
      (is (str/includes? (ex-message failure) path))
      (is (= #{} (files-in folder)))
      (with-open [l (log/open path)]
        (is (= 0 (log/append! l :a))))
      (is (= :failed (error (log/open (path-in folder "new"))))))))

(deftest recovery-on-open-is-logged
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          [data] (log-of path {:codec :utf8} ["a" "b"])]
      (write-bytes! path (cut data 20))
      (let [[^LogRecord record & more] (logged #(.close (log/open path)))
            text (apply str (.getMessage record) (.getParameters record))]
        (is (nil? more) "one line")
        (doseq [fact [path "3" "17" (str path ".torn-17")]]
          (is (str/includes? text fact)))))))
