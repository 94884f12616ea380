(ns flumelog.follower-test
  "A log that is only read, while others do to its file what they do: holes that a power loss left, an append that failed and
   was cut back, another file under its path. It shows what a writer would, never stays behind in silence, and blames nobody
   who has done nothing."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error eventually failure formats log-in overhead overwrite! watched]]
            [flumelog.test-disk :as disk])
  (:import (flumelog.coll LogCollection)
           (flumelog.log LogOptions OffsetLog Repair Verification)
           (java.io IOException)
           (java.util.function Function)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

(defn- texts [l] (mapv #(String. ^bytes % 0 (min 10 (alength ^bytes %))) l))

;; Holes

(def ^:private before-it "When the log was written: the start of the machine and the mount of the file system, 32 bits each."
  0x100000001)

(defn- with-a-hole
  "A disk, on a machine that was started anew as `boot`, with a log of which only the first of four records was durable: the
   second has lost a sector."
  [format boot]
  (let [d (doto (disk/disk) (swap! assoc :boot before-it))
        record #(.getBytes ^String (apply str % (repeat 3000 "x")))
        l (disk/open d file (merge {:codec :bytes :sync :none} format))]
    (log/append! l (record "one"))
    (log/sync! l)
    (run! #(log/append! l (record %)) ["two" "three" "four"])
    (let [left (disk/kill d), start (second (into [] (log/offsets l))), sector (* 512 (inc (quot (+ (long start) 100) 512)))]
      (apply overwrite! (disk/folder left) file sector (repeat 512 0))
      (swap! left assoc :boot boot)
      left)))

(deftest a-reader-stops-at-a-hole-until-a-writer-has-cut-it
  (doseq [[format-name format] formats
          [what boot] {"the machine was started anew" 0x200000001, "the file system was mounted anew" 0x100000002}]
    (testing (str format-name ", " what)
      (let [d (with-a-hole format boot)]
        (with-open [r (disk/open d file {:codec :bytes :mode :read})]
          (let [end (:end (log/recovery r))]
            (is (= {:tail :torn, :frames 1} (select-keys (log/recovery r) [:tail :frames])))
            (dotimes [_ 2]
              (is (= ["onexxxxxxx"] (texts r)) "also when it has looked again")
              (is (= ["onexxxxxxx"] (texts (seq r))) "also when it has looked again"))
            (is (nil? (get r end)))
            (is (= 0 @(log/since r)))
            (with-open [w (disk/open d file {:codec :bytes :sync :none})]
              (is (= {:tail :torn, :end end} (select-keys (log/recovery w) [:tail :end])))
              (is (= end (log/append! w (.getBytes "new record"))))
              (is (= ["onexxxxxxx" "new record"] (texts w)))
              (is (= ["onexxxxxxx" "new record"] (texts r)))
              (log/append! w (byte-array (concat (repeat 10 65) (repeat 2000 0) [1])))
              (is (= ["onexxxxxxx" "new record" "AAAAAAAAAA"] (texts r)) "what a writer at work appends has no holes"))))))))

(deftest a-killed-writers-records-are-read-without-a-power-loss
  (let [d (with-a-hole {} before-it)]
    (with-open [r (disk/open d file {:codec :bytes :mode :read})]
      (is (= {:tail :none, :frames 4} (select-keys (log/recovery r) [:tail :frames]))))))

(deftest verify-salvage-and-recover-see-the-hole-too
  (let [^flumelog.file.LogFolder folder (disk/folder (with-a-hole {} 0x100000002)), options (LogOptions/of {})
        [hole after] (with-open [r (log-in folder file {:codec :bytes :mode :read})]
                       (let [end (long (:end (log/recovery r)))] [end (+ end 16 3003)]))]
    (is (= {"ok" false, "frames" 3, "skipped" [[hole after]]}
           (select-keys (Verification/run folder file options) ["ok" "frames" "skipped"])))
    (is (= {"frames" 3, "skipped" [[hole after]]}
           (select-keys (Repair/salvage folder file folder "saved" options) ["frames" "skipped"])))
    (is (= :bad-option (error (Repair/recover folder file options after))))
    (is (= hole (get (Repair/recover folder file options hole) "end")))))

;; An append that failed

(defn- seen-within
  "A disk, a writer and a reader that has looked while an append of the writer was half written, of which the first records
   were whole: `:looked` says what it saw."
  [options values]
  (let [d (disk/disk), reader (atom nil), looked (atom [])
        before (fn [op _] (when (and @reader (= :truncate op)) (swap! looked conj (into [] @reader))))
        w (log-in (watched (disk/folder d) before) file (merge {:codec :utf8 :sync :none} options))]
    (log/append-all! w ["a" "b"])
    (reset! reader (disk/open d file {:codec :utf8 :mode :read}))
    (into [] @reader)
    (disk/fail! d {:op :append :with :half})
    {:d d :w w :r @reader :looked looked :failure (error (log/append-all! w values))}))

(def ^:private batch ["first of a batch" "second" (apply str (repeat 60 "third, and long"))])

(deftest a-reader-that-saw-part-of-a-failed-append-goes-back
  (doseq [[format-name format] formats
          [what after] {"shorter records" (map str (range 41)), "a longer one" [(apply str (repeat 500 "x"))]
                        "records of the same lengths" ["FIRST OF A BATCH" "SECOND" "3"]}]
    (testing (str format-name ", then " what)
      (let [{:keys [w r looked failure]} (seen-within format batch)]
        (is (= :full failure))
        (is (= [["a" "b" "first of a batch" "second"]] @looked))
        (run! #(log/append! w %) after)
        (dotimes [_ 2]
          (Thread/sleep 30)                                 ; what costs a call more is looked at every 20 ms
          (is (= (into [] w) (into [] r) (reverse (rseq r)))))
        (is (= @(log/since w) @(log/since r)))
        (doseq [[offset value] (log/entries w)] (is (= value (get r offset))))
        (run! #(log/append! w %) ["and" "so" "on"])
        (is (= (into [] w) (into [] r)))))))

(deftest live-ends-when-a-record-it-gave-is-gone
  (let [d (disk/disk), given (atom []), armed (atom false)
        all-given? #(= ["a" "b" "first of a batch" "second"] @given)
        before (fn [op _] (when (and @armed (= :truncate op)) (eventually all-given?)))
        w (log-in (watched (disk/folder d) before) file {:codec :utf8 :sync :none})
        _ (log/append-all! w ["a" "b"])
        r (disk/open d file {:codec :utf8 :mode :read})
        end (future (ex-data (failure (run! #(swap! given conj (val %)) (log/live r)))))]
    (eventually #(= 2 (count @given)))
    (reset! armed true)
    (disk/fail! d {:op :append :with :half})
    (is (= :full (error (log/append-all! w batch))))
    (is (all-given?) "before the writer has cut them off")
    (run! #(log/append! w (str %)) (range 41))
    (let [{:flumelog/keys [error] :keys [offset]} (deref end 20000 nil)]
      (is (= :wrong-log error))
      (is (<= 0 offset 34) "where to go on from: nothing below it has changed"))
    (is (= (into [] w) (into [] r)) "the log itself has gone back")
    (future-cancel end)
    (is (= ["40"] (into [] (comp (take 1) (map val)) (log/live r {:gte (last (log/offsets w))}))) "and is followed from there by whoever comes now")))

(deftest an-append-that-is-written-again-is-the-same
  (let [{:keys [w r looked]} (seen-within {} batch)]
    (is (= 4 (count (first @looked))))
    (log/append-all! w batch)
    (Thread/sleep 30)
    (is (= (into [] w) (into [] r)))))

(deftest a-get-of-a-record-that-was-cut-off-after-the-last-look-finds-none
  (doseq [[format-name format] formats]
    (testing format-name
      (let [{:keys [w r]} (seen-within format batch)
            gone (+ 2 (overhead format) (overhead format))]
        (is (= {0 "a", gone nil} {0 (get r 0), gone (get r gone)}))
        (is (= :not-a-record (error (log/fetch r gone))))
        (is (nil? (.view ^OffsetLog (.log ^LogCollection r) gone (reify Function (apply [_ _] :seen)))))
        (is (= (into [] w) (into [] r)))))))

(deftest a-reader-that-looked-a-moment-ago-gets-a-record-without-a-look
  (let [d (disk/disk), looks (atom 0)]
    (with-open [w (disk/open d file {:codec :utf8 :sync :none})
                r (log-in (watched (disk/folder d) (fn [op _] (when (= :size op) (swap! looks inc)))) file {:codec :utf8 :mode :read})]
      (log/append! w "a")
      (let [next-record (:end (log/info w))
            looks-at #(let [before @looks] (get r %) (- (long @looks) (long before)))]
        (is (= 0 @(log/since r)))
        (is (eventually #(zero? (looks-at 0))) "a look costs more than the record")
        (is (eventually #(pos? (looks-at 0))) "but every 20 ms it looks, whoever asks")
        (log/append! w "b")
        (is (= "b" (get r next-record)) "a record that it has not seen yet is looked for at once")))))

(deftest a-reader-whose-look-failed-does-not-pass-the-next-record-without-one
  (let [d (disk/disk), out-of-reach (atom false)
        before (fn [op _] (when (and @out-of-reach (= :size op)) (throw (IOException. "out of reach"))))]
    (with-open [w (disk/open d file {:codec :utf8 :sync :none})
                r (log-in (watched (disk/folder d) before) file {:codec :utf8 :mode :read})]
      (log/append! w "a")
      (is (= "a" (get r 0)))
      (reset! out-of-reach true)
      (is (eventually #(= :failed (error (get r 0)))))
      (is (= :failed (error (get r 0))))
      (reset! out-of-reach false)
      (is (= "a" (get r 0))))))
