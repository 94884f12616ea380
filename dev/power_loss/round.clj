(ns power-loss.round
  "One round: loses power, opens and checks the log, and prints the result in a line.

   * `a-round`: one round; `run-rounds`: many, on disks of one kind
   * `describe`, `facts`: the line"
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.fixtures :refer [read-bytes write-bytes!]]
            [power-loss.disk :refer [discard! make-disk!]]
            [power-loss.judge :refer [check]]
            [power-loss.loss :refer [lose-power-some-times! pick whole]]
            [power-loss.machine :refer [file-of folder-at]]
            [power-loss.records :refer [frame-at]]
            [power-loss.said :refer [as-recovered nothing-said]])
  (:import (java.io File)
           (java.util Random)))

(set! *warn-on-reflection* true)

;; The result of a round

(defn- snapshot
  "The files of a log, by name, and the log's identity."
  [said]
  {:identity (when (.exists (file-of said)) (.identity (folder-at (:folder said) 1 nil) "a.log"))
   :files (into {} (for [^File file (.listFiles (io/file (:folder said)))] [(.getName file) (read-bytes file)]))})

(defn- keep-it!
  "Writes the files that a round found on its disk to target/power-loss. Returns the folder."
  [{:keys [identity files]} said problems]
  (let [folder (io/file "target/power-loss" (str (:file-system said) "-" (:round-seed said)))]
    (.mkdirs folder)
    (doseq [[name data] files] (write-bytes! (io/file folder name) data))
    (spit (io/file folder "said.edn") (whole (assoc said :identity identity :problems [] :found problems)))
    (str folder)))

(defn- count-durable [{:keys [frames durable]}]
  (count (subseq frames <= durable)))

(defn- hole?
  "Whether the tail that was cut begins with a frame with correct lengths and trailer, so that only its data is wrong."
  [{:keys [options]} {:keys [tail end]} before]
  (and (= :torn tail) (some? (frame-at before options end))))

(defn describe [{:keys [file-system options threads losses flags round-seed age] :as said} facts]
  (str "seed " round-seed " " file-system " " (pr-str options) " " threads " thread" (when (< 1 (long threads)) "s")
       ", " (if (zero? (long age)) "a new log" (str "a log that lost power " age " times"))
       ", " losses " power loss" (when (< 1 (long losses)) "es") " (shutdown " (str/join ", " flags) "): "
       "appended " (:appended facts) ", durable " (:durable facts) ", found " (:found facts) ", deleted " (:gone facts)
       "; tail " (:tail facts) ", " (:cut-bytes facts) " bytes cut" (when (:hole facts) ", a hole")
       ", watermark " (:watermark facts "none") ", scanned from " (:scanned-from facts)))

(defn facts [said [problems recovery before]]
  (merge {:appended (:appended said) :durable (count-durable said) :found (:frames recovery) :gone (count (:gone said))
          :hole (when recovery (hole? said recovery before)) :problems problems}
         (select-keys recovery [:tail :cut-bytes :watermark :scanned-from])))

;; Rounds

(def ^:private modes [:each {:every-ms 5} :none])

(def ^:private formats [{:offset-bits 53} {:offset-bits 53} {:offset-bits 48} {:offset-bits 32} {:framing :legacy}])

(defn- a-round
  "One round on the disk. Returns [what is known of the log, if it can be used again; the facts; what was known
   before]."
  [disk ^Random random round-seed old]
  (let [said (or old
                 (nothing-said (str (:mount disk) "/" round-seed (pick random ["" "/a/b"]))
                               (assoc (pick random formats) :sync (pick random modes))))
        said (assoc said :round-seed round-seed :file-system (:file-system disk) :threads (pick random [1 1 4])
                         :age (:age said 0))
        said (lose-power-some-times! random disk said round-seed)
        found (snapshot said)
        [problems :as checked] (check said)
        facts (facts said checked)]
    (println (describe said facts))
    (when (seq problems)
      (println (str "  VIOLATION, kept in " (keep-it! found said problems) ":"))
      (run! #(println "   " %) (take 8 problems))
      (when (< 8 (count problems)) (println "    and" (- (count problems) 8) "more")))
    (flush)
    [(when (empty? problems) (-> (as-recovered said) (update :age + (:losses said)))) facts said]))

(defn run-rounds
  "Rounds on disks of one kind. A disk, and a log, may be used for several rounds."
  [file-system rounds seed]
  (loop [n 0, disk nil, old nil, results []]
    (if (= n rounds)
      (do (some-> disk discard!) results)
      (let [random (Random. (hash [file-system (+ (long seed) n)]))
            fresh? (or (nil? disk) (zero? (.nextInt random 8)))
            _ (when (and fresh? disk) (discard! disk))
            disk (if fresh? (make-disk! file-system random) disk)
            old (when (and old (not fresh?) (pick random [true false])
                           (< (.length (file-of old)) 60000000)) old)
            [old facts said] (a-round disk random (+ (long seed) n) old)]
        (recur (inc n) disk old
               (conj results (assoc facts :file-system file-system :sync (:sync (:options said))
                                          :losses (:losses said))))))))
