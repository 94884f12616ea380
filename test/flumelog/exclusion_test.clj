(ns flumelog.exclusion-test
  "A second writer is kept out, or found out before anything more is acknowledged, also where other code of the first one's
   process has read and closed the files of the log, which gives up its locks in the kernel. All of it with JVMs of their own."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing use-fixtures]]
            [flumelog.child :as child]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error path-in with-temp-folder]]
            [flumelog.mounts :refer [with-mount]]
            [flumelog.process :refer [ask java-homes kill! start-serving]]
            [flumelog.test-support :refer [size skip]])
  (:import (java.lang ProcessHandle)
           (java.nio.file Files)))

(set! *warn-on-reflection* true)

(defn- some-of
  "The values, or n of them in a quick run: other ones in each."
  [n values]
  (take (size n (count values)) (shuffle values)))

(defn- homes
  "The JDKs; in a quick run the first one only, since the others start slowly."
  []
  (take (size 1 2) (java-homes)))

(def ^:private linux? (.exists (io/file "/proc/self/fd")))

(def ^:private ^:dynamic *pairs* "Of each JDK two JVMs, by its home: an atom." nil)

(use-fixtures :once
  (fn [run]
    (binding [*pairs* (atom {})]
      (try (run) (finally (run! kill! (mapcat val @*pairs*)))))))

(defn- pair [home]
  (or (get @*pairs* home)
      (get (swap! *pairs* assoc home [(start-serving [] home) (start-serving [] home)]) home)))

(defn- kill-first! [home]
  (kill! (first (pair home)))
  (swap! *pairs* update home (fn [[_ other]] [(start-serving [] home) other])))

(defn- pid [^Process process] (.pid process))

(defn- value [process form]
  (let [[what x :as all] (ask process form)]
    (is (= :ok what) (pr-str all))
    x))

(defn- kind [process form]
  (let [[what x] (ask process form)] (if (= :ok what) :ok x)))

(def ^:private ways-to-lose-the-locks
  "What other code does in the process of the writer; the path of the log in it is `path`."
  '{"nothing"               nil
    "slurp"                 (do (slurp path) (slurp (str path ".lock")))
    "slurp of the log"      (slurp path)
    "slurp of the lock"     (slurp (str path ".lock"))
    "Files.copy"            (doseq [^java.io.File file (.listFiles (.getParentFile (clojure.java.io/file path)))
                                    :let [copy (java.nio.file.Path/of (str file "-copy") (make-array String 0))]]
                              (java.nio.file.Files/copy (.toPath file) copy (make-array java.nio.file.CopyOption 0))
                              (java.nio.file.Files/delete copy))
    "io/copy"               (doseq [file (.listFiles (.getParentFile (clojure.java.io/file path)))
                                    :let [copy (clojure.java.io/file (str file "-copy"))]]
                              (clojure.java.io/copy file copy)
                              (clojure.java.io/delete-file copy))
    "a stream of the lock"  (do (.close (java.io.FileInputStream. (str path ".lock"))) (.close (java.io.FileInputStream. path)))})

(defn- lose! [process path way]
  (value process `(let [~'path ~path] ~(ways-to-lose-the-locks way) nil)))

(defn- values [path]
  (with-open [l (log/open path)] (into [] l)))

(def ^:private modes
  {"each" {:sync :each}, "every minute" {:sync {:every-ms 60000}}, "none" {:sync :none}
   "buffered" {:sync :none :write-buffer-bytes 4096}, "buffered, each" {:sync :each :write-buffer-bytes 4096}
   "with room" {:sync :each :room-bytes 65536}})

;; Kept out

(deftest closing-another-descriptor-does-not-let-a-second-process-in
  (if-not linux?
    (skip "needs /proc to see whether a process has a file open")
    (doseq [home (homes), [way] (some-of 2 (seq ways-to-lose-the-locks))]
      (testing (str home ", " way)
        (with-temp-folder [folder]
          (let [[a b] (pair home), path (path-in folder "a.log")]
            (value a `(child/hold! ~path {:sync :each}))
            (value a `(child/add! 1))
            (lose! a path way)
            (dotimes [_ 2]
              (is (= [:error :locked {:pid (pid a)}] (ask b `(child/hold! ~path {})))))
            (is (= :locked (kind b `(log/compact! ~path))) "nor may it compact the log")
            (value a `(child/add! 2))
            (is (= [:error :locked {:pid (pid a)}] (ask b `(child/hold! ~path {}))))
            (value a `(child/leave!))
            (value b `(do (child/hold! ~path {}) (child/add! 3) (child/leave!)))
            (is (= [1 2 3] (values path)))))))))

(deftest a-second-process-is-kept-out-under-another-name-of-the-file
  (if-not linux?
    (skip "needs /proc to see whether a process has a file open")
    (doseq [home (homes), way (some-of 1 ["nothing" "slurp of the log" "slurp"])]
      (testing (str home ", " way)
        (with-temp-folder [folder]
          (let [[a b] (pair home), path (path-in folder "a.log"), hard (path-in folder "hard.log")]
            (value a `(do (child/hold! ~path {}) (child/add! 1)))
            (Files/createLink (.toPath (io/file hard)) (.toPath (io/file path)))
            (lose! a path way)
            (is (= [:error :locked {:pid (pid a)}] (ask b `(child/hold! ~hard {}))))
            (value a `(do (child/add! 2) (child/leave!)))
            (value b `(do (child/hold! ~hard {}) (child/add! 3) (child/leave!)))
            (is (= [1 2 3] (values path)))))))))

;; File systems in user space, where the kernel takes two names of one file for two files

(deftest ^{:ci "starts several JVMs"} a-fuse-mount-does-not-let-a-second-process-in
  (doseq [command (some-of 1 ["bindfs" "mergerfs"])]
    (testing command
      (with-temp-folder [folder]
        (let [[back point] (for [name ["back" "point"]] (str (doto (io/file folder name) .mkdir)))
              [a b] (pair (first (java-homes))), path (str point "/a.log"), hard (str point "/hard.log")]
          (with-open [l (log/open (str back "/a.log"))] (log/append! l 0))
          (Files/createLink (.toPath (io/file back "hard.log")) (.toPath (io/file back "a.log")))
          (with-mount [point [command back point]]
            (value a `(do (child/hold! ~path {:sync :none}) (child/add! 1)))
            (is (= [:error :locked {:pid (pid a)}] (ask b `(child/hold! ~hard {}))))
            (value a `(do (child/add! 2) (child/leave!)))
            (value b `(do (child/hold! ~hard {}) (child/add! 3) (child/leave!)))
            (is (= [0 1 2 3] (values path)))))))))

;; Whom the lock file of a log locks out, and whom not

(deftest a-killed-writer-locks-nobody-out
  (doseq [home (homes)]
    (with-temp-folder [folder]
      (let [[a b] (pair home), path (path-in folder "a.log")]
        (value a `(do (child/hold! ~path {}) (child/add! 1)))
        (lose! a path "slurp")
        (kill-first! home)
        (value b `(do (child/hold! ~path {}) (child/add! 2) (child/leave!)))
        (is (= [1 2] (values path)))))))

(defn- lock-file [path] (io/file (str path ".lock")))

(defn- with-line
  "The text of a lock file with another line of that number."
  [text n line]
  (str (str/join "\n" (assoc (str/split-lines text) n line)) "\n"))

(deftest a-stale-lock-file-locks-nobody-out-even-if-its-pid-is-reused
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), [a] (pair (first (java-homes)))
          named (do (value a `(child/hold! ~path {}))
                    (let [text (slurp (lock-file path))] (value a `(child/leave!)) text))]
      (is (= (str (pid a)) (first (str/split-lines named))))
      (doseq [[what left] {"a process that has closed the log"      named
                           "one that started at another time"       (with-line named 1 "1")
                           "one of another start of the machine"    (with-line named 2 "1")
                           "one of another container"               (with-line named 3 "pid:[1]")
                           "a pid alone, as older versions left"    (str (pid a) "\n")
                           "nothing" "", "no text" "\u0000\u0001\n\n\n\n\n", "no numbers" "a\nb\nc\nd\ne\n"
                           "numbers that are no longs"              "99999999999999999999\n1\n1\n1\n1\n"}]
        (testing what
          (spit (lock-file path) left)
          (is (nil? (error (.close (log/open path))))))))))

(deftest a-copy-of-a-log-that-is-open-is-a-log-of-its-own
  (doseq [home (homes)]
    (with-temp-folder [folder]
      (let [[a b] (pair home), path (path-in folder "logs/a.log"), copy (path-in folder "copy/a.log")]
        (value a `(do (child/hold! ~path {}) (child/add! 1)))
        (is (= 0 (:exit (shell/sh "cp" "-r" (path-in folder "logs") (path-in folder "copy")))))
        (is (= (str (pid a)) (first (str/split-lines (slurp (lock-file copy))))) "its lock file names the writer of the other")
        (value b `(do (child/hold! ~copy {}) (child/add! 2) (child/leave!)))
        (value a `(do (child/add! 3) (child/leave!)))
        (is (= [[1 3] [1 2]] (map values [path copy])))))))

;; Found out: what no process can see, another one in another container, or one that does not know the lock file

(defn- hide!
  "Makes the lock file look as if its holder were in another container."
  [path]
  (spit (lock-file path) (with-line (slurp (lock-file path)) 3 "pid:[1]")))

(defn- refused
  "What the process hears when it writes on, in whatever way."
  [process]
  (mapv #(kind process %) [`(child/add! "lost") `(child/sync!) `(child/add! "lost") `(child/leave!)]))

(deftest a-writer-that-was-superseded-acknowledges-nothing-more
  (doseq [home (homes), [mode options] (some-of 2 (seq modes))]
    (testing (str home ", " mode)
      (with-temp-folder [folder]
        (let [[a b] (pair home), path (path-in folder "a.log")]
          (value a `(do (child/hold! ~path ~options) (child/add! "a1") (child/add! "a2")))
          (lose! a path "slurp")
          (hide! path)
          (value b `(do (child/hold! ~path ~options) (child/add! "b1")))
          (is (= [:failed :failed :failed :failed] (refused a)))
          (value b `(do (child/add! "b2") (child/leave!)))
          (is (= ["a1" "a2" "b1" "b2"] (values path)))
          (is (:ok (log/verify path))))))))

(deftest a-writer-finds-out-before-the-other-one-has-written
  (with-temp-folder [folder]
    (let [[a b] (pair (first (java-homes))), path (path-in folder "a.log")]
      (value a `(do (child/hold! ~path {:sync :none}) (child/add! "a1")))
      (lose! a path "slurp")
      (hide! path)
      (value b `(child/hold! ~path {}))
      (is (= [:failed :failed :failed :failed] (refused a)))
      (value b `(child/leave!))
      (is (= ["a1"] (values path))))))

(deftest a-writer-whose-log-was-compacted-acknowledges-nothing-more
  (doseq [[mode options] (some-of 2 (seq modes))]
    (testing mode
      (with-temp-folder [folder]
        (let [[a b] (pair (first (java-homes))), path (path-in folder "a.log")]
          (with-open [l (log/open path)] (log/append-all! l ["gone" "kept"]) (log/delete! l 0))
          (value a `(do (child/hold! ~path ~options) (child/add! "a1")))
          (lose! a path "slurp")
          (hide! path)
          (value b `(log/compact! ~path))
          (is (= [:failed :failed :failed :failed] (refused a)))
          (is (= ["kept" "a1"] (values path))))))))

(defn- await-some
  "Waits until the process has had more than n appends acknowledged, or was refused; [how-many refused?]."
  [process n]
  (loop [] (let [[so-far refused? :as all] (value process `(child/acknowledged-so-far))]
             (if (or refused? (< n so-far)) all (recur)))))

(deftest ^{:ci "starts several JVMs"} refused-writers-do-not-disturb-a-writer-that-loses-its-locks
  (doseq [home (homes), [mode options] (some-of 2 (seq modes))]
    (testing (str home ", " mode)
      (with-temp-folder [folder]
        (let [[a b] (pair home), path (path-in folder "a.log")]
          (value a `(do (child/hold! ~path ~options) (child/add-until-refused!)))
          (dotimes [n (size 10 100)]
            (lose! a path "slurp of the lock")
            (lose! a path "a stream of the lock")
            (is (= [:error :locked {:pid (pid a)}] (ask b `(child/hold! ~path {}))))
            (is (not (second (await-some a n)))))
          (value a `(child/leave!))
          (let [[n] (value a `(child/acknowledged-so-far))]
            (is (= (range n) (take n (values path))) "each once and in order")))))))

(deftest ^{:ci "starts several JVMs"} records-of-two-racing-writers-are-there-once
  (doseq [home (homes), [mode options] (some-of 2 (seq modes)), _ (range (size 1 5))]
    (testing (str home ", " mode)
      (with-temp-folder [folder]
        (let [[a b] (pair home), path (path-in folder "a.log")]
          (value a `(do (child/hold! ~path ~options) (child/add-until-refused!)))
          (await-some a 100)
          (loop [tries 0]
            (lose! a path "slurp")
            (when (seq (slurp (lock-file path))) (hide! path))
            (when (and (not= :ok (kind b `(child/hold! ~path ~options))) (< tries 1000))
              (recur (inc tries))))
          (value b `(dotimes [n# 100] (child/add! (str n#))))
          (let [[n refused?] (await-some a Long/MAX_VALUE)]
            (is refused?)
            (value b `(child/leave!))
            (is (= :failed (kind a `(child/leave!))))
            (let [found (values path)]
              (is (= (map str (range 100)) (take-last 100 found)))
              (is (= (range n) (take n found)))
              (is (<= (count found) (+ n 1 100)) "one more may have been written, and not acknowledged"))))))))

(deftest a-writer-that-has-lost-its-locks-takes-them-again
  (with-temp-folder [folder]
    (let [[a b] (pair (first (java-homes))), path (path-in folder "a.log")]
      (value a `(do (child/hold! ~path {:sync :each}) (child/add! 1)))
      (lose! a path "slurp")
      (value a `(child/add! 2))
      (hide! path)
      (is (= :locked (kind b `(child/hold! ~path {}))) "by the kernel alone")
      (value a `(child/leave!))
      (is (= [1 2] (values path))))))

;; Which process it is

(deftest the-pid-of-this-process-is-named-only-when-it-is-the-holder
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), sentence #(try (log/open path) (catch Exception e (ex-message e)))]
      (with-open [_ (log/open path)]
        (is (str/includes? (sentence) (str "open for writing in this process (pid " (.pid (ProcessHandle/current)) ")")))))))

(defn- why-no-namespace []
  (try
    (let [{:keys [exit err]} (shell/sh "unshare" "--pid" "--fork" "--mount-proc" "true")]
      (when-not (= 0 exit) (str "needs the right to make a pid namespace: " (str/trim err))))
    (catch java.io.IOException e (str "there is no unshare: " (ex-message e)))))

(deftest ^{:ci "starts several JVMs"} a-writer-in-another-container-is-not-named-by-a-local-pid
  (if-let [reason (why-no-namespace)]
    (skip reason)
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), home (first (java-homes)), [b] (pair home)
            a (start-serving ["unshare" "--pid" "--fork" "--mount-proc" "--kill-child"] home)]
        (try
          (value a `(do (child/hold! ~path {:sync :none}) (child/add! "a1")))
          (is (= "1" (first (str/split-lines (slurp (lock-file path))))) "it has a pid that is another's here")
          (let [[what kind {:keys [pid]}] (ask b `(child/hold! ~path {}))]
            (is (= :error what))
            (is (= :locked kind))
            (is (not= 1 pid)))
          (testing "and where it has lost its locks"
            (lose! a path "slurp")
            (value b `(do (child/hold! ~path {}) (child/add! "b1")))
            (is (= [:failed :failed :failed :failed] (refused a)))
            (value b `(child/leave!))
            (is (= ["a1" "b1"] (values path))))
          (finally (kill! a)))))))
