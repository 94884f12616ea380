(ns flumelog.cursor-test
  "The cursor of Java programs on logs long enough that it reads ahead from its first step."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error formats log-in overwrite!]]
            [flumelog.shapes :as shapes]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.file LogFolder ReadableFile)
           (flumelog.log Cursor Log)
           (java.nio ByteBuffer)))

(set! *warn-on-reflection* true)

(defn- open [d format]
  (disk/open d "a.log" (merge (formats format) {:codec :bytes, :sync :none, :block-bytes 65536, :cache-blocks 0})))

(defn- cursor ^Cursor [^LogCollection l] (.cursor ^Log (.log l)))

;; The model: [offset data] of each record, which offsets are deleted, and the place between two of them

(defn- live [{:keys [records deleted]} indices]
  (first (remove #(deleted (first (records %))) indices)))

(defn- model-step [{:keys [records place current] :as model} [op n]]
  (case op
    :next (let [i (live model (range place (count records)))]
            (assoc model :current i :place (if i (inc (long i)) (count records))))
    :prev (let [i (live model (range (dec (long place)) -1 -1))]
            (assoc model :current i :place (or i 0)))
    :seek (assoc model :current nil :place (count (take-while #(< (long (first %)) (long n)) records)))
    :delete (update model :deleted conj (first (records (mod n (count records)))))))

(defn- step
  "The same by the cursor; whether there was a record to step over."
  [l ^Cursor c model [op n]]
  (case op
    :next (.next c)
    :prev (.prev c)
    :seek (do (.seek c n) false)
    :delete (do (log/delete! l (first ((:records model) (mod n (count (:records model))))))
                (some? (:current model)))))

(defn- viewed ^bytes [^Cursor c]
  (when-let [^ByteBuffer view (.view c)]
    (let [data (byte-array (.remaining view))]
      (.get view data)
      data)))

(defn- at-its-record? [{:keys [records current deleted]} ^Cursor c]
  (if (nil? current)
    (= -1 (.offset c))
    (let [[offset data] (records current)
          data (when-not (deleted offset) data)
          same? #(if (and data %) (bytes= data %) (= data %))]
      (and (= offset (.offset c)) (same? (.data c)) (same? (viewed c))))))

(defn- walks-as-the-model? [format records steps]
  (with-open [^LogCollection l (open (disk/disk) format)]
    (let [c (delay (cursor l))
          records (mapv vector (log/append-all! l records) records)]
      (loop [model {:records records :deleted #{} :place 0}, steps steps]
        (if-let [[s & steps] (seq steps)]
          (let [after (model-step model s)]
            (and (= (some? (:current after)) (step l @c model s))
                 (at-its-record? after @c)
                 (recur after steps)))
          true)))))

(def ^:private gen-record
  "Mostly of bytes that are not zero; some begin with zeros, or have nothing else but their last byte."
  (gen/fmap (fn [[n zeros]] (byte-array (concat (repeat zeros 0) (repeat n 7))))
            (gen/tuple (gen/choose 1 2000) (gen/frequency [[6 (gen/return 0)] [1 (gen/choose 1 40)]]))))

(def ^:private gen-steps
  (gen/fmap #(into [] cat %)
            (gen/vector (gen/frequency [[4 (gen/fmap #(repeat % [:next]) (gen/choose 1 60))]
                                        [4 (gen/fmap #(repeat % [:prev]) (gen/choose 1 60))]
                                        [1 (gen/fmap #(vector [:seek %]) (gen/choose -10 150000))]
                                        [2 (gen/fmap #(vector [:delete %]) gen/nat)]]))))

(defspec a-cursor-goes-over-the-live-records-whichever-way-it-turns (size 100 2000)
  (prop/for-all [format (gen/elements (sort (keys formats)))
                 records (gen/vector gen-record 100 140)
                 steps gen-steps]
    (walks-as-the-model? format records steps)))

;; Damage that came after the log was opened

(defn- steps-until-corrupt
  "How many steps go well before one ends with `:corrupt`."
  [^Cursor c step]
  (loop [n 0]
    (case (error (when-not (step c) (throw (ex-info "the cursor is at an end" {}))))
      nil (recur (inc n))
      :corrupt n)))

(defn- places-of-frames
  "Of each frame whose bytes lie between the ends: the positions of what is not data."
  [trailer ends]
  (for [[start end] (partition 2 1 ends)
        :let [data-end (- (long end) 4 (long trailer))]]
    (concat (range start (+ (long start) 4)) (range data-end end))))

(deftest a-cursor-stops-at-a-frame-of-which-a-bit-was-flipped
  (doseq [[format _] formats
          :let [records (for [i (range 70)] (byte-array (+ 1000 (* 7 (long i))) (byte 7)))
                [^bytes content ends] (shapes/log-bytes (shapes/trailer-bytes format) records)
                d (disk/put-contents (disk/disk) "a.log" content)]]
    (testing format
      (with-open [^LogCollection l (open d format)]
        (doseq [i [0 1 35 68 69]
                position (nth (places-of-frames (shapes/trailer-bytes format) ends) i)
                bit (range 0 8 3)
                :let [was (aget content position)]]
          (overwrite! (disk/folder d) "a.log" position (bit-xor was (bit-shift-left 1 (long bit))))
          (is (= i (steps-until-corrupt (cursor l) #(.next ^Cursor %))) (str "bit " bit " of byte " position))
          (is (= (- 69 (long i))
                 (steps-until-corrupt (.seek (cursor l) Long/MAX_VALUE) #(.prev ^Cursor %)))
              (str "bit " bit " of byte " position))
          (overwrite! (disk/folder d) "a.log" position was))))))

;; What a seek reads

(defn- that-counts
  "The folder for reading, with the sizes of the reads of files that are opened in it added to an atom."
  ^LogFolder [^LogFolder folder sizes]
  (reify LogFolder
    (openForReading [_ name]
      (let [file (.openForReading folder name)]
        (reify ReadableFile
          (readAt [_ position into] (swap! sizes conj (.remaining into)) (.readAt file position into))
          (size [_] (.size file))
          (close [_] (.close file)))))
    (exists [_ name] (.exists folder name))
    (stamp [_ name] (.stamp folder name))
    (boot [_] (.boot folder))
    (path [_ name] (.path folder name))))

(deftest after-a-seek-a-cursor-reads-no-more-than-a-page-whatever-it-has-read-before
  (doseq [[format-name format] formats, record-bytes [40 700]]
    (testing (str format-name ", records of " record-bytes " bytes")
      (let [d (disk/disk), sizes (atom [])]
        (with-open [w (disk/open d "a.log" (merge format {:codec :bytes :sync :none}))]
          (let [offsets (log/append-all! w (repeat (quot 400000 record-bytes) (byte-array record-bytes (byte 7))))]
            (with-open [^LogCollection l (log-in (that-counts (disk/folder d) sizes) "a.log" {:codec :bytes :mode :read :cache-blocks 0})]
              (let [c (cursor l)]
                (while (.next c))
                (is (< 100000 (long (reduce max @sizes))) "a walk reads ahead")
                (get l 0)                                     ; what it knows of where records start is read once
                (doseq [part [2 3 5], shift [0 1], step [#(.next ^Cursor %) #(.prev ^Cursor %)]]
                  (let [offset (+ (long shift) (long (nth offsets (quot (count offsets) (long part)))))]
                    (reset! sizes [])
                    (.seek c offset)
                    (is (step c))
                    (is (>= 8192 (long (reduce + 0 @sizes))) (str @sizes " for " offset))))))))))))
