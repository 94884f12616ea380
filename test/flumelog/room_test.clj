(ns flumelog.room-test
  "Room: zeros behind the log that appends write over, so that a force costs less (`:room-bytes`). It is made where forces
   are, is no part of the log for anybody, and is gone when the log is closed. After a crash it is cut, and is told apart
   from what a crash left unfinished."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error formats log-in path-in read-bytes watched with-temp-folder write-bytes!]]
            [flumelog.options :refer [log-options]]
            [flumelog.process :refer [in-other-process]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.file LogFile LogFolder)
           (flumelog.log Verification)
           (java.nio ByteBuffer)
           (java.util Arrays Collections Random)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")
(def ^:private room 4096)
(def ^:private options {:codec :utf8 :sync :each :room-bytes room})

(defn- bytes-without-room
  "The file of a log of the values that was closed, as a vector."
  [format values]
  (let [d (disk/disk)]
    (with-open [l (disk/open d file (merge {:codec :utf8} format))] (log/append-all! l values))
    (vec (disk/contents d file))))

(defn- zeros? [xs] (every? zero? xs))

(defn- disk-with-room
  "A disk with a log that is open and has room; its records are each durable."
  ([] (disk-with-room nil ["first" "second" "third"]))
  ([format values]
   (let [d (disk/disk), l (disk/open d file (merge options format))]
     (run! #(log/append! l %) values)
     d)))

;; While it is open, and closed

(deftest forced-appends-go-into-room-and-closing-cuts-it-off
  (doseq [[format-name format] formats]
    (testing format-name
      (let [d (disk/disk), values ["first" "second" "third"]
            wanted (bytes-without-room format values)
            now #(vec (disk/contents d file))]
        (with-open [l (disk/open d file (merge options format))]
          (is (= room (:room-bytes (log/info l))))
          (log/append! l "first")
          (is (= (bytes-without-room format ["first"]) (now)) "there was no force yet")
          (log/append! l "second")
          (let [size (count (now))]
            (is (= size (+ room (:end (log/info l)))))
            (log/append! l "third")
            (is (= size (count (now))) "it goes into the room"))
          (let [[log room] (split-at (count wanted) (now))]
            (is (= wanted (vec log)))
            (is (zeros? room)))
          (is (= values (into [] l)))
          (is (= values (reverse (rseq l)))))
        (is (= wanted (now)))
        (doseq [seed (range 50)]
          (let [lost (disk/lose-power d seed)]
            (is-each (= wanted (vec (disk/contents lost file))) "closed means on disk without room, seed " seed)
            (with-open [l (disk/open lost file {:codec :utf8})]
              (is (= :none (:tail (log/recovery l))))
              (is (nil? (:room-bytes (log/recovery l))))
              (is (= values (into [] l))))))))))

(deftest appends-that-are-not-forced-get-no-room
  (let [d (disk/disk), text (.repeat "x" 1000)]
    (with-open [l (disk/open d file (assoc options :sync :none))]
      (let [full? #(= (:end (log/info l)) (count (disk/contents d file)))]
        (dotimes [_ 3] (log/append! l text))
        (is (full?))
        (log/sync! l)
        (log/append-all! l (repeat 5 text))
        (is (full?) "so much was appended since the force that room would be used up by the next")
        (log/sync! l)
        (log/append! l text)
        (is (not (full?)))
        (testing "where one append takes more than there is, no more is made"
          (log/append-all! l (repeat 50 text))
          (is (full?)))))))

(deftest room-that-can-t-be-made-is-done-without
  (doseq [with [:full :half :io-error]]
    (testing with
      (let [d (disk/disk)]
        (with-open [l (disk/open d file options)]
          (log/append! l "first")
          (disk/fail! d {:op :append :after 2 :with with :for-ever true :file #"a.log$"})
          (is (= 21 (log/append! l "second")) "what makes the room is appended")
          (is (= (bytes-without-room nil ["first" "second"]) (vec (disk/contents d file))) "nothing is left of it")
          (disk/heal! d)
          (dotimes [n 300] (log/append! l (str "later " n)))
          (is (< (:end (log/info l)) (count (disk/contents d file))) "it is tried again")
          (is (= 302 (count (into [] l)))))
        (is (= (bytes-without-room nil (concat ["first" "second"] (map #(str "later " %) (range 300))))
               (vec (disk/contents d file))))))))

(deftest close-forces-the-cut-of-the-room
  (let [d (disk/disk), l (disk/open d file options)]
    (run! #(log/append! l %) ["first" "second"])
    (disk/fail! d {:op :append :with :half :file #"a.log$"})
    (is (= :full (error (log/append! l "third"))))
    (.close l)
    (doseq [seed (range 50)]
      (is (= (bytes-without-room nil ["first" "second"]) (vec (disk/contents (disk/lose-power d seed) file)))))))

(deftest room-that-close-cannot-cut-is-cut-by-the-next-open
  (let [d (disk/disk), l (disk/open d file options)]
    (run! #(log/append! l %) ["first" "second"])
    (disk/fail! d {:op :truncate})
    (is (= :failed (error (.close l))))
    (is (nil? (error (.close l))))
    (with-open [l (disk/open d file {:codec :utf8})]
      (is (= :none (:tail (log/recovery l))))
      (is (= room (:room-bytes (log/recovery l))))
      (is (= ["first" "second"] (into [] l))))))

(deftest an-append-into-room-that-fails-leaves-the-log-as-it-was
  (doseq [after [1 2], with [:full :half :io-error]]
    (let [d (disk/disk)]
      (with-open [l (disk/open d file options)]
        (run! #(log/append! l %) ["first" "second"])
        (disk/fail! d {:op :append :after after :with with :file #"a.log$"})
        (is (#{:full :failed} (error (log/append! l "third"))))
        (is (= (bytes-without-room nil ["first" "second"]) (vec (disk/contents d file))))
        (log/append! l "fourth")
        (is (= ["first" "second" "fourth"] (into [] l)))))))

;; After a crash

;;   records          torn bytes       room
;;   |----------------|----------------|0000000000|
;;   0                :end             |          size of the file
;;                                     the last byte that is not zero
;;
;; Opening cuts the file at `:end`. `:cut-bytes` of torn bytes are kept in another file, `:room-bytes` of room are not.

(defn- opened
  "What opening the log on the disk found: some facts of its recovery, its `:values`, and the files with bytes that were
   `:kept-aside`."
  [d & facts]
  (with-open [l (disk/open d file {:codec :utf8})]
    (assoc (select-keys (log/recovery l) facts)
           :values (into [] l)
           :kept-aside (filter #(re-find #"torn" %) (disk/files d)))))

(deftest room-that-a-crash-left-is-cut-and-is-no-torn-tail
  (doseq [[format-name format] formats]
    (testing format-name
      (let [values ["first" "second" "third"]
            d (disk/kill (disk-with-room format values))
            wanted (bytes-without-room format values)
            left (- (count (disk/contents d file)) (count wanted))]
        (is (< 0 left room))
        (is (= {:tail :none, :room-bytes left, :cut-bytes 0, :end (count wanted), :values values, :kept-aside []}
               (opened d :tail :room-bytes :cut-bytes :end)))
        (is (= wanted (vec (disk/contents d file))))
        (is (= {:tail :none, :values values, :kept-aside []} (opened d :tail :room-bytes))
            "a second time there is nothing to do")
        (is (= wanted (vec (disk/contents d file))))))))

(deftest a-log-with-room-may-be-cut-at-any-byte
  (doseq [[format-name format] formats]
    (testing format-name
      (let [values ["first" "second" "third"]
            left (disk/kill (disk-with-room format values))
            cut #(disk/put-contents (disk/kill left) file (Arrays/copyOf (disk/contents left file) (int %)))
            ends (mapv #(count (bytes-without-room format (take % values))) (range 4))
            end (peek ends)]
        (doseq [n (range end (inc (count (disk/contents left file))) (size 61 1))]
          (is-each (= (cond-> {:tail :none, :values values, :kept-aside []} (< end n) (assoc :room-bytes (- n end)))
                      (opened (cut n) :tail :room-bytes))
                   "in the room, at " n))
        (doseq [n (range end) :let [whole-records (dec (count (filter #(<= % n) ends)))]]
          (is-each (= (take whole-records values)
                      (with-open [l (disk/open (cut n) file (merge format {:codec :utf8}))] (into [] l)))
                   "below the watermark, where another program must have cut it, at " n))))))

(deftest bytes-torn-in-room-are-kept
  (doseq [[format-name format] formats]
    (testing format-name
      (let [good (bytes-without-room format ["first" "second"])
            whole (bytes-without-room format ["first" "second" "third"])
            d (disk-with-room format ["first" "second"])
            size (count (disk/contents d file))]
        (doseq [n (range (count good) (count whole))
                :let [there (subvec whole 0 n)
                      data (byte-array (concat there (repeat (- size n) 0)))
                      left (disk/put-contents (disk/kill d) file data)
                      end (count (drop-while zero? (rseq there)))
                      torn (subvec there (count good) (max (count good) end))
                      {[kept] :kept-aside :as found} (opened left :tail :room-bytes :cut-bytes)]]
          (is-each (= {:tail (if (seq torn) :torn :none)
                       :cut-bytes (count torn)
                       :room-bytes (- size (count good) (count torn))
                       :values ["first" "second"]}
                      (dissoc found :kept-aside))
                   "torn after " n " bytes")
          (is-each (= torn (if kept (vec (disk/contents left kept)) [])) "torn after " n " bytes")
          (is-each (= good (vec (disk/contents left file))) "torn after " n " bytes"))))))

(deftest a-hole-in-room-before-a-good-record-is-torn
  (let [d (disk-with-room nil ["first" "second"])
        good (count (bytes-without-room nil ["first" "second"]))
        whole (bytes-without-room nil ["first" "second" "third" "fourth"])
        size (count (disk/contents d file))
        data (byte-array (concat whole (repeat (- size (count whole)) 0)))]
    (Arrays/fill data (int good) (int (+ good 21)) (byte 0))
    (let [left (disk/put-contents (disk/kill d) file data)]
      (is (= {:tail :torn
              :cut-bytes (- (count whole) good)
              :room-bytes (- size (count whole))
              :kept-aside [(str "a.log.torn-" good)]
              :values ["first" "second"]}
             (opened left :tail :cut-bytes :room-bytes))))))

(deftest zeros-are-room-whatever-the-checkpoint-says
  (let [d (disk/kill (disk-with-room))
        wanted (count (bytes-without-room nil ["first" "second" "third"]))
        all-as-room {:tail :none, :cut-bytes 0, :room-bytes (- (count (disk/contents d file)) wanted)
                     :values ["first" "second" "third"], :kept-aside []}]
    (testing "without a checkpoint"
      (let [other (disk/kill d)]
        (swap! other update :files dissoc (str file ".checkpoint"))
        (is (= all-as-room (opened other :tail :cut-bytes :room-bytes)))))
    (testing "with the checkpoint of a writer that makes no room"
      (let [other (disk/disk), l (disk/open other file {:codec :utf8 :sync :each})]
        (run! #(log/append! l %) ["first" "second" "third"])
        (let [killed (disk/kill other)]
          (disk/put-contents killed file (disk/contents d file))
          (is (= all-as-room (opened killed :tail :cut-bytes :room-bytes))))))))

(deftest damage-below-the-watermark-is-refused-also-with-room
  (let [d (disk/kill (disk-with-room))
        data (disk/contents d file)]
    (aset data 3 (byte 9))
    (is (= :corrupt (error (disk/open (disk/put-contents d file data) file {:codec :utf8}))))))

;; Others who look at the file meanwhile

(deftest a-reader-sees-records-and-no-room
  (doseq [[format-name format] formats]
    (testing format-name
      (let [d (disk/disk)]
        (with-open [l (disk/open d file (merge options format))
                    early (do (log/append! l "first") (disk/open d file {:codec :utf8 :mode :read}))]
          (log/append! l "second")
          (with-open [late (disk/open d file {:codec :utf8 :mode :read})]
            (is (= {:tail :none, :room-bytes room} (select-keys (log/recovery late) [:tail :room-bytes])))
            (doseq [reader [early late]]
              (is (= ["first" "second"] (into [] reader)))
              (is (= ["first" "second"] (reverse (rseq reader)))))
            (dotimes [n 300] (log/append! l (str "later " n)))
            (doseq [reader [early late]]
              (is (= (into [] l) (into [] reader)))
              ;; A look that checks more is due at times, and the writer reads too when it forces: the cheapest of some looks.
              (let [reads #(let [before (disk/calls d :read)] @(log/since reader) (- (disk/calls d :read) before))]
                (is (<= (apply min (repeatedly 10 reads)) 1) "that nothing has come costs one small read"))
              (is (= @(log/since l) @(log/since reader))))
            (.close l)
            (doseq [reader [early late]]
              (is (= 302 (count (into [] reader)))))))))))

(defn- byte-by-byte
  "The file; each write reaches it in bytes of any order, and `look` is called after each."
  ^LogFile [^LogFile file ^Random random look]
  (reify LogFile
    (readAt [_ position into] (.readAt file position into))
    (append [_ end data]
      (let [bytes (byte-array (.remaining data)), places (java.util.ArrayList. ^java.util.Collection (range (alength bytes)))]
        (.get data bytes)
        (Collections/shuffle places random)
        (doseq [at (if (every? zero? bytes) [] places)]
          (.append file (+ end (long at)) (ByteBuffer/wrap bytes at 1))
          (look))
        (when (every? zero? bytes) (.append file end (ByteBuffer/wrap bytes)))))
    (overwrite [_ position data] (.overwrite file position data))
    (truncate [_ n] (.truncate file n))
    (force [_] (.force file))
    (size [_] (.size file))
    (close [_] (.close file))))

(defn- with-files
  "The folder; f is called with each file that is opened for writing under the name, and gives what is used for it."
  ^LogFolder [^LogFolder folder name f]
  (reify LogFolder
    (openForReading [_ n] (.openForReading folder n))
    (openForWriting [_ n] (cond-> (.openForWriting folder n) (= name n) f))
    (exists [_ n] (.exists folder n))
    (rename [_ from to] (.rename folder from to))
    (identity [_ n] (.identity folder n))
    (boot [_] (.boot folder))
    (lock [_ n file] (.lock folder n file))
    (path [_ n] (.path folder n))))

(deftest a-reader-sees-all-or-nothing-of-an-append-in-room
  (doseq [[format-name format] formats, seed (range (size 3 50))]
    (testing (str format-name ", seed " seed)
      (let [d (disk/disk), looking (atom nil), wrong (atom nil)
            values (map #(str % " and a bit of it") (range 8))
            look #(when-let [reader @looking]
                    (let [seen (into [] reader)]
                      (when-not (or @wrong (= seen (take (count seen) values))) (reset! wrong seen))))
            folder (with-files (disk/folder d) file #(byte-by-byte % (Random. seed) look))]
        (with-open [l (log-in folder file (merge options format))]
          (run! #(log/append! l %) (take 2 values))
          (with-open [reader (disk/open d file {:codec :utf8 :mode :read})]
            (reset! looking reader)
            (log/append! l (nth values 2))
            (log/append-all! l (drop 3 values))
            (is (nil? @wrong))
            (is (= values (into [] reader)))))))))

(deftest a-reader-in-another-process-follows-a-log-with-room
  (with-temp-folder [folder]
    (let [path (path-in folder file)]
      (in-other-process [p `(do (require 'flumelog.core)
                                (let [l# ((resolve 'flumelog.core/open) ~path ~options)]
                                  (dotimes [n# 100] ((resolve 'flumelog.core/append!) l# (str n#)))
                                  (println "ready")
                                  (read-line)))]
        (with-open [l (log/open path {:codec :utf8 :mode :read})]
          (is (= (map str (range 100)) (into [] l)))
          (is (pos? (:room-bytes (log/recovery l)))))
        (let [found (log/verify path {:codec :utf8})]
          (is (:ok found))
          (is (= 100 (:frames found)))
          (is (pos? (:room-bytes found))))))))

(deftest verify-meets-a-writer-in-the-room
  (doseq [n (range 1 10)]
    (let [d (disk/disk), reads (atom 0), text (.repeat "x" 1000)]
      (with-open [l (disk/open d file (assoc options :room-bytes 200000))]
        (run! #(log/append! l %) ["first" "second" "third"])
        (let [write-meanwhile #(when (and (= [:read file] [%1 %2]) (= n (swap! reads inc)))
                                 (log/append-all! l (repeat 100 text)))
              found (Verification/run (watched (disk/folder d) write-meanwhile) file (log-options {:codec :utf8}))]
          (is (true? (get found "ok")) (str "at read " n " of " @reads))
          (is (= [] (vec (get found "skipped"))) (str "at read " n " of " @reads)))))))

(deftest verify-tells-room-from-damage
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder file), copy (path-in folder "copy.log")]
          (with-open [l (log/open path (merge options format))]
            (run! #(log/append! l %) ["first" "second" "third"])
            (let [{:keys [end]} (log/info l), size (count (read-bytes path))]
              (is (= {:ok true, :frames 3, :room-bytes (- size (long end)), :skipped []}
                     (select-keys (log/verify path {:codec :utf8}) [:ok :frames :room-bytes :skipped])))
              (write-bytes! copy (read-bytes path))
              (is (= {:ok true, :room-bytes (- size (long end)), :skipped []}
                     (select-keys (log/verify copy {:codec :utf8}) [:ok :room-bytes :skipped]))
                  "in a copy too, of which nothing is known")
              (write-bytes! copy (byte-array (concat (read-bytes path) [1])))
              (is (= {:ok false, :skipped [[end (inc size)]]}
                     (select-keys (log/verify copy {:codec :utf8}) [:ok :room-bytes :skipped]))
                  "zeros with a byte behind them are no room")))
          (is (= {:ok true} (select-keys (log/verify path {:codec :utf8}) [:ok :room-bytes])) "closed, it has none"))))))
