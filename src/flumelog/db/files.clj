(ns ^:no-doc flumelog.db.files
  "The files of one view in the folder of a db.

   `<view>.view` is the manifest: a line with a checksum, a head of EDN, and the payload of the view's kind. It is written
   beside itself, forced and renamed, so there is always a whole one. A kind that needs more files names them by `file-name`;
   the head tells which there are, since a folder can't be listed. Each building of a view has its own generation, so that
   it shares no file with the one that it will replace.

   * for kinds: `folder`, `file-name`
   * for the db: `files`, `write-manifest!`, `read-manifest`, `names`, `delete!`, `lock`"
  (:require [clojure.string :as str]
            [flumelog.codec.edn :as edn])
  (:import (flumelog.codec Codec)
           (flumelog.error DiskFailures LogException LogException$Kind ViewFailures)
           (flumelog.file LogFile LogFolder LogPath NewFile NewFile$Content ReadableFile WriterLock)
           (java.io Closeable IOException)
           (java.nio ByteBuffer)
           (java.nio.charset StandardCharsets)
           (java.util.zip CRC32C)))

(set! *warn-on-reflection* true)

(defrecord ^:private Files [folder view generation names])

(defn- letter
  "The letter of a view's name as it is in names of files. It has no dot, which divides their parts, and no capital letter,
   since some file systems don't tell them from small ones."
  [c]
  (if (re-matches #"[a-z0-9_-]" (str c))
    (str c)
    (str/join (map #(format "%%%02x" %) (.getBytes (str c) StandardCharsets/UTF_8)))))

(defn- view-name
  "The beginning of the names of a view's files."
  [k]
  (str/join (map letter (subs (str k) 1))))

(defn files
  "The files of one building of a view. `known` are names of files that exist."
  ([folder view generation] (files folder view generation nil))
  ([folder view generation known] (->Files folder (view-name view) generation (atom (set known)))))

(defn folder
  "The folder, which has all files of the view."
  ^LogFolder [files]
  (:folder files))

(defn file-name
  "The name in the folder of a part of this building, such as \"run-7\"."
  ^String [files part]
  (let [name (str (:view files) "." (:generation files) "." part)]
    (swap! (:names files) conj name)
    name))

(defn- manifest-name ^String [files]
  (str (:view files) ".view"))

(defn names
  "The names that `file-name` has given and under which there is a file now."
  [files]
  (let [folder (folder files)]
    (swap! (:names files) #(into #{} (filter (fn [name] (.exists folder name))) %))))

(defn delete!
  "Deletes the files with these names. Files that can't be deleted stay."
  [files names]
  (let [folder (folder files)]
    (doseq [^String name names]
      (try
        (when (.exists folder name) (.delete folder name))
        (catch IOException _ nil)))))

;; The manifest

(def ^:private first-word "flumelog-view-1")

(defn- checksum [^bytes head ^bytes payload]
  (let [crc (doto (CRC32C.) (.update head) (.update payload))]
    (Long/toHexString (.getValue crc))))

(defn- manifest ^ByteBuffer [head ^bytes payload]
  (let [^Codec codec edn/codec
        ^bytes head (.encode codec head)
        ^String line (str/join " " [first-word (checksum head payload) (alength head) (alength payload)])
        first-line (.getBytes (str line "\n") StandardCharsets/US_ASCII)]
    (doto (ByteBuffer/allocate (+ (alength first-line) (alength head) (alength payload)))
      (.put first-line) (.put head) (.put payload) (.flip))))

(defn write-manifest!
  "Puts a manifest in the place of the one that there is. It is durable when this returns; after an error there is still
   the old one. Throws IOException."
  [files head payload]
  (let [data (manifest head (or payload (byte-array 0)))
        name (manifest-name files)]
    (NewFile/replace (LogPath. (folder files) name) (str name ".part")
                     (reify NewFile$Content (writeTo [_ file] (.append file 0 data) nil)))
    nil))

(defn- bytes-of ^bytes [^ReadableFile file]
  (let [data (ByteBuffer/allocate (Math/toIntExact (.size file)))]
    (when (not= (.capacity data) (.readAt file 0 data))
      (throw (IOException. "the manifest of the view became shorter while it was read")))
    (.array data)))

(defn- refuse [why]
  (throw (IOException. (str "the manifest of the view is damaged: " why))))

(defn- range-of ^bytes [^bytes data from length]
  (java.util.Arrays/copyOfRange data (int from) (int (+ (long from) (long length)))))

(defn- parse [^bytes data]
  (let [line-end (long (or (first (filter #(= 10 (aget data %)) (range (min 200 (alength data))))) (refuse "its first line has no end")))
        [word crc & lengths] (str/split (String. data 0 line-end StandardCharsets/US_ASCII) #" ")
        [head-length payload-length :as lengths] (map parse-long lengths)]
    (when-not (and (= first-word word) (= 2 (count lengths)) (every? nat-int? lengths)
                   (= (alength data) (+ line-end 1 (long head-length) (long payload-length))))
      (refuse "its first line does not fit it"))
    (let [head (range-of data (inc line-end) head-length)
          payload (range-of data (+ line-end 1 (long head-length)) payload-length)]
      (when (not= crc (checksum head payload)) (refuse "its checksum differs"))
      {:head (.decode ^Codec edn/codec head) :payload payload})))

(defn read-manifest
  "The `:head` and the `:payload` of the manifest, nil when there is none. Throws IOException when it can't be read."
  [files]
  (let [folder (folder files), name (manifest-name files)]
    (when (.exists folder name)
      (with-open [file (.openForReading folder name)]
        (parse (bytes-of file))))))

;; The lock

(def ^:private ^String lock-name "db")

(defn- refused
  "The error for a folder that can't be locked."
  [^LogFolder folder e]
  (cond
    (and (instance? LogException e) (= LogException$Kind/LOCKED (.kind ^LogException e))) (ViewFailures/locked (.path folder lock-name) e)
    (instance? IOException e) (DiskFailures/cannotOpen (.path folder lock-name) e)
    :else e))

(defn- locked ^Closeable [^LogFolder folder ^LogFile file]
  (try
    (let [lock (doto (.lock folder lock-name file) (.confirm))]
      (reify Closeable
        (close [_] (try (.close lock) (finally (.close file))))))
    (catch Throwable e
      (.close file)
      (throw e))))

(defn lock
  "Locks the folder against other dbs until the result is closed. Throws `:locked`, `:failed`."
  ^Closeable [^LogFolder folder]
  (try
    (locked folder (.openForWriting folder lock-name))
    (catch Throwable e (throw (refused folder e)))))
