(ns flumelog.permissions-test
  "What is made beside a log has its owner and permissions, and what can be done without stops nobody."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure files-in path-in read-bytes with-temp-folder write-bytes!]])
  (:import (java.io File)
           (java.nio.file Files LinkOption Path)
           (java.nio.file.attribute FileAttribute PosixFilePermissions)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private u {:codec :utf8})

(defn- path-of ^Path [path] (.toPath (io/file path)))

(defn- attribute [path name]
  (Files/getAttribute (path-of path) name (make-array LinkOption 0)))

(defn- permissions [path]
  (PosixFilePermissions/toString (Files/getPosixFilePermissions (path-of path) (make-array LinkOption 0))))

(defn- set-permissions! [path ^String permissions]
  (Files/setPosixFilePermissions (path-of path) (PosixFilePermissions/fromString permissions)))

(def ^:private root? (= "root" (System/getProperty "user.name")))

(defn- all-beside
  "A folder gets a log with these permissions and each kind of file beside it; calls f with the path while it is open."
  [folder permissions f]
  (let [path (path-in folder "a.log")]
    (write-bytes! path (byte-array 0))
    (set-permissions! path permissions)
    (when root? (Files/setAttribute (path-of path) "unix:gid" (int 12) (make-array LinkOption 0)))
    (with-open [l (log/open path u)]
      (log/append-all! l ["a" "b" "c"])
      (log/sync! l)
      (log/delete! l 0))
    (let [data (read-bytes path)]
      (write-bytes! path (Arrays/copyOf data (- (alength data) 3))))
    (with-open [l (log/open path (assoc u :write-buffer-bytes 4096))]
      (log/append! l "held")
      (f path))))

(deftest side-files-have-the-permissions-and-group-of-the-log
  (doseq [wanted ["rw-------" "rw-r-----" "rw-rw-r--"]]
    (testing wanted
      (with-temp-folder [folder]
        (all-beside folder wanted
                    (fn [path]
                      (log/salvage path (path-in folder "saved.log"))
                      (log/convert path (path-in folder "converted.log"))
                      (is (= #{"a.log" "a.log.buffer" "a.log.checkpoint" "a.log.deletions" "a.log.lock" "a.log.torn-34"
                               "saved.log" "converted.log"}
                             (files-in folder)))
                      (doseq [^File file (.listFiles (io/file folder))]
                        (is (= wanted (permissions file)) (.getName file))
                        (is (= (attribute path "unix:gid") (attribute file "unix:gid")) (.getName file)))))))))

(def ^:private in-the-way
  "What may have the name of a checkpoint, and is none: made at the path."
  {"a folder"          #(.mkdir (io/file %))
   "a dangling link"   #(Files/createSymbolicLink (path-of %) (path-of "/nowhere/at/all") (make-array FileAttribute 0))
   "a pipe"            #(.waitFor (.start (ProcessBuilder. ^java.util.List (vector "mkfifo" %))))
   "a folder that is not empty" #(do (.mkdirs (io/file % "within")))
   "bytes of somebody" #(spit % "no checkpoint at all")})

(deftest an-unusable-checkpoint-stops-nobody
  (doseq [[what make!] in-the-way]
    (testing what
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), checkpoint (str path ".checkpoint")]
          (with-open [l (log/open path u)] (log/append-all! l ["a" "b"]))
          (io/delete-file checkpoint)
          (make! checkpoint)
          (with-open [l (log/open path (assoc u :mode :read))]
            (is (= ["a" "b"] (into [] l)))
            (is (every? #(= checkpoint (:file %)) (:given-up (log/recovery l)))))
          (with-open [l (log/open path u)]
            (is (= ["a" "b"] (into [] l)))
            (when-not (#{"a dangling link" "bytes of somebody"} what)
              (is (= [checkpoint] (map :file (:given-up (log/recovery l))))))
            (log/append! l "c")
            (log/sync! l))
          (with-open [l (log/open path u)]
            (is (= ["a" "b" "c"] (into [] l)))))))))

(deftest a-buffer-that-can-t-be-read-is-named
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path u)] (log/append! l "a"))
      (.mkdir (io/file (str path ".buffer")))
      (doseq [mode [:read :read-write]]
        (is (= :failed (error (log/open path (assoc u :mode mode)))))
        (is (str/includes? (ex-message (failure (log/open path (assoc u :mode mode)))) "a.log.buffer"))))))
