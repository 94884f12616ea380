(ns ^:no-doc flumelog.view.bitmap.answer
  "What a bitmap view answers as of one record: it looks at the chunks as they are when it is asked, and only at records up to that
   one. So an answer that was taken earlier has no record that was deleted since.

   * `answer`
   * `offsets`, `number`, `facts`: of what matches a query"
  (:require [flumelog.view.bitmap.adding :as adding]
            [flumelog.view.bitmap.chunk :as chunk])
  (:import (clojure.lang IReduceInit Seqable)
           (org.roaringbitmap IntIterator RoaringBitmap)))

(set! *warn-on-reflection* true)

(deftype ^:private Answer [names contents hidden ^long records ^long since])

(defn answer
  "`contents` is an atom of `flumelog.view.bitmap.adding`'s contents, `hidden` one of a sorted set of offsets."
  [names contents hidden since]
  (let [{:keys [chunks]} @contents]
    (Answer. names contents hidden
             (+ (* (long chunk/most-records) (dec (count chunks))) (chunk/records (peek chunks)))
             since)))

(defn names [^Answer answer] (.names answer))
(defn since ^long [^Answer answer] (.since answer))

;; Matches. A deletion hides a record, then takes it out of the chunks, then ends the hiding. So code that looks first at what is
;; hidden, and then at the chunks, never sees the record.

(defn- without-places ^RoaringBitmap [bits places]
  (if (seq places)
    (let [left (.clone ^RoaringBitmap bits)]
      (doseq [place places] (.remove left (int place)))
      left)
    bits))

(defn- hidden-places [hidden chunk]
  (when (and (seq hidden) (pos? (chunk/records chunk)))
    (map #(chunk/places-below chunk %)
         (subseq hidden >= (chunk/offset-at chunk 0) <= (chunk/offset-at chunk (dec (chunk/records chunk)))))))

(defn- first-places ^RoaringBitmap [^RoaringBitmap bits ^long n]
  (if (< n (long chunk/most-records)) (RoaringBitmap/remove bits n (long chunk/most-records)) bits))

(defn- matches
  "The chunk at an index, and the places in it that match."
  [^Answer answer f ^long index]
  (let [hidden @(.hidden answer), chunk (nth (:chunks @(.contents answer)) index)
        left (- (.records answer) (* index (long chunk/most-records)))
        bits (f chunk)]
    [chunk (without-places (if (< left (chunk/records chunk)) (first-places bits left) bits) (hidden-places hidden chunk))]))

(defn- chunk-count ^long [^Answer answer]
  (quot (+ (.records answer) (dec (long chunk/most-records))) (long chunk/most-records)))

(defn number
  "How many records match."
  ^long [answer f]
  (transduce (map #(.getLongCardinality ^RoaringBitmap (second (matches answer f %)))) + 0 (range (chunk-count answer))))

;; Offsets of matches

(defn- beyond
  "The matches that come after an offset in the direction."
  [chunk bits reverse? after]
  (let [n (if reverse? (chunk/places-below chunk after) (chunk/places-below chunk (inc (long after))))]
    (if reverse? (first-places bits n) (RoaringBitmap/remove ^RoaringBitmap bits 0 (long n)))))

(defn- indexes
  "The chunks in which matches may be that come after the offset."
  [^Answer answer reverse? after]
  (let [all (chunk-count answer), at (if after (adding/index-of-chunk (:chunks @(.contents answer)) after) 0)]
    (if reverse?
      (range (if after (min at (dec all)) (dec all)) -1 -1)
      (range at all))))

(defn- places [answer f reverse? after index]
  (let [[chunk bits] (matches answer f index), ^RoaringBitmap bits (if after (beyond chunk bits reverse? after) bits)]
    [chunk (if reverse? (.getReverseIntIterator bits) (.getIntIterator bits))]))

(defn- reduce-places [f acc chunk ^IntIterator places]
  (loop [acc acc]
    (if (or (reduced? acc) (not (.hasNext places)))
      acc
      (recur (f acc (chunk/offset-at chunk (.next places)))))))

(defn- seq-places [chunk ^IntIterator places]
  (lazy-seq (when (.hasNext places) (cons (chunk/offset-at chunk (.next places)) (seq-places chunk places)))))

(deftype ^:private Offsets [answer f reverse? after]
  IReduceInit
  (reduce [_ g init]
    (loop [acc init, left (indexes answer reverse? after)]
      (cond
        (reduced? acc) @acc
        (empty? left) acc
        :else (let [[chunk places] (places answer f reverse? after (first left))]
                (recur (reduce-places g acc chunk places) (rest left))))))
  Seqable
  (seq [_]
    (letfn [(from [left]
              (lazy-seq (when (seq left)
                          (lazy-cat (apply seq-places (places answer f reverse? after (first left))) (from (rest left))))))]
      (seq (from (indexes answer reverse? after))))))

(defn offsets
  "The offsets of the records that match, something to reduce or to make a seq of: ascending, or descending when `reverse?`; and
   only those that come after the offset `after`, unless that is nil."
  [answer f reverse? after]
  (Offsets. answer f reverse? after))

(defn facts
  "About the view: how many records were deleted, how many bitmaps it has, and about how many bytes of memory it takes."
  [^Answer answer]
  (let [{:keys [chunks]} @(.contents answer)]
    {:deleted (+ (count @(.hidden answer)) (long (transduce (map chunk/deleted) + 0 chunks)))
     :size-in-bytes (transduce (map chunk/size-in-bytes) + 0 chunks)}))
