(ns flumelog.sentences-test
  "What is said where something is wrong with the place of a file, its name, its attributes or the limits of the process,
   and that nothing is left behind then."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [failure files-in log-in logged path-in watched with-temp-folder]]
            [flumelog.process :as process]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [skip]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error DiskFailures)
           (java.io IOException)
           (java.nio.file AccessDeniedException FileSystemException)
           (java.util.logging Level LogRecord SimpleFormatter)))

(set! *warn-on-reflection* true)

(defn- said [f]
  (let [e (failure (f))] [(:flumelog/error (ex-data e)) (ex-message e)]))

;; Names

(deftest a-name-too-long-for-the-side-files-is-refused
  (doseq [letter ["a" "\u00e4"], bytes [234 240 244 246 248 250 254 256 300]]
    (with-temp-folder [folder]
      (let [n (quot bytes (count (.getBytes ^String letter "UTF-8")))
            path (path-in folder (apply str (repeat n letter)))
            source (path-in folder "source.log")]
        (with-open [l (log/open source)] (log/append! l 1))
        (let [there (files-in folder)]
          (doseq [f [#(log/open path) #(log/open path {:write-buffer-bytes 4096 :room-bytes 4096})
                     #(log/convert source path) #(log/salvage source path)]
                  :let [e (failure (f))]]
            (is (= :bad-option (:flumelog/error (ex-data e))) (str bytes))
            (is (= bytes (:bytes (ex-data e))))
            (is (str/includes? (str (ex-message e)) "22 bytes longer")))
          (is (= there (files-in folder)) "nothing was made"))))))

(deftest the-longest-allowed-name-leaves-room-for-every-side-file
  (with-temp-folder [folder]
    (let [path (path-in folder (apply str (repeat 233 "a")))]
      (with-open [l (log/open path {:write-buffer-bytes 4096})] (log/append-all! l [1 2 3]))
      (with-open [file (java.io.RandomAccessFile. path "rw")] (.setLength file (- (.length file) 1)))
      (io/delete-file (str path ".checkpoint"))
      (with-open [l (log/open path)]
        (is (= :torn (:tail (log/recovery l))))
        (is (= [1 2] (into [] l)))
        (log/delete! l 0))
      (is (= 1 (:deleted (log/compact! path)))))))

(deftest a-log-that-has-a-longer-name-is-still-opened
  (with-temp-folder [folder]
    (let [short-path (path-in folder "a.log"), long-path (path-in folder (apply str (repeat 240 "a")))]
      (with-open [l (log/open short-path)] (log/append! l 1))
      (.renameTo (io/file short-path) (io/file long-path))
      (with-open [l (log/open long-path)] (is (= [1] (into [] l)))))))

;; Which file

(deftest an-error-names-the-file-that-cannot-be-created
  (let [source-disk (disk/disk)]
    (with-temp-folder [folder]
      (let [source (path-in folder "source.log"), target (path-in folder "no-folder/new.log")]
        (with-open [l (log/open source)] (log/append! l 1))
        (spit (path-in folder "no-folder") "a file")
        (doseq [f [#(log/convert source target) #(log/salvage source target)]
                :let [[kind sentence] (said f)]]
          (is (= :failed kind))
          (is (str/includes? (str sentence) target) sentence)
          (is (not (str/includes? (str sentence) source)) sentence)
          (is (= target (:path (ex-data (failure (f)))))))))))

(deftest a-locked-error-does-not-advise-readers-to-read
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path)]
        (log/append! l 1)
        (is (str/ends-with? (second (said #(log/open path))) "; close it there, or open it for reading"))
        (doseq [f [#(log/compact! path) #(log/recover! path {:cut-at 0})]
                :let [e (failure (f))]]
          (is (= {:flumelog/error :locked, :path path} (select-keys (ex-data e) [:flumelog/error :path])))
          (is (str/ends-with? (ex-message e) "; close it there first")))))))

(deftest a-good-file-is-said-to-be-good
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path)] (log/append! l 1))
      (doseq [[cut-at shown] {nil "null", 0 "0", 5 "5", -7 "-7", 1000 "1000"}
              :let [[kind sentence] (said #(log/recover! path {:cut-at cut-at}))]]
        (is (= :bad-option kind))
        (is (= (str "option cut-at must be 17, where " path " ends: all of it is good, so there is nothing to cut, was " shown)
               sentence)))
      (is (= {:end 17 :cut-bytes 0} (log/recover! path {:cut-at 17})))
      (spit path "x" :append true)
      (is (str/includes? (second (said #(log/recover! path {}))) "stops being good")))))

;; Limits and attributes

(deftest a-limit-on-the-length-of-a-file-is-not-a-full-disk
  (let [sentence (ex-message (DiskFailures/io "a.log" "appending to" (IOException. "File too large")))]
    (is (str/includes? sentence "ulimit -f"))
    (is (not (str/includes? sentence "free some"))))
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          child (process/start ["sh" "-c" "ulimit -f 100; exec \"$@\"" "sh"]
                               `(do (require '[flumelog.core :as ~'log])
                                    (with-open [l# (log/open ~path {:codec :bytes :sync :none})]
                                      (try (dotimes [_# 1000] (log/append! l# (byte-array 10000 (byte 1))))
                                           (catch Exception e# (prn (:flumelog/error (ex-data e#)) (ex-message e#)))))))
          [_ kind sentence] (re-find #"(?s)(:\S+) \"(.*)\"" (slurp (.getInputStream child)))]
      (if (and kind (= ":full" kind))
        (do (is (str/includes? sentence "ulimit -f"))
            (is (not (str/includes? sentence "free some"))))
        (is (= ":full" kind) sentence)))))

(deftest attributes-of-chattr-are-named
  (doseq [cause [(FileSystemException. "a.log" nil "Operation not permitted") (IOException. "Operation not permitted")]
          e [(DiskFailures/cannotOpen "a.log" cause) (DiskFailures/io "a.log" "cutting back" cause)]]
    (is (every? #(str/includes? (ex-message e) %) ["Operation not permitted" "lsattr" "chattr -a" "chattr -i"])))
  (is (not (str/includes? (ex-message (DiskFailures/cannotOpen "a.log" (AccessDeniedException. "a.log"))) "chattr"))))

(deftest a-log-that-chattr-made-append-only-says-so
  (let [folder (io/file (System/getProperty "java.io.tmpdir") (str "flumelog-chattr-" (.pid (java.lang.ProcessHandle/current))))
        path (path-in folder "a.log")]
    (.mkdirs folder)
    (try
      (with-open [l (log/open path)] (log/append! l 1))
      (doseq [flag ["a" "i"]]
        (if (zero? (long (try (:exit (shell/sh "chattr" (str "+" flag) path)) (catch IOException _ 1))))
          (try
            (let [[kind sentence] (said #(log/open path))]
              (is (= :failed kind))
              (is (str/includes? sentence (str "chattr -" flag)) sentence))
            (finally (shell/sh "chattr" (str "-" flag) path)))
          (skip "chattr is not there, or not allowed here")))
      (finally (run! #(io/delete-file % true) (reverse (file-seq folder)))))))

;; Log lines

(deftest a-side-file-that-cannot-be-used-is-told-in-one-line
  (let [broken (atom false)
        folder (watched (disk/folder (disk/disk))
                        (fn [_ name] (when (and @broken (str/ends-with? name ".checkpoint"))
                                       (throw (AccessDeniedException. "a.log.checkpoint")))))
        ^LogCollection l (log-in folder "a.log" {:codec :utf8 :sync :none})
        lines (logged #(do (log/append! l "a") (reset! broken true) (log/sync! l) (reset! broken false) (.close l)))]
    (is (pos? (count lines)))
    (doseq [^LogRecord line lines]
      (is (nil? (.getThrown line)) "no stack trace")
      (is (= Level/WARNING (.getLevel line)))
      (is (re-find #"a file beside .*a\.log that the log can do without can't be written: there is no permission for a\.log\.checkpoint"
                   (.formatMessage (SimpleFormatter.) line))))))
