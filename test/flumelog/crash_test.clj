(ns flumelog.crash-test
  "Power loss, simulated: whatever was not forced is lost, kept, torn and reordered. What is opened
   afterwards is a prefix of what was appended, with all that was durable; opening again changes nothing; and the log
   goes on from there."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error failure formats]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.error LogException)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

;; A history: commands run on a log; what was appended, and how much of it was acknowledged as durable, is noted.

(defn- note-durable [history l]
  (let [durable @(log/durable l)]
    (update history :durable (partial max-key count) (vec (take-while #(<= (key %) durable) (:appended history))))))

(defn- append-all [history l values]
  (let [offsets (log/append-all! l values)]
    (update history :appended into (map #(clojure.lang.MapEntry/create %1 %2) offsets values))))

(defn- values-of [[op arg]]
  (case op :append [arg], :append-all arg, :sync []))

(defn- run-command [history l command]
  (if (= [:sync] command)
    (do (log/sync! l) history)
    (append-all history l (values-of command))))

(defn- run-history
  "Runs the commands until one throws, as the power goes; `:tried` has values whose append may have failed too."
  [d options commands]
  (let [history (atom {:appended [] :durable [] :tried []})]
    (try
      (let [l (disk/open d file options)]
        (doseq [command commands]
          (swap! history update :tried into (values-of command))
          (swap! history #(-> % (run-command l command) (note-durable l)))))
      (catch LogException _ nil))
    @history))

(defn- prefix? [xs ys] (= xs (take (count xs) ys)))

(defn- check-opened
  "What is wrong with the log on a disk after a crash, or nil."
  [d options {:keys [durable tried]}]
  (let [found (with-open [l (disk/open d file options)] (into [] (log/entries l)))
        before (disk/contents d file)]
    (cond
      (not (prefix? (map val found) tried)) {:invented found}
      (not (prefix? durable found)) {:lost durable :found found}
      :else
      (with-open [l (disk/open d file options)]
        (let [unchanged (bytes= before (disk/contents d file))
              offset (log/append! l "after")]
          (log/sync! l)
          (when-not (and unchanged
                         (= (conj found [offset "after"]) (into [] (log/entries (disk/open (disk/kill d) file options)))))
            {:does-not-go-on found :unchanged unchanged}))))))

(def ^:private gen-text
  (gen/frequency [[6 (gen/fmap #(str "v" %) gen/string-alphanumeric)]
                  [1 (gen/fmap #(apply str (repeat % "long ")) (gen/choose 50 300))]]))

(def ^:private gen-command
  (gen/frequency [[5 (gen/tuple (gen/return :append) gen-text)]
                  [2 (gen/tuple (gen/return :append-all) (gen/vector gen-text 1 4))]
                  [2 (gen/return [:sync])]]))

(def ^:private gen-options
  (gen/let [format (gen/elements (vals formats)), sync (gen/frequency [[1 (gen/return :each)] [4 (gen/return :none)]])
            room-bytes (gen/elements [nil nil 4096])
            write-buffer-bytes (gen/elements [nil 4096])]
    (merge format {:codec :utf8 :sync sync :room-bytes room-bytes :write-buffer-bytes write-buffer-bytes})))

(defspec after-a-power-loss-the-log-is-a-prefix-with-all-that-was-durable (size 40 5000)
  (prop/for-all [options gen-options
                 commands (gen/vector gen-command 1 12)
                 break-at (gen/frequency [[3 (gen/return nil)] [2 (gen/choose 1 60)]])
                 sector (gen/elements [1 512 4096])
                 seed gen/large-integer]
    (let [d (disk/disk)
          _ (when break-at (disk/break-at! d break-at))
          history (run-history d options commands)]
      (every? (fn [n]
                (let [lost (disk/lose-power d (+ seed n) {:sector-bytes sector})]
                  (nil? (check-opened lost (if (even? n) options (select-keys options [:codec])) history))))
              (range 20)))))

(defspec a-second-power-loss-within-recovery-is-survived-too (size 25 2000)
  (prop/for-all [options gen-options
                 commands (gen/vector gen-command 1 8)
                 again-at (gen/choose 1 25)
                 sector (gen/elements [1 512])
                 seed gen/large-integer]
    (let [d (disk/disk)
          history (run-history d options commands)
          lost (disk/lose-power d seed {:sector-bytes sector})]
      (disk/break-at! lost again-at)
      (try (.close (disk/open lost file options)) (catch LogException _ nil))
      (every? #(nil? (check-opened (disk/lose-power lost % {:sector-bytes sector}) options history)) (range 5)))))

(defn- sequences
  "All sequences of at most n of the commands."
  [n commands]
  (mapcat (fn [length] (reduce (fn [seqs _] (for [s seqs, c commands] (conj s c))) [[]] (range length)))
          (range 1 (inc (long n)))))

(defn- calls-of [options commands]
  (let [d (disk/disk)]
    (run-history d options commands)
    (disk/calls d)))

(defn- check-every-power-loss
  "The power goes before a call of the last command, or after it; everything that can be left is opened."
  [options commands break-at sector-bytes]
  (let [d (disk/disk)
        _ (when break-at (disk/break-at! d break-at))
        history (run-history d options commands)]
    (doseq [lost (disk/every-power-loss d {:sector-bytes sector-bytes})]
      (when-let [wrong (check-opened lost options history)]
        (is (nil? wrong) (pr-str options commands break-at))))
    history))

(defn- check-every-call [options commands sector-bytes]
  (let [before (calls-of options (pop commands))
        {:keys [appended tried]} (check-every-power-loss options commands nil sector-bytes)]
    (is (= (count appended) (count tried)))
    (doseq [call (range 1 (inc (- (calls-of options commands) before)))]
      (check-every-power-loss options commands (+ before call) sector-bytes))))

(def ^:private some-commands [[:append "a"] [:append-all ["bb" "ccc"]] [:sync]])

(deftest every-power-loss-of-every-short-history-is-survived
  (doseq [[format-name format] (assoc formats "buffered" {:write-buffer-bytes 4096}), room-bytes [nil 4096]
          commands (sequences (size 1 4) some-commands)]
    (testing (str format-name " " commands " " room-bytes)
      (check-every-call (merge format {:codec :utf8 :sync :none :room-bytes room-bytes}) commands 512))))

(deftest short-histories-survive-a-write-torn-at-any-byte
  (doseq [[format-name format] formats, commands (sequences (size 1 4) some-commands)]
    (testing (str format-name " " commands)
      (check-every-call (merge format {:codec :utf8 :sync :none}) commands 1))))

(deftest a-batch-that-failed-does-not-come-back-when-the-power-goes
  (doseq [format (vals formats), more [[] ["after"]]]
    (let [d (disk/disk)
          l (disk/open d file (merge format {:codec :utf8 :sync :none}))]
      (log/append! l "kept")
      (log/sync! l)
      (disk/fail! d {:op :append :with :half})
      (is (= :full (error (log/append-all! l ["a" "b" "c" "d"]))))
      (run! #(log/append! l %) more)
      (doseq [seed (range 100)
              :let [found (with-open [l (disk/open (disk/lose-power d seed) file {:codec :utf8})] (into [] l))]]
        (when-not (prefix? found (cons "kept" more))
          (is (= (cons "kept" more) found) (pr-str format seed)))))))

(deftest a-hole-above-the-watermark-is-cut-despite-good-data-behind-it
  (let [d (disk/disk)
        l (disk/open d file {:codec :utf8 :sync :none})]
    (log/append-all! l ["kept" "safe"])
    (log/sync! l)
    (let [from (alength (disk/contents d file))]
      (log/append-all! l ["lost in a hole" "whole but behind it"])
      (let [left (disk/kill d)
            data (disk/contents left file)]
        (java.util.Arrays/fill data (int from) (int (+ from 20)) (byte 0))
        (with-open [l (disk/open (disk/put-contents left file data) file {:codec :utf8})]
          (is (= ["kept" "safe"] (into [] l)))
          (is (= {:tail :torn, :end from, :watermark from} (select-keys (log/recovery l) [:tail :end :watermark])))
          (is (= (- (alength data) from) (alength (disk/contents left (:kept (log/recovery l)))))))))))

(deftest damage-below-the-watermark-is-refused
  (let [d (disk/disk)
        l (disk/open d file {:codec :utf8 :sync :none})]
    (log/append-all! l ["first" "second" "third"])
    (log/sync! l)
    (doseq [[damage at value] [["a length that ends inside the record" 3 9]
                               ["a length that ends behind the file, as that of an unfinished append" 2 1]]
            :let [left (disk/kill d), data (disk/contents left file)]]
      (testing damage
        (aset data at (byte value))
        (disk/put-contents left file data)
        (is (= {:flumelog/error :corrupt, :offset 0, :watermark (alength data)}
               (select-keys (ex-data (failure (disk/open left file))) [:flumelog/error :offset :watermark])))
        (is (bytes= data (disk/contents left file)))))))

(defn- delete-until-the-power-goes
  "Opens the log, deletes the records and forces that, as far as the disk lets it; the set of those whose deletion was
   forced: all or none."
  [d options offsets]
  (try
    (let [l (disk/open d file options)]
      (run! #(log/delete! l %) offsets)
      (log/sync! l)
      (set offsets))
    (catch LogException _ #{})))

(defn- after-a-crash
  "The disk as a kill leaves it, and as n power losses do."
  [d n seed options]
  (cons (disk/kill d) (map #(disk/lose-power d (+ (long seed) (long %)) options) (range 1 (inc (long n))))))

(defn- each-as-it-was-or-deleted?
  "Whether a log that has crashed holds the records as it may: those whose deletion was forced are gone, those whose
   deletion was asked for are whole or gone, all others are whole."
  [d options {:keys [records asked deleted]}]
  (with-open [l (disk/open d file options)]
    (every? (fn [[offset text]]
              (contains? (cond (contains? deleted offset) #{nil}
                               (contains? asked offset)   #{nil text}
                               :else                      #{text})
                         (get l offset)))
            records)))

(defspec a-crash-leaves-a-record-as-it-was-or-deleted (size 30 1000)
  (prop/for-all [format (gen/elements (vals formats))
                 lengths (gen/vector (gen/choose 1 3000) 1 6)
                 picks (gen/vector (gen/choose 0 5) 1 4)
                 break-at (gen/choose 1 40)
                 sector (gen/elements [1 512])
                 seed gen/large-integer]
    (let [options (merge format {:codec :utf8 :sync :none})
          d (disk/disk)
          texts (map #(.repeat "x" (int %)) lengths)
          offsets (with-open [l (disk/open d file options)] (log/append-all! l texts))
          asked (keep #(get offsets %) picks)
          _ (disk/break-at! d break-at)
          deleted (delete-until-the-power-goes d options asked)
          history {:records (zipmap offsets texts), :asked (set asked), :deleted deleted}]
      (every? #(each-as-it-was-or-deleted? % options history)
              (after-a-crash d 5 seed {:sector-bytes sector})))))

(deftest a-power-loss-during-a-deletion-leaves-it-done-or-not-done
  (let [text (.repeat "x" 20000)]
    (doseq [[format-name format] formats
            :let [options (merge format {:codec :utf8 :sync :none})]]
      (loop [call 1]
        (let [d (disk/disk)
              _ (with-open [l (disk/open d file options)] (log/append! l text))
              _ (disk/break-at! d call)
              deleted (delete-until-the-power-goes d options [0])]
          (doseq [left (after-a-crash d 10 0 {})]
            (is (each-as-it-was-or-deleted? left options {:records {0 text}, :asked #{0}, :deleted deleted})
                (str format-name ", call " call)))
          (when (empty? deleted) (recur (inc call))))))))

;; Records that look torn, and are not

(defn- of-sevens [n] (byte-array (repeat n 7)))

(def ^:private as-if-a-sector-was-lost
  "Data with a run of zeros in it that covers a whole sector."
  (byte-array (concat (of-sevens 700) (byte-array 1500) (of-sevens 800))))

(defn- count-after-a-power-loss
  "How many records a log holds after `f` was called with it, all was forced, and the power went."
  [sync seed f]
  (let [d (disk/disk)
        l (disk/open d file {:codec :bytes :sync sync})]
    (f l)
    (log/sync! l)
    (with-open [l (disk/open (disk/lose-power d seed) file {:codec :bytes})]
      (count (seq l)))))

(deftest durable-records-that-look-as-if-a-sector-was-lost-are-kept
  (doseq [seed (range 40), sync [:each :none]
          :let [three (repeatedly 3 #(of-sevens 3000))]]
    (is-each (= 5 (count-after-a-power-loss sync seed (fn [l]
                                                        (log/append-all! l three)
                                                        (log/append! l as-if-a-sector-was-lost)
                                                        (log/append! l (of-sevens 300)))))
             "zeros in the data, " sync ", seed " seed)
    (is-each (= 3 (count-after-a-power-loss sync seed (fn [l]
                                                        (let [[_ second-one] (log/append-all! l three)]
                                                          (log/delete! l second-one)
                                                          (log/append! l (of-sevens 10))))))
             "a deleted record, " sync ", seed " seed)))
