(ns flumelog.codec.edn
  "Values as EDN text in UTF-8, the default codec.

   The text is read as `clojure.edn` reads it, so nothing is ever evaluated. A record has exactly one form; anything behind it is an
   error. Tags other than `#inst` and `#uuid` need readers: see `codec-with`. A value that would not be read back equal
   is refused when it is appended: see doc/adr/0010. Values of types that EDN does not know are written by
   `print-method`."
  (:require [clojure.edn :as edn])
  (:import (clojure.lang IRecord)
           (flumelog.codec Codec Codecs Looks SliceCodec)
           (flumelog.log OptionMap)
           (flumelog.value BoundedText EdnWriter PlainEdnReader Same)
           (java.io PushbackReader StringReader)))

(set! *warn-on-reflection* true)

(def ^:private print-record
  "The way Clojure prints a record that has no `print-method` of its own."
  (get-method print-method IRecord))

(defn ^:no-doc print-other
  "Writes a value for which the EdnWriter has no form. The caller's `*print-...*` settings have no effect."
  [^EdnWriter writer value]
  (if (and (record? value) (identical? print-record (get-method print-method (type value))))
    (.tagged writer (.getName (class value)) (into {} value))
    (binding [*print-length* nil, *print-level* nil, *print-meta* false, *print-dup* false, *print-readably* true
              *print-namespace-maps* false, *flush-on-newline* false]
      (print-method value (.text writer)))))

(defn- read-any
  "What `clojure.edn` reads."
  [options ^String text]
  (let [in (PushbackReader. (StringReader. text))
        value (edn/read options in)
        end (Object.)]
    (if (identical? end (edn/read (assoc options :eof end) in))
      value
      (throw (IllegalArgumentException. "it holds more than one form")))))

PlainEdnReader/NOT_PLAIN ; loads all that the class needs, since a first read may find no file descriptor for that

(defn- read-one
  "What `clojure.edn` reads. Most texts are plain, and are read faster. Readers of tags are for `clojure.edn` to call."
  [options text]
  (let [value (PlainEdnReader/read text (when-not (:readers options) default-data-readers))]
    (if (identical? PlainEdnReader/NOT_PLAIN value) (read-any options text) value)))

(defn- read-text
  "Reads the text as EDN. An object of JSON is refused, although some of them are also EDN by chance."
  [options ^String text]
  (when (Looks/isObjectOfJson text)
    (throw (IllegalArgumentException. "its text is an object of JSON")))
  (read-one options text))

(defn- read-bytes [options ^bytes bytes from length]
  (when (Looks/isNippy bytes from length)
    (throw (IllegalArgumentException. "its data begins as nippy's does")))
  (read-text options (Codecs/string bytes from length)))

(defn- check-read-back
  "Reads the text back and throws when it does not give an equal value. Needed when the EdnWriter can't be sure of
   that."
  [options value ^BoundedText text]
  (let [text (str text)
        back (try
               (read-text options text)
               (catch Exception e
                 (throw (IllegalArgumentException.
                          (str "EDN can't read back " (subs text 0 (min 80 (count text))) " (" (ex-message e) ")") e))))]
    (when-let [difference (Same/difference true value back)]
      (throw (IllegalArgumentException. (str "EDN would not give it back equal: " difference))))))

(defn- write ^bytes [options value max-bytes]
  (let [text (BoundedText. max-bytes)
        writer (.write (EdnWriter. text print-other) value)]
    (when-not (.isKnown writer) (check-read-back options value text))
    (.utf8 text)))

(defn- edn-codec ^Codec [options]
  (reify SliceCodec
    (encode [_ value] (write options value Integer/MAX_VALUE))
    (encode [_ value max-bytes] (write options value max-bytes))
    (decode [_ bytes from length] (read-bytes options bytes from length))
    (codecName [_] ":edn")))

(defn codec-with
  "An EDN codec with `:readers` (tag symbol -> function) and `:default` (function of tag and value), as
   `clojure.edn/read` takes them.

     (with-open [log (flumelog.core/open \"a.log\" {:codec (codec-with {:default tagged-literal})})]
       (flumelog.core/append! log (tagged-literal 'my/tag 1))
       (first log))   ;=> #my/tag 1"
  ^Codec [{:keys [readers default] :as options}]
  (OptionMap/check options [":readers" ":default"])
  (edn-codec (cond-> {} readers (assoc :readers readers) default (assoc :default default))))

(def ^Codec codec
  "The codec that `:codec :edn` names.

     (String. (.encode codec {:n 1}))   ;=> \"{:n 1}\""
  (edn-codec {}))
