(ns power-loss.main
  "Real power loss, in rounds. In a round, a JVM appends to a log on a loop-mounted file system, which is shut down
   while the JVM writes. Then the file system is mounted again and replays its journal. The log is opened and compared
   with what the JVM knew to be durable. `bin/power-loss` runs it, as root on Linux.

   The file system may keep or lose any bytes that were not forced. Usually it would lose them all. So random ranges of
   the file are written back during a round, which makes holes, and some shutdowns flush the file system's own journal.

   The values follow from a seed, but the moment of the power loss depends on the clock. So the files of a round with a
   violation are kept in target/power-loss, and `--again FOLDER` checks them again.

   * `-main`: the rounds; exits with 1 on a violation, and with 2 on a machine that can't run them

   The child that appends is power-loss.child, the judge power-loss.judge, the disk power-loss.disk; power-loss.round
   brings them together."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [flumelog.fixtures :refer [delete-folder!]]
            [power-loss.disk :as disk]
            [power-loss.judge :refer [check]]
            [power-loss.loss :refer [kill-children!]]
            [power-loss.round :refer [describe facts run-rounds]])
  (:import (java.io File)))

(set! *warn-on-reflection* true)

(defn- total [results key]
  (reduce + (keep key results)))

(defn- summarize [results]
  (doseq [[[file-system sync] of] (sort-by (comp str key) (group-by (juxt :file-system :sync) results))]
    (println (str file-system " " sync ": " (count of) " rounds, " (total of :losses) " power losses, "
                  (total of :appended) " appended, " (total of :durable) " durable, " (total of :found) " found, "
                  (count (filter #(= :torn (:tail %)) of)) " torn tails, " (count (filter :hole of)) " holes, "
                  (count (filter (comp seq :problems) of)) " with violations")))
  (let [bad (count (filter (comp seq :problems) results))]
    (println (str "power-loss: " (count results) " rounds, "
                  (if (zero? bad) "no violation" (str bad " with violations"))))
    (if (zero? bad) 0 1)))

(defn- check-kept-folder
  "Checks again the files that a round with a violation left."
  [kept]
  (let [folder (disk/temp-folder)]
    (try
      (doseq [^File file (.listFiles (io/file kept)) :when (not= "said.edn" (.getName file))]
        (io/copy file (io/file folder (.getName file))))
      (let [said (-> (edn/read-string (slurp (io/file kept "said.edn")))
                     (assoc :folder (str folder)) (update :frames #(into (sorted-map) %)))
            [problems :as checked] (check said)]
        (println (describe said (facts said checked)))
        (run! #(println "   " %) problems)
        (if (seq problems) 1 0))
      (finally (delete-folder! folder)))))

(defn- all-rounds [rounds file-systems seed]
  (if-let [why (disk/missing file-systems)]
    (do (println (str "power-loss: can't be tried here: " why)) 2)
    (summarize
      (let [share (fn [i] (quot (+ (long rounds) (- (count file-systems) 1 (long i))) (count file-systems)))]
        (vec (mapcat #(run-rounds %1 (share %2) seed) file-systems (range)))))))

(defn- clean-up! []
  (kill-children!)
  (disk/discard-all!))

(defn -main
  "[ROUNDS] [ext4|xfs] [SEED], or --again FOLDER."
  [& args]
  (.addShutdownHook (Runtime/getRuntime) (Thread. ^Runnable clean-up!))
  (let [numbers (keep parse-long args)
        [what folder] args
        code (try
               (if (= "--again" what)
                 (check-kept-folder folder)
                 (all-rounds (or (first numbers) 20)
                             (or (seq (filter #{"ext4" "xfs"} args)) ["ext4" "xfs"])
                             (or (second numbers) (quot (System/currentTimeMillis) 1000))))
               (catch Throwable t
                 (println (str "power-loss: broke off: " t))
                 (.printStackTrace t)
                 1)
               (finally (clean-up!)))]
    (shutdown-agents)
    (System/exit code)))
