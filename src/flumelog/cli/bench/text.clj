(ns ^:no-doc flumelog.cli.bench.text
  "What bench has measured, in plain numbers, and what they mean."
  (:require [flumelog.stats.words :as words])
  (:import (java.nio.file Files Path)
           (java.util Locale)))

(set! *warn-on-reflection* true)

(defn file-system [^Path folder]
  {:file-system (.type (Files/getFileStore folder))})

(defn- text [pattern & values] (String/format Locale/ROOT pattern (to-array values)))

(defn- rounded
  "A number as people say it: three digits."
  [n]
  (let [n (double n)]
    (if (< n 1000)
      (text (cond (< n 10) "%.2f" (< n 100) "%.1f" :else "%.0f") n)
      (let [unit (Math/pow 10 (- (Math/floor (Math/log10 n)) 2))]
        (words/number (* unit (Math/rint (/ n unit))))))))

(defn- row [title unit {:keys [median lower-quartile upper-quartile]} show]
  (text "  %-34s %12s %-9s  (%s to %s)" title (show median) unit (show lower-quartile) (show upper-quartile)))

(defn- megabytes [n] (rounded (/ (double n) 1e6)))
(defn- micros [per-second] (rounded (/ 1e6 (double per-second))))

(defn- swapped
  "Rates as the times that they mean."
  [{:keys [lower-quartile upper-quartile] :as summary}]
  (assoc summary :lower-quartile upper-quartile :upper-quartile lower-quartile))

(defn- of-forces [{:keys [force]}]
  (let [median (double (:median force))]
    (cond
      (< median 0.05) "A force takes less time than any disk needs: this folder is in memory, or the disk keeps what it is given without power, or ignores forces."
      (< median 3)    "The disk forces as flash does."
      :else           "The disk forces as a turning one does, or one over a network.")))

(defn- of-threads [{:keys [force force-together threads]}]
  (let [times (/ (double (:median force-together)) (/ 1000.0 (double (:median force))))]
    (str "Threads that append at the same time share forces: " threads " of them got "
         (if (< times 1.2) "no more records on disk than one." (str (rounded times) " times as many records on disk as one.")))))

(defn lines [{:keys [folder file-system record-bytes threads log-bytes append append-batch force force-together scan scan-back get] :as measured}]
  [(str folder " (" file-system "), records of " (words/number record-bytes) " bytes; medians of many rounds, and in brackets where the middle half of them was")
   ""
   (row "append" "a second" append rounded)
   (row "append in batches of 1,000" "a second" append-batch rounded)
   (row "append and force" "ms each" force rounded)
   (row (str "append and force, " threads " threads") "a second" force-together rounded)
   (row "read forwards" "MB/s" scan megabytes)
   (row "read backwards" "MB/s" scan-back megabytes)
   (row "get at random" "µs each" (swapped get) micros)
   ""
   "An append without a force is safe from the end of the process, not from a power failure: that is what :sync {:every-ms 100} does, and makes it"
   "durable within 100 ms. With :sync :each an append returns when the disk has it, which takes a force."
   (str "99 of 100 forces took " (rounded (:p99 force)) " ms at most. " (of-forces measured))
   (of-threads measured)
   (str "Reading was from a log of " (words/size log-bytes) ", which the system has in memory by then. A log that is not, is read at the speed of the disk.")])
