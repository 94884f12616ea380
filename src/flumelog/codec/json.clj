(ns flumelog.codec.json
  "Values as compact JSON in UTF-8, as JavaScript's `JSON.stringify` writes it but for doubles (1.0 and 1.0E21 here, the
   same numbers to JavaScript); reads compact and indented JSON. The keys of objects become keywords.

   Needs org.clojure/data.json."
  (:require [clojure.data.json :as json])
  (:import (flumelog.codec Codec Codecs SliceCodec)))

(set! *warn-on-reflection* true)

(defn- key-text
  "A key as text: a keyword with its namespace, and whatever else as str gives it."
  [k]
  (if (keyword? k) (subs (str k) 1) (str k)))

(defn- write-text ^String [value]
  (json/write-str value :key-fn key-text :escape-unicode false :escape-slash false :escape-js-separators false))

(defn- only-space
  "What may stand behind the value."
  [value rest]
  (if (re-matches #"\s*" (slurp rest))
    value
    (throw (IllegalArgumentException. "it holds more than one value"))))

(defn- json-codec ^Codec [key-fn]
  (reify SliceCodec
    (encode [_ value] (Codecs/utf8 (write-text value)))
    (decode [_ bytes from length]
      (json/read-str (Codecs/string bytes from length) :key-fn key-fn :extra-data-fn only-space))
    (codecName [_] ":json")))

(defn codec-with
  "A JSON codec whose `:key-fn` makes the keys of objects from strings: `identity` keeps them strings.

     (with-open [log (flumelog.core/open \"a.log\" {:codec (codec-with {:key-fn identity})})]
       (flumelog.core/append! log {:n 1})
       (first log))   ;=> {\"n\" 1}"
  ^Codec [{:keys [key-fn] :or {key-fn keyword}}]
  (json-codec key-fn))

(def ^Codec codec
  "The codec that `:codec :json` names.

     (.decode codec (.encode codec {:n [1 nil]}))   ;=> {:n [1 nil]}"
  (codec-with {}))
