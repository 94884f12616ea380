(ns side-files
  "Makes logs with the side files of the version that is on the class path: closed logs, killed ones, with a write
   buffer, with deletions. The folders test/side_files/NAME hold them; tests open copies of them. To make them for a
   version again, check that version out elsewhere, compile it there, and run this there, with this folder on the class
   path:

     java -cp CLASSPATH:THIS_FOLDER clojure.main -m side-files TARGET

   Each log is made in a JVM of its own. For a killed log, that JVM halts without closing the log."
  (:require [clojure.java.io :as io]
            [flumelog.core :as log])
  (:import (flumelog.file DiskFolder)
           (flumelog.log OffsetLog)
           (java.io File RandomAccessFile)))

(def values (mapv #(str "record " % (.repeat "." (rem (* 7 %) 40))) (range 20)))

(def u {:codec :utf8 :sync :none})

(defn- halt! [] (.halt (Runtime/getRuntime) 0))

(defn- tear!
  "Cuts the file in its last record."
  [path]
  (with-open [file (RandomAccessFile. ^String path "rw")] (.setLength file (- (.length file) 9))))

(defn- zero-part!
  "Writes zeros over a part of a file, as a deletion that is interrupted does."
  [path from n]
  (with-open [file (RandomAccessFile. ^String path "rw")] (.seek file from) (.write file (byte-array n))))

(def makers
  {"closed"        (fn [path] (with-open [l (log/open path u)] (log/append-all! l values)))
   "closed-legacy" (fn [path] (with-open [l (log/open path (assoc u :framing :legacy))] (log/append-all! l values)))
   "killed"        (fn [path] (let [l (log/open path u)]
                                (log/append-all! l (take 10 values))
                                (log/sync! l)
                                (log/append-all! l (drop 10 values))
                                (halt!)))
   "killed-torn"   (fn [path] (let [l (log/open path u)]
                                (log/append-all! l (take 10 values))
                                (log/sync! l)
                                (log/append-all! l (drop 10 values))
                                (tear! path)
                                (halt!)))
   "killed-at-its-first-append" (fn [path] (let [l (log/open path u)] (log/append-all! l values) (halt!)))
   "buffer"        (fn [path] (let [l (log/open path (assoc u :write-buffer-bytes 4096))]
                                (run! #(log/append! l %) (take 10 values))
                                (log/sync! l)
                                (run! #(log/append! l %) (drop 10 values))
                                (halt!)))
   "buffer-alone"  (fn [path] (let [l (log/open path (assoc u :write-buffer-bytes 4096))]
                                (run! #(log/append! l %) values)
                                (halt!)))
   "room"          (fn [path] (let [l (log/open path (assoc u :sync :each :room-bytes 4096))]
                                (run! #(log/append! l %) values)
                                (halt!)))
   "deleted"       (fn [path] (let [l (log/open path u)]
                                (log/append-all! l values)
                                (log/sync! l)
                                (log/delete! l 0)
                                (halt!)))
   "half-deleted"  (fn [path] (let [l (log/open path u), offsets (log/append-all! l values)
                                    data (byte-array (.length (io/file path)))]
                                (log/sync! l)
                                (with-open [in (io/input-stream path)] (.read in data))
                                (log/delete! l (nth offsets 3))
                                (with-open [file (RandomAccessFile. ^String path "rw")] (.write file data))
                                (zero-part! path (+ 4 (long (nth offsets 3))) 5)
                                (halt!)))
   "not-deleted"   (fn [path] (let [l (log/open path u), offsets (log/append-all! l values)
                                    data (byte-array (.length (io/file path)))]
                                (log/sync! l)
                                (with-open [in (io/input-stream path)] (.read in data))
                                (log/delete! l (nth offsets 3))
                                (with-open [file (RandomAccessFile. ^String path "rw")] (.write file data))
                                (halt!)))})

(defn- in-a-jvm-of-its-own [target name]
  (let [command [(str (System/getProperty "java.home") "/bin/java") "-cp" (System/getProperty "java.class.path")
                 "clojure.main" "-m" "side-files" target name]]
    (.waitFor (.start (.inheritIO (ProcessBuilder. ^java.util.List command))))))

(defn -main
  ([target] (run! #(in-a-jvm-of-its-own target %) (sort (keys makers))))
  ([target name]
   (let [folder (io/file target name)]
     (.mkdirs folder)
     ((makers name) (str (io/file folder "a.log")))
     (halt!))))
