(ns flumelog.hostile
  "The code of the child JVM of flumelog.hostile-test, which has a small heap. It makes hostile files from a seed, and
   reads and writes each of them in some ways.

   * `child`: does all of that, and prints the result as one line of EDN"
  (:require [clojure.java.io :as io]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= delete-folder! path-in read-bytes temp-folder with-temp-folder
                                       write-bytes!]]
            [flumelog.shapes :as shapes :refer [below pick rng]]
            [taoensso.nippy :as nippy])
  (:import (flumelog.coll LogCursor)
           (flumelog.error LogException)
           (flumelog.file ChannelFile)
           (java.io File)
           (java.nio ByteBuffer)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

;; Inputs

(def ^:private lengths
  "A number that a hostile file claims, for example as a length."
  [0 1 4 8 12 16 0x7FFF 0xFFFF 0x10000 0x3FFFFFF 0x4000000 0x4000001 0x7FFFFFFF 0x80000000 0xFFFFFFF0 0xFFFFFFFF])

(defn- int-bytes [n] (.array (.putInt (ByteBuffer/allocate 4) (unchecked-int n))))

(defn- text [& parts] (.getBytes ^String (apply str parts)))

(defn- hostile-text [random]
  (let [n (pick random [1 10 50 200 6000]), many #(apply str (repeat n %))]
    (case (below random 8)
      0 (text (many "["))
      1 (text (many "{\"a\":"))
      2 (text (many "#a "))
      3 (text (many "(") (many ")"))
      4 (text "1e" (many "9"))
      5 (text "\"" (many "\\u"))
      6 (text "#=(System/exit 1) #inst \"" (many "9") "\"")
      7 (text (many "[") "1" (many "]")))))

(def ^:private frozen
  (delay (mapv nippy/freeze [{:a [1 2.5 "text" 'sym #{:k}]} (vec (range 100)) (byte-array 50) (apply list (repeat 20 "x"))
                             {1 {2 {3 {}}}} #inst "2020-01-01" 12345678901234567890N 1.5M (long-array 5)
                             (apply str (repeat 3000 "long enough to be compressed "))])))

(defn- mutated
  "The bytes with a few changes of the kinds that break parsers."
  [random ^bytes data]
  (loop [data data, left (inc (below random 4))]
    (if (or (zero? left) (zero? (alength data)))
      data
      (let [at (below random (alength data))]
        (recur (case (below random 5)
                 0 (shapes/splice data at (byte-array [(unchecked-byte (below random 256))]))
                 1 (shapes/splice data at (int-bytes (pick random lengths)))
                 2 (Arrays/copyOf data (int at))
                 3 (shapes/splice (Arrays/copyOf data (int (+ at 9))) at (shapes/random-bytes random 9))
                 4 (shapes/splice data at (Arrays/copyOfRange data (int (below random (inc at))) (alength data))))
               (dec left))))))

(defn- payload [random]
  (case (below random 5)
    0 (shapes/random-bytes random (inc (below random 100)))
    1 (hostile-text random)
    2 (pick random @frozen)
    3 (mutated random (pick random @frozen))
    4 (mutated random (text (pick random ["{:a [1 2 #{3}] \"b\" \\c}" "{\"a\":[1,2.5e3,null,true]}" "#uuid \"0\""
                                          "\\u12 ##Inf ^:a x"])))))

(defn- input
  "The n-th hostile file."
  [random]
  (let [trailer (pick random [0 4 6 8])
        whole #(first (shapes/log-bytes trailer (repeatedly (inc (below random 4)) (fn [] (payload random)))))]
    (case (below random 5)
      0 (shapes/random-bytes random (below random 300))
      1 (mutated random (whole))
      (2 3) (whole)
      4 (byte-array (concat (whole) (int-bytes (pick random lengths)) (shapes/random-bytes random (below random 40)))))))

;; Reading and writing

(defn- ours
  "The result of f, or the :flumelog/error of its LogException. Any other exception is thrown on."
  [f]
  (try (f) (catch LogException e (:flumelog/error (ex-data e)))))

(defn- use-up [coll] (reduce (fn [n _] (inc (long n))) 0 coll))

(defn- step-through [l ahead?]
  (let [^LogCursor c (log/cursor l)]
    (when-not ahead? (log/seek! c Long/MAX_VALUE))
    (loop [] (when (if ahead? (log/next! c) (log/prev! c)) (recur)))))

(defn- ways-to-read
  "Functions that read a log, each in a different way."
  [random l total]
  (let [offset (pick random [0 (below random (inc (long total))) -1 total Long/MAX_VALUE Long/MIN_VALUE])]
    [#(use-up (log/entries l {:on-decode-error :skip}))
     #(use-up (log/values l {:on-decode-error (constantly 0) :reverse true}))
     #(use-up (log/offsets l))
     #(use-up l)
     #(dorun (seq l))
     #(dorun (rseq l))
     #(reduce-kv (fn [_ k v] [k v]) nil l)
     #(step-through l true)
     #(step-through l false)
     #(get l offset)
     #(log/fetch l offset)
     #(first (subseq (log/entries l) > offset))
     #(first (rsubseq (log/entries l) < offset))]))

(defn- read-some
  "Reads a log in some of the ways: each way is tried for every fourth file."
  [random l total]
  (doseq [read (ways-to-read random l total) :when (zero? (long (below random 4)))]
    (ours read)))

(defn- write-through
  "Changes a log in every way, and checks that its records are there when it is opened again."
  [path options]
  (let [codec (:codec options)
        value (if (= :bytes codec) (byte-array [1 2]) "text")]
    (with-open [l (log/open path options)]
      (ours #(log/delete! l (first (log/offsets l))))
      (ours #(log/append-all! l [value value]))
      (ours #(log/sync! l)))
    (with-open [l (log/open path options)]
      (when-not (= :none (:tail (log/recovery l))) (throw (ex-info "torn after a clean close" (log/recovery l)))))))

(defn- try-input
  "Reads a file of these bytes, then writes to it. Throws any exception that is not a LogException. Also throws if a
   file was changed that was only read or that was refused."
  [^File folder random codec ^bytes data]
  (let [path (path-in folder "a.log")
        block-bytes (pick random (if (< (alength data) 1000) [1 7 64 16384] [512 16384]))
        options {:codec codec :sync :none :block-bytes block-bytes}
        unchanged #(when-not (bytes= data (read-bytes path)) (throw (ex-info (str "changed by " %) {})))]
    (shapes/clean! folder)
    (write-bytes! path data)
    (ours #(with-open [l (log/open path (assoc options :mode :read))] (read-some random l (alength data))))
    (unchanged "a reader")
    (let [l (ours #(log/open path options))]
      (if (keyword? l)
        (unchanged "an open that was refused")
        (do (with-open [^java.io.Closeable l l] (read-some random l (alength data)))
            (ours #(write-through path options))))
      (if (keyword? l) l :opened))))

;; All inputs

(def ^:private patience-ms "The time limit of one input, far more than any needs." 180000)

(defn- watch-for-hangs!
  "Prints the input and ends this JVM when one takes too long."
  [current]
  (doto (Thread. (fn []
                   (loop [before nil]
                     (Thread/sleep (long patience-ms))
                     (let [now @current]
                       (when (and now (identical? before now))
                         (prn (assoc now :hangs true))
                         (flush)
                         (.halt (Runtime/getRuntime) 3))
                       (recur now)))))
    (.setDaemon true) (.start)))

(defn- used-bytes []
  (System/gc)
  (- (.totalMemory (Runtime/getRuntime)) (.freeMemory (Runtime/getRuntime))))

(defn- try-every
  "Tries the inputs `from`, `from` + `step`, ... below n. Counts their outcomes, or returns the first exception that is
   not a LogException."
  [current seed from step n]
  (with-temp-folder [folder]
    (loop [i (long from), outcomes {}]
      (if (<= (long n) i)
        (do (reset! current nil) outcomes)
        (let [random (rng (+ (long seed) i)), codec (nth [:edn :json :nippy :utf8 :bytes] (rem i 5)), data (input random)]
          (reset! current {:seed seed :n i :codec codec :input (shapes/hex data)})
          (let [outcome (try (try-input folder random codec data) (catch Throwable t t))]
            (if (instance? Throwable outcome)
              (assoc @current :threw (str outcome) :at (mapv str (take 12 (.getStackTrace ^Throwable outcome))))
              (recur (+ i (long step)) (update outcomes outcome (fnil inc 0))))))))))

(defn- try-inputs [seed n]
  (let [before (used-bytes)
        threads (.availableProcessors (Runtime/getRuntime))
        results (mapv deref (mapv #(let [current (atom nil)]
                                     (watch-for-hangs! current)
                                     (future (try-every current seed % threads n)))
                                  (range threads)))]
    (or (some #(when (:threw %) %) results)
        {:outcomes (apply merge-with + results) :grown (- (long (used-bytes)) (long before))})))

;; Records of gigabytes

(defn- sparse-log!
  "Makes a sparse 53-bit log of records with these lengths, each with a first byte and a hole. Returns the starts of the
   records, and the end."
  [path lengths first-byte]
  (with-open [file (ChannelFile/openForWriting (.toPath (io/file path)))]
    (reduce (fn [starts length]
              (let [start (long (peek starts)), length (long length), end (+ start length 16)
                    word #(.putInt (ByteBuffer/allocate (int %)) (unchecked-int length))]
                (.overwrite file start (doto ^ByteBuffer (word 5) (.put (byte first-byte)) .flip))
                (.overwrite file (- end 12) (doto ^ByteBuffer (word 12) (.putLong end) .flip))
                (conj starts end)))
            [0] lengths)))

(defn- read-giants
  "Reads through a log with records of gigabytes. Returns the starts of its frames, and the records that were found."
  [folder first-byte mode]
  (let [path (path-in folder "giant.log")
        starts (sparse-log! path [5 0x80000000 0x4000001 0xFFFFFFFF 5] first-byte)]
    (with-open [l (log/open path {:codec :bytes :mode mode :sync :none})]
      {:starts starts
       :end (:end (log/info l))
       :offsets (into [] (log/offsets l))
       :backwards (into [] (log/offsets l {:reverse true}))
       :errors (mapv #(ours (fn [] (log/fetch l %) :read)) (pop starts))
       :first (count (first (seq l)))
       :last (count (first (rseq l)))})))

;; The whole run

(defn child
  "The whole run of the child JVM. Prints one line of EDN."
  [seed n zeros?]
  (require 'flumelog.codec.json)
  (let [folder (temp-folder)]
    (try
      (prn (assoc (try-inputs seed n)
                  :giants [(read-giants folder 1 :read) (read-giants folder 1 :read-write)]
                  :holes (when zeros? (select-keys (read-giants folder 0 :read) [:offsets :errors]))))
      (finally (delete-folder! folder)))
    (shutdown-agents)))
