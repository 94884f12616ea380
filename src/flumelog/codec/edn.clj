(ns flumelog.codec.edn
  "Values as EDN text in UTF-8, the default codec.

   Reading is `clojure.edn`: it never evaluates anything. A record holds exactly one form; anything behind it is an
   error. Tags other than `#inst` and `#uuid` need readers, see `codec-with`."
  (:require [clojure.edn :as edn])
  (:import (flumelog.codec Codec Codecs SliceCodec)
           (flumelog.error LogException)
           (java.io PushbackReader StringReader)
           (java.util Collection Map)))

(set! *warn-on-reflection* true)

(defn- print-text
  "The value as `pr` prints it, whatever the printer of the calling thread is set to."
  ^String [value]
  (binding [*print-length* nil, *print-level* nil, *print-meta* false, *print-dup* false, *print-readably* true
            *print-namespace-maps* false]
    (pr-str value)))

(defn- read-text [options ^String text]
  (let [in (PushbackReader. (StringReader. text))
        value (edn/read options in)
        end (Object.)]
    (if (identical? end (edn/read (assoc options :eof end) in))
      value
      (throw (IllegalArgumentException. "it holds more than one form")))))

(defn- plain? [^String name]
  (let [n (.length name)]
    (and (pos? n)
         (Character/isLetter (.charAt name 0))
         (loop [i 1]
           (or (= i n)
               (let [c (.charAt name i)]
                 (and (or (Character/isLetterOrDigit c) (= c \-) (= c \_) (= c \.)) (recur (inc i)))))))))

(defn- reads-back?
  "Reading tells, which takes a while; so the usual keywords are known by their letters."
  [ident]
  (or (and (keyword? ident) (plain? (name ident)) (or (nil? (namespace ident)) (plain? (namespace ident))))
      (= ident (try (read-text {} (str ident)) (catch Exception _ nil)))))

(defn- check-names
  "A keyword or symbol prints as its name, whatever that is: with a space in it, it would be read as something else."
  [value]
  (cond
    (ident? value) (when-not (reads-back? value)
                     (throw (IllegalArgumentException.
                              (str "EDN can't write the " (if (keyword? value) "keyword" "symbol") " named " (pr-str (str value))))))
    (instance? Map value) (reduce-kv (fn [_ k v] (check-names k) (check-names v)) nil value)
    (instance? Collection value) (run! check-names value)))

(defn- check-readable
  "What has no `#` in its text is made of forms that read back; the rest (`#object[...]`, a record, an unknown tag) is
   tried, so that nothing is appended that can't be read."
  [options ^String text]
  (when-not (neg? (.indexOf text "#"))
    (try
      (read-text options text)
      (catch Exception e
        (throw (IllegalArgumentException.
                 (str "EDN can't read back " (subs text 0 (min 80 (count text))) " (" (ex-message e) ")") e))))))

(defn- edn-codec ^Codec [options]
  (reify SliceCodec
    (encode [_ value]
      (let [text (print-text value)]
        (check-readable options text)
        (check-names value)
        (Codecs/utf8 text)))
    (decode [_ bytes from length]
      (read-text options (Codecs/string bytes from length)))
    (codecName [_] ":edn")))

(defn codec-with
  "An EDN codec with `:readers` (tag symbol -> function) and `:default` (function of tag and value), as
   `clojure.edn/read` takes them.

     (with-open [log (flumelog.core/open \"a.log\" {:codec (codec-with {:default tagged-literal})})]
       (flumelog.core/append! log (tagged-literal 'my/tag 1))
       (first log))   ;=> #my/tag 1"
  ^Codec [{:keys [readers default] :as options}]
  (when-let [unknown (seq (remove #{:readers :default} (keys options)))]
    (throw (LogException/badArgument "options" (vec unknown) "a map with :readers and :default only")))
  (edn-codec (cond-> {} readers (assoc :readers readers) default (assoc :default default))))

(def ^Codec codec
  "The codec that `:codec :edn` names.

     (String. (.encode codec {:n 1}))   ;=> \"{:n 1}\""
  (edn-codec {}))
