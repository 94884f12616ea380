(ns ^:no-doc flumelog.cli.lines
  "Reads records from lines of text, or from a log.bipf.

   * `form`: which of the two it is, and what the lines are
   * `records`: a reducible of records, each `{:value :old :place}`; it counts what it has read"
  (:require [clojure.string :as str]
            [flumelog.arguments :refer [refuse]]
            [flumelog.cli.bipf :as bipf]
            [flumelog.cli.job :as job]
            [flumelog.codec.edn :as edn])
  (:import (flumelog.codec Codec)
           (java.io BufferedReader File FileInputStream InputStream InputStreamReader)
           (java.nio.charset CharacterCodingException CodingErrorAction StandardCharsets)
           (java.util HexFormat)))

(set! *warn-on-reflection* true)

(defn form
  "`:edn`, `:json` or `:bipf`: as it was asked for, or else by the end of the file's name, or the codec of the log; nil when nothing
   tells it."
  [{:keys [file codec] :as options} codec-of-log]
  (let [end (some->> file (re-find #"\.(\w+)$") second str/lower-case)]
    (or (some #(when (options %) %) [:edn :json :bipf])
        ({"edn" :edn, "json" :json, "jsonl" :json, "ndjson" :json, "bipf" :bipf} end)
        (#{:edn :json} (keyword codec))
        (#{:edn :json} codec-of-log))))

(def ^:private edn-codec
  (delay (edn/codec-with {:readers {'bytes #(.parseHex (HexFormat/of) ^String %)}, :default tagged-literal})))

(defn- codec ^Codec [form]
  (case form
    :edn @edn-codec
    :json @(requiring-resolve 'flumelog.codec.json/codec)))

(defn- parsed [form n ^String line]
  (try (.decode (codec form) (.getBytes line StandardCharsets/UTF_8))
       (catch Exception e
         (refuse (str "line " n) line (str (str/upper-case (name form)) " (" (ex-message e) ")")))))

(defn- with-offset
  "The value and the old offset in a line that export wrote with offsets."
  [form n line value]
  (cond
    (and (= :edn form) (vector? value) (= 2 (count value)) (int? (first value))) {:old (first value), :value (second value)}
    (and (= :json form) (map? value) (= #{:offset :value} (set (keys value)))) {:old (:offset value), :value (:value value)}
    :else (refuse (str "line " n) line "a value with its offset, as export --offsets writes it")))

(defn- reader ^BufferedReader [^InputStream in]
  (BufferedReader. (InputStreamReader. in (-> (.newDecoder StandardCharsets/UTF_8)
                                             (.onMalformedInput CodingErrorAction/REPORT)
                                             (.onUnmappableCharacter CodingErrorAction/REPORT)))
                   65536))

(defn- next-line [^BufferedReader in n]
  (try (job/waiting #(.readLine in))
       (catch CharacterCodingException _ (refuse (str "line " n) "other bytes" "text in UTF-8"))))

(defn- reduce-lines [{:keys [offsets skip]} form ^BufferedReader in place f init]
  (loop [acc init, n 1]
    (let [line (when-not (reduced? acc) (next-line in n))]
      (cond
        (reduced? acc) @acc
        (nil? line) acc
        (or (<= n (long (or skip 0))) (str/blank? line)) (recur acc (inc n))
        :else (let [value (parsed form n line)
                    record (if offsets (with-offset form n line value) {:value value})]
                (recur (f acc (assoc record :place n :at (place) :more (.ready in))) (inc n)))))))

(defn- reduce-text [{:keys [file] :as options} form f init]
  (if file
    (with-open [in (FileInputStream. ^String file)]
      (reduce-lines options form (reader in) (if (.isFile (File. ^String file)) #(.position (.getChannel in)) (constantly nil)) f init))
    (reduce-lines options form (reader System/in) (constantly nil) f init)))

(defn records
  "A reducible of records: `:value`; `:old`, the offset that the record had, where it is known; `:place`, the number of the line,
   or the old offset in a log.bipf; `:at`, how many bytes of a file were read; `:more`, whether the next one can be read without waiting. `damaged` is called with the number of bytes of each part of a
   log.bipf that can't be read."
  [{:keys [file skip] :as options} form damaged]
  (reify clojure.lang.IReduceInit
    (reduce [_ f init]
      (if (= :bipf form)
        (bipf/reduce-file file (long (or skip -1)) damaged f init)
        (reduce-text options form f init)))))
