(ns ^:no-doc flumelog.options
  "Converts what users pass, options, codecs and paths, to what the Java core takes."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.arguments :refer [refuse]]
            [flumelog.facts :as facts])
  (:import (flumelog.codec Codec Codecs)
           (flumelog.coll LogCollection)
           (flumelog.error OptionFailures)
           (flumelog.log Cache LogOptions Progress Rewrite$Moved)
           (java.io File)
           (java.nio.file InvalidPathException Path)
           (java.util Map)))

(set! *warn-on-reflection* true)

(def ^:private libraries
  "The dependencies that each codec's namespace needs."
  {:nippy (str "com.taoensso/nippy {:mvn/version \"3.1.3\"}, and in place of its org.lz4/lz4-java"
               " at.yawk.lz4/lz4-java {:mvn/version \"1.11.2\"}")
   :json  "com.fasterxml.jackson.core/jackson-core {:mvn/version \"2.22.3\"}"})

(defn- why-no-file
  "The error of opening a file that always exists, or nil. It shows that the process has no file descriptor left, in
   which case every namespace seems to be missing."
  ^java.io.IOException []
  (try (.close (java.io.FileInputStream. (if (.exists (File. "/dev/null")) "/dev/null" "nul"))) nil
       (catch java.io.IOException e e)))

(defn- library-missing?
  "Whether loading failed because a namespace or a class is not on the class path."
  [^Throwable e]
  (some #(or (instance? java.io.FileNotFoundException %) (instance? ClassNotFoundException %) (instance? NoClassDefFoundError %))
        (take-while some? (iterate ex-cause e))))

(defn- require-codec [codec]
  (try
    (deref (requiring-resolve (symbol (str "flumelog.codec." (name codec)) "codec")))
    (catch Throwable e
      (let [reason (why-no-file)]
        (throw (cond reason (OptionFailures/cannotLoad ":codec" codec reason)
                     (and (libraries codec) (library-missing? e))
                     (OptionFailures/missingLibrary ":codec" codec (libraries codec) e)
                     :else e))))))

(defn- load-codec
  "Loads the codec's namespace. The first load of a namespace clears the interrupted status of the thread, so it is set
   again afterwards."
  ^Codec [codec]
  (let [interrupted? (Thread/interrupted)]
    (try
      (require-codec codec)
      (finally (when interrupted? (.interrupt (Thread/currentThread)))))))

(defn- function-codec ^Codec [{:keys [encode decode]}]
  (reify Codec
    (encode [_ value] (encode value))
    (decode [_ data] (decode data))
    (codecName [_] "what its :decode function reads")))

(defn- colonless [^String text]
  (if (str/starts-with? text ":") (subs text 1) text))

(defn ->codec
  "The Codec for a value of the option `:codec`."
  ^Codec [codec]
  (cond
    (and (string? codec) (not= "" codec)) (->codec (keyword (colonless codec)))
    (instance? Codec codec) codec
    (#{:edn :nippy :json} codec) (load-codec codec)
    (= :utf8 codec) Codecs/UTF8
    (= :bytes codec) Codecs/BYTES
    (and (map? codec) (ifn? (:encode codec)) (ifn? (:decode codec))) (function-codec codec)
    :else (throw (OptionFailures/badOption
                   ":codec" codec
                   ":edn, :nippy, :json, :utf8, :bytes, a flumelog.codec.Codec, or {:encode f :decode g}"))))

(defn- ->progress [f]
  (if (ifn? f)
    (reify Progress (at [_ report] (f (facts/progress report))))
    f))                                   ; nil, or a value that LogOptions refuses

(defn- ->cache [{:keys [get set] :as cache}]
  (if (and (map? cache) (ifn? get) (ifn? set))
    (reify Cache
      (get [_ key] (get key))
      (set [_ key block] (set key block)))
    cache))                               ; one that is a Cache, nil, or what LogOptions refuses

(defn ->moved
  "The Moved for a function of the old and the new offset. For nil it is one that does nothing."
  ^Rewrite$Moved [f]
  (cond
    (nil? f) Rewrite$Moved/NONE
    (ifn? f) (reify Rewrite$Moved (record [_ from to] (f from to)))
    :else    (throw (OptionFailures/badOption ":moved" f "a function of the old and the new offset"))))

(defn- option-key [k]
  (cond
    (string? k) (keyword (colonless k))
    (symbol? k) (keyword k)
    :else k))

(defn ->options
  "The options, which must be a map or nil. Keys that are strings, as in JSON, or symbols become keywords."
  ^Map [options]
  (cond
    (nil? options) nil
    (not (map? options)) (refuse "options" options "a map")
    (every? keyword? (keys options)) options
    :else (let [named (into {} (map (fn [[k v]] [(option-key k) v])) options)]
            (if (= (count named) (count options))
              named
              (refuse "options" options "a map that gives each option once")))))

(defn- ->protect
  "The Protection for a map with a key; any other value is for LogOptions to read or to refuse."
  [protect]
  (if (map? protect)
    ((requiring-resolve 'flumelog.protection/protection) (->options protect))
    protect))

(defn with-codec-and-protection
  "The options, a map or nil, with the Codec for `:codec` and the Protection for `:protect`."
  [{:keys [codec protect] :as options}]
  (assoc options :codec (->codec (if (nil? codec) :edn codec)) :protect (->protect protect)))

(defn log-options
  "The LogOptions for a map of options. `others` are further keys that the caller allows, such as \":moved\"."
  (^LogOptions [options] (log-options options [":mixed-codecs"]))
  (^LogOptions [options others]
   (let [{:keys [progress cache] :as options} (->options options)]
     (LogOptions/of (assoc (with-codec-and-protection options) :progress (->progress progress) :cache (->cache cache)) others))))

(defn mixed-codecs?
  "The option `:mixed-codecs`, which is checked."
  [options]
  (let [mixed (:mixed-codecs options)]
    (when-not (or (nil? mixed) (boolean? mixed))
      (throw (OptionFailures/badOption ":mixed-codecs" mixed "true or false")))
    (true? mixed)))

(defn open-with
  "Opens a log: `back-end`, a function, makes a Log of the LogOptions, and the result is the collection over that Log."
  ^LogCollection [options back-end]
  (let [options (->options options), checked (log-options options), mixed? (mixed-codecs? options)]
    (LogCollection. (back-end checked) (.codec checked) mixed? (.maxRecordBytes checked))))

(defn ->path
  "A Path from a string, a File or a Path."
  ^Path [path]
  (cond
    (instance? Path path) path
    (and (string? path) (str/starts-with? path "kafka://"))   ; else a folder of that name would be made
    (refuse "path" path "the path of a file: a log in a topic is opened by flumelog.kafka/open")
    (or (instance? File path) (and (string? path) (not= "" path)))
    (try
      (.toPath (io/file path))
      (catch InvalidPathException e
        (refuse "path" path (str "a path of this file system (" (ex-message e) ")"))))
    :else (refuse "path" path "a string that is not empty, a java.io.File or a java.nio.file.Path")))
