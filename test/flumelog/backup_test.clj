(ns flumelog.backup-test
  "A backup holds all that the log held when it was asked for, at the same offsets and byte for byte, whatever goes on
   meanwhile; the next one copies only what is new; and nothing but an older backup of the same log is ever written to."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error failure files-in formats path-in read-bytes with-temp-folder
                                       write-bytes!]]
            [flumelog.memory :as memory]
            [flumelog.test-disk :as disk])
  (:import (flumelog.coll LogCollection)
           (flumelog.file LogPath)
           (flumelog.log OffsetLog Progress)
           (java.nio.file Files LinkOption Path)
           (java.nio.file.attribute FileAttribute PosixFilePermissions)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private ways
  "Options of the logs that are backed up."
  (for [format (vals formats), more [{} {:write-buffer-bytes 65536} {:room-bytes 65536} {:sync :each}]]
    (merge {:codec :utf8} format more)))

(defn- text [n] (str n (.repeat (str (char (+ 97 (long (rem (long n) 26))))) (int (rem (* 37 (long n)) 500)))))

(defn- start-of ^bytes [^bytes data n]
  (Arrays/copyOf data (int n)))

(defn- values-in [path]
  (with-open [l (log/open path {:codec :utf8 :mode :read})] (vec l)))

;; What a backup holds

(deftest a-backup-is-the-log-byte-for-byte
  (doseq [options ways]
    (testing options
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), copy (path-in folder "backups/a.log")]
          (with-open [l (log/open path options)]
            (log/append-all! l (map text (range 300)))
            (log/append! l "in the write buffer, where there is one")
            (let [{:keys [end since]} (log/info l), backup (log/backup! l copy)]
              (is (= {:end end :since since :frames 301 :copied-bytes end :id (log/id l)} backup))
              (is (= end (count (read-bytes copy))))
              (is (= (vec l) (values-in copy)))))
          (is (bytes= (read-bytes path) (read-bytes copy)) "the closed log is the same file"))))))

(deftest the-next-backup-copies-what-is-new
  (doseq [options ways]
    (testing options
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), copy (path-in folder "copy.log"), whole (path-in folder "whole.log")]
          (with-open [l (log/open path options)]
            (doseq [n (range 5)]
              (log/append-all! l (map text (range (* 10 (long n)) (* 20 (inc (long n))))))
              (let [before (if (.exists (io/file copy)) (.length (io/file copy)) 0)
                    backup (log/backup! l copy)]
                (is (= (- (long (:end (log/info l))) before) (:copied-bytes backup)))
                (is (= (count (seq l)) (:frames backup)))))
            (is (= 0 (:copied-bytes (log/backup! l copy))) "there is nothing new")
            (log/backup! l whole))
          (is (bytes= (read-bytes path) (read-bytes copy)))
          (is (bytes= (read-bytes whole) (read-bytes copy))))))))

(deftest a-reader-or-a-reopened-log-extends-a-backup
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), copy (path-in folder "copy.log"), options {:codec :utf8}
          add! #(with-open [l (log/open path options)] (log/append! l %))]
      (add! "first")
      (with-open [l (log/open path options)] (log/backup! l copy))
      (add! "second")
      (with-open [l (log/open path (assoc options :mode :read))]
        (is (= {:copied-bytes 22, :frames 2} (select-keys (log/backup! l copy) [:copied-bytes :frames]))))
      (add! "third")
      (with-open [l (log/open path options)]
        (is (= {:copied-bytes 21, :frames 3} (select-keys (log/backup! l copy) [:copied-bytes :frames]))))
      (is (bytes= (read-bytes path) (read-bytes copy)))
      (is (= ["first" "second" "third"] (values-in copy))))))

(deftest a-backup-can-be-opened-and-is-the-same-log
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), copy (path-in folder "copy.log")]
      (with-open [l (log/open path {:codec :utf8})]
        (log/append-all! l (map text (range 1000)))
        (let [{:keys [end]} (log/backup! l copy), position (log/position l)]
          (with-open [restored (log/open copy {:codec :utf8})]
            (is (= {:tail :none :scanned-from end :frames 1000}
                   (select-keys (log/recovery restored) [:tail :scanned-from :frames])) "nothing of it is read")
            (is (= (log/id l) (log/id restored)))
            (is (= (last l) (get restored position)))
            (is (= (into [] (log/entries l)) (into [] (log/entries restored))))
            (log/append! restored "goes on")))))))

(deftest the-backup-of-an-empty-log-is-empty-and-can-be-extended
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:codec :utf8})]
      (let [copy (path-in folder "copy.log")]
        (is (= {:end 0 :since -1 :frames 0 :copied-bytes 0 :id nil} (log/backup! l copy)))
        (is (= 0 (count (read-bytes copy))))
        (is (= 0 (:copied-bytes (log/backup! l copy))))
        (log/append! l "first")
        (is (= 21 (:copied-bytes (log/backup! l copy))))
        (is (= ["first"] (values-in copy)))))))

;; While the log is in use

(deftest a-backup-during-appends-of-eight-threads-is-whole
  (doseq [options [{:sync :none} {:sync :none :write-buffer-bytes 65536} {:sync {:every-ms 1} :framing :legacy}]]
    (testing options
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), copy (path-in folder "copy.log"), going-on (atom true)]
          (with-open [l (log/open path (assoc options :codec :utf8))]
            (log/append! l "the first")
            (let [threads (mapv (fn [id] (future (loop [n 0] (log/append! l (str id " " (text n))) (when @going-on (recur (inc n))))))
                                (range 8))
                  ends (vec (for [n (range 12)
                                  :let [to (if (even? n) copy (path-in folder (str n ".log")))
                                        before @(log/since l), {:keys [end since]} (log/backup! l to)]]
                              (do (is (<= before since) "all that was appended before the call")
                                  (is (= end (count (read-bytes to))))
                                  [to end])))]
              (reset! going-on false)
              (run! deref threads)
              (log/sync! l)
              (log/backup! l copy)
              (let [all (read-bytes path)]
                (is (bytes= all (read-bytes copy)))
                (doseq [[to end] ends :when (not= to copy)]
                  (is (bytes= (start-of all end) (read-bytes to))))))))))))

(defn- backup-with
  "Backs up the log, and calls f each time that progress is told."
  [^LogCollection l path f]
  (.backup ^OffsetLog (.log l) (LogPath/of (.toPath (io/file path))) (reify Progress (at [_ position _] (f position)))))

(deftest a-backup-never-holds-half-of-a-deleted-record
  (doseq [mode [:read-write :read], which [[0] [1] [0 2] [0 1 2 3]]]
    (testing [mode which]
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), copy (path-in folder "copy.log")
              values (map #(.repeat (str %) (* 1500000 (inc (int %)))) (range 4))]
          (with-open [l (log/open path {:codec :utf8})]
            (let [offsets (log/append-all! l values), deleted (atom nil)
                  delete-once! (fn [_] (when (compare-and-set! deleted nil true) (log/delete! l (map offsets which))))]
              (with-open [r (log/open path {:codec :utf8 :mode :read})]
                (backup-with (if (= :read mode) r l) copy delete-once!))
              (is @deleted)
              (let [there (with-open [c (log/open copy {:codec :utf8 :mode :read})] (into {} (log/entries c)))]
                (doseq [[offset value] (map vector offsets values)]
                  (is (contains? #{nil value} (there offset)) "all of it or nothing")))
              (is (bytes= (do (log/sync! l) (read-bytes path)) (read-bytes copy)) "here it was deleted before all was copied"))))))))

(deftest records-deleted-after-a-backup-stay-in-the-backup
  (with-temp-folder [folder]
    (let [copy (path-in folder "copy.log")]
      (with-open [l (log/open (path-in folder "a.log") {:codec :utf8})]
        (log/append-all! l ["first" "second"])
        (log/backup! l copy)
        (log/delete! l 0)
        (log/append! l "third")
        (is (= 21 (:copied-bytes (log/backup! l copy))))
        (is (= ["first" "second" "third"] (values-in copy)))
        (log/backup! l (path-in folder "new.log"))
        (is (= ["second" "third"] (values-in (path-in folder "new.log"))))))))

;; What is refused

(defn- with-log-and-backup
  "Calls f with a log, the path of its backup, and a path beside both."
  [f]
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:codec :utf8 :sync :none})]
      (log/append-all! l (map text (range 10)))
      (let [copy (path-in folder "copy.log")]
        (log/backup! l copy)
        (log/append-all! l (map text (range 10)))
        (f l copy folder)))))

(defn- refuses-unchanged
  "Whether backing up to the path is refused, with every file of the folder as it was."
  [l path folder]
  (let [state #(into {} (for [^java.io.File f (file-seq folder) :when (.isFile f)] [(str f) (vec (read-bytes f))]))
        before (state)]
    (is (= :bad-option (error (log/backup! l path))))
    (is (= before (state)))))

(deftest only-an-older-backup-is-ever-written-to
  (with-log-and-backup
    (fn [l copy folder]
      (let [file #(path-in folder %), link (.toPath (io/file (file "link.log")))]
        (testing "any file" (spit (file "text") "some text") (refuses-unchanged l (file "text") folder))
        (testing "a folder" (.mkdir (io/file (file "folder"))) (refuses-unchanged l (file "folder") folder))
        (testing "a device" (is (= :bad-option (error (log/backup! l "/dev/null")))))
        (testing "another log" (with-open [o (log/open (file "other.log") {:codec :utf8})] (log/append! o "other"))
          (refuses-unchanged l (file "other.log") folder))
        (testing "the backup of another log"
          (with-open [o (log/open (file "third.log") {:codec :utf8 :sync :none})]
            (log/append-all! o (map text (range 20)))
            (refuses-unchanged o copy folder)))
        (testing "a backup without its checkpoint"
          (io/copy (io/file copy) (io/file (file "bare.log")))
          (refuses-unchanged l (file "bare.log") folder))
        (testing "the log itself" (refuses-unchanged l (:path (log/info l)) folder))
        (testing "the log by a symlink"
          (Files/createSymbolicLink link (.toPath (io/file (:path (log/info l)))) (make-array FileAttribute 0))
          (refuses-unchanged l (str link) folder))
        (testing "the log by a hard link"
          (Files/createLink (Path/of (file "hard.log") (make-array String 0)) (.toPath (io/file (:path (log/info l)))))
          (refuses-unchanged l (file "hard.log") folder))
        (testing "files beside the log"
          (doseq [^java.io.File beside (.listFiles ^java.io.File folder) :when (.startsWith (.getName beside) "a.log.")]
            (is (= :bad-option (error (log/backup! l beside))))))
        (testing "no path" (is (= :bad-option (error (log/backup! l "")))))
        (testing "unknown options" (is (= :bad-option (error (log/backup! l (file "new.log") {:codec :edn})))))
        (is (< 0 (long (:copied-bytes (log/backup! l copy)))) "and the backup is gone on with")
        (is (not (.exists (io/file (file "new.log")))))))))

(deftest a-backup-that-was-written-to-is-refused
  (with-log-and-backup
    (fn [l copy folder]
      (with-open [c (log/open copy {:codec :utf8})] (log/append! c "of its own"))
      (refuses-unchanged l copy folder))))

(deftest a-backup-that-is-ahead-of-the-log-is-refused
  (with-log-and-backup
    (fn [^LogCollection l copy folder]
      (let [path (:path (log/info l)), old (path-in folder "old")]
        (io/copy (io/file copy) (io/file old))
        (log/backup! l copy)
        (.close l)
        (testing "an older copy was put back"
          (io/copy (io/file old) (io/file path))
          (with-open [l (log/open path {:codec :utf8 :sync :none})]
            (refuses-unchanged l copy folder)
            (testing "and grew again"
              (log/append-all! l (repeat 30 "other"))
              (refuses-unchanged l copy folder))))))))

(deftest a-backup-that-is-open-for-writing-is-locked
  (with-log-and-backup
    (fn [l copy _]
      (with-open [_ (log/open copy {:codec :utf8})]
        (is (= :locked (error (log/backup! l copy)))))
      (with-open [reader (log/open copy {:codec :utf8 :mode :read})]
        (log/backup! l copy)
        (is (= (vec l) (vec reader)) "a reader of the backup follows")))))

(deftest a-log-in-memory-has-no-backup
  (with-temp-folder [folder]
    (is (= :unsupported (error (log/backup! (memory/open) (path-in folder "a.log")))))
    (is (= #{} (files-in folder)))))

(deftest a-closed-log-has-no-backup
  (with-log-and-backup
    (fn [^LogCollection l copy folder]
      (.close l)
      (is (= :closed (error (log/backup! l copy))))
      (is (= :closed (error (log/backup! l (path-in folder "new.log"))))))))

;; The file, and the state of the log

(deftest a-backup-has-the-permissions-of-the-log
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:codec :utf8})]
      (log/append! l "for few eyes")
      (let [mode #(PosixFilePermissions/toString (Files/getPosixFilePermissions (.toPath (io/file folder %)) (make-array LinkOption 0)))]
        (Files/setPosixFilePermissions (.toPath (io/file folder "a.log")) (PosixFilePermissions/fromString "rw-r-----"))
        (log/backup! l (path-in folder "copy.log"))
        (is (= #{"rw-r-----"} (set (map mode ["copy.log" "copy.log.checkpoint"]))))
        (is (= #{"a.log" "a.log.checkpoint" "a.log.lock" "copy.log" "copy.log.checkpoint"} (files-in folder))
            "nothing else is left")))))

(deftest of-two-simultaneous-backups-to-one-file-one-is-refused
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:codec :utf8})]
      (let [copy (path-in folder "copy.log"), refused (atom #{})
            again! (fn [_] (swap! refused conj (error (log/backup! l copy))))]
        (dotimes [n 2]
          (log/append-all! l (repeat 3 (.repeat (str n) 1000000)))
          (backup-with l copy again!))
        (is (= #{:locked} @refused) "whether there was an older one or not")
        (is (= (vec l) (values-in copy)))))))

(deftest a-failed-log-can-be-backed-up
  (let [d (disk/disk), copy #(.backup ^OffsetLog (.log ^LogCollection %) (LogPath. (disk/folder d) "copy.log") Progress/NONE)
        values #(with-open [c (disk/open d "copy.log" {:codec :utf8})] (vec c))
        l (disk/open d "a.log" {:codec :utf8 :sync :none})]
    (log/append-all! l [(.repeat "a" 3000) "b" "c"])
    (testing "in which a deletion stopped half way"
      (disk/fail! d {:op :overwrite :with :half :file #"a.log$"})
      (is (contains? #{:failed :full} (error (log/delete! l 0))))
      (copy l)
      (is (= ["b" "c"] (values)) "it is finished in the copy"))))

;; When it can't be finished

(deftest a-backup-reports-progress-and-can-be-stopped
  (with-temp-folder [folder]
    (let [copy (path-in folder "backup/copy.log"), told (atom [])]
      (with-open [l (log/open (path-in folder "a.log") {:codec :utf8})]
        (log/append-all! l (repeat 100 (.repeat "x" 50000)))
        (let [stop! (fn [_] (throw (ex-info "stop" {:stop 1}))), end (:end (log/info l))]
          (is (= {:stop 1} (ex-data (failure (log/backup! l copy {:progress stop!})))))
          (is (empty? (remove #{"copy.log.lock"} (files-in (io/file folder "backup")))) "there is nothing under its name, or any other")
          (log/backup! l copy {:progress #(swap! told conj %)})
          (let [[copying checking & more] (partition-by :phase @told)]
            (is (= [[:copying] [:checking] nil] [(distinct (map :phase copying)) (distinct (map :phase checking)) more]))
            (doseq [phase [copying checking]]
              (is (apply < (map :position phase)))
              (is (= {:done end :total end :remaining-seconds 0 :position end :size end}
                     (select-keys (last phase) [:done :total :remaining-seconds :position :size])))))
          (let [before (read-bytes copy)]
            (log/append-all! l (repeat 100 (.repeat "y" 50000)))
            (is (= {:stop 1} (ex-data (failure (log/backup! l copy {:progress stop!})))))
            (is (bytes= before (read-bytes copy)) "the older backup is as it was")
            (log/backup! l copy)
            (is (= (vec l) (values-in copy)))))))))

(deftest a-damaged-log-makes-no-backup
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), copy (path-in folder "copy.log")
          offset (with-open [l (log/open path {:codec :utf8})] (nth (log/append-all! l (map text (range 1000))) 500))
          data (read-bytes path)]
      (aset data (int offset) (byte 1))
      (write-bytes! path data)
      (with-open [l (log/open path {:codec :utf8})]
        (is (= {:flumelog/error :corrupt, :offset offset}
               (select-keys (ex-data (failure (log/backup! l copy))) [:flumelog/error :offset])))
        (is (not (.exists (io/file copy))))))))
