(ns flumelog.damaged
  "Checks of a log that is opened on a damaged file, for any damage. They use `flumelog.shapes`, an implementation of
   the format that shares no code with the log.

   * `open-error`, `named-options`: opening it
   * `check-opened`, `check-going-on`: its whole frames are there, the other bytes are kept, and it takes appends
   * `check-refused`: nothing was changed
   * `expect-records`, `expect-only`, `live-records`, `names`: parts of these checks
   * `failed`: a result for `in-parallel`"
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [read-bytes]]
            [flumelog.shapes :as shapes :refer [describe expect expect-bytes seed]])
  (:import (flumelog.error LogException)
           (java.io File)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def after (.getBytes "after"))

(defn slice ^bytes [^bytes data from to]
  (Arrays/copyOfRange data (int from) (int to)))

(defn- zeros? [^bytes data]
  (Arrays/equals data (byte-array (alength data))))

;; The expected content of a file

(defn live-records
  "The records that are not deleted, of the frames that end at `ends`, as [offset data]. The first of `ends` is 0."
  [^bytes data ends]
  (for [[start end] (partition 2 1 ends)
        :let [length (.getInt (java.nio.ByteBuffer/wrap data) (int start))
              record (slice data (+ 4 (long start)) (+ 4 (long start) length))]
        :when (not (zeros? record))]
    [start record]))

(defn expect-records [wanted l what]
  (doseq [[direction options] {"forwards" {}, "backwards" {:reverse true}}
          :let [found (into [] (log/entries l options))
                wanted (if (:reverse options) (reverse wanted) wanted)]]
    (expect (map first wanted) (map key found) (str what ", offsets " direction))
    (when-not (every? true? (map (fn [[_ ^bytes a] e] (Arrays/equals a ^bytes (val e))) wanted found))
      (expect (map (comp vec second) wanted) (map (comp vec val) found) (str what ", data " direction)))))

(defn names [good]
  #{"a.log" "a.log.lock" "a.log.checkpoint" (str "a.log.torn-" good)})

(defn expect-only [allowed ^File folder what]
  (expect nil (seq (remove allowed (.list folder))) (str what ", other files")))

;; Opening it

(defn named-options
  "The options of format for an open. With fewer than two whole frames the format can't be found out for sure (see
   doc/format.md; also, a record that begins with a copy of the only record before it can be read as legacy), so the
   options name it. With more frames they name it every second time."
  [{:keys [options]} frames n]
  (if (or (< (long frames) 2) (even? (long n)))
    options
    (dissoc options :offset-bits :framing)))

(defn open-error
  "The open log, or the kind of the documented error that open throws. Any other exception is thrown on."
  [path options]
  (try (log/open path options)
       (catch LogException e
         (expect true (contains? #{:corrupt :wrong-format} (:flumelog/error (ex-data e)))
                 (str "refused with " (ex-message e)))
         (:flumelog/error (ex-data e)))))

(defn- room?
  "Whether the bytes behind the last frame are all zeros, as a writer's room is, and not the beginning of a length."
  [^bytes data good]
  (and (pos? (long good)) (<= 4 (- (alength data) (long good))) (zeros? (slice data good (alength data)))))

(defn check-opened
  "Checks the log `l`, which was opened on a file of these bytes, whose frames end at `ends`: their records must be
   there, and the bytes behind them must be kept, unless they are all zeros."
  [path data l ends]
  (let [good (peek ends), total (alength ^bytes data), report (log/recovery l)
        cut (if (room? data good) 0 (- total (long good)))]
    (expect-records (live-records data ends) l "after open")
    (expect [(if (zero? cut) :none :torn) good total cut (dec (count ends))]
            ((juxt :tail :end :size :cut-bytes :frames) report) "recovery")
    (expect-bytes (slice data 0 good) (read-bytes path) "the file after open")
    (when (pos? cut)
      (expect (str path ".torn-" good) (:kept report) ":kept")
      (expect-bytes (slice data good total) (read-bytes (:kept report)) "what was cut"))))

(defn check-going-on
  "Checks that a log whose frames end at `ends` takes a record, and has the same records when it is opened again, with
   and without the side files of the first opening. Opening again must change no byte."
  [folder path {:keys [options trailer]} data ends forget?]
  (let [good (peek ends)
        added (shapes/frame trailer good after)
        longer (shapes/splice (Arrays/copyOf ^bytes data (int (+ (long good) (alength added)))) good added)
        wanted (concat (live-records data ends) [[good after]])]
    (expect-bytes longer (read-bytes path) "the file after an append")
    (when forget? (io/delete-file (str path ".checkpoint") true))
    (with-open [l (log/open path options)]
      (expect [:none 0] ((juxt :tail :cut-bytes) (log/recovery l)) "recovery of the second opening")
      (expect-records wanted l "after the second opening"))
    (expect-bytes longer (read-bytes path) "the file after the second opening")
    (expect-only (names good) folder "after the second opening")))

(defn another-format-reads-further?
  "Whether the data is one frame of a 32-bit log and also of a legacy log whose second record is 12 bytes longer. Damage
   may cause that."
  [data ends]
  (some #(< (long (peek ends)) (long (peek (shapes/whole-run % data)))) (vals shapes/trailer-bytes)))

(defn check-refused
  "Checks that the file is as it was, that no other file was made, and that the good records can still be read."
  [folder path options data ends]
  (expect-bytes data (read-bytes path) "the refused file")
  (expect-only #{"a.log" "a.log.lock"} folder "after a refusal")
  (let [l (open-error path (assoc options :mode :read))]
    (if (keyword? l)
      (expect true (or (= [0] ends) (another-format-reads-further? data ends)) (str "refused for reading as " l))
      (with-open [^java.io.Closeable l l]
        (when-not (another-format-reads-further? data ends)
          (expect [:corrupt (peek ends)] ((juxt :tail :end) (log/recovery l)) "recovery of a reader")
          (expect-records (live-records data ends) l "of a reader"))))))

(defn failed [shape what t]
  {:failure (str "seed " seed ", " what " of " (describe shape) "\n  " (or (ex-message t) t)
                 (when-not (instance? clojure.lang.ExceptionInfo t)
                   (str "\n  " (str/join "\n  " (.getStackTrace ^Throwable t)))))})
