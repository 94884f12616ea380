(ns flumelog.operating-test
  "What doc/operating.md says is so: its commands are run by a shell, beside a program that appends all the while, and end
   with what the page says; and what it says never to do ends with an error, not with records lost in silence."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [file-systems.mounts :as mounts]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error eventually path-in with-temp-folder]]
            [flumelog.process :as process]
            [flumelog.test-support :refer [size skip]])
  (:import (flumelog.coll LogCollection)
           (java.io File)
           (java.lang ProcessHandle)
           (java.nio.file Files)
           (java.nio.file.attribute PosixFilePermissions)))

(set! *warn-on-reflection* true)

;; The page

(defn- blocks
  "The blocks of one kind below a heading of the page, as far as the next heading of its level or above."
  [heading kind]
  (let [[_ level text] (re-find (re-pattern (str "(?s)\n(#+) " heading "\n(.*)")) (slurp "doc/operating.md"))
        section (first (str/split text (re-pattern (str "\n#{1," (count level) "} "))))]
    (mapv second (re-seq (re-pattern (str "(?s)```" kind "\n(.*?)```")) section))))

(def ^:private outside (blocks "From outside, while it is open" "sh"))

(deftest every-command-of-the-page-is-run-here
  (is (= 3 (count outside)))
  (is (= [1 1 1] (map count [(blocks "Restore" "sh") (blocks "Rotate" "sh") (blocks "Rotate" "conf")])))
  (is (= 5 (count (re-seq #"```sh\n" (slurp "doc/operating.md"))))))

(defn- text-of
  "The text of a file of /proc, whose length is not known before; \"\" where there is none."
  [path]
  (try (String. (Files/readAllBytes (.toPath (io/file path)))) (catch java.io.IOException _ "")))

;; A program that keeps a log in a folder, and commands that start and stop it

(defn- script! [^File file & lines]
  (spit file (str/join "\n" (list* "#!/bin/sh" "set -e" lines)))
  (Files/setPosixFilePermissions (.toPath file) (PosixFilePermissions/fromString "rwxr-xr-x")))

(defn- quoted [word] (str "'" (str/replace word "'" "'\\''") "'"))

(defn- run
  "Runs a command of a shell in the folder; what it says where it fails."
  [^File folder command]
  (let [path (str (io/file folder "bin") ":/usr/sbin:/sbin:" (System/getenv "PATH"))
        {:keys [exit out err]} (shell/sh "sh" "-e" "-c" command :dir folder :env (assoc (into {} (System/getenv)) "PATH" path))]
    (when-not (= 0 exit) (str "exit " exit ": " out err))))

(defn- run-block [folder block]
  (is (nil? (run folder block)) block))

(defn- lines [file]
  (let [file (io/file file)] (if (.exists file) (str/split-lines (slurp file)) [])))

(defn- await-that [what f]
  (or (eventually f) (is false (str "waited in vain until " what))))

(defn- make-app! [^File folder options]
  (.mkdir (io/file folder "bin"))
  (spit (io/file folder "app.clj")
        (pr-str `(do (require 'flumelog.child)
                     (flumelog.child/run-app "a.log" ~options "said" "stopped"))))
  (script! (io/file folder "bin/app-start")
           (str "cd " (quoted (str folder)))
           "rm -f stopped; touch said; before=$(wc -l < said)"
           (str (str/join " " (map quoted (process/command ["app.clj"]))) " > app.out 2>&1 < /dev/null &")
           "echo $! > app.pid"
           "while [ $(wc -l < said) = $before ] && kill -0 $(cat app.pid); do sleep 0.05; done")
  (script! (io/file folder "bin/app-stop")
           (str "cd " (quoted (str folder)))
           "kill -TERM $(cat app.pid)"
           "while [ ! -e stopped ] && kill -0 $(cat app.pid); do sleep 0.05; done"))

(defn- app [folder]
  (let [pid (str/trim (slurp (io/file folder "app.pid")))]
    (.orElse (ProcessHandle/of (parse-long pid)) nil)))

(defn- gone?
  "Whether the program has ended. What nobody waits for stays as a zombie, whose other threads may still have its files open."
  [folder]
  (let [^ProcessHandle handle (app folder)]
    (or (nil? handle) (not (.isAlive handle))
        (and (str/includes? (text-of (str "/proc/" (.pid handle) "/stat")) ") Z")
             (= 1 (count (.list (io/file (str "/proc/" (.pid handle) "/task")))))))))

(defn- kill-app! [folder]
  (when-let [^ProcessHandle handle (app folder)]
    (.destroyForcibly handle)
    (await-that "the program is gone" #(gone? folder))))

(defn- with-app
  "Calls f with a folder in which a program keeps its log, while that is at work."
  [options f]
  (with-temp-folder [folder]
    (make-app! folder (assoc options :codec :utf8))
    (is (nil? (run folder "app-start")))
    (try
      (f folder)
      (finally (kill-app! folder)))))

(defn- said
  "The numbers of the records of which the program has said that they are appended."
  [folder]
  (keep parse-long (lines (io/file folder "said"))))

(defn- await-more [folder]
  (let [n (count (said folder))] (await-that "more is appended" #(< (+ n 50) (count (said folder))))))

(defn- values-of [folder name]
  (with-open [l (log/open (io/file folder name) {:codec :utf8 :create false})] (vec l)))

(defn- first-numbers [n] (mapv str (range n)))

(defn- is-installed? [name]
  (nil? (run (io/file ".") (str "command -v " name " >/dev/null"))))

(defn- tool?
  "Whether there is a command, that of the Debian package of its name, which from the size ci on is installed where it is missing."
  [name]
  (when (and (pos? (long (size 0 1))) (not (is-installed? name))) (mounts/install! [name]))
  (or (is-installed? name)
      (skip (str "needs " name ", which is not installed: apt-get install " name))))

;; Copies

(deftest copies-made-during-appends-hold-whole-records
  (doseq [options (take (size 1 3) [{:write-buffer-bytes 65536} {:room-bytes 65536 :sync :each} {}])]
    (testing options
      (with-app options
        (fn [^File folder]
          (await-more folder)
          (let [[copy tar rsync] outside, before (count (said folder))]
            (run-block folder copy)
            (run-block folder tar)
            (let [values (values-of folder "copied/a.log")]
              (is (= values (first-numbers (count values))))
              (is (<= before (count values)) "all that was appended before is in the copy"))
            (run-block folder "mkdir untarred; tar -xf copied.tar -C untarred")
            (let [values (values-of folder "untarred/a.log")]
              (is (seq values))
              (is (= values (first-numbers (count values)))))
            (when (true? (tool? "rsync"))
              (let [sizes (doall (for [_ (range 4)]
                                   (do (await-more folder)
                                       (run-block folder rsync)
                                       (io/make-parents (io/file folder "looked-at/a.log"))
                                       (io/copy (io/file folder "copied-again/a.log") (io/file folder "looked-at/a.log"))
                                       (let [values (values-of folder "looked-at/a.log")]
                                         (is (= values (first-numbers (count values))))
                                         (count values)))))]
                (is (apply <= sizes))
                (is (< (long (first sizes)) (long (last sizes))) "later passes bring newer records")))))))))

(deftest a-copy-with-room-ends-with-zeros-that-are-no-damage
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:codec :utf8 :sync :each :room-bytes 65536})]
      (dotimes [_ 3] (log/append! l "a"))
      (io/copy (io/file folder "a.log") (io/file folder "copy.log")))
    (is (< 60000 (.length (io/file folder "copy.log"))))
    (is (:ok (log/verify (path-in folder "copy.log") {:codec :utf8})))
    (with-open [l (log/open (path-in folder "copy.log") {:codec :utf8})]
      (is (= :none (:tail (log/recovery l))))
      (is (= ["a" "a" "a"] (vec l))))))

(deftest rsync-append-leaves-the-zeros-of-room-in-the-middle
  (when (true? (tool? "rsync"))
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), copy! #(is (nil? (run folder "rsync --append a.log copy.log")))]
        (with-open [l (log/open path {:codec :utf8 :sync :each :room-bytes 4096})]
          (dotimes [_ 3] (log/append! l "a"))
          (copy!)
          (dotimes [_ 100] (log/append! l (.repeat "x" 100)))
          (copy!))
        (is (= :corrupt (error (log/open (path-in folder "copy.log") {:codec :utf8}))) "so the page says never to do that")))))

;; Restoring

(deftest a-backup-is-put-back-and-the-program-goes-on-from-there
  (with-app {:write-buffer-bytes 65536}
    (fn [^File folder]
      (await-more folder)
      (run-block folder (first outside))
      (await-more folder)
      (let [copied (count (with-temp-folder [other]
                            (doseq [name ["a.log" "a.log.buffer"]]
                              (io/copy (io/file folder "copied" name) (io/file other name)))
                            (values-of other "a.log")))
            before (count (said folder))]
        (run-block folder (first (blocks "Restore" "sh")))
        (await-more folder)
        (is (= copied (some (fn [[n next]] (when (<= (long next) (long n)) next)) (partition 2 1 (said folder))))
            "the program goes on behind the last record of the copy")
        (is (nil? (run folder "app-stop")))
        (let [values (values-of folder "a.log")]
          (is (= values (first-numbers (count values)))))
        (is (<= before (count (values-of folder "given-up/a.log"))) "and what was given up is a log too")))))

;; Rotating

(defn- stops-properly
  "Stops the program by SIGTERM: its hook closes the log, which then holds all in its file."
  [folder]
  (is (.exists (io/file folder "a.log.buffer")))
  (is (nil? (run folder "app-stop")))
  (is (= ["closed"] (lines (io/file folder "stopped"))))
  (is (not (.exists (io/file folder "a.log.buffer"))))
  (with-open [l (log/open (io/file folder "a.log") {:codec :utf8 :mode :read})]
    (is (= {:tail :none :cut-bytes 0} (select-keys (log/recovery l) [:tail :cut-bytes])))))

(defn- logrotate! [^File folder conf]
  (let [file (io/file folder "rotate.conf")]
    (spit file (str/replace conf "/var/lib/app" (str folder)))
    (Files/setPosixFilePermissions (.toPath file) (PosixFilePermissions/fromString "rw-r--r--"))
    (is (nil? (run folder "logrotate --force --state $PWD/rotate.state $PWD/rotate.conf")))))

(deftest ^{:ci "starts several JVMs"} logrotate-rotates-a-log-while-the-program-is-stopped
  (when (true? (tool? "logrotate"))
    (with-app {:write-buffer-bytes 65536 :sync :none}
      (fn [folder]
        (let [conf (first (blocks "Rotate" "conf"))]
          (await-more folder)
          (logrotate! folder conf)
          (await-more folder)
          (stops-properly folder)
          (let [[old new] (map count (map #(values-of folder %) ["a.log.1" "a.log"]))]
            (is (= (concat (range old) (range new)) (said folder)) "each record is in one of the two")))))))

(deftest a-renamed-log-keeps-its-buffer-when-that-is-renamed-too
  (with-app {:write-buffer-bytes 65536 :sync :none}
    (fn [^File folder]
      (await-more folder)
      (run-block folder "mv a.log a.log.1; touch a.log")    ; what logrotate does where `create` is asked for
      (kill-app! folder)
      (is (.exists (io/file folder "a.log.buffer")))
      (run-block folder "mkdir other; cp -p a.log* other")
      (let [n (count (said folder)), other (io/file folder "other")]
        (testing "before either was opened"
          (run-block folder (first (blocks "Rotate" "sh")))
          (is (= [] (values-of folder "a.log")))
          (is (= (first-numbers n) (take n (values-of folder "a.log.1")))))
        (testing "where the new log was opened first"
          (is (= [] (values-of other "a.log")))
          (let [[kept & more] (filter #(re-matches #"a\.log\.buffer-\d+" %) (.list other))]
            (is kept)
            (is (nil? more))
            (run-block other (str "mv " kept " a.log.1.buffer"))
            (is (= (first-numbers n) (take n (values-of other "a.log.1"))))))))))

(deftest a-log-that-was-replaced-or-cut-takes-no-more-appends
  (doseq [[what command] {"create" "mv a.log a.log.1; touch a.log", "removed" "rm a.log",
                          "copytruncate" "cp a.log a.log.1; : > a.log", "an older copy" "cp a.log b; : > a.log; head -c 20 b > a.log"}
          options [{:sync :none} {:sync :none :write-buffer-bytes 65536} {:sync :each} {:sync :none :room-bytes 65536}]]
    (testing [what options]
      (with-temp-folder [folder]
        (let [l (log/open (path-in folder "a.log") (assoc options :codec :utf8))]
          (log/append-all! l ["a" "b" "c"])
          (log/sync! l)
          (run-block folder command)
          (let [told [(error (log/append! l "d")) (error (log/sync! l))]]
            (is (some #{:failed} told) "nothing more is acknowledged")
            (is (= :failed (error (log/append! l "e")))))
          (error (.close ^LogCollection l)))))))

;; What the system shows

(defn- status [^String key]
  (some #(when (str/starts-with? % key) (parse-long (re-find #"\d+" %))) (str/split-lines (text-of "/proc/self/status"))))

(deftest a-mapped-log-is-memory-of-the-file-and-not-of-the-program
  (if-not (status "RssFile:")
    (skip "needs a Linux that tells RssFile in /proc/self/status")
    (with-temp-folder [folder]
      (with-open [l (log/open (path-in folder "a.log") {:codec :bytes :cache-blocks 16})]
        (let [offsets (log/append-all! l (repeat 6400 (byte-array 10000 (byte 1))))
              before (status "RssFile:")]
          (log/sync! l)
          (doseq [offset offsets] (get l offset))
          ;; On a file system in memory it is called that of shared memory.
          (is (< 30000 (- (+ (long (status "RssFile:")) (long (status "RssShmem:"))) (long before))) "in kB"))))))

(deftest an-append-only-attribute-is-refused
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8})] (log/append! l "a"))
      (if-let [why (run folder "chattr +a a.log")]
        (skip (str "needs chattr +a, root and a file system that has it: " why))
        (try
          (is (= :failed (error (log/open path {:codec :utf8}))))
          (is (= ["a"] (with-open [l (log/open path {:codec :utf8 :mode :read})] (vec l))))
          (finally (run folder "chattr -a a.log")))))))
