(ns no-log-sweep
  "Copies ordinary files of this machine, runs every operation on each copy as if it were a log, and checks that the
   copy is unchanged and that no file was made beside it: bin/no-log-sweep. Only a copy that is a log may change: a file
   of whole frames from its first byte to its last, or an empty file.

   * `ordinary-files`: files of this machine; `check`: the problems with a copy of one; `sweep`: checks many files"
  (:require [clojure.java.io :as io]
            [flumelog.core :as log])
  (:import (flumelog.error LogException)
           (java.io File)
           (java.nio.file Files LinkOption OpenOption)
           (java.nio.file.attribute FileAttribute)
           (java.util ArrayList Arrays Collection Collections Random)))

(set! *warn-on-reflection* true)

(def ^:private most-bytes "Longer files are left out." 4000000)

(def ^:private searched-bytes
  "In longer files verify and salvage are not tried: they search the whole file, and never write to it."
  100000)

(def ^:private roots
  [(System/getProperty "java.home") "/usr" "/etc" "/lib" "/opt" "/var/lib" "/root" "/home" "test/interop/node_modules"])

;; Files to try

(defn- real-folder? [^File file]
  (Files/isDirectory (.toPath file) (into-array [LinkOption/NOFOLLOW_LINKS])))

(defn- fit? [^File file]
  (and (Files/isRegularFile (.toPath file) (into-array [LinkOption/NOFOLLOW_LINKS]))
       (.canRead file)
       (<= 1 (.length file) (long most-bytes))))

(defn- pick [^Random random coll]
  (nth coll (.nextInt random (count coll))))

(defn- some-file
  "A random file below the folder; nil if the random walk ends where there is none."
  [random ^File folder]
  (let [inside (sort (.listFiles folder))]
    (when (seq inside)
      (let [^File chosen (pick random inside)]
        (cond (real-folder? chosen) (recur random chosen)
              (fit? chosen) chosen)))))

(defn- files-below
  "All files to try below the folder, lazily."
  [^File folder]
  (lazy-seq
    (mapcat (fn [^File file] (cond (real-folder? file) (files-below file) (fit? file) [file]))
            (sort (.listFiles folder)))))

(defn ordinary-files
  "At most n files below the roots. Up to 2000 are found by random walks, which meet many kinds of files; more are taken
   from a shuffled list of all files."
  ([n seed] (ordinary-files n seed roots))
  ([n seed roots]
   (let [random (Random. (long seed))
         folders (->> (map io/file roots) (filter real-folder?) (mapv #(.getCanonicalFile ^File %)))]
     (cond
       (empty? folders) []
       (<= (long n) 2000) (into [] (comp (keep (fn [_] (some-file random (pick random folders)))) (distinct) (take n))
                                (range (* 100 (long n))))
       :else (let [all (ArrayList. ^Collection (vec (distinct (mapcat files-below folders))))]
               (Collections/shuffle all random)
               (vec (take n all)))))))

;; The operations on a copy

(defn- outcome
  "The result of a call: a value, or the kind of a LogException. Any other exception is thrown on."
  [f]
  (try (f) (catch LogException e (:flumelog/error (ex-data e)))))

(defn- operations
  "The operations by name, as functions of the path of the copy and of a folder for new files. The operation that may
   change a log comes last."
  [options]
  (array-map
   :verify   (fn [path _] (:ok (log/verify path (assoc options :codec :bytes))))
   :salvage  (fn [path folder] (:frames (log/salvage path (str (io/file folder "salvaged")) options)))
   :read     (fn [path _] (with-open [l (log/open path (assoc options :mode :read :codec :bytes))] (:tail (log/recovery l))))
   :convert  (fn [path folder] (:frames (log/convert path (str (io/file folder "converted")))))
   :recover! (fn [path _] (:end (log/recover! path {:cut-at 1})))
   :compact! (fn [path _] (:frames (log/compact! path)))
   :open     (fn [path _] (with-open [l (log/open path (assoc options :codec :bytes))] (:tail (log/recovery l))))))

(defn- clean! [^File folder]
  (run! #(io/delete-file % true) (.listFiles folder)))

(defn- names-in [^File folder] (into (sorted-set) (map #(.getName ^File %)) (.listFiles folder)))

(defn- log? [outcomes]
  (= [:none :none] [(:read outcomes) (:open outcomes)]))

(defn check
  "Runs the operations on a copy of the bytes. Returns nil if none changed the copy, or if the copy is a log; else a map
   with the operation that did. The folders are for the copy and for new files; both are emptied first."
  ([copies others data] (check copies others data {}))
  ([copies others ^bytes data options]
   (run! clean! [copies others])
   (let [copy (.toPath (io/file copies "copy")), path (str copy)
         unchanged? #(and (Arrays/equals data (Files/readAllBytes copy)) (= #{"copy"} (names-in copies)))]
     (Files/write copy data ^"[Ljava.nio.file.OpenOption;" (make-array OpenOption 0))
     (loop [[[op f] & more] (cond-> (operations options) (< (long searched-bytes) (alength data)) (dissoc :verify :salvage))
            outcomes {}]
       (let [outcomes (assoc outcomes op (outcome #(f path others)))]
         (cond
           (unchanged?) (when more (recur more outcomes))
           ;; If the copy is a log, the operations that write make side files.
           (and (Arrays/equals data (Files/readAllBytes copy)) (log? (assoc outcomes :open (outcome #((:open (operations options)) path others))))) nil
           :else {:changed-by op, :outcomes outcomes, :beside (disj (names-in copies) "copy"), :begins (vec (take 16 data))}))))))

(defn- temp-folder ^File [prefix]
  (let [shm (io/file "/dev/shm"), none (make-array FileAttribute 0)]
    (.toFile (if (Files/isWritable (.toPath shm))
               (Files/createTempDirectory (.toPath shm) prefix none)
               (Files/createTempDirectory prefix none)))))

(defn sweep
  "Checks copies of all the files. Returns a map of `:files`, `:bytes`, `:unreadable` and `:changed`, a vector of
   [file problem]. Calls `tell` with that map after each file."
  [files tell]
  (let [copies (temp-folder "no-log-copies"), others (temp-folder "no-log-others")]
    (try
      (reduce (fn [sum ^File file]
                (let [data (try (Files/readAllBytes (.toPath file)) (catch java.io.IOException _ nil))
                      wrong (when data (try (check copies others data) (catch Throwable t {:threw (str t)})))
                      sum (cond-> (update sum :files inc)
                            data (update :bytes + (alength ^bytes data))
                            (nil? data) (update :unreadable inc)
                            wrong (update :changed conj [(str file) wrong]))]
                  (tell sum)
                  sum))
              {:files 0, :bytes 0, :unreadable 0, :changed []} files)
      (finally (run! #(do (clean! %) (io/delete-file % true)) [copies others])))))

(defn- words [{:keys [files bytes unreadable changed]}]
  (str files " files, " (quot (long bytes) 1000000) " MB, " unreadable " unreadable, " (count changed) " changed"))

(defn -main
  "[N | --ci] [FOLDER ...]."
  [& args]
  (let [[n & folders] args
        n (cond (= "--ci" n) 2000, n (parse-long n), :else 10000)
        _ (.setLevel (java.util.logging.Logger/getLogger "flumelog") java.util.logging.Level/OFF)
        files (apply ordinary-files n 20251122 (when folders [folders]))
        result (sweep files (fn [sum] (when (zero? (rem (long (:files sum)) 5000)) (println " " (words sum)) (flush))))]
    (doseq [[file wrong] (:changed result)] (println (str "changed: " file " " (pr-str wrong))))
    (println (str "no-log-sweep: " (words result)))
    (shutdown-agents)
    (System/exit (cond (seq (:changed result)) 1, (zero? (long (:files result))) 2, :else 0))))
