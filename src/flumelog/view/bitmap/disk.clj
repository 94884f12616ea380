(ns ^:no-doc flumelog.view.bitmap.disk
  "The files of a bitmap view: one for each full chunk, its bytes and their CRC32C. A file is written once; a chunk that has lost
   a record gets another file. The chunk that grows is in the manifest.

   * `write-chunk!`, `read-chunk`"
  (:require [flumelog.db.files :as files]
            [flumelog.view.bitmap.chunk :as chunk])
  (:import (flumelog.file LogFile LogPath NewFile NewFile$Content ReadableFile)
           (java.io IOException)
           (java.nio ByteBuffer)
           (java.util Arrays)
           (java.util.zip CRC32C)))

(set! *warn-on-reflection* true)

(defn- crc ^long [^bytes data]
  (.getValue (doto (CRC32C.) (.update data))))

(defn write-chunk!
  "Writes the chunk to a new file, which is durable when this returns. Throws IOException."
  [files part chunk]
  (let [name (files/file-name files part), data (chunk/encode chunk)
        content (doto (ByteBuffer/allocate (+ (alength data) Long/BYTES)) (.put data) (.putLong (crc data)) (.flip))]
    (NewFile/replace (LogPath. (files/folder files) name) (str name ".part")
                     (reify NewFile$Content (writeTo [_ file] (.append ^LogFile file 0 content) nil)))))

(defn- bytes-of ^bytes [^ReadableFile file]
  (let [data (ByteBuffer/allocate (Math/toIntExact (.size file)))]
    (.readAt file 0 data)
    (.array data)))

(defn read-chunk
  "Reads a chunk with that number of fields. Throws IOException, also when the file is damaged."
  [files part fields]
  (let [^bytes content (with-open [file (.openForReading (files/folder files) (files/file-name files part))] (bytes-of file))
        length (- (alength content) Long/BYTES)]
    (when-not (and (nat-int? length)
                   (= (crc (Arrays/copyOf content (int length))) (.getLong (ByteBuffer/wrap content) length)))
      (throw (IOException. (str "the file " part " of a bitmap view is damaged"))))
    (chunk/decode (Arrays/copyOf content (int length)) fields)))

(defn delete! [files parts]
  (files/delete! files (map #(files/file-name files %) parts)))
