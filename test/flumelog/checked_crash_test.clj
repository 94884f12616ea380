(ns flumelog.checked-crash-test
  "Power losses and kills leave a checked log with whole batches, and its deletions done or not begun."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.process :refer [answer kill! tell! with-fresh-children]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.error LogException)
           (flumelog.log Verification)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

(defn- whole? [d]
  (get (Verification/run (disk/folder d) file (flumelog.options/log-options {:codec :utf8})) "ok"))

;; Batches

(def ^:private gen-batch
  (gen/vector (gen/one-of [(gen/return "") (gen/fmap #(str "v" %) gen/string-alphanumeric)
                           (gen/fmap #(apply str (repeat % "\u0000")) (gen/choose 1 40))
                           (gen/fmap #(apply str (repeat % "long ")) (gen/choose 50 300))])
              1 6))

(def ^:private gen-options
  (gen/let [bits (gen/elements [32 48 53]), sync (gen/elements [:each :none :none])
            room (gen/elements [nil nil 4096]), buffer (gen/elements [nil nil 4096])]
    {:offset-bits bits :codec :utf8 :sync sync :room-bytes room :write-buffer-bytes buffer :protect :checked}))

(defn- run-batches
  "Appends the batches, some with a sync behind, until the power goes. Gives how many batches were tried, and how many are durable."
  [d options batches]
  (let [tried (atom 0), durable (atom 0)]
    (try
      (let [l (disk/open d file options)]
        (doseq [[n batch] (map-indexed vector batches)]
          (swap! tried inc)
          (log/append-all! l batch)
          (when (or (= :each (:sync options)) (zero? (rem (long n) 3)))
            (log/sync! l)
            (reset! durable @tried))))
      (catch LogException _ nil))
    {:tried @tried :durable @durable}))

(defn- wrong-after
  "What is wrong with the log on a disk after a crash; nil if it has whole batches and goes on."
  [d options batches {:keys [tried durable]}]
  (let [found (with-open [l (disk/open d file options)] (vec l))
        lengths (into {} (map #(let [some (vec (apply concat (take % batches)))] [some %])) (range durable (inc (long tried))))]
    (cond
      (not (lengths found)) {:found found :durable durable :tried tried}
      (not (whole? d)) :not-whole
      (not= (conj found "after") (with-open [l (disk/open d file options)] (log/append! l "after") (vec l))) :does-not-go-on)))

(defspec after-a-power-loss-there-are-whole-batches (size 15 800)
  (prop/for-all [options gen-options
                 batches (gen/vector gen-batch 1 10)
                 break-at (gen/frequency [[2 (gen/return nil)] [2 (gen/choose 1 60)]])
                 sector (gen/elements [1 16 512])
                 seed gen/large-integer]
    (let [d (disk/disk)
          _ (when break-at (disk/break-at! d break-at))
          history (run-batches d options batches)]
      (every? #(nil? (wrong-after (disk/lose-power d (+ seed (long %)) {:sector-bytes sector}) options batches history)) (range 8)))))

;; Deletions

(def ^:private secret "the secret that is deleted")

(defn- delete-until
  "Makes a log of five records, and deletes two of them in one call; the power goes at that call of the disk. Says how far it got."
  [d n options]
  (let [said (atom :nothing)]
    (try
      (with-open [l (disk/open d file (merge {:codec :utf8 :sync :none :protect :checked} options))]
        (log/append-all! l ["one" secret "three"])
        (log/append! l "four")
        (log/append! l (str secret " too"))
        (log/sync! l)
        (reset! said :appended)
        (disk/break-at! d n)
        (log/delete! l (map key (filter #(str/includes? (val %) secret) (log/entries l))))
        (log/sync! l)
        (reset! said :deleted))
      (catch LogException _ nil))
    @said))

(defn- secret-anywhere?
  "The file on the disk that has the secret; nil if none has. A buffer that was kept since it was not of the log any more is left out."
  [d]
  (some #(when (str/includes? (String. (disk/contents d %) "ISO-8859-1") secret) %)
        (remove #(str/includes? % ".buffer-") (disk/files d))))

(deftest a-deletion-is-whole-or-absent-wherever-the-power-goes
  (let [kept ["one" "three" "four"], all ["one" secret "three" "four" (str secret " too")]]
    (doseq [options [{} {:write-buffer-bytes 4096} {:room-bytes 4096}], n (range 1 30)
            :let [d (disk/disk), said (delete-until d n options)]
            seed (range (size 1 15)), sector [1 512]
            :let [lost (if (= 0 seed) (disk/kill d) (disk/lose-power d (+ (long seed) (* 100 n)) {:sector-bytes sector}))]]
      (let [found (try (with-open [l (disk/open lost file {:codec :utf8 :sync :none})] (vec l))
                       (catch LogException e (ex-data e)))]
        (is-each (= true (contains? (if (= :deleted said) #{kept} #{kept all}) found)) "at call " n " seed " seed " found " found)
        (is-each (= true (whole? lost)) "verify, at call " n " seed " seed)
        (when (= kept found) (is-each (= nil (secret-anywhere? lost)) "bytes, at call " n " seed " seed " with " options))))))

(deftest a-second-power-loss-while-a-deletion-is-finished-harms-nothing
  (doseq [n (range 6 22), again-at (range 1 (size 12 25)), :let [d (disk/disk), said (delete-until d n {}), seed (+ (long n) (* 100 (long again-at)))
                                                                 lost (disk/lose-power d seed {:sector-bytes 1})]]
    (disk/break-at! lost again-at)
    (try (.close (disk/open lost file {:codec :utf8 :sync :none})) (catch LogException _ nil))
    (let [again (disk/lose-power lost seed {:sector-bytes 1})
          found (with-open [l (disk/open again file {:codec :utf8 :sync :none})] (count (vec l)))]
      (is-each (= true (contains? (if (= :deleted said) #{3} #{3 5}) found)) "at call " n ", then at " again-at)
      (is-each (= true (whole? again)) "verify, at call " n ", then at " again-at))))

(deftest a-deletion-that-was-interrupted-is-finished-without-a-checkpoint
  (doseq [n (range 1 30)
          :let [d (disk/disk), said (delete-until d n {}), killed (disk/kill d)
                bare (disk/put-contents (disk/disk) file (disk/contents killed file))]]
    (with-open [l (disk/open bare file {:codec :utf8 :sync :none})]
      (is-each (= true (contains? #{3 5} (count (vec l)))) "at call " n)
      (when (= :deleted said) (is-each (= 3 (log/count l)) "at call " n)))
    (is-each (= true (whole? bare)) "at call " n)))

;; Other processes

(defn- whole-batches?
  "Whether the values, [batch place size], are the whole batches from the first on."
  [values]
  (every? (fn [part] (let [[[n _ size]] part] (= part (map #(vector n % size) (range size)))))
          (partition-by first values)))

(deftest a-kill-within-a-batch-leaves-no-part-and-a-follower-sees-none
  (with-temp-folder [folder]
    (with-fresh-children (size 1 12)
      (fn [n child]
        (let [path (path-in folder (str n ".log"))]
          (tell! child `(let [l# (log/open ~path {:protect :checked :sync :none})]
                          (flumelog.child/say! [:begun])
                          (doseq [n# (range)]
                            (let [size# (inc (rem (* 37 n#) ~(size 400 2000)))]
                              (log/append-all! l# (map #(vector n# % size#) (range size#)))))))
          (answer child)
          (with-open [l (log/open path {:mode :read})]
            (let [until (+ (System/nanoTime) (* 1000000 (long (+ 100 (rand-int 200)))))]
              (while (< (System/nanoTime) until)
                (is-each (= true (whole-batches? (vec l))) "a follower sees whole batches"))))
          (kill! child)
          (with-open [l (log/open path {})]
            (let [found (vec l)]
              (is (pos? (count found)))
              (is (whole-batches? found))
              (is (= (range (inc (long (first (peek found))))) (dedupe (map first found)))))))))))
