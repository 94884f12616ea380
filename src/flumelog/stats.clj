(ns flumelog.stats
  "What is in a log, in numbers: read once, in constant memory. `stats` returns a map, and `flumelog.stats.page/page` makes a page
   with pictures of it."
  (:require [flumelog.arguments :refer [->log refuse]]
            [flumelog.facts :as facts]
            [flumelog.stats.contents :as contents]
            [flumelog.stats.sizes :as sizes]
            [flumelog.stats.strip :as strip]
            [flumelog.view.options :as options])
  (:import (flumelog.codec Codec)
           (flumelog.coll LogCollection)
           (flumelog.error CodecFailure LogException LogException$Kind OptionFailures)
           (flumelog.field Fields)
           (flumelog.log OffsetCursor OffsetLog ProgressReport)))

(set! *warn-on-reflection* true)

;; The pass

(defn- decoded
  "The value of the cursor's record, or ::undecodable; ::deleted when it was deleted since the step."
  [^Codec codec path ^OffsetCursor cursor]
  (try
    (if-let [data (.data cursor)] (.decode codec data) ::deleted)
    (catch Throwable e
      (if (and (instance? LogException e) (not= LogException$Kind/TOO_LARGE (.kind ^LogException e)))
        (throw e)
        (do (when-not (instance? LogException e) (CodecFailure/throwUnlessOfRecord path e))
            ::undecodable)))))

(defn- damage-of [^LogException e]
  (if (= LogException$Kind/CORRUPT (.kind e))
    {:offset (:offset (ex-data e)) :message (ex-message e)}
    (throw e)))

(defn- add-to! [^longs sums what ^long n]
  (let [i (int what)] (aset sums i (+ (aget sums i) n))))

;; The places of the sums.
(def ^:private ^:const data-bytes 0)
(def ^:private ^:const live-bytes 1)
(def ^:private ^:const decoded-records 2)
(def ^:private ^:const undecodable-records 3)

(defn- count-frame!
  "Counts a record that is present."
  [{:keys [strip sizes sums tell]} ^long start ^long end ^long size]
  (strip/mark! strip :live start end)
  (sizes/add! sizes size)
  (add-to! sums data-bytes size)
  (add-to! sums live-bytes (- end start))
  (tell end))

(defn- count-value!
  "Counts the value of the cursor's record, which stands for a number of records that have a number of bytes."
  [{:keys [sums contents codec path]} cursor records bytes]
  (let [value (decoded codec path cursor)]
    (condp identical? value
      ::deleted nil
      ::undecodable (add-to! sums undecodable-records 1)
      (do (add-to! sums decoded-records 1)
          (contents/add! contents value records bytes)))))

(defn- scan
  "Steps over all records. Each `every`th is decoded, and stands for those between it and the one before it."
  [^OffsetCursor cursor {:keys [every strip ^longs sums] :as parts}]
  (loop [at 0, records 0, waiting-bytes 0, smallest Long/MAX_VALUE, largest 0]
    (let [more (try (.next cursor) (catch LogException e (damage-of e)))]
      (if (true? more)
        (let [start (.offset cursor), end (.position cursor), size (.length cursor)
              records (inc records), bytes (+ waiting-bytes (- end start)), due? (zero? (rem records (long every)))]
          (strip/mark! strip :deleted at start)
          (count-frame! parts start end size)
          (when due? (count-value! parts cursor every bytes))
          (recur end records (if due? 0 bytes) (min size smallest) (max size largest)))
        (let [end (.position cursor)]
          (strip/mark! strip :deleted at end)
          (cond-> {:records records, :deleted (.deletedPassed cursor), :own-bytes (.ownBytesPassed cursor), :end end, :smallest smallest, :largest largest
                   :data-bytes (aget sums data-bytes), :live-bytes (aget sums live-bytes)
                   :decoded (aget sums decoded-records), :undecodable (aget sums undecodable-records)}
            (map? more) (assoc :damage more)))))))

;; The report

(defn- tail-of
  "What is behind the end of the records, unless the log has grown since it was opened."
  [{:keys [tail size room-bytes damage] :as recovery} ^long end]
  (let [behind (if (= end (long (:end recovery))) (max 0 (- (long size) end)) 0), room (long (or room-bytes 0))]
    (cond
      (zero? behind) {:state :none :bytes 0}
      (pos? room) {:state :room :bytes behind}
      :else (cond-> {:state tail :bytes behind} damage (assoc :message damage)))))

(defn- damaged
  "The tail of a log in which reading has met damage: all that was not read."
  [{:keys [offset message]} ^long size]
  {:state :corrupt :bytes (- size (long offset)) :message message})

(defn- in-order
  "The maps as one whose keys stay in this order."
  [& maps]
  (apply array-map (mapcat #(mapcat identity %) maps)))

(defn- name-of
  "The codec as a keyword where it is one of ours."
  [^Codec codec]
  (let [name (.codecName codec)]
    (if (re-matches #":\w+" name) (keyword (subs name 1)) name)))

(defn- report [log {:keys [strip sizes contents]} {:keys [records deleted end data-bytes live-bytes own-bytes smallest largest damage] :as scanned}]
  (let [{:keys [path framing offset-bits]} (facts/info (.log ^LogCollection log)), recovery (facts/recovery (.log ^LogCollection log)), codec (name-of (.codec ^LogCollection log))
        size (max (long (:size recovery)) (long end))]
    (in-order
     (array-map :path path, :codec codec, :framing framing, :offset-bits offset-bits, :size size, :end end
                :records records, :deleted deleted, :live-bytes live-bytes, :deleted-bytes (- (long end) (long live-bytes) (long own-bytes))
                :data-bytes data-bytes, :frame-bytes (- (long live-bytes) (long data-bytes))
                :tail (if damage (damaged damage size) (tail-of recovery end)))
     (when (pos? (long records))
       {:sizes (sizes/summary sizes smallest largest), :histogram (sizes/histogram sizes smallest largest)})
     (select-keys scanned [:decoded :undecodable])
     (contents/report contents)
     {:strip (strip/cells strip)})))

(defn- teller
  "A function of a position that tells `progress` about it, about every MiB."
  [progress ^long total]
  (let [started (System/nanoTime), due (long-array [1048576])]
    (if (nil? progress)
      (fn [_])
      (fn [done]
        (let [done (long done)]
          (when (or (>= done (aget due 0)) (= done total))
            (aset due 0 (+ done 1048576))
            (progress (facts/progress (ProgressReport/of "counting" "bytes" 0 done total (- (System/nanoTime) started))))))))))

(def ^:private ^:const default-sample 200000)

(defn- check [{:keys [sample time type progress] :as options}]
  (when-not (or (nil? sample) (nat-int? sample))
    (throw (OptionFailures/badOption ":sample" sample "a whole number of records, 0 or more")))
  (when-not (or (nil? progress) (ifn? progress))
    (throw (OptionFailures/badOption ":progress" progress "a function of a map")))
  (run! #(Fields/path %) (filter some? [time type]))
  options)

(defn- file-log ^OffsetLog [^LogCollection log]
  (let [raw (.log log)]
    (if (instance? OffsetLog raw) raw (refuse "log" log "a log in a file"))))

(defn- every-of
  "One of how many records is decoded, so that about `sample` are."
  ^long [^long frames ^long sample]
  (if (zero? sample) Long/MAX_VALUE (max 1 (quot (+ frames (dec sample)) sample))))

(defn stats
  "Reads the records of the log and returns what it has found, a map. The log may be open for writing here or elsewhere; records
   that come meanwhile are left out.

   * `:path :codec :framing :offset-bits`; `:size` of the file, and `:end` of its records, in bytes
   * `:records` that are present, and how many are `:deleted`
   * `:live-bytes`, `:deleted-bytes`: both with their frames, and without the heads and notes of a protected log; `:data-bytes` of the present records, and `:frame-bytes` around them
   * `:tail`: what is behind the records, `{:state s :bytes n}`. The state is `:none`; `:torn`, an append that is unfinished or was cut short;
     `:room` of a writer; or `:corrupt` with a `:message`, from the first damage on
   * `:sizes` of the data, `{:smallest n :median n :p99 n :largest n}`, exact below 2048 bytes, else within 0.1 percent; `:histogram`,
     `[{:from n :to n :records n} ...]`
   * `:strip`: the file in 256 cells at most, `[{:from n :to n :live n :deleted n} ...]`
   * `:decoded`: how many records were decoded, evenly taken from the log; `:undecodable`: how many more could not be
   * of those that were decoded: `:kinds` of values, and `:keys`, the paths of fields in maps, as `[{:item i :records n} ...]`, most
     frequent first; a number of `:keys` may be too low by `:keys-error`
   * `:types`, `{:path p :values [...] :error n}`, where values have a type; `:time`, `{:path p :span-ms n :backwards n :spans [{:at date :records n
     :bytes n} ...]}`, where they have a time. `:backwards` counts times that are before one of an earlier record

   Options: `:sample`, about how many records are decoded at most (200000; 0 for none); `:time` and `:type`, field paths, found by their
   names when they are not given; `:progress`, a function that is called about every MiB and may throw to stop. Throws `:bad-option`,
   `:closed`, `:failed`, `:wrong-log`.

     (select-keys (stats/stats log) [:records :deleted :live-bytes])   ;=> {:records 3, :deleted 0, :live-bytes 66}"
  ([log] (stats log nil))
  ([log options]
   (let [log (->log log), raw (file-log log)
         {:keys [sample progress] :as options} (check (options/check-keys [:sample :time :type :progress] options))
         {:keys [size frames]} (facts/recovery raw), now (long (:end (facts/info raw)))
         end (max now (long size))
         ^OffsetCursor cursor (.cursorPastCache raw)
         parts {:codec (.codec log), :path (.path raw), :every (every-of frames (or sample (long default-sample)))
                :sums (long-array 4), :sizes (sizes/sizes), :strip (strip/strip end), :contents (contents/contents options)
                :tell (teller progress now)}]
     (try
       (report log parts (scan cursor parts))
       (finally (.release cursor))))))
