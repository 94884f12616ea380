(ns flumelog.full-disk-test
  "A disk that is really full: the append or batch that meets it fails with `:full` and leaves nothing behind, nothing
   that was appended is lost, and once there is room the log goes on."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error files-in path-in read-bytes with-temp-folder]]
            [flumelog.mounts :refer [run with-mount]]
            [flumelog.process :refer [kill! start]]
            [flumelog.test-support :refer [size skip]])
  (:import (flumelog.coll LogCollection)
           (java.util Random)))

(set! *warn-on-reflection* true)

;; A small disk

(defn- with-small-disk
  "Calls f with the folder of a file system of one MiB of memory; or skips the test where that can't be mounted."
  [f]
  (with-temp-folder [folder]
    (with-mount [folder ["mount" "-t" "tmpfs" "-o" "size=1m" "tmpfs" (str folder)]]
      (f folder))))

(defn- fill-up!
  "Writes the file until the disk is full; its length."
  [path]
  (with-open [out (java.io.FileOutputStream. ^String path)]
    (let [page (byte-array 4096 (byte 1))]
      (while (try (.write out page) true (catch java.io.IOException _ false)))))
  (.length (io/file path)))

;; Filling it

(defn- random-text [^Random random n]
  (.repeat (str (char (+ 97 (.nextInt random 26)))) (inc (.nextInt random (int n)))))

(defn- try-append!
  "Appends one value or a batch; what the log then holds, or :full and what it held."
  [l ^Random random longest held]
  (let [values (vec (repeatedly (case (.nextInt random 4) 0 (+ 2 (.nextInt random 8)) 1) #(random-text random longest)))
        failure (error (if (= 1 (count values)) (log/append! l (first values)) (log/append-all! l values)))]
    (case failure
      nil [nil (into held values)]
      :full [:full held]
      [failure held])))

(defn- check-unharmed
  "The log holds these values and its file not a byte more."
  [^LogCollection l path held]
  (is (= held (into [] l)))
  (is (= (count held) (count (into [] (log/offsets l)))))
  (is (= (last (log/offsets l)) @(log/since l)))
  (let [{:keys [end write-buffer-bytes] :or {write-buffer-bytes 0}} (log/info l)
        held-back (- (long end) (count (read-bytes path)))]
    (is (<= 0 held-back write-buffer-bytes) "the file ends with its last good record; what follows is in the buffer")))

(defn- fill-with-records
  "Appends until the disk was full three times, with ever shorter records; what the log holds then."
  [l path random held]
  (loop [held held, lengths [30000 3000 100]]
    (if-let [[longest & shorter] (seq lengths)]
      (let [[failure held] (try-append! l random longest held)]
        (is (contains? #{nil :full} failure))
        (when failure (check-unharmed l path held))
        (recur held (if failure shorter lengths)))
      held)))

(defn- check-room-again
  "Frees room: the log goes on from where it was; what it holds then."
  [l path random held ballast]
  (io/delete-file ballast)
  (let [[failure held] (try-append! l random 1000 held)]
    (is (nil? failure))
    (is (nil? (log/sync! l)))
    (is (= @(log/since l) @(log/durable l)))
    (check-unharmed l path held)
    held))

(defn- check-reopened [path options held]
  (with-open [l (log/open path options)]
    (is (= :none (:tail (log/recovery l))))
    (check-unharmed l path held)))

(def ^:private enough-room
  "More bytes than one append or batch of `check-room-again` takes."
  50000)

(defn- fill-and-free [folder options ^Random random]
  (let [path (path-in folder "a.log"), ballast (path-in folder "ballast")]
    (spit ballast (.repeat "x" (+ (long enough-room) (.nextInt random 350000))))
    (let [held (with-open [l (log/open path options)]
                 (let [held (fill-with-records l path random [])]
                   (fill-up! (path-in folder "rest"))
                   (is (= :full (error (log/append! l (.repeat "x" 5000)))))
                   (check-unharmed l path held)
                   held))]
      (testing "closed and opened again while it is full"
        (check-reopened path options held))
      (with-open [l (log/open path options)]
        (is (= :full (error (log/append-all! l (repeat 10 (.repeat "x" 1000))))))
        (let [held (check-room-again l path random held ballast)
              held (fill-with-records l path random held)]
          (.close ^LogCollection l)
          (check-reopened path options held))))))

(deftest a-full-disk-loses-nothing-and-the-log-goes-on-with-room
  (let [seed (System/nanoTime)]
    (doseq [round (range (size 5 100))]
        (let [options {:codec :utf8
                       :sync (nth [:none :each {:every-ms 5}] (mod round 3))
                       :block-bytes (nth [16384 512] (mod round 2))
                       :framing (nth [:flume :flume :legacy] (mod (quot round 3) 3))}]
          (testing (str options ", seed " (+ seed round))
            (with-small-disk #(fill-and-free % options (Random. (+ seed round)))))))))

(deftest room-takes-the-place-of-no-record
  (with-small-disk
    (fn [folder]
      (let [path (path-in folder "a.log"), ballast (path-in folder "ballast"), text (.repeat "x" 3000)
            options {:codec :utf8 :sync :each :room-bytes 200000}]
        (spit ballast (.repeat "b" 300000))
        (with-open [l (log/open path options)]
          (let [held (loop [n 0] (if-let [failure (error (log/append! l text))] [failure n] (recur (inc n))))]
            (is (= :full (first held)))
            (is (< (.getUsableSpace (io/file folder)) 12288) "the disk is full of records")
            (is (= (repeat (second held) text) (into [] l)))
            (io/delete-file ballast)
            (dotimes [_ 20] (log/append! l text))
            (is (< (:end (log/info l)) (count (read-bytes path))) "there is room again")
            (.close l)
            (check-reopened path options (vec (repeat (+ 20 (second held)) text)))))))))

(defn- fill-and-free-buffered [folder options random]
  (let [path (path-in folder "a.log"), ballast (path-in folder "ballast"), more (path-in folder "more")
        reading (assoc options :mode :read)]
    (spit ballast (.repeat "x" 400000))
    (let [l (log/open path options)
          held (fill-with-records l path random [])]
      (is (= :full (error (log/append! l (.repeat "x" 300000)))))
      (fill-up! (path-in folder "rest"))
      (is (contains? #{nil :full} (error (log/sync! l))))
      (check-unharmed l path held)
      (with-open [r (log/open path reading)] (is (= held (into [] r))))
      (let [held (check-room-again l path random held ballast)
            _ (spit more (.repeat "x" 200000))
            held (fill-with-records l path random held)]
        (testing "closed while it is full"
          (is (contains? #{nil :full} (error (.close ^LogCollection l))))
          (with-open [r (log/open path reading)] (is (= held (into [] r))))
          (is (contains? #{nil :full} (error (.close (log/open path options))))))
        (io/delete-file more)
        (check-reopened path options held)
        (is (not (.exists (io/file (str path ".buffer")))))))))

(deftest a-full-disk-loses-nothing-that-is-held-back
  (let [seed (System/nanoTime)]
    (doseq [round (range (size 4 100))]
      (let [options {:codec :utf8
                     :sync (nth [:none {:every-ms 5}] (mod round 2))
                     :write-buffer-bytes (nth [4096 65536 131072] (mod round 3))}]
        (testing (str options ", seed " (+ seed round))
          (with-small-disk #(fill-and-free-buffered % options (Random. (+ seed round)))))))))

(deftest a-log-that-finds-no-room-can-be-created-later
  (with-small-disk
    (fn [folder]
      (let [path (path-in folder "a.log"), ballast (path-in folder "ballast")]
        (fill-up! ballast)
        (is (= :full (error (with-open [l (log/open path)] (log/append! l :a)))))
        (io/delete-file ballast)
        (with-open [l (log/open path)]
          (is (= 0 (log/append! l :a)))
          (is (= [:a] (into [] l))))))))

;; Another language

(defn- says-in-english? [environment]
  (str/includes? (str (:err (apply run (concat ["env"] environment ["cp" "/proc/version" "/dev/full"])))) "No space left"))

(defn- foreign-environment
  "What makes the system say in another language than English that a disk is full: a locale that is installed, or a German one
   that is made in the folder; or nil."
  [folder]
  (let [made (path-in folder "de_DE.UTF-8")
        _ (run "localedef" "-i" "de_DE" "-f" "UTF-8" made)]
    (first (remove says-in-english?
                   (cons [(str "LOCPATH=" folder) "LC_ALL=de_DE.UTF-8"]
                         (map #(vector (str "LC_ALL=" %)) (remove #{"C" "POSIX" ""} (str/split-lines (str (:out (run "locale" "-a")))))))))))

(defn- said-on-a-full-disk
  "What a child prints that appends until it can't; `before` is the command that runs it."
  [before path]
  (let [child (start before
                     `(do (require 'flumelog.core)
                          (let [l# (flumelog.core/open ~path {:codec :utf8 :sync :none})]
                            (try
                              (while true (flumelog.core/append! l# (.repeat "x" 9000)))
                              (catch Exception e# (println (:flumelog/error (ex-data e#)) (ex-message e#)))))))]
    (try (str (.readLine (.inputReader child))) (finally (kill! child)))))

(deftest ^{:ci "starts several JVMs"} no-room-is-told-from-other-failures-in-any-language
  (with-temp-folder [folder]
    (if-let [environment (foreign-environment folder)]
      (let [env (into ["env"] environment), nothing (doto (path-in folder "nothing") (spit ""))
            no-full (conj ["unshare" "-m" "sh" "-c" (str "mount --bind " nothing " /dev/full && exec \"$@\"") "sh"])]
        (with-small-disk
          #(is (re-find #"^:full no room left while .* \(No space left on device\)" (said-on-a-full-disk env (path-in % "a.log")))))
        (testing "where there is no /dev/full"
          (with-small-disk
            #(is (re-find #"^:full no room left while .* \(No space left on device\)"
                          (said-on-a-full-disk (into no-full env) (path-in % "a.log"))))))
        (testing "by a limit for the size of a file"
          (is (re-find #"^:full .*File too large"
                       (said-on-a-full-disk (into ["sh" "-c" "ulimit -f 200 && exec \"$@\"" "sh"] env) (path-in folder "a.log"))))))
      (skip "no locale is installed or can be made in which the system says in another language that a disk is full"))))

(deftest error-texts-are-found-in-the-systems-translations
  (let [german (io/file "/usr/share/locale/de/LC_MESSAGES/libc.mo")
        english (doto (.getDeclaredMethod (Class/forName "flumelog.file.SystemWords") "english"
                                          (into-array Class [String java.util.List java.nio.file.Path]))
                  (.setAccessible true))
        meant #(.invoke english nil (object-array [% ["No space left on device" "Disk quota exceeded" "File too large"] (.toPath german)]))]
    (if (.exists german)
      (is (= ["No space left on device" "Disk quota exceeded" "File too large" nil nil]
             (map meant ["Auf dem Gerät ist kein Speicherplatz mehr verfügbar" "Der zugewiesene Plattenplatz (Quota) ist überschritten"
                         "Die Datei ist zu groß" "Eingabe-/Ausgabefehler" ""])))
      (skip "the German messages of the C library are not installed"))))

(deftest a-torn-tail-on-a-full-disk-is-neither-cut-nor-lost
  (with-small-disk
    (fn [folder]
      (let [path (path-in folder "a.log"), ballast (path-in folder "ballast")]
        (with-open [l (log/open path {:codec :utf8})]
          (log/append-all! l ["good" (.repeat "torn" 20000)]))
        (with-open [file (java.io.RandomAccessFile. path "rw")] (.setLength file 70000))
        (let [torn (vec (read-bytes path))]
          (fill-up! ballast)
          (is (= :full (error (log/open path))) "there is no room to keep the tail")
          (is (= torn (vec (read-bytes path))))
          (io/delete-file ballast)
          (with-open [l (log/open path {:codec :utf8})]
            (is (= ["good"] (into [] l)))
            (is (= (subvec torn 20) (vec (read-bytes (:kept (log/recovery l))))))))))))

(deftest a-log-that-cant-be-compacted-on-a-full-disk-is-as-it-was
  (with-small-disk
    (fn [folder]
      (let [path (path-in folder "a.log"), ballast (path-in folder "ballast"), text (.repeat "x" 3000)]
        (with-open [l (log/open path {:codec :utf8})]
          (log/delete! l (take-nth 2 (log/append-all! l (repeat 200 text)))))
        (fill-up! ballast)
        (let [before (read-bytes path), names (files-in folder)]
          (is (= :full (error (log/compact! path))))
          (is (= :full (error (log/convert path (path-in folder "b.log")))))
          (is (bytes= before (read-bytes path)))
          (is (= names (files-in folder))))
        (io/delete-file ballast)
        (is (= {:frames 100, :deleted 100} (select-keys (log/compact! path) [:frames :deleted])))
        (check-reopened path {:codec :utf8} (repeat 100 text))))))

;; A backup

(deftest a-backup-to-a-full-disk-leaves-none-or-the-older-one
  (with-small-disk
    (fn [disk]
      (with-temp-folder [folder]
        (let [copy (path-in disk "copy.log"), filler (path-in disk "filler"), options {:codec :utf8 :sync :none}]
          (with-open [l (log/open (path-in folder "a.log") options)]
            (log/append-all! l (repeat 100 (.repeat "x" 2000)))
            (fill-up! filler)
            (is (= :full (error (log/backup! l copy))))
            (is (= #{"filler"} (files-in disk)) "nothing is left")
            (io/delete-file filler)
            (log/backup! l copy)
            (let [before (read-bytes copy)]
              (log/append-all! l (repeat 100 (.repeat "y" 2000)))
              (fill-up! filler)
              (is (= :full (error (log/backup! l copy))))
              (is (bytes= before (read-bytes copy)))
              (is (= 100 (with-open [c (log/open copy (assoc options :mode :read))] (count (seq c)))))
              (io/delete-file filler)
              (is (= 100 (- (long (:frames (log/backup! l copy))) 100))))
            (log/sync! l)
            (is (bytes= (read-bytes (path-in folder "a.log")) (read-bytes copy)))))))))
