(ns ^:no-doc flumelog.serve.records
  "What the page shows of records. Each call reads only the records that it returns, and of a page of records only as many
   as have some megabytes together.

   * `row`: a record in one line
   * `page`: the rows of a range
   * `record`: one record as data, and the beginning of its frame
   * `bytes-of`: a part of a frame
   * `about`: the facts of the log"
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.core :as log]
            [flumelog.facts :as facts]
            [flumelog.serve.shown :as shown])
  (:import (flumelog.codec Codec)
           (flumelog.coll LogCollection)
           (flumelog.error LogException LogException$Kind)
           (flumelog.log Cursor Log)
           (java.nio ByteBuffer)
           (java.util HexFormat)))

(set! *warn-on-reflection* true)

(def ^:const ^:private most-decoded-in-a-row
  "Longer data is shown by its first bytes, not decoded." 262144)

(def ^:const ^:private most-decoded "Longer data is not shown as data." 8388608)

(def ^:const ^:private most-read "The bytes of data after which a page ends." 4194304)

(defn back-end ^Log [log] (.log ^LogCollection log))

(defn codec ^Codec [log] (.codec ^LogCollection log))

;; Errors of one record are shown in its place.

(defn- of-record? [^LogException e]
  (contains? #{LogException$Kind/TOO_LARGE LogException$Kind/DECODE} (.kind e)))

(defn- decoded
  "The tree of the data, or `{:error sentence}` when it can't be decoded."
  [log data bounds]
  (try
    {:v (shown/tree (.decode (codec log) data) bounds)}
    (catch Exception e {:error (str "This record can't be decoded with the codec " (.codecName (codec log)) ": " (ex-message e))})
    (catch StackOverflowError _ {:error "This record is nested too deeply to be decoded."})))

;; Rows

(defn overhead
  "How many bytes a frame has beyond its data; nil when records of the log have no frames."
  [log]
  (let [{:keys [framing offset-bits]} (log/info log)]
    (case framing
      :flume (case (long offset-bits) 32 12, 48 14, 16)
      :legacy 8
      nil)))

(defn row
  "The record at the offset in one line: `:offset`, `:bytes` of its data, `:end` of its frame where it has one, and `:v`, a tree, or
   `:error`."
  [log overhead offset ^bytes data]
  (merge {:offset offset :bytes (alength data)}
         (when overhead {:end (+ (long offset) (alength data) (long overhead))})
         (if (< (long most-decoded-in-a-row) (alength data))
           {:v (shown/text data 200)}
           (decoded log data shown/in-a-row))))

(defn- row-at
  "The row of the record at which the cursor is; nil when it was deleted meanwhile."
  [log overhead ^Cursor cursor]
  (let [offset (.offset cursor)]
    (try
      (when-let [data (.data cursor)] (row log overhead offset data))
      (catch LogException e
        (if (of-record? e) {:offset offset :error (ex-message e)} (throw e))))))

(defn- step-up [^Cursor cursor] (.next cursor))

(defn- step-down [^Cursor cursor] (.prev cursor))

(defn- rows [log ^Cursor cursor step within? limit]
  (let [overhead (overhead log)]
    (loop [rows [], read 0]
      (if (and (< (count rows) (long limit)) (< read (long most-read)) (step cursor) (within? (.offset cursor)))
        (let [row (row-at log overhead cursor)]
          (recur (cond-> rows row (conj row)) (+ read (long (:bytes row 0)))))
        rows))))

(defn page
  "Rows of at most `:limit` records, the nearest first: those below `:lt`, going down, or from `:gte` upwards. With neither it begins with
   the newest."
  [log {:keys [lt gte limit]}]
  (let [cursor (.cursor (back-end log))]
    (try
      (if gte
        (rows log (.seek cursor (long gte)) step-up any? limit)
        (rows log (.seek cursor (long (or lt Long/MAX_VALUE))) step-down any? limit))
      (finally (.release cursor)))))

;; One record

(defn- int32 [n] (.array (.putInt (ByteBuffer/allocate 4) (unchecked-int n))))

(defn- trailer [{:keys [end offset-bits]}]
  (let [n (case (long offset-bits) 32 4, 48 6, 8)]
    (java.util.Arrays/copyOfRange (.array (.putLong (ByteBuffer/allocate 8) (long end))) (- 8 n) 8)))

(defn- parts
  "The parts of a frame, in order: `[name bytes]`. The lengths and the trailer are those in the file, because a record whose lengths
   and trailer don't fit its place can't be read."
  [{:keys [framing length data] :as facts}]
  (case framing
    :flume  [["length" (int32 length)] ["data" data] ["length" (int32 length)] ["end" (trailer facts)]]
    :legacy [["length" (int32 length)] ["data" data] ["length" (int32 length)]]
    [["data" data]]))

(defn- frame
  "The parts with their places in the file, as far as they are in the range from `from` to `to` in bytes of the frame."
  [{:keys [start] :as facts} from to]
  (loop [[[name ^bytes bytes] & more] (parts facts), at 0, shown []]
    (if-not name
      shown
      (let [end (+ at (alength bytes)), low (max at (long from)), high (min end (long to))]
        (recur more end
               (conj shown (cond-> {:name name :at at :bytes (alength bytes)}
                             (< low high) (assoc :from low
                                                 :hex (.formatHex (HexFormat/of) bytes (- low at) (- high at))))))))))

(def ^:const ^:private first-bytes "Of a frame, shown at once." 2048)

(defn bytes-of
  "The bytes from `from` to `to` of the frame, at most 16384, by its parts."
  [log offset from to]
  (let [from (max 0 (long from))]
    (frame (facts/record (back-end log) offset) from (min (long to) (+ from 16384)))))

(defn record
  "The record as data, `:v` or `:error`, with `:frame`, the parts of its frame, `:bytes`, `:start`, `:end`. Throws what `fetch` throws."
  [log offset]
  (let [{:keys [start end length framing offset-bits] :as facts} (facts/record (back-end log) offset)
        ^bytes data (:data facts)]
    (merge {:offset start :end end :bytes length :framing framing :offset-bits offset-bits
            :frame (frame facts 0 first-bytes)}
           (if (< (long most-decoded) (alength data))
             {:error (str "This record has " (alength data) " bytes of data, too many to be shown as data. Its bytes can be shown.")}
             (decoded log data shown/in-full)))))

;; The log

(defn- damage
  "What is wrong with the file behind the records that can be read, in a sentence; nil when nothing is."
  [log]
  (let [{:keys [tail damage end]} (log/recovery log)]
    (when (= :corrupt tail)
      (str "The file is damaged at position " end " (" damage "). Only the records before that are here."))))

(defn about
  "The facts of the log that the page shows."
  [log]
  (let [since @(log/since log), {:keys [path end framing offset-bits]} (log/info log), codec (.codecName (codec log))]
    {:name (.getName (io/file path)) :path path :since since :oldest (.oldest (back-end log))
     :end (or end (inc (long since))) :framing framing :offset-bits offset-bits
     :codec (if (str/starts-with? codec ":") (subs codec 1) "") :damage (damage log)}))
