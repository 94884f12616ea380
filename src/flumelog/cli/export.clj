(ns ^:no-doc flumelog.cli.export
  "The verb export: writes records as lines of JSON or EDN, which import reads."
  (:require [flumelog.cli.job :as job :refer [many size]]
            [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.core :as log]
            [flumelog.options :refer [->path]]
            [flumelog.arguments :refer [refuse]])
  (:import (flumelog.codec Codec Codecs)
           (flumelog.error RecordFailures)
           (java.io BufferedOutputStream FileDescriptor FileOutputStream OutputStream)
           (java.lang ProcessHandle)
           (java.nio.channels FileChannel)
           (java.nio.file CopyOption Files LinkOption OpenOption Path StandardCopyOption StandardOpenOption)))

(set! *warn-on-reflection* true)

;; Lines

(defn- line-fn
  "A function of an offset and a value, which gives the line."
  [{:keys [edn json offsets]} ^Codec codec]
  (if (or json (and (not edn) (= ":json" (.codecName codec))))
    (if offsets #(output/json (array-map "offset" %1 "value" %2)) #(output/json %2))
    (if offsets #(output/edn [%1 %2]) #(output/edn %2))))

(defn- decode [path ^Codec codec offset data]
  (try (.decode codec data)
       (catch Exception e (throw (RecordFailures/decode path offset (.codecName codec) nil e)))))

(defn- text ^String [path line offset value]
  (try (line offset value)
       (catch IllegalArgumentException e
         (throw (RecordFailures/encode (str "the export of the record at offset " offset " in " path) e)))))

(defn- write-all
  "Writes the records to the stream. Returns the number of records, and that of bytes."
  [l {:keys [log] :as options} ^OutputStream out progress]
  (let [codec (opening/codec l options), line (line-fn options codec), {:keys [end since]} (log/info l)
        tell! (job/teller progress :exporting (if end :bytes :offsets)), end (or end (inc (long since)))]
    (reduce (fn [{:keys [records bytes]} [offset data]]
              (tell! offset end)
              (let [^bytes line (Codecs/utf8 (text log line offset (decode log codec offset data)))]
                (.write out line)
                (.write out 10)
                {:records (inc (long records)), :bytes (+ (long bytes) (alength line) 1)}))
            {:records 0, :bytes 0}
            (log/entries l (select-keys options [:gt :gte :lt :lte :limit])))))

;; To a file, or to standard output

(defn- to-stream [^OutputStream out write]
  (let [out (BufferedOutputStream. out 65536)
        ended (atom false)]
    (try (let [written (write out)] (reset! ended true) (.flush out) written)
         (finally (when-not @ended (try (.flush out) (catch java.io.IOException _)))))))

(def ^:private ^"[Ljava.nio.file.LinkOption;" no-links (make-array LinkOption 0))

(defn- check-free [^Path file]
  (when (Files/exists file no-links) (refuse "FILE" (str file) "a path where no file is yet")))

(defn- to-new-file
  "Writes a file that gets its name when all of it is on disk."
  [^Path file write]
  (check-free file)
  (let [part (.resolveSibling file (str (.getFileName file) ".part-" (.pid (ProcessHandle/current))))]
    (try
      (with-open [out (Files/newOutputStream part (into-array OpenOption [StandardOpenOption/CREATE_NEW StandardOpenOption/WRITE]))]
        (let [written (to-stream out write)]
          (with-open [channel (FileChannel/open part (into-array OpenOption [StandardOpenOption/WRITE]))]
            (.force channel true))
          (check-free file)
          (Files/move part file (into-array CopyOption [StandardCopyOption/ATOMIC_MOVE]))
          written))
      (finally (Files/deleteIfExists part)))))

(defn run [{:keys [file] :as options}]
  (let [file (when-not (= "-" file) file), write #(fn [out] (write-all %1 options out %2))]
    (opening/reading options
      (fn [l]
        (job/run (fn [progress]
                   (if file
                     (to-new-file (->path file) (write l progress))
                     (to-stream (FileOutputStream. FileDescriptor/out) (write l progress))))
                 {:done (fn [{:keys [records bytes]}]
                          {:said ["wrote " (many records "record") " in " (size bytes) (when file (str " to " file))], :exit (if (zero? (long records)) 1 0)})
                  :stopped (constantly (if file (str "there is no " file) "the lines up to there are written"))})))))
