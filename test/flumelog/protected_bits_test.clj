(ns flumelog.protected-bits-test
  "A bit of a protected log that flips is noticed, whatever bit it is: `verify` tells of it, a reading shows no value that was not appended,
   and what opens and reads the log does not go on as if all were well."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures]                                            ; warnings are not shown
            [flumelog.options :refer [log-options]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.error LogException)
           (flumelog.log Verification)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")
(def ^:private mark (str file ".checkpoint"))
(def ^:private seed (byte-array (range 32)))

(def ^:private protections
  {:checked :checked
   :sealed :sealed
   :signed {:sign seed}
   :encrypted {:key seed}
   :encrypted-and-sealed {:key seed :sealed true}
   :encrypted-and-signed {:key seed :sign seed}})

(defn- options-of [protect bits] {:codec :utf8 :sync :none :protect protect :offset-bits bits})

(defn- written
  "A log with a batch of two, one of whose records is deleted, and two batches of one: its bytes, its checkpoint, and what it shows."
  [options]
  (let [d (disk/disk)
        shown (with-open [l (disk/open d file options)]
                (let [[a b] (log/append-all! l ["a" "b"])]
                  (run! #(log/append! l %) ["" "last"])
                  (log/delete! l a)
                  (assert (= b (key (first (log/entries l)))))
                  (mapv vec (log/entries l))))]
    {:bytes (disk/contents d file) :mark (disk/contents d mark) :shown shown}))

(defn- flipped ^bytes [^bytes bytes ^long bit]
  (let [at (quot bit 8)]
    (doto (aclone bytes) (aset at (unchecked-byte (bit-xor (aget bytes at) (bit-shift-left 1 (rem bit 8))))))))

(defn- disk-with [bytes mark-or-nil]
  (cond-> (disk/put-contents (disk/disk) file bytes) mark-or-nil (disk/put-contents mark mark-or-nil)))

(defn- told-by-verify? [d options]
  (try (let [report (Verification/run (disk/folder d) file (log-options (select-keys options [:codec :protect])))]
         (boolean (or (not (get report "ok")) (seq (get report "not-yet-deleted")))))
       (catch LogException _ true)))

(defn- reading
  "What an opening for writing and a reading of all of it give: entries, and whether something was told. After an error, those up to there."
  [d options]
  (let [seen (atom [])]
    (try (with-open [l (disk/open d file options)]
           (run! #(swap! seen conj (vec %)) (log/entries l))
           (let [{:keys [tail deletions-finished]} (log/recovery l)]
             {:seen @seen :told? (boolean (or (= :torn tail) deletions-finished))}))
         (catch LogException _ {:seen @seen :told? true}))))

(defn- wrong
  "What is wrong with the reading of the hurt bytes; nil if the flip was noticed."
  [hurt {:keys [mark shown]} options]
  (let [readings (map #(reading (disk-with hurt %) options) [nil mark])]
    (cond
      (not (told-by-verify? (disk-with hurt nil) options)) :verify-is-silent
      (not-every? #(= (:seen %) (take (count (:seen %)) shown)) readings) [:another-value (map :seen readings)]
      (not-every? :told? readings) [:silent (map :seen readings)])))

;; The 18 kinds of logs have 1,680 to 4,968 bits, 61,656 in all. Tried are quick: one of 397; ci: one of 5, and from --long 5 on: all.
(deftest every-flipped-bit-is-noticed
  (doseq [[mode protect] protections, bits [32 48 53]]
    (testing (str mode " with offsets of " bits " bits")
      (let [options (options-of protect bits), {:keys [^bytes bytes] :as log} (written options), every (max 1 (quot (size 397 1000) (size 1 200)))]
        (is (= [false {:seen (:shown log) :told? false}] [(told-by-verify? (disk-with bytes nil) options) (reading (disk-with bytes nil) options)]))
        (doseq [bit (range (rem bits every) (* 8 (alength bytes)) every)]
          (is-each (= nil (wrong (flipped bytes bit) log options)) "bit " bit))))))
