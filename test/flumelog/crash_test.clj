(ns flumelog.crash-test
  "Power loss, simulated: whatever was not forced is lost, kept, torn and reordered. What is opened
   afterwards is a prefix of what was appended, with all that was durable; opening again changes nothing; and the log
   goes on from there."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error formats]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
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

(defspec after-a-power-loss-the-log-is-a-prefix-with-all-that-was-durable (size 150 5000)
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

(defspec a-second-power-loss-within-recovery-is-survived-too (size 100 2000)
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
          commands (sequences (size 2 4) some-commands)]
    (testing (str format-name " " commands " " room-bytes)
      (check-every-call (merge format {:codec :utf8 :sync :none :room-bytes room-bytes}) commands 512))))

(deftest short-histories-survive-a-write-torn-at-any-byte
  (doseq [[format-name format] formats, commands (sequences (size 2 4) some-commands)]
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
          (is (= [:torn from from] ((juxt :tail :end :watermark) (log/recovery l))))
          (is (= (- (alength data) from) (alength (disk/contents left (:kept (log/recovery l)))))))))))

(deftest damage-below-the-watermark-is-refused
  (let [d (disk/disk)
        l (disk/open d file {:codec :utf8 :sync :none})]
    (log/append-all! l ["first" "second" "third"])
    (log/sync! l)
    (let [left (disk/kill d)
          data (disk/contents left file)]
      (aset data 3 (byte 9))
      (disk/put-contents left file data)
      (is (= [:corrupt 0 (alength data)]
             (try (disk/open left file) (catch LogException e ((juxt :flumelog/error :offset :watermark) (ex-data e))))))
      (is (bytes= data (disk/contents left file))))))

(defspec a-crash-leaves-a-record-as-it-was-or-deleted (size 60 1000)
  (prop/for-all [format (gen/elements (vals formats))
                 lengths (gen/vector (gen/choose 1 3000) 1 6)
                 picks (gen/vector (gen/choose 0 5) 1 4)
                 break-at (gen/choose 1 40)
                 sector (gen/elements [1 512])
                 seed gen/large-integer]
    (let [options (merge format {:codec :utf8 :sync :none})
          d (disk/disk)
          texts (map #(apply str (repeat % "x")) lengths)
          offsets (with-open [l (disk/open d file options)] (log/append-all! l texts))
          asked (keep #(get offsets %) picks)]
      (disk/break-at! d break-at)
      (let [deleted (atom #{})]
        (try
          (let [l (disk/open d file options)]
            (doseq [offset asked] (log/delete! l offset))
            (log/sync! l)
            (reset! deleted (set asked)))
          (catch LogException _ nil))
        (every? (fn [n]
                  (with-open [l (disk/open (if (zero? n) (disk/kill d) (disk/lose-power d (+ seed n) {:sector-bytes sector}))
                                           file options)]
                    (and (every? (fn [[offset text]] (or (nil? (get l offset)) (= text (get l offset)))) (map vector offsets texts))
                         (every? #(= (nth texts (.indexOf ^java.util.List offsets %)) (get l %)) (remove (set asked) offsets))
                         (every? #(nil? (get l %)) @deleted))))
                (range 6))))))

(defn- delete-until-the-power-goes
  "Deletes a long record on a disk whose power goes at the k-th call; the disk, and whether that was never reached."
  [k format text]
  (let [d (disk/disk), l (disk/open d file (merge format {:codec :utf8 :sync :none}))]
    (log/append! l text)
    (log/sync! l)
    (disk/break-at! d k)
    [d (try (log/delete! l 0) (log/sync! l) true (catch LogException _ false))]))

(deftest a-power-loss-during-a-deletion-leaves-it-done-or-not-done
  (let [text (.repeat "x" 20000)]
    (doseq [[format-name format] formats]
      (loop [k 1]
        (let [[d finished?] (delete-until-the-power-goes k format text)]
          (doseq [after (cons (disk/kill d) (map #(disk/lose-power d %) (range 10)))]
            (with-open [l (disk/open after file {:codec :utf8})]
              (is (contains? (if finished? #{nil} #{nil text}) (get l 0)) (str format-name ", call " k))))
          (when-not finished? (recur (inc k))))))))

;; Records that look torn, and are not

(deftest durable-records-that-look-as-if-a-sector-was-lost-are-kept
  (let [text #(byte-array (repeat % 7))
        zeros-within (byte-array (concat (repeat 700 7) (repeat 1500 0) (repeat 800 7)))]
    (doseq [seed (range 40), sync [:each :none]]
      (let [d (disk/disk)
            l (disk/open d file {:codec :bytes :sync sync})]
        (log/append-all! l [(text 3000) (text 3000) (text 3000)])
        (log/append! l zeros-within)
        (log/append! l (text 300))
        (log/sync! l)
        (with-open [l (disk/open (disk/lose-power d seed) file {:codec :bytes})]
          (when-not (= 5 (count (seq l))) (is (= 5 (count (seq l))) (str "zeros, seed " seed)))))
      (let [d (disk/disk)
            l (disk/open d file {:codec :bytes :sync sync})
            [_ b _] (log/append-all! l [(text 3000) (text 3000) (text 3000)])]
        (log/delete! l b)
        (log/append! l (text 10))
        (log/sync! l)
        (with-open [l (disk/open (disk/lose-power d seed) file {:codec :bytes})]
          (when-not (= 3 (count (seq l))) (is (= 3 (count (seq l))) (str "deleted, seed " seed))))))
    (is (= :closed (error (get (doto (disk/open (disk/disk) file) (.close)) 0))))))
