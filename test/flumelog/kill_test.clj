(ns flumelog.kill-test
  "A process that is killed (SIGKILL, at any moment) loses no append that returned, in any mode: each is there after
   reopening, what is there beyond them was being appended, and nothing else has changed."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.child :as child]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= overhead path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.process :refer [answer kill! tell! with-fresh-children]]
            [flumelog.test-support :refer [size]])
  (:import (java.io BufferedReader File)
           (java.util ArrayList Arrays Collections Random)))

(set! *warn-on-reflection* true)

(defn- all-said
  "Reads what the child says until it ends; a line that the kill cut short is none."
  [^Process child]
  (future (into [] (keep #(when (str/ends-with? % "]") (edn/read-string %)))
                (line-seq ^BufferedReader (.inputReader child)))))

(defn- frames
  "[offset value end] of the records that a child appends, endless."
  [seed options]
  (let [overhead (overhead options)
        frame (fn [[_ _ end] ^String value] [end value (+ (long end) overhead (count value))])]
    (rest (reductions frame [0 nil 0] (child/values seed)))))

(defn- check-goes-on
  "A log that was opened after a kill: opening it again changes nothing, and it takes an append that stays."
  [path options entries]
  (let [bytes (read-bytes path)]
    (with-open [l (log/open path options)]
      (is (= :none (:tail (log/recovery l))))
      (is (= entries (into [] (log/entries l)))))
    (is (bytes= bytes (read-bytes path)) "opening a second time changes no byte")
    (let [offset (with-open [l (log/open path options)] (log/append! l "after"))]
      (is (= (count bytes) offset))
      (with-open [l (log/open path options)]
        (is (= (conj entries [offset "after"]) (into [] (log/entries l))))))))

;; Killed while it appends

(def ^:private ways
  "Options of the logs that a child appends to, six of them at once."
  [{:sync :none :offset-bits 53}
   {:sync :each :offset-bits 48}
   {:sync {:every-ms 5} :offset-bits 32}
   {:sync {:every-ms 100} :framing :legacy}
   {:sync :none :offset-bits 53 :block-bytes 64 :cache-blocks 2}
   {:sync :each :offset-bits 53 :room-bytes 65536}
   {:sync {:every-ms 5} :framing :legacy :room-bytes 65536}
   {:sync :none :offset-bits 53 :write-buffer-bytes 4096}
   {:sync {:every-ms 5} :offset-bits 32 :write-buffer-bytes 262144}
   {:sync {:every-ms 100} :framing :legacy :write-buffer-bytes 1048576}
   {:sync {:every-ms 5} :offset-bits 48 :write-buffer-bytes 65536 :room-bytes 65536}])

(defn- said-of [id said]
  (reduce (fn [told [of what where]]
            (if (= id of) (update told what into (if (coll? where) where [where])) told))
          {:appended [] :deleting #{} :deleted #{}}
          said))

(defn- wrong
  "Of the frames that are there, those that show neither their record nor, where a deletion was begun, none."
  [l frames {:keys [deleting deleted]}]
  (let [live (into {} (log/entries l))]
    (for [[offset ^String value] frames
          :let [found (get live offset :none)]
          :when (not (case found
                       :none (deleting offset)
                       (and (= value found) (not (deleted offset)))))]
      {:offset offset :length (.length value) :deletion-begun (deleting offset)
       :found (if (string? found) (frequencies (map int found)) found)})))

(defn- check-log
  "Opens what a killed child wrote with the seed and compares it with what the child said of it."
  [path options seed {:keys [appended] :as said}]
  (let [entries (with-open [l (log/open path options)]
                  (let [end (:end (log/info l))
                        there (vec (take-while #(<= (long (peek %)) end) (frames seed options)))]
                    (is (= end (peek (or (peek there) [0]))) "the log ends with a record")
                    (is (= appended (take (count appended) (map first there))) "each append that returned is there")
                    (is (= [] (wrong l there said)))
                    (is (every? (set (map first there)) (log/offsets l)))
                    (into [] (log/entries l))))]
    (check-goes-on path options entries)))

(defn- some-order [^Random random coll]
  (vec (doto (ArrayList. ^java.util.Collection coll) (Collections/shuffle random))))

(defn- kill-while-it-appends [seed child]
  (with-temp-folder [folder]
    (let [random (Random. seed)
          task (fn [id options] [id (path-in folder (str id ".log")) (assoc options :codec :utf8) (+ (* 10 seed) id)])
          tasks (vec (take 6 (some-order random (map-indexed task ways))))]
      (tell! child `(child/append-to-all-until-killed '~tasks))
      (let [first-said (answer child)
            said (all-said child)]
        (Thread/sleep (.nextInt random 200))
        (kill! child)
        (doseq [[id path options seed] tasks]
          (testing (str (dissoc options :codec) ", seed " seed)
            (check-log path options seed (said-of id (cons first-said @said)))))))))

(deftest an-append-that-returned-survives-a-kill-in-every-mode
  (let [seed (System/nanoTime)]
    (with-fresh-children (size 2 100)
      (fn [n child] (kill-while-it-appends (+ (quot seed 10000) n) child)))))

;; Killed while it recovers

(defn- torn-log
  "Makes a log of a few records with a torn tail of many bytes; its entries, where they end, and the tail."
  [path options seed]
  (with-open [l (log/open path options)]
    (log/append-all! l (take 40 (child/values seed))))
  (let [entries (with-open [l (log/open path options)] (into [] (log/entries l)))
        good (count (read-bytes path))]
    (with-open [l (log/open path options)]
      (log/append! l (.repeat "x" 1000000)))
    (let [data (Arrays/copyOf (read-bytes path) (int (+ good 700000)))]
      (write-bytes! path data)
      [entries good (Arrays/copyOfRange data (int good) (alength data))])))

(defn- check-recovered
  "A copy of the torn log, whose recovery a kill may have cut short."
  [^File file options [entries good tail]]
  (let [path (.getPath file)
        torn? (< good (count (read-bytes path)))]
    (with-open [l (log/open path options)]
      (is (= (if torn? :torn :none) (:tail (log/recovery l))))
      (is (= good (:end (log/recovery l))))
      (is (= entries (into [] (log/entries l)))))
    (is (some #(bytes= tail (read-bytes %))
              (filter #(str/starts-with? (.getName ^File %) (str (.getName file) ".torn-" good))
                      (.listFiles (.getParentFile file))))
        "the tail that was cut is kept, all of it")
    (check-goes-on path options entries)))

(defn- logs-of-killed
  "Has the child do something to copies of a log until it is killed: the copies that there are, and those it was done with."
  [^Random random copies child form]
  (tell! child form)
  (let [first-said (answer child)
        said (all-said child)]
    (Thread/sleep (.nextInt random 100))
    (kill! child)
    (is (every? #{:begun :done} (map first (cons first-said @said))) "nothing went wrong before")
    [(filter #(str/ends-with? (.getName ^File %) ".log") (.listFiles (io/file copies)))
     (for [[what path] @said :when (= :done what), :let [file (io/file path)], :when (.exists file)] file)]))

(defn- kill-again-and-again
  "Has a fresh child work on copies of a log until it is killed, again and again. `make` makes the log from its path, options
   and a seed; `form` is what the child evaluates, from the log's path, the folder of the copies and the options. Then
   `check` looks at the `:logs` that are left, and at those that were `:done`; `:made` is what `make` returned."
  [make form check]
  (let [seed (quot (System/nanoTime) 10000)]
    (with-fresh-children (size 1 50)
      (fn [n child]
        (with-temp-folder [folder]
          (let [seed (+ seed (long n))
                options (assoc (rand-nth [{:offset-bits 53} {:framing :legacy}]) :codec :utf8)
                path (path-in folder "original")
                copies (doto (io/file folder "copies") .mkdir)
                made (make path options seed)
                [logs done] (logs-of-killed (Random. seed) copies child (form path (str copies) options))]
            (testing (str options ", seed " seed)
              (check {:path path, :options options, :made made, :logs logs, :done done}))))))))

(deftest a-kill-during-recovery-harms-neither-log-nor-kept-tail
  (kill-again-and-again
    torn-log
    (fn [path copies options] `(child/open-until-killed ~path ~copies ~options))
    (fn [{[_ good :as torn] :made, :keys [options logs done]}]
      (doseq [file done]
        (is (= good (count (read-bytes file))) "what was opened is cut"))
      (doseq [file logs]
        (check-recovered file options torn)))))

;; Killed while it compacts

(defn- log-with-deleted
  "Makes a log of a few MiB, half of it deleted records; the values that are left."
  [path options seed]
  (with-open [l (log/open path options)]
    (let [values (take 1000 (child/values seed))
          offsets (log/append-all! l values)]
      (log/delete! l (take-nth 2 offsets))
      (take-nth 2 (rest values)))))

(deftest a-kill-during-compaction-leaves-the-old-or-the-new-file
  (kill-again-and-again
    log-with-deleted
    (fn [path copies _] `(child/compact-until-killed ~path ~copies))
    (fn [{values :made, :keys [path options logs done]}]
      (doseq [file done]
        (is (< (count (read-bytes file)) (count (read-bytes path))) "what was compacted is smaller"))
      (doseq [^File file logs
              :let [path (.getPath file)
                    entries (with-open [l (log/open path options)] (into [] (log/entries l)))]]
        (is (= values (map second entries)))
        (is (not (.exists (io/file (str path ".compact-part")))) "nothing is left of a new file that was not finished")
        (check-goes-on path options entries)))))
