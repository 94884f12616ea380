(ns flumelog.fixtures
  "Files and failures for the tests.

   * `with-temp-folder`, `path-in`, `read-bytes`, `write-bytes!`, `bytes=`, `files-in`, `contents-of`
   * `error`: the kind of a call's failure; `failure`: the exception itself
   * `formats`, `overhead`: the four formats of a file; `in-range`: the meaning of the options of a range
   * `watched`, `log-in`, `overwrite!`: a folder that reports each call before it is made, a log in it, a write by
     another program
   * `eventually`: waits until a condition holds; `await-blocked`: waits until a thread waits for another one
   * `with-uncaught`: the exceptions that threads don't catch; `logged`: the messages that the library logs"
  (:require [clojure.java.io :as io]
            [flumelog.options :refer [log-options]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (flumelog.file LogFile LogFolder WriterLock)
           (flumelog.log OffsetLog)
           (java.io File RandomAccessFile)
           (java.lang ProcessHandle)
           (java.nio ByteBuffer)
           (java.nio.file Files Path)
           (java.nio.file.attribute FileAttribute)
           (java.util Arrays)
           (java.util.concurrent LinkedBlockingQueue)
           (java.util.logging Handler LogRecord Logger)))

(set! *warn-on-reflection* true)

;; The tests make thousands of torn tails, so the log's warnings are turned off. The logger is held here because JUL has
;; only weak references to it.
(defonce ^:private logger
  (doto (Logger/getLogger "flumelog") (.setUseParentHandlers false)))

(defn delete-folder!
  "Deletes the folder and everything in it. A link is deleted, but not its target, which may be anywhere."
  [^File folder]
  (when-not (Files/isSymbolicLink (.toPath folder))
    (run! delete-folder! (.listFiles folder)))
  (io/delete-file folder true))

(defn- left-over?
  "Whether the process that made the folder has ended. Its pid is in the folder's name."
  [^File folder]
  (when-let [[_ pid] (re-matches #"flumelog-(\d{1,18})-\d+" (.getName folder))]
    (.isEmpty (ProcessHandle/of (parse-long pid)))))

(defonce ^{:private true
           :doc "Where folders are made: on a file system in memory where there is one, since many tests open thousands
  of logs. What tests that were killed left there would take memory for ever, so it is deleted, once per JVM."}
  place
  (delay
    (let [shm (io/file "/dev/shm")
          place (if (Files/isWritable (.toPath shm)) shm (io/file (System/getProperty "java.io.tmpdir")))]
      (run! delete-folder! (filter left-over? (.listFiles ^File place)))
      (.toPath ^File place))))

(defn temp-folder
  "A new, empty folder with this JVM's pid in its name. It is on disk, not in memory, if its files will be large."
  (^File [] (temp-folder @place))
  (^File [^Path place]
   (.toFile (Files/createTempDirectory place (str "flumelog-" (.pid (ProcessHandle/current)) "-")
                                       (make-array FileAttribute 0)))))

(defmacro with-temp-folder
  "Runs the body with `folder` bound to a new folder, and deletes the folder."
  [[folder] & body]
  `(let [~folder (temp-folder)]
     (try ~@body (finally (delete-folder! ~folder)))))

(defn path-in ^String [^File folder name]
  (.getPath (io/file folder name)))

(defn files-in
  "The sorted set of the names in a folder."
  [folder]
  (into (sorted-set) (map #(.getName ^File %)) (.listFiles (io/file folder))))

(defn read-bytes ^bytes [path]
  (Files/readAllBytes (.toPath (io/file path))))

(defn contents-of
  "The bytes of each file in a folder, as vectors by name: to see that none has changed."
  [folder]
  (into (sorted-map) (map (fn [name] [name (vec (read-bytes (path-in folder name)))])) (files-in folder)))

(defn write-bytes! [path ^bytes data]
  (with-open [out (io/output-stream path)] (.write out data)))

(defn hurt!
  "Changes the byte at the position of the file to another one, whatever it is."
  [path ^long position]
  (with-open [file (RandomAccessFile. (str path) "rw")]
    (.seek file position)
    (let [byte (.read file)]
      (.seek file position)
      (.write file (bit-xor 1 byte)))))

(defn bytes= [^bytes a ^bytes b]
  (Arrays/equals a b))

(defmacro error
  "The `:flumelog/error` of the exception that the body throws; nil if it throws no LogException."
  [& body]
  `(try ~@body nil (catch LogException e# (:flumelog/error (ex-data e#)))))

(defmacro failure
  "The exception that the body throws; nil when it throws none."
  [& body]
  `(try ~@body nil (catch Exception e# e#)))

(def formats
  "The options that create a log of each format."
  {"flume 32" {:offset-bits 32}
   "flume 48" {:offset-bits 48}
   "flume 53" {:offset-bits 53}
   "legacy"   {:framing :legacy}})

(defn overhead
  "The number of bytes of a frame without its data."
  ^long [options]
  (+ 8 (case (:offset-bits options) 32 4, 48 6, 53 8, nil 0)))

(defn in-range
  "The entries of a range, by plain filters over all entries: the meaning of the options."
  [entries {:keys [gt gte lt lte reverse limit]}]
  (cond->> entries
    gt (filter #(> (key %) gt))
    gte (filter #(>= (key %) gte))
    lt (filter #(< (key %) lt))
    lte (filter #(<= (key %) lte))
    reverse (clojure.core/reverse)
    limit (take limit)))

;; Actions at the moment of a call

(defn- watched-file ^LogFile [^LogFile file name before]
  (reify LogFile
    (readAt [_ position into] (before :read name) (.readAt file position into))
    (append [_ end data] (before :append name) (.append file end data))
    (overwrite [_ position data] (before :overwrite name) (.overwrite file position data))
    (truncate [_ n] (before :truncate name) (.truncate file n))
    (force [_] (before :force name) (.force file))
    (size [_] (before :size name) (.size file))
    (close [_] (before :close name) (.close file))))

(defn watched
  "The folder, which calls `(before op name)` before each call of its files: `:read :append :overwrite :truncate :force
   :size :close`, and `:confirm` when its lock is confirmed. An exception of `before` is thrown by the call. The folder
   must be that of a test disk, whose lock takes any file."
  ^LogFolder [^LogFolder folder before]
  (reify LogFolder
    (openForReading [_ name] (watched-file (.openForReading folder name) name before))
    (openForWriting [_ name] (watched-file (.openForWriting folder name) name before))
    (openPart [_ name log] (watched-file (.openPart folder name log) name before))
    (exists [_ name] (.exists folder name))
    (rename [_ from to] (.rename folder from to))
    (delete [_ name] (.delete folder name))
    (share [_ name n] (.share folder name n))
    (identity [_ name] (.identity folder name))
    (boot [_] (.boot folder))
    (lock [_ name file]
      (let [lock (.lock folder name file)]
        (reify WriterLock
          (confirm [_] (before :confirm name) (.confirm lock))
          (close [_] (.close lock)))))
    (path [_ name] (.path folder name))))

(defn log-in
  "Opens the log with this name in a LogFolder, with the options of `flumelog.core/open`."
  ^LogCollection [folder name options]
  (let [options (log-options options)]
    (LogCollection. (OffsetLog/open ^LogFolder folder ^String name options) (.codec options))))

(defn overwrite!
  "Writes bytes to a file as another program does, while a log may have it open."
  [^LogFolder folder name position & values]
  (with-open [file (.openForWriting folder name)]
    (.overwrite file position (ByteBuffer/wrap (byte-array (map unchecked-byte values))))))

(defn eventually
  "The first result of `f` that is neither nil nor false; nil where there is none within a minute. Calls `f` every
   millisecond."
  [f]
  (let [until (+ (System/nanoTime) 60000000000)]
    (loop []
      (or (f)
          (when (< (System/nanoTime) until)
            (Thread/sleep 1)
            (recur))))))

(defn await-blocked
  "Waits until the thread waits for another one or has ended."
  [^Thread thread]
  (eventually #(#{Thread$State/WAITING Thread$State/TIMED_WAITING Thread$State/TERMINATED} (.getState thread))))

(defmacro with-uncaught
  "Runs the body while exceptions that threads don't catch go into the queue."
  [[queue] & body]
  `(let [before# (Thread/getDefaultUncaughtExceptionHandler), ~queue (LinkedBlockingQueue.)]
     (Thread/setDefaultUncaughtExceptionHandler
       (reify Thread$UncaughtExceptionHandler (uncaughtException [_# _# thrown#] (.put ~queue thrown#))))
     (try ~@body (finally (Thread/setDefaultUncaughtExceptionHandler before#)))))

(defn logged
  "The `LogRecord`s that the library logs while `f` runs, and then until `(enough? records)`."
  ([f] (logged f (constantly true)))
  ([f enough?]
   (let [^Logger logger logger
         records (atom [])
         handler (proxy [Handler] []
                   (publish [record] (swap! records conj record))
                   (flush [])
                   (close []))]
     (.addHandler logger handler)
     (try (f) (eventually #(enough? @records)) (finally (.removeHandler logger handler)))
     @records)))

(defn messages
  "The sentences of `LogRecord`s, without their parameters."
  [records]
  (mapv #(.getMessage ^LogRecord %) records))
