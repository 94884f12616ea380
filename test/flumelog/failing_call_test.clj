(ns flumelog.failing-call-test
  "Each call to the disk fails, the first, the second and so on: what was acknowledged is there afterwards, what was
   deleted is not, and nothing is invented. When then the power goes, all is there that was said to be on disk, before
   and after the log was opened again."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.generators :as gen]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [formats]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

(def ^:private gen-text
  (gen/frequency [[6 (gen/fmap #(str "v" %) gen/string-alphanumeric)]
                  [1 (gen/fmap #(apply str (repeat % "long ")) (gen/choose 50 300))]]))

(defn- attempt
  "What f returns; nil when it fails in a way that is documented."
  [f]
  (try (f) (catch LogException e
             (when-not (#{:full :failed :closed} (:flumelog/error (ex-data e))) (throw e)))))

(defn- try-command
  "The story so far, with the log that is open or nil, after a command that may fail."
  [{:keys [l open acknowledged] :as story} [op arg]]
  (case op
    :append-all (let [story (update story :tried into arg)
                      offsets (attempt #(log/append-all! l arg))]
                  (cond-> story offsets (update :acknowledged into (map vector offsets arg))))
    :delete (if-let [[offset] (get acknowledged arg)]
              (cond-> (update story :doomed conj offset)
                (attempt #(log/delete! l offset)) (update :deleted conj offset))
              story)
    :read (do (attempt #(into [] l)) story)
    :sync (do (attempt #(log/sync! l)) story)
    :reopen (do (attempt #(.close ^LogCollection l)) (assoc story :l (attempt open)))))

(defn- note-durable
  "The story with what the open log says is on disk."
  [{:keys [l acknowledged] :as story}]
  (cond-> story
    l (update :durable into (filter #(<= (long (first %)) (long @(log/durable l)))) acknowledged)))

(defn- run-with-fault
  "Runs the commands on a disk with a fault, as long as a log can be opened; what was done, and whether it was never reached."
  [fault options commands]
  (let [d (disk/disk), open #(disk/open d file options)]
    (disk/fail! d fault)
    (-> (reduce (fn [story command] (if (:l story) (note-durable (try-command story command)) (reduced story)))
                {:open open :l (attempt open) :tried [] :acknowledged [] :durable #{} :doomed #{} :deleted #{}}
                (concat commands [[:read] [:sync] [:reopen]]))
        (assoc :disk d :missed (< (disk/calls d (:op fault)) (long (:after fault)))))))

(defn- wrong-after
  "What is wrong with the entries that are found, or nil."
  [found {:keys [acknowledged tried doomed deleted]}]
  (let [there (into {} found)]
    (cond
      (some (fn [[offset value]] (not (or (doomed offset) (= value (there offset))))) acknowledged) :lost
      (some there deleted) :not-deleted
      (seq (reduce (fn [[v & more :as left] t] (if (= v t) more left)) (map val found) tried)) :invented)))

(defn- entries-on [disk options]
  (with-open [l (disk/open disk file options)] (into [] (log/entries l))))

(defn- lost-with-the-power
  "The entries that are not on a disk whose power went; some seeds are tried."
  [disk options entries]
  (set (mapcat #(remove (set (entries-on (disk/lose-power disk %) options)) entries) (range (size 1 4)))))

(defn- wrong-now
  "What is wrong with what a story has left on its disk, or nil."
  [{:keys [disk durable doomed] :as story} options]
  (let [at-once (lost-with-the-power disk options (remove (comp doomed first) durable))
        killed (disk/kill disk)
        found (entries-on killed options)]
    (or (wrong-after found story)
        (when (seq at-once) [:durable-lost at-once])
        (when-let [lost (seq (lost-with-the-power killed options found))] [:lost-after-opening-again lost]))))

(defn- fail-every-call
  "Runs the commands once for each call of the kind, k = 1, 2, ..., that fails; how many there were."
  [fault options commands]
  (loop [k 1]
    (let [story (run-with-fault (assoc fault :after k) options commands)]
      (when-let [wrong (wrong-now story options)]
        (is (= :right wrong) (pr-str fault k options commands (dissoc story :disk :l :open))))
      (if (:missed story) k (recur (inc k))))))

(def ^:private gen-call
  (gen/frequency [[5 (gen/tuple (gen/return :append-all) (gen/vector gen-text 1 3))]
                  [2 (gen/tuple (gen/return :delete) (gen/choose 0 5))]
                  [1 (gen/return [:read])] [2 (gen/return [:sync])] [1 (gen/return [:reopen])]]))

(defn- call-histories
  "A fixed one, in which a record is written in more than one piece, and n generated ones."
  [n seed]
  (cons [[:append-all ["a"]] [:append-all ["bb" "ccc"]] [:read] [:append-all [(.repeat "long" 700)]] [:delete 1] [:append-all ["d"]]]
        (map #(gen/generate (gen/vector gen-call 3 8) 30 (+ (long seed) (long %))) (range n))))

(deftest every-call-may-fail-once-or-for-ever
  (let [seed (System/nanoTime)
        cases (for [commands (call-histories (size 0 9) seed)
                    format (conj (vals formats) {:write-buffer-bytes 4096})
                    op [:read :append :overwrite :truncate :force :open]
                    with (if (#{:append :overwrite} op) [:io-error :full :half] [:io-error])
                    for-ever [false true], [sync room-bytes] [[:none nil] [:none 4096] [:each 4096]]
                    block-bytes (size [16384] [5 16384])]
                (fail-every-call {:op op :with with :for-ever for-ever}
                                 (merge format {:codec :utf8 :sync sync :block-bytes block-bytes :cache-blocks 1
                                                :room-bytes room-bytes})
                                 commands))]
    (testing (str "seed " seed)
      (is (<= (size 1000 20000) (reduce + cases)) "calls that failed"))))
