(ns flumelog.ending-test
  "Records by where they end: `:key :end`, `ending-at`, and what Java has for them. The model is a plain filter over the ends, as
   `in-range` is over the starts."
  (:require [clojure.core.reducers :as r]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.back-ends :refer [deletes? on-every-log on-every-log-with-frames]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error in-range overhead path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.log Entry LiveOptions Log Range RecordKey TypedEntry TypedLog)
           (java.util.stream Stream)))

(set! *warn-on-reflection* true)

(defn- back-end ^Log [^LogCollection l] (.log l))

(defn- by-ends
  "The entries of ends and values, by the steps of a cursor, and the values that `get` gives at the offsets."
  [l]
  (let [cursor (.cursor (back-end l))]
    (loop [entries []]
      (if (.next cursor)
        (recur (conj entries (clojure.lang.MapEntry. (.end cursor) (get l (.offset cursor)))))
        entries))))

(defn- around [entries]
  (distinct (concat (mapcat #(range (- (long (key %)) 2) (+ (long (key %)) 3)) entries) [-1 0 1 Long/MIN_VALUE Long/MAX_VALUE])))

(defn- fill!
  "Appends records, and deletes the third and the last one where the log can delete."
  [l]
  (let [offsets (log/append-all! l ["a" "bb" "ccc" "dddd" "ee" "f"])]
    (when (deletes? l) (log/delete! l [(offsets 2) (offsets 5)]))
    offsets))

(deftest the-end-of-a-record-is-where-the-next-one-may-start
  (on-every-log [l {:codec :utf8}]
    (let [starts (log/append-all! l ["a" "bb" "ccc"]), ends (mapv key (by-ends l))]
      (is (every? true? (map < starts ends)))
      (is (every? true? (map <= ends (rest starts))))
      (is (= ends (into [] (log/offsets l {:key :end})) (mapv key (log/entries l {:key :end}))))))
  (on-every-log-with-frames [l {:codec :utf8} format]
    (let [starts (log/append-all! l ["a" "bb" "ccc"])]
      (is (= (map #(+ (long %1) (overhead format) (count %2)) starts l) (seq (log/offsets l {:key :end})))))))

(deftest ranges-of-ends-are-exact-for-every-bound
  (on-every-log [l {:codec :utf8}]
    (fill! l)
    (let [all (by-ends l), third (key (all 2))]
      (doseq [bound (around all)
              options [{:gt bound} {:gte bound} {:lt bound} {:lte bound} {:gt bound :lt third} {:gte bound :lte third :limit 1}]
              options [options (assoc options :reverse true)]
              :let [wanted (in-range all options)]]
        (is-each (= wanted (into [] (log/entries l (assoc options :key :end)))) options))
      (doseq [limit (range 5), reverse [true false] :let [options {:limit limit :reverse reverse}, view (log/entries l (assoc options :key :end))]]
        (is (= (in-range all options) (or (seq view) [])))
        (is (= (clojure.core/reverse (in-range all options)) (or (rseq view) [])) options)))))

(deftest entries-by-end-are-sorted-and-fold
  (on-every-log [l {:codec :utf8}]
    (fill! l)
    (let [model (into (sorted-map) (by-ends l)), view (log/entries l {:key :end})]
      (doseq [end (around model), test [< <= > >=]]
        (is-each (= (subseq model test end) (subseq view test end)) test end)
        (is-each (= (rsubseq model test end) (rsubseq view test end)) test end))
      (is (= (seq model) (r/fold 1 (r/monoid into vector) conj view)))
      (let [s (seq view), walked (vec s)]
        (is (= (seq model) walked s (reduce conj [] s)))
        (is (= (rest model) (reduce conj [] (next s))))))))

(deftest a-record-is-read-by-its-end-and-by-no-other-number
  (on-every-log [l {:codec :utf8}]
    (let [[a] (fill! l), model (into {} (by-ends l)), last-end @(log/since l {:key :end})]
      (doseq [end (concat (range (- (long a) 3) (+ (long last-end) 3)) (around model))]
        (is-each (= (get model end :none) (log/ending-at l end :none)) "at " end))
      (is (nil? (log/ending-at l -7)))
      (is (= :bad-option (error (log/ending-at l "44")) (error (log/ending-at l nil)))))))

(deftest since-by-end-says-how-far-the-log-has-got
  (on-every-log [l {:codec :utf8}]
    (let [end (log/since l {:key :end}), told (atom [])]
      (is (= 0 @end))
      (add-watch end :w (fn [_ _ before now] (swap! told conj [before now])))
      (log/append! l "a")
      (let [first-end @end]
        (is (= [first-end] (into [] (log/offsets l {:key :end}))))
        (log/append-all! l ["b" "c"])
        (is (= [[0 first-end] [first-end @end]] @told))
        (let [last-end @end]
          (is (= last-end (first (log/offsets l {:key :end :reverse true}))))
          (when (deletes? l) (log/delete! l @(log/since l)))
          (is (= last-end @end))
          (log/close! l)
          (is (= last-end @end) "a closed log still says it")))
      (is (= :bad-option (error (log/since l {:key :middle})) (error (log/since l {:kye :end})))))))

(deftest a-live-reading-goes-by-ends
  (on-every-log [l {:codec :utf8}]
    (fill! l)
    (let [all (by-ends l), middle (key (all 1)), read #(into [] (log/live l (assoc % :key :end)))]
      (is (= all (read {:lte @(log/since l {:key :end})})) "a bound that only a deleted record has reached ends it")
      (doseq [bound (filter pos? (around all)), :when (<= (long bound) (long @(log/since l {:key :end})))]
        (is-each (= (in-range all {:gt middle :lte bound}) (read {:gt middle :lte bound})) bound)
        (is-each (= (in-range all {:gte middle :lt bound}) (read {:gte middle :lt bound})) bound))
      (is (= (mapv key all) (read {:as :offsets :limit (count all)})))
      (let [views (mapv #(log/live l (assoc % :key :end :limit 2)) [{:old false} {:gt @(log/since l {:key :end})}])
            readings (mapv #(future (into [] %)) views)]
        (log/append! l "new")
        (log/append! l "newer")
        (let [wanted (take-last 2 (by-ends l))]
          (is (= [wanted wanted] (mapv #(deref % 10000 :late) readings))))))))

(deftest a-position-is-a-bound-of-ends-too
  (with-temp-folder [folder]
    (doseq [protect [:none :checked]]
      (with-open [l (log/open (path-in folder (str (name protect) ".log")) {:codec :utf8 :protect protect})]
        (let [[a b c d] (log/append-all! l ["a" "b" "c" "d"]), [at-b at-c] (map #(log/position l %) [b c])
              read #(into [] (log/values l (assoc % :key :end)))]
          (log/delete! l c)
          (is (= [["d"] ["b" "d"] ["a"] ["a" "b"]] (map read [{:gt at-b} {:gte at-b} {:lt at-b} {:lte at-b}])))
          (is (= [["d"] ["d"] ["a" "b"] ["a" "b"]] (map read [{:gt at-c} {:gte at-c} {:lt at-c} {:lte at-c}])) "of a deleted record")
          (is (= ["a" "b" "d"] (read {:gt (log/position l -1)}))))))))

(deftest java-has-the-end-with-each-entry
  (on-every-log [l {:codec :utf8}]
    (fill! l)
    (let [log (back-end l), all (by-ends l), ends (map key all)
          bounds (.after (.by (Range/all) RecordKey/END) (first ends))]
      (is (= ends (map #(.end ^Entry %) log)))
      (is (= (rest ends) (map #(.end ^Entry %) (iterator-seq (.iterator ^Stream (.stream log bounds))))))
      (is (= (rest ends) (map #(.end ^Entry %) (seq (.toArray ^Stream (.parallel ^Stream (.stream log bounds)))))))
      (is (= (reverse (rest ends)) (map #(.end ^Entry %) (seq (.toArray ^Stream (.stream log (.reversed bounds)))))))
      (is (= (map val all) (map #(String. ^bytes (.getEnding log %)) ends)))
      (is (= (map val all) (map #(.getEnding (TypedLog/over log flumelog.codec.Codecs/UTF8) %) ends)))
      (is (= ends (map #(.end ^TypedEntry %) (seq (.toArray (.stream (TypedLog/over log flumelog.codec.Codecs/UTF8)))))))
      (is (= [nil nil] (map #(.getEnding log %) [-1 Long/MAX_VALUE])))
      (is (= -1 (.offsetOfEnding log 0)))
      (is (not= (Range/all) (.by (Range/all) RecordKey/END)))
      (is (not= (LiveOptions/all) (.by (LiveOptions/all) RecordKey/END)))
      (is (= (Entry. 3 (byte-array 1) 9) (Entry. 3 (byte-array 1))) "entries are equal by their offsets and data"))))

(deftest data-that-imitates-the-end-of-a-frame-is-no-end
  (with-temp-folder [folder]
    (doseq [protect [:none :checked]]
      (with-open [l (log/open (path-in folder (str (name protect) ".log")) {:codec :bytes :protect protect})]
        (log/append! l (byte-array 9 (byte 1)))
        (let [data-start (+ 4 (long (:end (log/info l))) (if (= :none protect) 0 1))
              ;; a whole frame of 9 bytes of data at its own place, with its trailer
              end (+ data-start 9 16)
              imitation (.array (doto (java.nio.ByteBuffer/allocate 25) (.putInt 9) (.put (byte-array 9 (byte 2))) (.putInt 9) (.putLong end)))]
          (log/append! l imitation)
          (is (nil? (log/ending-at l end)))
          (is (= 2 (count (into [] (log/entries l {:key :end}))))))))))

(deftest damage-at-an-end-is-told-as-at-a-start
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          [_ b c] (with-open [l (log/open path {:codec :utf8})] (log/append-all! l (repeat 3 "text")))]
      (with-open [l (log/open path {:codec :utf8 :mode :read}), file (java.io.RandomAccessFile. ^String path "rw")]
        (is (= "text" (log/ending-at l c)))
        (.seek file (- (long c) 9))                            ; in the last length of the second frame
        (.write file 1)
        (is (= :corrupt (error (get l b)) (error (log/ending-at l c))))))))

(defspec the-ends-are-those-of-the-starts (size 25 600)
  (prop/for-all [kind (gen/elements [:file :checked :encrypted :memory])
                 bits (gen/elements [32 48 53])
                 steps (gen/vector (gen/one-of [(gen/tuple (gen/return :append) (gen/vector (gen/choose 1 40) 1 4))
                                                (gen/tuple (gen/return :delete) gen/nat)
                                                (gen/return [:reopen])])
                                   1 12)
                 bound (gen/choose -5 900)]
    (with-temp-folder [folder]
      (let [protect ({:checked :checked, :encrypted {:key (byte-array 32 (byte 5))}} kind :none)
            open #(if (= :memory kind)
                    (memory/open {:codec :utf8 :offset-bits bits})
                    (log/open (path-in folder "a.log") {:codec :utf8 :offset-bits bits :protect protect :block-bytes 23}))
            step (fn [l [what arg]]
                   (case what
                     :append (do (log/append-all! l (map #(str/join (repeat % "x")) arg)) l)
                     :delete (let [all (into [] (log/offsets l))]
                               (when (seq all) (log/delete! l (nth all (mod arg (count all)))))
                               l)
                     :reopen (if (= :memory kind) l (do (log/close! l) (open)))))
            l (reduce step (open) steps)]
        (try
          (let [starts (into [] (log/entries l))
                frame-end #(get (.describe (back-end l) %) "end")
                ends (mapv (fn [[start value]] (clojure.lang.MapEntry. (frame-end start) value)) starts)]
            (and (= ends (into [] (log/entries l {:key :end})) (or (seq (log/entries l {:key :end})) []))
                 (every? (fn [options] (= (in-range ends options) (into [] (log/entries l (assoc options :key :end)))))
                         (for [test [:gt :gte :lt :lte], reverse [true false]] {test bound :reverse reverse}))
                 (= (get (into {} ends) bound) (log/ending-at l bound))
                 (every? (fn [[end value]] (= value (log/ending-at l end))) ends)))
          (finally (log/close! l)))))))
