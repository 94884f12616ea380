(ns flumelog.lock-test
  "One writer for a log under all of its names, and a message that says who it is: also where a lock of the kernel was
   lost, where another program has one, and where the pid that was left is that of a dead process."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error files-in path-in with-temp-folder]]
            [flumelog.process :refer [in-other-process start why-no-strace]]
            [flumelog.test-support :refer [skip]])
  (:import (flumelog.error LogException)
           (flumelog.file ChannelFile LogPath)
           (java.io File)
           (java.nio ByteBuffer)
           (java.nio.channels ClosedChannelException)
           (java.nio.file FileSystemException Files LinkOption NoSuchFileException Path)
           (java.nio.file.attribute FileAttribute PosixFilePermissions)))

(set! *warn-on-reflection* true)

(defn- path-of ^Path [path] (.toPath (io/file path)))

(defn- symlink! [link target]
  (Files/createSymbolicLink (path-of link) (path-of target) (make-array FileAttribute 0)))

(defn- refusal
  "Which error opening the log ends with, the pid in it, and its sentence."
  [path]
  (try (.close (log/open path))
       (catch LogException e ((juxt :flumelog/error :pid (fn [_] (ex-message e))) (ex-data e)))))

(def ^:private linux? (.exists (io/file "/proc/locks")))

;; Other processes

(deftest a-writer-that-lost-its-kernel-lock-still-keeps-others-out
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (in-other-process [process `(do (require 'flumelog.core)
                                      ((resolve 'flumelog.core/append!) ((resolve 'flumelog.core/open) ~path) "theirs")
                                      (slurp ~path)         ; which, when it closes the file, gives up the lock of it
                                      (println "ready")
                                      (read-line))]
        (is (= [:locked (.pid process)] (butlast (refusal path))))
        (is (= [:locked (.pid process)] (butlast (refusal path))) "being refused takes nothing away either"))
      (with-open [l (log/open path)] (is (= ["theirs"] (into [] l)))))))

(deftest a-lock-of-another-program-is-respected
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path)] (log/append! l :a))
      (in-other-process [_ `(let [channel# (java.nio.channels.FileChannel/open
                                             (.toPath (java.io.File. ~path))
                                             (into-array java.nio.file.OpenOption [java.nio.file.StandardOpenOption/READ]))]
                              (.lock channel# 0 Long/MAX_VALUE true)
                              (println "ready")
                              (read-line))]
        (let [[kind pid sentence] (refusal path)]
          (is (= :locked kind) "it is no writer of a log, so nobody is named")
          (is (= 0 pid) "it is no writer of a log, so nobody is named")
          (is (str/includes? sentence "another process or container")))
        (with-open [l (log/open path {:mode :read})] (is (= [:a] (into [] l)))))
      (with-open [l (log/open path)] (is (= 18 (log/append! l :b)))))))

(defn- dead-pid []
  (let [process (.start (ProcessBuilder. ["true"]))]
    (.waitFor process)
    (.pid process)))

(deftest the-pid-that-a-dead-process-left-is-not-named
  (if-not linux?
    (skip "needs /proc/locks to tell who has a lock")
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), hard (path-in folder "hard.log")]
        (.close (log/open path))
        (Files/createLink (path-of hard) (path-of path))
        (in-other-process [process `(do (require 'flumelog.core)
                                        ((resolve 'flumelog.core/open) ~hard)
                                        (println "ready")
                                        (read-line))]
          (doseq [left [(str (dead-pid)) "" "no number" "-1"]]
            (testing (pr-str left)
              (spit (str path ".lock") left)
              (is (= [:locked (.pid process)] (butlast (refusal path)))))))))))

;; Files

(deftest a-file-may-be-closed-twice
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          reader #(ChannelFile/openForReading (path-of path))
          third-byte (fn [^ChannelFile file] (let [into (ByteBuffer/allocate 1)] (.readAt file 3 into) (.get into 0)))
          l (log/open path {:codec :utf8})]
      (log/append! l "a")
      (doto ^ChannelFile (reader) .close .close)            ; kept open for the sake of the lock, for the next who reads
      (let [^ChannelFile one (reader), ^ChannelFile other (reader)]
        (is (= :locked (error (log/open path))))
        (.close l)
        (.close one)
        (is (= 1 (third-byte other)) "what one reader closes is not what another one reads")
        (.close other)
        (is (thrown? ClosedChannelException (third-byte other)))))))

(deftest a-closed-reader-says-so
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [w (log/open path {:codec :utf8})]
        (log/append! w "a")
        (let [r (log/open path {:codec :utf8 :mode :read})]
          (is (= "a" (get r 0)))
          (.close r)
          (is (= :closed (error (get r 0))))
          (is (= 0 @(log/since r))))))))

(deftest a-log-may-lie-in-the-working-directory
  (let [name (str "flumelog-test-" (random-uuid) ".log")]
    (try
      (with-open [l (log/open name)]
        (is (= 0 (log/append! l :a)))
        (is (= name (:path (log/info l))))
        (is (.exists (.folder (LogPath/of (path-of name))) (str name ".checkpoint")) "what lies beside it is found"))
      (is (:ok (log/verify name)))
      (finally (run! #(io/delete-file % true) (filter #(str/starts-with? (.getName ^File %) name) (.listFiles (io/file "."))))))))

(deftest a-log-opened-through-a-symlink-is-created-at-its-target
  (with-temp-folder [folder]
    (let [target (path-in folder "there/a.log"), here (doto (io/file (path-in folder "here")) .mkdir)
          link (path-in here "link.log"), further (path-in here "further.log")]
      (.mkdir (.getParentFile (io/file target)))
      (symlink! link "../there/a.log")
      (symlink! further link)
      (with-open [l (log/open further)]
        (log/delete! l (log/append! l :a))
        (log/append! l :b))
      (is (= #{"a.log" "a.log.checkpoint" "a.log.deletions" "a.log.lock"} (files-in (.getParentFile (io/file target)))))
      (is (= #{"link.log" "further.log"} (files-in here)) "what lies beside a log lies beside its file")
      (with-open [l (log/open target)] (is (= [:b] (into [] l)))))))

(deftest a-symlink-that-leads-nowhere-is-an-error
  (with-temp-folder [folder]
    (let [one (path-in folder "one.log"), two (path-in folder "two.log")]
      (symlink! one two)
      (symlink! two one)
      (is (= :failed (error (log/open one))))
      (is (= :failed (error (log/open one {:mode :read}))))
      (is (= #{"one.log" "two.log"} (files-in folder))))))

(deftest a-log-that-was-removed-while-it-is-open-is-still-open
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), l (log/open path)]
      (log/append! l :a)
      (io/delete-file path)
      (dotimes [_ 2] (is (= :locked (error (log/open path))) "under its name there is another file, and one lock for both"))
      (is (= [:a] (into [] l)))
      (is (= :failed (error (.close l))) "what was appended is lost with the file")
      (with-open [l (log/open path)] (is (= [] (into [] l)))))))

(deftest a-file-replaced-before-it-was-locked-is-not-written
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), other (path-in folder "other.log")]
      (doseq [p [path other]] (with-open [l (log/open p)] (log/append! l p)))
      (with-open [file (ChannelFile/openForWriting (path-of path))]
        (let [folder-of-log (.folder (LogPath/of (path-of path)))]
          (.renameTo (io/file other) (io/file path))
          (is (thrown-with-msg? FileSystemException #"replaced" (.lock folder-of-log "a.log" file)))
          (io/delete-file path)
          (is (thrown? NoSuchFileException (.lock folder-of-log "a.log" file)))))
      (is (= 0 (with-open [l (log/open path)] (log/append! l :new))) "and the lock is free"))))

(deftest opening-a-locked-log-over-and-over-leaks-nothing
  (with-temp-folder [folder]
    (if-not linux?
      (skip "needs /proc to count open files")
      (let [path (path-in folder "a.log"), open-files #(count (.list (io/file "/proc/self/fd")))]
        (with-open [l (log/open path)]
          (log/append! l :a)
          (error (log/open path))
          (let [before (open-files)]
            (dotimes [_ 100]
              (is (= :locked (error (log/open path))))
              (with-open [r (log/open path {:mode :read})] (is (= [:a] (into [] r)))))
            (is (<= (open-files) (+ 3 before)))))))))

(deftest a-user-that-may-write-a-log-may-lock-it
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), file (path-of path), no-options (make-array LinkOption 0)
          root? (= "root" (System/getProperty "user.name"))
          about #(into {} (Files/readAttributes (path-of %) "unix:uid,gid,mode" ^"[Ljava.nio.file.LinkOption;" no-options))]
      (spit path "")
      (doseq [permissions ["rw-------" "rw-rw----" "rw-rw-rw-"]]
        (Files/setPosixFilePermissions file (PosixFilePermissions/fromString permissions))
        (when root? (Files/setAttribute file "unix:uid" (int 1234) no-options))
        (io/delete-file (str path ".lock") true)
        (.close (log/open path))
        (is (= (about path) (about (str path ".lock"))))))))

(deftest a-lock-file-that-is-none-is-named-in-the-sentence
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), lock (io/file (str path ".lock"))]
      (with-open [l (log/open path)] (log/append! l :a))
      (doseq [make! [#(.mkdir lock) #(.waitFor (.start (ProcessBuilder. ^"[Ljava.lang.String;" (into-array ["mkfifo" (str lock)]))))]]
        (io/delete-file lock)
        (make!)
        (is (= :failed (error (log/open path))))
        (is (str/includes? (last (refusal path)) (str path ".lock")))
        (with-open [r (log/open path {:mode :read})] (is (= [:a] (into [] r))))))))

(deftest a-folder-or-a-pipe-is-refused-and-gets-no-side-files
  (with-temp-folder [folder]
    (let [pipe (path-in folder "pipe"), here (files-in (io/file "."))
          _ (.waitFor (.start (ProcessBuilder. ^"[Ljava.lang.String;" (into-array ["mkfifo" pipe]))))]
      (doseq [path [(str folder) "/dev/null" pipe], mode [:read :read-write] :when (.exists (io/file path))]
        (testing (str path " " mode)
          (is (= :failed (error (log/open path {:mode mode}))))))
      (is (= #{"pipe"} (files-in folder)))
      (is (= here (files-in (io/file ".")))))))

(deftest new-folders-are-on-disk-before-the-log-in-them
  (if-let [reason (why-no-strace)]
    (skip reason)
    (with-temp-folder [folder]
      (let [path (path-in folder "x/y/a.log"), trace (path-in folder "trace")
            form `(do (require 'flumelog.core) (.close ((resolve 'flumelog.core/open) ~path)))]
        (.waitFor (start ["strace" "-f" "-qq" "-y" "-o" trace "-e" "trace=fsync,fdatasync"] form))
        (let [forced (slurp trace)]
          (doseq [name ["" "/x" "/x/y"]]
            (is (str/includes? forced (str "<" folder name ">")) (str "the names in " folder name))))))))
