(ns flumelog.codec.nippy
  "Values in nippy's binary form. Data of Clojure and of java.util, java.time and so on need nothing further. Records
   and deftypes are made only when their class is named, since a file that somebody else wrote could name any class of
   the class path: see `codec-with`. Java's own serialization is never used.

   Needs com.taoensso/nippy."
  (:require [taoensso.nippy :as nippy])
  (:import (clojure.lang Compiler DynamicClassLoader RT)
           (flumelog.codec Codec)))

(set! *warn-on-reflection* true)

(defn- refuse-serializable
  "In place of nippy's list of Serializable classes. It throws where it would say no: nippy goes on with a placeholder
   otherwise, and the value would be lost without a word."
  [class-name]
  (throw (IllegalArgumentException.
           (str class-name " is neither data nor a type that nippy has a form for; Java serialization is not used"))))

(defn- not-allowed ^String [class-name]
  (str "its data names the class " class-name ", which is not allowed: open the log with :codec "
       "(flumelog.codec.nippy/codec-with {:classes #{\"" class-name "\"}}) if you trust the file"))

(defn- loader
  "A class loader that knows the allowed classes only. Nippy finds the classes of records and deftypes through the
   loader that Clojure uses, and has no list of its own for them. It catches exceptions there, not errors."
  [classes]
  (let [all (RT/baseLoader)]
    (proxy [DynamicClassLoader] [all]
      (loadClass
        ([^String class-name]
         (when-not (contains? classes class-name)
           (throw (NoClassDefFoundError. (not-allowed class-name))))
         (with-bindings {Compiler/LOADER all} (RT/classForName class-name)))
        ([^String class-name _]
         (.loadClass ^ClassLoader this class-name))))))

(def ^:private options {:serializable-allowlist refuse-serializable})

(defn- nippy-codec ^Codec [loader]
  (reify Codec
    (encode [_ value]
      (nippy/freeze value options))
    (decode [_ data]
      (try
        (with-bindings {Compiler/LOADER loader} (nippy/thaw data options))
        (catch NoClassDefFoundError e (throw (IllegalArgumentException. (ex-message e) e)))
        (catch clojure.lang.ExceptionInfo e (throw (or (ex-cause e) e)))))
    (codecName [_] ":nippy")))

(defn codec-with
  "A nippy codec that also makes instances of `:classes`, a set of records and deftypes or of the names of their classes.

     (defrecord Event [n])
     (with-open [log (flumelog.core/open \"a.log\" {:codec (codec-with {:classes #{Event}})})]
       (flumelog.core/append! log (->Event 1))
       (:n (first log)))   ;=> 1"
  ^Codec [{:keys [classes]}]
  (nippy-codec (loader (into #{} (map #(if (class? %) (.getName ^Class %) (str %))) classes))))

(def ^Codec codec
  "The codec that `:codec :nippy` names: data only, no records or deftypes.

     (.decode codec (.encode codec {:n 1/3}))   ;=> {:n 1/3}"
  (codec-with {}))
