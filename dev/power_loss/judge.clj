(ns power-loss.judge
  "Compares the log after a power loss with what the child printed (power-loss.said): each durable record must be there
   byte for byte, and no record that was not appended.

   * `check`: opens the log for reading, for writing, and for writing again, and appends to it"
  (:require [clojure.java.io :as io]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= read-bytes]]
            [power-loss.machine :refer [file-of open]]
            [power-loss.records :refer [frames-of id-of value zeros?]])
  (:import (java.util Arrays)))

(set! *warn-on-reflection* true)

;; The file

(defn- what-differs [^bytes data]
  (let [good (value (id-of data))]
    (if (not= (alength data) (alength good))
      (str "has " (alength data) " bytes instead of " (alength good))
      (let [wrong (filter #(not= (aget data %) (aget good %)) (range (alength data)))]
        (str "differs in " (count wrong) " of its " (alength data) " bytes, from " (first wrong) " to " (last wrong)
             (when (every? #(zero? (aget data %)) wrong) ", which are zeros"))))))

(defn- record-problem
  "The problem with the record at the offset, which has this data, or nil."
  [{:keys [frames maybe deleting gone seeds]} offset data]
  (let [wanted (get frames offset), [seed :as id] (id-of data)]
    (cond
      (zeros? data) (when-not (deleting offset) (str "the record at " offset " is deleted, which nobody asked for"))
      (not (contains? seeds seed)) (str "at " offset " is something that nobody appended"
                                        (when wanted (str " in the place of " wanted)))
      (and wanted (not= id wanted) (not= id (maybe offset))) (str "at " offset " is " id " and not " wanted)
      (not (bytes= data (value id))) (str "the record " id " at " offset " " (what-differs data)
                                          (when (deleting offset) "; its deletion had begun"))
      (gone offset) (str "the record at " offset " is there, but its deletion was durable"))))

(defn- order-problem
  "The problems with the order: the records of each thread must be the first ones that it appended, in the same order."
  [ids]
  (for [[[seed thread] ids] (group-by pop ids)
        :when (not= (map peek ids) (range (count ids)))]
    (str "the records of thread " thread " of " seed " are not its first " (count ids) ", in order: "
         (first (remove (fn [[a b]] (= a b)) (map vector (map peek ids) (range)))))))

(defn- lost
  "The records that are missing: durable ones, and those before a record that is there."
  [{:keys [durable frames]} found]
  (let [offsets (into (sorted-set) (map first) found)
        last (or (first (rseq offsets)) -1)]
    (concat
      (when (< (long last) (long durable)) [(str "the last record is at " last ", but " durable " was durable")])
      (for [[offset id] frames :when (and (<= (long offset) (long (max last durable))) (not (offsets offset)))]
        (str "the record " id " at " offset " is missing")))))

(defn- file-problems [{:keys [frames maybe options] :as said} ^bytes file]
  (let [found (vec (frames-of file options))
        end (or (peek (peek found)) 0)]
    (concat
      (when (not= end (alength file)) [(str "whole frames end at " end ", the file at " (alength file))])
      (keep (fn [[offset data]] (record-problem said offset data)) found)
      (order-problem (keep (fn [[offset data]] (if (zeros? data) (or (frames offset) (maybe offset)) (id-of data)))
                           found))
      (lost said found))))

(defn- log-problems
  "The problem if the log does not show exactly the records of its file that are not deleted."
  [log {:keys [options]} file]
  (let [live (remove #(zeros? (second %)) (frames-of file options))
        shown (vec (log/entries log))]
    (when-not (and (= (map first live) (map key shown))
                   (every? true? (map (fn [[_ data] [_ value]] (bytes= data value)) live shown)))
      [(str "the log shows " (count shown) " records, its file has " (count live))])))

;; Opening it

(defn- guarded
  "The problems that f finds. An exception of f is a problem too."
  [what f]
  (try (mapv #(str what ": " %) (f))
       (catch Exception e [(str what ": throws " (or (ex-message e) e) " " (dissoc (ex-data e) :path))])))

(defn- check-reading
  "Reads the log before a writer has recovered it. The reader must see only whole records, and write nothing."
  [said]
  (when (.exists (file-of said))
    (let [before (read-bytes (file-of said))]
      (with-open [log (open said {:mode :read})]
        (let [problems (vec (keep (fn [[offset data]] (record-problem (assoc said :gone #{}) offset data))
                                  (log/entries log)))]
          (cond-> problems
            (< @(log/since log) (long (:durable said)))
            (conj (str "the last record is at " @(log/since log) ", but " (:durable said) " was durable"))
            (not (bytes= before (read-bytes (file-of said)))) (conj "it changed the file")))))))

(defn- check-kept
  "The problem if the tail that was cut is not kept beside the log."
  [before {:keys [tail end kept]}]
  (when (and (= :torn tail)
             (not (bytes= (read-bytes kept) (Arrays/copyOfRange ^bytes before (int end) (alength ^bytes before)))))
    ["the cut tail is not what was kept"]))

(defn- check-opened [said before recovery]
  (with-open [log (open said nil)]
    (deliver recovery (log/recovery log))
    (let [file (read-bytes (file-of said))]
      (concat (check-kept before @recovery)
              (file-problems said file)
              (log-problems log said file)))))

(defn- check-again [said]
  (let [before (read-bytes (file-of said))]
    (with-open [log (open said nil)]
      (concat
        (when-not (= :none (:tail (log/recovery log))) [(str "recovery again: " (log/recovery log))])
        (log-problems log said before)))
    (when-not (bytes= before (read-bytes (file-of said))) ["it changed the file"])))

(defn- check-going-on
  "Appends to the log and opens it again: the records must be there."
  [{:keys [seed] :as said}]
  (let [ids (mapv (fn [n] [seed -1 n]) (range 3))
        before (read-bytes (file-of said))
        offsets (with-open [log (open said nil)]
                  (let [offsets (mapv #(log/append! log (value %)) ids)]
                    (log/sync! log)
                    offsets))]
    (with-open [log (open said nil)]
      (concat
        (when-not (= (alength before) (first offsets)) ["it does not append at the end"])
        (when-not (every? true? (map (fn [id offset] (bytes= (value id) (get log offset))) ids offsets))
          ["what was appended is not there"])
        (log-problems log said (read-bytes (file-of said)))))))

(defn- check-names [{:keys [folder]}]
  (for [name (.list (io/file folder))
        :when (not (re-matches #"a\.log(\.checkpoint|\.deletions|\.lock|\.torn-\d+(\.\d+)?)?" name))]
    (str "the file " name " is not ours")))

(defn- bytes-before ^bytes [said]
  (if (.exists (file-of said)) (read-bytes (file-of said)) (byte-array 0)))

(defn check
  "Opens the log as the power loss left it. Returns [problems, report of recovery, bytes of the file before]."
  [said]
  (let [before (bytes-before said)
        recovery (promise)
        reading (guarded "reading" #(check-reading said))
        opening (guarded "opening" #(check-opened said before recovery))
        problems (into (:problems said) (concat reading opening))]
    [(cond-> problems
       (realized? recovery)
       (into (concat (guarded "opening again" #(check-again said))
                     (guarded "going on" #(check-going-on said))
                     (guarded "the folder" #(check-names said)))))
     (deref recovery 0 nil)
     before]))
