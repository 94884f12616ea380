(ns bench.large
  "What stays as it is when a log is larger than the memory: bin/bench --large.

     bin/bench --large              logs of 1, 10 and 50 GiB, one after the other
     bin/bench --large 1 4          of these sizes
     bin/bench --large --report     prints the tables of the runs that are kept

   The records are 160,000 of 200 to 1000 bytes, appended again and again, so that each offset is known without reading. Each size is
   measured in a process of its own, with 256 MiB of heap, after the page cache was dropped; then the same is read again. A bare
   read of 1 KiB at such places by a FileChannel says what the disk alone takes."
  (:require [bench.environment :as environment]
            [bench.large.table :as table]
            [bench.results :as results]
            [bench.stats :refer [median]]
            [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [flumelog.core :as log])
  (:import (bench.peer Machine)
           (java.io File)
           (java.nio ByteBuffer)
           (java.nio.channels FileChannel)
           (java.nio.file OpenOption StandardOpenOption)
           (java.util Random)))

(set! *warn-on-reflection* true)

(def ^:private kept "dev/bench/results/large")
(def ^:private records "In one repetition." 160000)
(def ^:private gets 1000)
(def ^:private pages 200)
(def ^:private newest 10000)
(def ^:private options {:codec :bytes :sync :none})

(defn- say [& words]
  (binding [*out* *err*] (apply println words) (flush)))

;; The log

(defn- payload []
  (let [random (Random. 600)]
    (vec (repeatedly records #(doto (byte-array (+ 200 (.nextInt random 801))) (->> (.nextBytes random)))))))

(defn- build!
  "Appends the records until the file has that size. Returns the offsets of one repetition, its length, and how often it is there."
  [^File file ^long bytes]
  (let [batches (partition-all 1000 (payload))]
    (with-open [l (log/open file options)]
      (let [offsets (long-array (mapcat #(log/append-all! l %) batches)), length (long (:end (log/info l)))
            times (max 1 (quot bytes length))]
        (dotimes [n (dec times)]
          (when (zero? (rem n 20)) (say "building" (.getName file) (quot (* 100 n) times) "%"))
          (run! #(log/append-all! l %) batches))
        (log/sync! l)
        {:offsets offsets :length length :times times}))))

(defn- picks
  "Offsets of n records at random places of the log."
  [{:keys [^longs offsets length times]} seed n]
  (let [random (Random. seed)]
    (long-array (repeatedly n #(+ (* (long length) (.nextInt random (int times))) (aget offsets (.nextInt random (alength offsets))))))))

;; Measures, in a process of its own

(defn- micros [f]
  (let [start (System/nanoTime)]
    (f)
    (/ (- (System/nanoTime) start) 1e3)))

(defn- each [f ^longs offsets] (median (mapv #(micros (fn [] (f %))) offsets)))

(defn- open-and [f file]
  (with-open [l (log/open file options)] (f l)))

(defn- ten [l] (into [] (take 10) (rseq l)))

(defn- reads
  "One pass of what is read of an open log, in microseconds."
  [l ^FileChannel channel {:keys [gets pages bare]}]
  {:get     (each #(log/fetch l %) gets)
   :page    (each #(into [] (log/values l {:gte % :limit 20})) pages)
   :reverse (/ (double (micros #(run! identity (eduction (take newest) (rseq l))))) newest)
   :bare    (each #(.read channel (ByteBuffer/allocate 1024) (long %)) bare)})

(defn- measure [^File file places]
  (let [opened  #(micros (fn [] (open-and identity file)))
        first-open (opened)
        first-ten  (micros #(open-and ten file))]
    (let [[cold again] (with-open [l (log/open file options)
                                   channel (FileChannel/open (.toPath file) (into-array OpenOption [StandardOpenOption/READ]))]
                         [(reads l channel places) (last (repeatedly 2 #(reads l channel places)))])]
      {:cold  (assoc cold :open first-open :ten first-ten)
       :again (assoc again :open (median (vec (repeatedly 20 opened)))
                           :ten (median (vec (repeatedly 20 #(micros (fn [] (open-and ten file)))))))})))

(defn measure-file
  "For the process of its own: prints what was measured of the file."
  [file places]
  (let [small (File/createTempFile "small" ".log")]
    (open-and #(do (log/append! % (byte-array 300 (byte 1))) (ten %) (log/fetch % 0) (into [] (log/values % {:limit 1}))) small)  ; loads the code
    (.delete small)
    (println (pr-str (measure (io/file file) (update-vals (edn/read-string (slurp places)) long-array))))))

(defn- in-own-process [^File file log-places]
  (let [places (io/file (str file ".places"))]
    (spit places (binding [*print-length* nil]              ; a REPL of this project prints less
                   (pr-str {:gets (vec (picks log-places 1 gets)), :pages (vec (picks log-places 2 pages)), :bare (vec (picks log-places 3 gets))})))
    (when-not (Machine/drop (.toPath (.getParentFile file)))
      (throw (ex-info "the page cache can't be emptied here, so nothing would be cold: run it as root" {})))
    (let [code (str "(require 'bench.large) (bench.large/measure-file " (pr-str (str file)) " " (pr-str (str places)) ")")
          {:keys [exit out err]} (shell/sh (str (System/getProperty "java.home") "/bin/java") "-Xmx256m" "-cp" (System/getProperty "java.class.path")
                                           "clojure.main" "-e" code)]
      (when-not (zero? (long exit)) (throw (ex-info (str "the measure of " file " failed: " err) {})))
      (edn/read-string (last (str/split-lines out))))))

(defn- measure-size [^File folder gib]
  (let [file (io/file folder (str gib "-gib.log"))]
    (try
      (let [places (build! file (* (long gib) (bit-shift-left 1 30)))]
        (say "measuring" (.getName file))
        (assoc (in-own-process file places) :gib gib))
      (finally (run! #(io/delete-file % true) (filter #(str/starts-with? (.getName ^File %) (str gib "-gib.log")) (.listFiles folder)))))))

;; A run

(defn- run [sizes]
  (let [folder (doto (io/file "target/bench/large") (.mkdirs)), environment (environment/facts folder), file (results/file (io/file kept) environment)
        run (str (java.time.Instant/now))]
    (results/append! file [{:run run :environment environment}])
    (doseq [gib sizes]
      (results/append! file [(assoc (measure-size folder gib) :run run)]))
    (println (table/text (results/read-file file)))))

(defn- gib [word]
  (or (when-let [n (parse-long word)] (when (pos? (long n)) n))
      (throw (ex-info (str "bench --large takes sizes in GiB, such as 1 10 50, or --report; not " word) {}))))

(defn -main [& words]
  (let [code (try
               (if (= ["--report"] words)
                 (println (table/text (:lines (results/read-folder kept))))
                 (run (or (seq (mapv gib words)) [1 10 50])))
               0
               (catch clojure.lang.ExceptionInfo e (say (ex-message e)) 2))]
    (shutdown-agents)
    (System/exit code)))
