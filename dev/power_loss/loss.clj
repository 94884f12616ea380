(ns power-loss.loss
  "Takes the power from a child (power-loss.child) in the middle of its work, and reads what it printed.

   * `lose-power-some-times!`: up to three times before the log is checked
   * `pick`: a random element; `whole`: a value as one line of EDN
   * `kill-children!`"
  (:require [clojure.edn :as edn]
            [clojure.string :as str]
            [flumelog.process :refer [kill! start]]
            [power-loss.disk :refer [mount! run-command shut-down! unmount!]]
            [power-loss.machine :refer [file-of]]
            [power-loss.said :refer [hear hear-late]])
  (:import (java.io BufferedReader Writer)
           (java.util Random)))

(set! *warn-on-reflection* true)

(defn pick [^Random random from]
  (nth from (.nextInt random (count from))))

(defn whole
  "The value as one line of EDN, without the limit of *print-length* that dev/user.clj sets."
  [x]
  (binding [*print-length* nil] (prn-str x)))

;; The JVMs

(defn- start-child []
  (start '(do (require 'power-loss.child) (power-loss.child/append-until-shut-down))))

(def ^:private children
  "The JVMs that were started. The last one is for the next power loss."
  (atom []))

(defn- take-child!
  "A new JVM, which was started in advance, while the previous one was at work."
  ^Process []
  (when (empty? @children) (swap! children conj (start-child)))
  (let [child (peek @children)]
    (reset! children [child (start-child)])
    child))

(defn kill-children! []
  (run! kill! @children))

(defn- listen
  "Reads all lines of a child. Returns [promises of the first line of some kinds, future of all lines]. Counts the lines
   in the atom `lines-heard`."
  [^Process child lines-heard]
  (let [opened (promise)
        firsts {:opening (promise) :opened opened :not-opened opened}
        heard (fn [[what :as line]]
                (swap! lines-heard inc)
                (some-> (firsts what) (deliver line))
                line)]
    [firsts
     (future
       (let [lines (into [] (comp (filter #(str/ends-with? % "]"))      ; a line that the kill cut short is left out
                                  (map edn/read-string)
                                  (map heard))
                         (line-seq ^BufferedReader (.inputReader child)))]
         (run! #(deliver % nil) (vals firsts))
         lines))]))

(defn- await-line!
  "Waits for a line of the child and returns it. The line for :opened may be one that says :not-opened."
  [firsts what]
  (or (deref (firsts what) 120000 nil)
      (throw (ex-info "a child of this program ended, or said nothing for two minutes" {}))))

;; The moment when the power goes

(defn- write-back!
  "Makes the system write some random ranges of the log, or the checkpoint, to disk, without the metadata of the file."
  [^Random random said]
  (let [size (.length (file-of said))
        range (fn [_] (let [from (if (pos? size) (.nextInt random (int size)) 0)]
                        ["-c" (str "sync_range -w " from " " (inc (.nextInt random 200000)))]))
        [file ranges] (case (.nextInt random 5)
                        0 [(str (file-of said) ".checkpoint") ["-c" "sync_range -w 0 8192"]]
                        [(file-of said) (mapcat range (clojure.core/range (inc (.nextInt random 4))))])]
    (apply run-command "xfs_io" (concat ranges [file]))))

(defn- wait-a-moment!
  "Waits until the child has printed a random number of lines, but at most three seconds, and then a little longer."
  [^Random random said lines-heard]
  (let [lines (long (Math/exp (* (.nextDouble random) (Math/log 6000))))
        until (+ (System/nanoTime) 3000000000)]
    (while (and (< (long @lines-heard) lines) (< (System/nanoTime) until))
      (if (zero? (.nextInt random 20))
        (write-back! random said)
        (Thread/sleep 1)))
    (Thread/sleep 0 (.nextInt random 999999))))

(defn- while-it-runs!
  "Waits for the moment when the power goes, during recovery or while records are written. Returns the problems until
   then."
  [^Random random firsts lines-heard said]
  (await-line! firsts :opening)
  (if (and (pos? (long (:losses said))) (pick random [true false false]))
    (do (Thread/sleep (.nextInt random 50)) nil)
    (let [[what message] (await-line! firsts :opened)]
      (if (= :opened what)
        (do (wait-a-moment! random said lines-heard) nil)
        [(str "a child could not open it: " message)]))))

(defn- lose-power!
  "Lets a child write to the log until the file system is shut down. Returns `said` with what the child printed."
  [^Random random disk said ^Process child flags]
  (let [lines-heard (atom 0)
        [firsts lines] (listen child lines-heard)
        task {:folder (:folder said) :options (:options said) :boot (:boot said) :seed (:seed said)
              :threads (:threads said) :old-offsets (take-last 50 (keys (:frames said)))}]
    (doto ^Writer (.outputWriter child) (.write ^String (whole task)) (.flush))
    (let [problems (while-it-runs! random firsts lines-heard said)
          sure @lines-heard]
      (shut-down! disk flags)
      (Thread/sleep (long (pick random [0 1 20])))
      (kill! child)
      (unmount! disk)
      (mount! disk)
      (as-> (reduce hear said (take sure @lines)) said
        (reduce hear-late said (drop sure @lines))
        (update said :problems into problems)))))

(defn- next-loss [{:keys [losses boot seeds] :as said} round-seed]
  (let [seed (+ (* 10 (long round-seed)) (long losses))]
    (assoc said :seed seed :seeds (conj (or seeds #{}) seed) :boot (inc (long boot)) :syncing nil)))

(defn lose-power-some-times!
  "Loses power one to three times. Returns what is known of the log then; the files are as the last power loss left
   them."
  [^Random random disk said round-seed]
  (loop [said (assoc said :losses 0 :flags [])]
    (let [flags (pick random [[] ["-f"]])
          said (-> (lose-power! random disk (next-loss said round-seed) (take-child!) flags)
                   (update :losses inc) (update :flags conj (or (first flags) "no flush")))]
      (if (and (< (long (:losses said)) 3) (zero? (.nextInt random 3)))
        (recur said)
        (update said :boot inc)))))
