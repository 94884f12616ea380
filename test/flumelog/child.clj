(ns flumelog.child
  "The code that the other JVMs of the tests run (see flumelog.process), and what their parents need to check the
   results. A child prints lines of EDN. Each line is in the pipe before the child continues, so a kill loses none.

   * `serve`: evaluates the forms that the parent sends
   * `values`, `append-until-killed`, `open-until-killed`, `compact-until-killed`, `back-up-until-killed`
   * `run-app`: a program as an operator runs it
   * `race!`, `hold!`, `leave!`: opening a log as its only writer, and closing it
   * `run-script`: a few calls and their results"
  (:refer-clojure :exclude [values])
  (:require [clojure.java.io :as io]
            [flumelog.core :as log]
            flumelog.fixtures)                               ; turns off the warnings of recovery
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (java.io FileDescriptor FileOutputStream)
           (java.util Random)
           (java.util.concurrent.locks LockSupport)))

(set! *warn-on-reflection* true)

(def ^:private ^FileOutputStream unbuffered-out (FileOutputStream. FileDescriptor/out))

(defn say!
  "Writes x as one line, with one system call."
  [x]
  (binding [*print-length* nil]                             ; dev/user.clj sets one
    (.write unbuffered-out (.getBytes (prn-str x) "UTF-8"))))

(defn outcome
  "[:ok value] of a call, or [:error kind data] of its LogException."
  [f]
  (try
    [:ok (f)]
    (catch LogException e [:error (:flumelog/error (ex-data e)) (select-keys (ex-data e) [:pid :offset])])
    (catch Throwable t [:thrown (str t)])))

(defn serve
  "Evaluates each form that it reads, and prints its outcome. Ends at the end of its input."
  []
  (let [form (read {:eof ::end} *in*)]
    (when-not (= ::end form)
      (say! (outcome #(eval form)))
      (recur))))

;; Writing until the end

(defn- record-length ^long [^Random random]
  (case (.nextInt random 50)
    0 (.nextInt random 300000)
    (1 2 3 4 5) (.nextInt random 9000)
    (.nextInt random 200)))

(defn values
  "The values that a child appends one after the other: an infinite seq of different strings of 2 to 300,000
   characters."
  [seed]
  (let [random (Random. seed)]
    (map (fn [n] (str n (.repeat (str (char (+ 97 (rem n 26)))) (record-length random)))) (rest (range)))))

(defn- append-some! [tell log values n]
  (let [offsets (if (= 1 n) [(log/append! log (first values))] (log/append-all! log (take n values)))]
    (tell :appended offsets)
    offsets))

(defn- delete-one! [tell log offset]
  (tell :deleting offset)
  (log/delete! log offset)
  (tell :deleted offset))

(defn append-until-killed
  "Appends the `values` of the seed one by one and in batches, deletes, syncs, closes and opens again. Prints
   [id :appended offsets] after an append, [id :deleting offset] before a deletion, and [id :deleted offset] after it."
  [id path options seed]
  (let [random (Random. (- seed))
        tell (fn [what where] (say! [id what where]))]
    (loop [^LogCollection log (log/open path options), values (values seed), offsets []]
      (let [dice (.nextInt random 100)
            n (if (< dice 60) 1 (inc (.nextInt random 20)))]
        (cond
          (< dice 80) (recur log (drop n values) (into offsets (append-some! tell log values n)))
          (< dice 94) (do (when (seq offsets) (delete-one! tell log (nth offsets (.nextInt random (count offsets)))))
                          (recur log values offsets))
          (< dice 98) (do (log/sync! log) (recur log values offsets))
          :else (do (.close log) (recur (log/open path options) values offsets)))))))

(defn append-to-all-until-killed
  "Runs `append-until-killed` for several logs in parallel. `tasks` is a seq of its arguments."
  [tasks]
  (run! deref (mapv #(future (apply append-until-killed %)) tasks)))

(defn- with-copies-until-killed
  "Calls f with the path of one copy of the file after the other. Prints [:begun path] before each and [:done path]
   after it, except for the first: a new JVM is so slow that a kill would come before f does anything. Only the last few
   copies are kept. The log of an old copy is deleted before its side files, so each log that is there has all its side
   files."
  [file folder f]
  (doseq [n (range)]
    (let [path (str folder "/" n ".log"), fresh (io/file (str path ".new"))]
      (io/copy (io/file file) fresh)
      (.renameTo fresh (io/file path))
      (when (pos? n) (say! [:begun path]))
      (f path)
      (when (pos? n) (say! [:done path]))
      (run! #(io/delete-file % true)
            (sort-by str (filter #(.startsWith (.getName ^java.io.File %) (str (- n 3) ".")) (.listFiles (io/file folder))))))))

(defn open-until-killed
  "Opens and closes copies of a log."
  [file folder options]
  (with-copies-until-killed file folder #(.close (log/open % options))))

(defn compact-until-killed
  "Compacts copies of a log, slowly, so that most kills come while it runs."
  [file folder]
  (with-copies-until-killed file folder #(log/compact! % {:moved (fn [_ _] (LockSupport/parkNanos 20000))})))

(defn back-up-until-killed
  "Appends the `values` of the seed, and backs the log up to files in the folder: in turn to an older backup and to a
   new file."
  [path options folder seed]
  (with-open [^LogCollection log (log/open path options)]
    (loop [values (values seed), n 0]
      (log/append-all! log (take 100 values))
      (log/backup! log (str folder "/old.log"))
      (log/backup! log (str folder "/" n ".log"))
      (say! [:backed-up n])
      (recur (drop 100 values) (inc n)))))

;; A program that uses a log

(defn- add-line! [file x]
  (with-open [out (FileOutputStream. (io/file file) true)]
    (.write out (.getBytes (str x "\n")))))

(defn run-app
  "A program that uses a log: appends 0, 1, 2, ... as text, beginning with the number of records in the log. Writes each
   number to the file `said` after its append. When it gets SIGTERM, it closes the log and then makes the file
   `stopped`. If an append fails, it writes the reason to `said`."
  [path options said stopped]
  (let [^LogCollection log (log/open path options)]
    (.addShutdownHook (Runtime/getRuntime) (Thread. (fn []
                                                      (let [[what kind] (outcome #(.close log))]
                                                        (add-line! stopped (if (= :ok what) "closed" kind))))))
    (loop [n (count (into [] (log/offsets log)))]
      (let [[what kind] (outcome #(log/append! log (str n)))]
        (add-line! said (if (= :ok what) n kind))
        (LockSupport/parkNanos 500000)
        (when (= :ok what) (recur (inc n)))))))

;; The only writer of a log

(def ^:private held (atom nil))

(defn race!
  "Opens the log for writing at the given time (ms since 1970), and holds it until `leave!`. Returns [:won], or [kind
   data] of the error."
  [path at-millis]
  (while (< (System/currentTimeMillis) (long at-millis)) (Thread/onSpinWait))
  (let [[what log-or-kind data] (outcome #(log/open path))]
    (if (= :ok what)
      (do (reset! held log-or-kind) [:won])
      [log-or-kind data])))

(defn hold!
  "Opens the log for writing, and holds it until `leave!`."
  [path options]
  (reset! held (log/open path options))
  nil)

(defn sync!
  "Syncs the log that is held."
  []
  (log/sync! @held))

(def ^:private acknowledged "An atom with an atom of the numbers that the last thread has appended." (atom nil))

(defn add-until-refused!
  "Starts a thread that appends the numbers from 0 on to the log that is held now, one after the other and slowly."
  []
  (let [log @held, numbers (reset! acknowledged (atom []))]
    (future (try (doseq [n (range)] (log/append! log n) (swap! numbers conj n) (LockSupport/parkNanos 50000))
                 (catch LogException _ (swap! numbers conj :refused)))))
  nil)

(defn acknowledged-so-far
  "How many of the numbers were appended, and whether an append failed."
  []
  (let [all @@acknowledged] [(count (filter number? all)) (= :refused (peek all))]))

(defn add!
  "Appends to the log that is held. Returns the offset."
  [value]
  (log/append! @held value))

(defn leave!
  "Closes the log that is held."
  []
  (.close ^LogCollection @held))

;; A script

(defn abbreviated
  "A long text as its start and its length, so that the printed line stays short."
  [^String value]
  (if (< (count value) 1000) value (str (subs value 0 9) "... of " (count value))))

(defn- run-op [^LogCollection log [op arg]]
  (case op
    :append (log/append! log arg)
    :append-all (log/append-all! log arg)
    :delete (log/delete! log arg)
    :sync (log/sync! log)
    :entries (mapv #(update (vec %) 1 abbreviated) (log/entries log))
    :get (get log arg)
    :close (.close log)))

(defn run-script
  "Opens the log and makes the calls, each [:append value] or [:sync]. Prints the outcome of the opening and of each
   call."
  [path options script]
  (let [[what log :as opened] (outcome #(log/open path options))]
    (say! (if (= :ok what) [:ok @(log/since log)] opened))
    (when (= :ok what)
      (doseq [op script] (say! (outcome #(run-op log op)))))))
