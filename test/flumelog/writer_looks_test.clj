(ns flumelog.writer-looks-test
  "A writer looks whether it is still alone with its file: whether it has its name and its size. Where somebody else has
   written to it, cut, removed, renamed or replaced it, nothing more is written or acknowledged, and a sentence says why."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error eventually files-in logged messages path-in read-bytes
                                       with-temp-folder]]
            [flumelog.mounts :refer [with-mount]]
            [flumelog.peer :as peer]
            [flumelog.test-support :refer [skip]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (java.io File RandomAccessFile)
           (java.nio.file CopyOption Files StandardCopyOption)))

(set! *warn-on-reflection* true)

(def ^:private modes
  {"each" {:sync :each}, "none" {:sync :none}, "with room" {:sync :each :room-bytes 65536}
   "buffered" {:sync :none :write-buffer-bytes 4096}, "buffered, each" {:sync :each :write-buffer-bytes 4096}})

(defn- sentence [f]
  (try (f) nil (catch LogException e (ex-message e))))

(defn- kinds
  "What the writer hears when it goes on. With a write buffer an append may yet be held back in it: the sync tells."
  [l]
  (mapv (fn [f] (try (f) :ok (catch LogException e (:flumelog/error (ex-data e)))))
        [#(log/sync! l) #(log/append! l "lost") #(log/append-all! l ["lost"]) #(log/sync! l)
         #(.close ^LogCollection l)]))

(def ^:private all-failed (vec (repeat 5 :failed)))

(defn- add-bytes!
  "Another program appends to the file."
  [path]
  (with-open [file (RandomAccessFile. ^String path "rw")]
    (.seek file (.length file))
    (.write file (byte-array (repeat 100 7)))))

(defn- cut! [path n]
  (with-open [file (RandomAccessFile. ^String path "rw")] (.setLength file n)))

(defn- move! [from to]
  (Files/move (.toPath (io/file from)) (.toPath (io/file to)) (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE])))

(defmacro ^:private in-each-mode
  "Runs the body in each mode with a folder, and a log `l` in it at `path` that holds \"one\" and \"two\", forced."
  [[folder path l] & body]
  `(doseq [[mode# options#] modes]
     (testing mode#
       (with-temp-folder [~folder]
         (let [~path (path-in ~folder "logs/a.log"), ~l (log/open ~path (merge {:codec :utf8} options#))]
           (log/append-all! ~l ["one" "two"])
           (log/sync! ~l)
           ~@body)))))

(defn- read-all [path]
  (with-open [l (log/open path {:codec :utf8 :mode :read})] (into [] l)))

;; Size

(deftest a-foreign-writer-is-noticed-before-its-bytes-are-overwritten
  (in-each-mode [folder path l]
    (add-bytes! path)
    (let [grown (read-bytes path)]
      (is (str/includes? (sentence #(log/sync! l)) "another program writes to it"))
      (is (= all-failed (kinds l)))
      (is (bytes= grown (read-bytes path))))))

(deftest nothing-is-appended-behind-a-hole
  (in-each-mode [folder path l]
    (let [before (read-bytes path)]
      (cut! path 30)
      (is (str/includes? (sentence #(log/sync! l)) "was cut to 30 bytes"))
      (is (= all-failed (kinds l)))
      (is (bytes= (java.util.Arrays/copyOf before 30) (read-bytes path))))
    (with-open [again (log/open path {:codec :utf8 :mode :read})]
      (is (= ["one"] (into [] again))))))

(deftest an-append-right-after-a-cut-finds-it
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), l (log/open path {:codec :utf8 :sync :none})]
      (log/append-all! l ["one" "two"])
      (cut! path 19)
      (is (= :failed (error (log/append! l "three"))))
      (is (= 19 (.length (io/file path))))
      (is (= :failed (error (.close l)))))))

(deftest a-log-that-was-emptied-for-rotation-takes-no-more
  (in-each-mode [folder path l]
    (shell/sh "cp" path (path-in folder "a.log.1"))
    (cut! path 0)
    (is (= all-failed (kinds l)))
    (is (= 0 (.length (io/file path))))
    (is (= "one" (first (read-all (path-in folder "a.log.1")))))))

;; Name

(deftest a-writer-whose-file-is-gone-or-another-one-says-so
  (doseq [[what away!] {"removed" (fn [path] (io/delete-file path))
                        "renamed" (fn [path] (move! path (str path ".1")))
                        "renamed, and a new one made" (fn [path] (move! path (str path ".1")) (spit path ""))
                        "replaced by a copy" (fn [path]
                                               (io/copy (io/file path) (io/file (str path ".new")))
                                               (move! (str path ".new") path))}]
    (testing what
      (in-each-mode [folder path l]
        (away! path)
        (let [said (sentence #(log/sync! l))]
          (is (re-find #"was (removed or renamed|replaced)" said))
          (is (str/includes? said "copy what it holds before you close it")))
        (is (= ["one" "two"] (into [] l)) "which can be done")
        (is (= all-failed (kinds l)))
        (when (str/includes? what "new one") (is (= 0 (.length (io/file path)))))))))

(deftest a-log-whose-folder-was-moved-writes-nothing
  (in-each-mode [folder path l]
    (log/append! l "three")
    (let [logs (path-in folder "logs"), moved (path-in folder "moved")]
      (move! logs moved)
      (is (= :failed (error (log/delete! l 0))))
      (is (= all-failed (kinds l)))
      (is (= #{"moved"} (files-in folder)))
      (is (not (contains? (files-in moved) "a.log.deletions")))
      (is (= ["one" "two" "three"] (read-all (path-in moved "a.log"))) "with the buffer beside it")
      (with-open [again (log/open (path-in moved "a.log") {:codec :utf8})]
        (is (= ["one" "two" "three"] (into [] again)))))))

(deftest a-log-whose-folder-was-replaced-leaves-the-new-folder-alone
  (in-each-mode [folder path l]
    (log/append! l "three")
    (let [logs (path-in folder "logs"), moved (path-in folder "moved")]
      (move! logs moved)
      (.mkdir (io/file logs))
      (is (= :failed (error (log/delete! l 0))))
      (is (= all-failed (kinds l)))
      (is (= #{} (files-in logs)))
      (is (= ["one" "two" "three"] (read-all (path-in moved "a.log")))))))

(deftest a-log-that-has-nothing-new-is-closed-without-a-look
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path)] (log/append! l 1))
      (let [l (log/open path)]
        (io/delete-file path)
        (is (nil? (error (.close l))))))))

(deftest a-log-that-grows-and-is-cut-back-by-its-own-writer-goes-on
  (in-each-mode [folder path l]
    (dotimes [n 200]
      (log/append! l (apply str (repeat (* 10 (inc n)) "x")))
      (when (zero? (rem n 20)) (log/delete! l (log/append! l "gone")) (log/sync! l)))
    (.close l)
    (is (= 202 (count (read-all path))))))

(deftest appends-beside-forces-of-other-threads-are-no-foreign-ones
  (doseq [[mode options] modes]
    (testing mode
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")]
          (with-open [l (log/open path (merge {:codec :utf8} options))]
            (let [writers (mapv (fn [t] (future (dotimes [n 200] (log/append! l (str t " " n))))) (range 3))
                  forcing (future (while (not-every? realized? writers) (log/sync! l)))]
              (run! deref (conj writers forcing))))
          (is (= 600 (count (read-all path)))))))))

;; Nothing is said of a log that was closed

(deftest a-log-that-was-closed-is-not-looked-at-in-the-background
  (with-temp-folder [folder]
    (let [open-and-close (fn [n]
                           (let [path (path-in folder (str n ".log"))]
                             (with-open [l (log/open path {:sync {:every-ms 1}})] (log/append! l n))
                             (io/delete-file path)))
          ;; The forces of one thread come in order: this one comes after all that the logs above have put off.
          await-background-force (fn []
                                   (with-open [l (log/open (path-in folder "last.log") {:sync {:every-ms 1}})]
                                     (let [offset (log/append! l 1)]
                                       (is (eventually #(<= offset @(log/durable l)))))))]
      ;; A log of an earlier test may still speak.
      (is (= [] (filter #(str/includes? % (str folder)) (messages (logged #(do (run! open-and-close (range 20)) (await-background-force))))))))))

;; A file without a name

(deftest a-removed-log-can-be-read-but-not-written
  (if-not (.exists (io/file "/proc/self/fd"))
    (skip "needs /proc")
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), removed (path-in folder "removed.log")]
        (with-open [l (log/open path {:codec :utf8})] (log/append-all! l ["one" "two"]))
        (io/copy (io/file path) (io/file removed))
        (with-open [_ (RandomAccessFile. ^String removed "rw")]
          (let [link (first (filter #(= removed (str (Files/readSymbolicLink (.toPath ^File %))))
                                    (.listFiles (io/file "/proc/self/fd"))))
                before (files-in folder)]
            (io/delete-file removed)
            (is (= ["one" "two"] (read-all (str link))))
            (is (= {:frames 2 :ok true} (select-keys (log/verify (str link)) [:frames :ok])))
            (is (str/includes? (sentence #(log/open (str link))) "it was removed"))
            (is (= (disj before "removed.log") (files-in folder)))))))))

;; A file that is mounted by itself

(deftest a-log-mounted-as-a-single-file-gets-no-buffer-or-compaction
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), point (path-in folder "in a container.log")]
      (with-open [l (log/open path {:codec :utf8})] (log/append-all! l ["one" "two"]) (log/delete! l 0))
      (spit point "")
      (with-mount [point ["mount" "--bind" path point]]
        (is (re-find #"mounted as a single file.*mount the folder" (sentence #(log/open point {:write-buffer-bytes 4096}))))
        (is (= :bad-option (error (log/open point {:write-buffer-bytes 4096}))))
        (is (re-find #"mounted as a single file.*mount its folder" (sentence #(log/compact! point))))
        (is (not-any? #(str/includes? % "part") (files-in folder)))
        (with-open [l (log/open point {:codec :utf8})] (log/append! l "three"))
        (is (= ["two" "three"] (read-all path)))))))

;; The JavaScript original, which does not know the lock

(deftest the-original-that-has-a-log-open-is-noticed
  (if-let [reason (peer/available)]
    (skip reason)
    (peer/with-peer [node]
      (doseq [[mode options] modes]
        (testing mode
          (with-temp-folder [folder]
            (let [path (path-in folder "a.log")
                  append-there! #(peer/call node :append {:id mode :value {:theirs %}})]
              (peer/call node :open {:id mode :path path :bits 53 :codec "json"})
              (append-there! "first")
              (let [l (log/open path (merge {:codec :json} options))]
                (is (= [{:theirs "first"}] (into [] l)))
                (append-there! "a second one, while we have the log open")
                (let [before (read-bytes path)]
                  (is (= (butlast all-failed) (butlast (kinds l))) "closing loses nothing, as nothing was appended")
                  (is (bytes= before (read-bytes path)))))
              (append-there! "third")
              (is (= 3 (count (with-open [l (log/open path {:codec :json :mode :read})] (into [] l)))))
              (peer/call node :close {:id mode}))))))))

(deftest a-shorter-record-of-the-original-over-ours-is-noticed
  (if-let [reason (peer/available)]
    (skip reason)
    (peer/with-peer [node]
      (doseq [[mode options] modes]
        (testing mode
          (with-temp-folder [folder]
            (let [path (path-in folder "a.log")]
              (peer/call node :open {:id mode :path path :bits 53 :codec "json"})
              (peer/call node :append {:id mode :value {:theirs "first"}})
              (let [l (log/open path (merge {:codec :json} options))]
                (log/append! l {:ours "a record that is longer"})
                (log/sync! l)
                (peer/call node :append {:id mode :value "short"})
                (is (str/includes? (sentence #(log/sync! l)) "was written over at 34 by another program"))
                (is (= all-failed (kinds l)))
                (peer/call node :close {:id mode})))))))))

(deftest the-writer-knows-its-own-deletions-and-rewrites
  (in-each-mode [folder path l]
    (let [offsets (mapv (fn [n] (let [offset (log/append! l (str "record " n))] (log/sync! l) offset)) (range 20))]
      (run! (fn [offset] (log/delete! l offset) (log/sync! l) (log/append! l "more")) (reverse offsets))
      (run! #(log/delete! l %) [0 19])
      (log/sync! l)
      (.close l)
      (is (= 20 (count (read-all path)))))))

(deftest the-original-that-opens-a-log-of-ours-is-noticed
  (if-let [reason (peer/available)]
    (skip reason)
    (peer/with-peer [node]
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), l (log/open path {:codec :json :sync :each})]
          (log/append! l {:ours 1})
          (peer/call node :open {:id "a" :path path :bits 53 :codec "json"})
          (log/append! l {:ours 2})
          (peer/call node :append {:id "a" :value {:theirs (apply str (repeat 100 "x"))}})
          (is (= all-failed (kinds l)) "what was written over is lost, and no more than that")
          (peer/call node :close {:id "a"}))))))
