(ns ^:no-doc flumelog.options
  "From what users write to what the Java core takes: options, codecs and paths."
  (:require [clojure.java.io :as io])
  (:import (flumelog.codec Codec Codecs)
           (flumelog.error LogException)
           (flumelog.frame Progress)
           (flumelog.log LogOptions Rewrite$Moved)
           (java.io File)
           (java.nio.file InvalidPathException Path)
           (java.util Map)))

(set! *warn-on-reflection* true)

(def ^:private libraries
  "The dependency that the namespace of a codec needs."
  {:nippy "com.taoensso/nippy {:mvn/version \"3.1.3\"}"
   :json  "org.clojure/data.json {:mvn/version \"2.5.1\"}"})

(defn- load-codec ^Codec [codec]
  (try
    (deref (requiring-resolve (symbol (str "flumelog.codec." (name codec)) "codec")))
    (catch java.io.FileNotFoundException e
      (throw (LogException/missingLibrary ":codec" codec (libraries codec) e)))))

(defn- function-codec ^Codec [{:keys [encode decode]}]
  (reify Codec
    (encode [_ value] (encode value))
    (decode [_ data] (decode data))
    (codecName [_] "what its :decode function reads")))

(defn ->codec
  "The Codec that a value of the option `:codec` names."
  ^Codec [codec]
  (cond
    (instance? Codec codec) codec
    (#{:edn :nippy :json} codec) (load-codec codec)
    (= :utf8 codec) Codecs/UTF8
    (= :bytes codec) Codecs/BYTES
    (and (map? codec) (ifn? (:encode codec)) (ifn? (:decode codec))) (function-codec codec)
    :else (throw (LogException/badOption
                   ":codec" (pr-str codec)
                   ":edn, :nippy, :json, :utf8, :bytes, a flumelog.codec.Codec, or {:encode f :decode g}"))))

(defn- ->progress [f]
  (if (ifn? f)
    (reify Progress (at [_ position size] (f {:position position :size size})))
    f))                                   ; nil, or what LogOptions refuses

(defn ->moved
  "A Moved from a function of the old and the new offset, or nil."
  ^Rewrite$Moved [f]
  (cond
    (nil? f) Rewrite$Moved/NONE
    (ifn? f) (reify Rewrite$Moved (record [_ from to] (f from to)))
    :else    (throw (LogException/badOption ":moved" (pr-str f) "a function of the old and the new offset"))))

(defn ->options
  "The options, when they are a map or nil."
  ^Map [options]
  (if (or (nil? options) (map? options))
    options
    (throw (LogException/badArgument "options" options "a map"))))

(defn log-options
  "The LogOptions that a map of options stands for; `others` are keys of the caller's own, as \":moved\"."
  (^LogOptions [options] (log-options options []))
  (^LogOptions [options others]
   (LogOptions/of (assoc (->options options)
                         :codec (->codec (if (nil? (:codec options)) :edn (:codec options)))
                         :progress (->progress (get options :progress)))
                  others)))

(defn ->path
  "A Path from a string, a File or a Path."
  ^Path [path]
  (cond
    (instance? Path path) path
    (or (instance? File path) (and (string? path) (not= "" path)))
    (try
      (.toPath (io/file path))
      (catch InvalidPathException e
        (throw (LogException/badArgument "path" path (str "a path of this file system (" (ex-message e) ")")))))
    :else (throw (LogException/badArgument "path" path "a string that is not empty, a java.io.File or a java.nio.file.Path"))))
