(ns file-systems.steps
  "The steps of the script, which other JVMs do (see flumelog.process): functions of the folder of the logs, which
   return nil or a short note, and throw when something is wrong.

   The steps are in the order of the script. file-systems.script says which JVM does which step."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [delete-folder!]])     ; silences the messages of recovery
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (java.io FileOutputStream IOException)))

(set! *warn-on-reflection* true)

(defn- path ^String [folder] (str (io/file folder "a.log")))

(defn- text [n] (str "record " n " " (.repeat (str (char (+ 97 (rem (long n) 26)))) (rem (* 37 (long n)) 300))))

(defn- check [what wanted found]
  (when (not= wanted found)
    (throw (IllegalStateException.
             (if (and (sequential? wanted) (sequential? found))
               (str what ": " (count found) " of " (count wanted) " records"
                    (when (= (count wanted) (count found)) ", with others among them"))
               (str what ": " (pr-str found) ", not " (pr-str wanted)))))))

(defn- kind [f]
  (try (f) nil (catch LogException e (:flumelog/error (ex-data e)))))

(def ^:private first-texts (map text (range 400)))

(def ^:private utf8 {:codec :utf8})
(def ^:private reading {:codec :utf8 :mode :read})

(defn- all-of [p options]
  (with-open [l (log/open p options)] (into [] l)))

(defn create [folder]
  (with-open [l (log/open (path folder) utf8)] (check "since" -1 @(log/since l))))

(defn append [folder]
  (with-open [l (log/open (path folder) utf8)]
    (run! #(log/append! l %) (take 300 first-texts))
    (log/append-all! l (drop 300 first-texts))
    (check "values" first-texts (into [] l))))

(defn sync! [folder]
  (with-open [l (log/open (path folder) (assoc utf8 :sync :none))]
    (let [offset (log/append! l "synced")]
      (log/sync! l)
      (check "durable" offset @(log/durable l))
      (log/delete! l offset))))

(defn reopen [folder]
  (with-open [l (log/open (path folder) utf8)]
    (check "tail" :none (:tail (log/recovery l)))
    (check "values" first-texts (into [] l))))

(defn newest-first [folder]
  (with-open [l (log/open (path folder) reading)] (check "rseq" (reverse first-texts) (vec (rseq l)))))

(defn look-up [folder]
  (with-open [l (log/open (path folder) reading)]
    (let [entries (into [] (log/entries l))]
      (check "get" (map val entries) (map #(get l (key %)) entries))
      (check "range" (map val (take 50 entries)) (into [] (log/values l {:lt (key (entries 50))}))))))

;; Two processes

(def ^:private held (atom nil))

(defn hold [folder]
  (reset! held (log/open (path folder) utf8))
  nil)

(defn refused [folder]
  (check "a second writer" :locked (kind #(.close ^LogCollection (log/open (path folder) utf8))))
  (check "a reader beside the writer" first-texts (all-of (path folder) reading)))

(defn let-go [_]
  (.close ^LogCollection @held)
  nil)

(defn followed
  "Appends to a log that `follow` reads."
  [folder]
  (with-open [l (log/open (str (io/file folder "followed.log")) utf8)]
    (dotimes [n 1500] (log/append! l (text n)) (when (zero? (rem n 50)) (Thread/sleep 1)))))

(defn follow
  "Follows the log to which `followed` appends, and reads all of it now and then."
  [folder]
  (let [p (str (io/file folder "followed.log")), until (+ (System/currentTimeMillis) 60000)]
    (while (not (.exists (io/file p))) (Thread/sleep 1))
    (with-open [l (log/open p reading)]
      (loop []
        (let [seen (into [] l)]
          (check "what a follower sees" (map text (range (count seen))) seen)
          (when (and (< (count seen) 1500) (< (System/currentTimeMillis) until)) (recur))))
      (check "what a follower sees" (map text (range 1500)) (into [] (log/live l {:limit 1500 :as :values}))))))

(def ^:private buffer-options {:codec :utf8 :sync :none :write-buffer-bytes 65536})

(defn buffer-held [folder]
  (let [^LogCollection l (log/open (str (io/file folder "buffered.log")) buffer-options)]
    (run! #(log/append! l (text %)) (range 1000))
    (check "values" (map text (range 1000)) (into [] l))
    (reset! held l)
    (when-let [why (:write-buffer-off (log/info l))] (str "without: " why))))

(defn buffer-read [folder]
  (check "a reader of what is held" (map text (range 1000)) (all-of (str (io/file folder "buffered.log")) reading)))

(defn buffer-closed [folder]
  (log/sync! @held)
  (.close ^LogCollection @held)
  (check "the buffer's file" false (.exists (io/file folder "buffered.log.buffer")))
  (check "values" (map text (range 1000)) (all-of (str (io/file folder "buffered.log")) utf8)))

(defn room [folder]
  (let [p (str (io/file folder "room.log"))]
    (with-open [l (log/open p {:codec :utf8 :sync :each :room-bytes 65536})]
      (run! #(log/append! l (text %)) (range 20)))
    (with-open [l (log/open p utf8)]
      (check "values" (map text (range 20)) (into [] l))
      (check "size" (:end (log/info l)) (.length (io/file p))))))

(defn delete [folder]
  (let [p (str (io/file folder "deleted.log"))]
    (with-open [l (log/open p utf8)]
      (let [offsets (log/append-all! l (map text (range 30)))]
        (check "deleted" 3 (log/delete! l (take 3 offsets)))
        (check "get" nil (get l (offsets 1)))))
    (check "values" (map text (range 3 30)) (all-of p utf8))))

(defn compact [folder]
  (let [p (str (io/file folder "deleted.log")), before (.length (io/file p))]
    (log/compact! p)
    (check "values" (map text (range 3 30)) (all-of p utf8))
    (check "smaller" true (< (.length (io/file p)) before))))

;; Killed

(defn append-and-wait
  "Appends to a log with a write buffer, syncs it halfway, and leaves it open: the JVM is killed then."
  [folder]
  (let [l (log/open (str (io/file folder "killed.log")) buffer-options)]
    (run! #(log/append! l (text %)) (range 300))
    (log/sync! l)
    (run! #(log/append! l (text %)) (range 300 500))
    (reset! held l)
    nil))

(defn after-kill [folder]
  (let [p (str (io/file folder "killed.log"))]
    (check "a reader after the kill" (map text (range 500)) (all-of p reading))
    (with-open [l (log/open p utf8)]
      (check "values" (map text (range 500)) (into [] l))
      (check "tail" :none (:tail (log/recovery l)))
      (let [entries (into [] (log/entries l))]
        (check "get" (map val entries) (map #(get l (key %)) entries)))
      (log/append! l "more"))
    (check "values" (concat (map text (range 500)) ["more"]) (all-of p utf8))))

(defn as-it-was
  "Reads all of the log of the first steps, in both directions and by offset."
  [folder]
  (reopen folder)
  (newest-first folder)
  (look-up folder))

(defn renamed [folder]
  (let [file (io/file folder "a.log"), other (io/file folder "other")]
    (.mkdirs other)
    (check "rename" true (.renameTo file (io/file other "b.log")))
    (.renameTo (io/file folder "a.log.checkpoint") (io/file other "b.log.checkpoint"))
    (check "values" first-texts (all-of (str (io/file other "b.log")) utf8))
    (check "rename back" true (.renameTo (io/file other "b.log") file))
    (check "values" first-texts (all-of (path folder) utf8))))

;; A full disk

(defn- fill!
  "Writes the file until there is no room; what says so at a sync only is synced now and then."
  [file]
  (with-open [out (FileOutputStream. ^java.io.File file)]
    (doseq [n [65536 4096 512]]
      (let [bytes (byte-array n (byte 1))
            write (fn [i] (try (.write out bytes) (when (zero? (rem (long i) 64)) (.sync (.getFD out))) true (catch IOException _ false)))]
        (loop [i 1] (when (write i) (recur (inc i))))
        (try (.sync (.getFD out)) (catch IOException _ nil))))))

(defn- append-until-full! [l from most]
  (reduce (fn [n _] (case (kind #(log/append! l (text n)))
                      nil (inc (long n))
                      :full (reduced n)
                      (do (log/append! l (text n)) n)))     ; which throws it
          from (range most)))

(defn full [folder options]
  (let [p (str (io/file folder "full.log")), ballast (io/file folder "ballast")]
    (try
      (let [n (with-open [l (log/open p (merge utf8 options))]
                (run! #(log/append! l (text %)) (range 100))
                (log/sync! l)
                (shell/sh "cp" "-a" (str folder) (str folder "-shared"))   ; shares blocks where it can
                (fill! ballast)
                (let [n (append-until-full! l 100 100000)]
                  (dotimes [_ 3] (check "a full disk" :full (kind #(log/append! l (.repeat "x" 200000)))))
                  (let [held (into [] l)]
                    (check "values on the full disk" (map text (range n)) held))
                  (io/delete-file ballast)
                  (Thread/sleep 1200)
                  (log/append! l (text n))
                  (log/sync! l)
                  (inc (long n))))]
        (check "values" (map text (range n)) (all-of p utf8)))
      (finally (io/delete-file ballast true)
               (delete-folder! (io/file (str folder "-shared")))
               (run! #(io/delete-file % true) (filter #(str/starts-with? (.getName ^java.io.File %) "full.log") (.listFiles (io/file folder))))))))

(defn full-disk
  "Fills the disk under a plain log, a log with room, and a log with a write buffer. Copies each before that."
  [folder]
  (doseq [options [{} {:room-bytes 65536 :sync :each} {:write-buffer-bytes 65536 :sync :none}]]
    (try (full folder options)
         (catch Exception e (throw (IllegalStateException. (str (pr-str options) " " (ex-message e)) e))))))

;; A disk on which a store to mapped memory needs a block: for flumelog.file-systems-test

(def ^:private stored-options {:codec :utf8 :sync :none :write-buffer-bytes 262144})

(defn- try-to-append
  "Tries to append the texts from `from` on, `times` times. Returns [number of the next text, kinds of the errors].
   Throws any error that is not a LogException."
  [l from times]
  (reduce (fn [[n failures] _] (if-let [failure (kind #(log/append! l (text n)))] [n (conj failures failure)] [(inc (long n)) failures]))
          [from #{}] (range times)))

(defn stores-on-a-full-disk
  "Appends `warm` records and more that are held back, copies the folder by sharing blocks, fills the disk, and appends
   more. Leaves the log open. Returns [number of appended records, kinds of the errors]."
  [folder framing warm]
  (let [l (log/open (str (io/file folder "stored.log")) (assoc stored-options :framing framing))
        [n] (try-to-append l 0 warm)]
    (log/sync! l)
    (let [[n] (try-to-append l n 100)]
      (shell/sh "cp" "-a" "--reflink=always" (str folder) (str folder "-shared"))
      (fill! (io/file folder "ballast"))
      (let [[n failures] (try-to-append l n 400)]
        (check "values" (map text (range n)) (into [] l))
        (reset! held l)
        [n failures]))))

(defn stores-when-there-is-room
  "Frees the disk and appends more to the log that was left open. Returns the number of appended records."
  [folder n]
  (io/delete-file (io/file folder "ballast"))
  (Thread/sleep 1200)
  (let [[n failures] (try-to-append @held n 1000)]
    (check "failures" #{} failures)
    (log/sync! @held)
    (check "durable" @(log/since @held) @(log/durable @held))
    (.close ^LogCollection @held)
    n))

(defn stored [folder n]
  (let [p (str (io/file folder "stored.log"))]
    (check "a reader" (map text (range n)) (all-of p reading))
    (io/delete-file (io/file folder "ballast") true)
    (Thread/sleep 1200)
    (check "values" (map text (range n)) (all-of p utf8))))

;; Read-only

(defn prepare [folder]
  (run! #(% folder) [create append]))

(defn no-writer [folder]
  (let [failure (kind #(.close ^LogCollection (log/open (path folder) utf8)))]
    (check "a writer" :failed failure)))
