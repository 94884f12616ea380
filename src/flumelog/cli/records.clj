(ns ^:no-doc flumelog.cli.records
  "Prints records: decodes them, leaves out those that were not asked for, and counts.

   * `resolved`: the options with the codec that is to be used
   * `print-all`: prints records, and returns the exit code
   * `newest`: the last records that were asked for"
  (:require [clojure.edn :as edn]
            [flumelog.arguments :refer [refuse]]
            [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.where :as where])
  (:import (flumelog.codec Codec Looks)
           (flumelog.coll LogCollection)
           (flumelog.error LogException LogException$Kind RecordFailures)
           (java.nio.charset StandardCharsets)
           (java.util.regex PatternSyntaxException)))

(set! *warn-on-reflection* true)

;; The options

(defn- query [where]
  (where/predicate (try (edn/read-string where)
                        (catch RuntimeException e (refuse "--where" where (str "a query in EDN (" (ex-message e) ")"))))))

(defn- pattern [grep]
  (try (re-pattern grep)
       (catch PatternSyntaxException e (refuse "--grep" grep (str "a regular expression (" (.getDescription e) ")")))))

;; From a record to its line

(defn- decode [path ^Codec codec offset ^bytes data]
  (try (.decode codec data)
       (catch Exception e (throw (RecordFailures/decode path offset (.codecName codec) (Looks/like data) e)))))

(defn- as-text ^CharSequence [line]
  (if (bytes? line) (String. ^bytes line StandardCharsets/UTF_8) line))

(defn- line-fn
  "A function of an offset and data, which gives the line to print, text or bytes, or nil where the record was not asked for."
  [^LogCollection log codec {:keys [where grep] :as options}]
  (let [path (.path (.log log)), form (output/form options codec), matches? (some-> where query), pattern (some-> grep pattern)
        decoded? (or where (not (#{:raw :hex} form)))]
    (fn [offset data]
      (let [value (when decoded? (decode path codec offset data))]
        (when (or (nil? matches?) (matches? value))
          (let [line (case form :raw data, :hex (output/hex data), (output/text form value))]
            (when (or (nil? pattern) (re-find pattern (as-text line)))
              line)))))))

(defn resolved
  "The options with the Codec as `:codec`, where values have to be decoded."
  [log {:keys [raw hex where] :as options}]
  (if (or where (not (or raw hex)))
    (assoc options :codec (opening/codec log options))
    options))

(defn newest
  "The last `n` records that were asked for, the oldest first, and those that can't be decoded."
  [log records n options]
  (let [line (line-fn log (:codec options) options)
        asked? (fn [[offset data]] (try (line offset data) (catch LogException _ true)))]
    (into () (comp (filter asked?) (take n)) records)))

;; Printing

(defn- tell-undecodable [^long undecodable ^LogException first-failure]
  (when (< 1 undecodable) (output/say undecodable " records can't be decoded; the first:"))
  (output/say (ex-message first-failure)))

(defn- exit-code [{:keys [printed undecodable first-failure]}]
  (output/flush!)
  (cond
    first-failure    (do (tell-undecodable undecodable first-failure) 4)
    (= 0 printed)    1
    :else            0))

(defn- failed [counts ^LogException e]
  (if (= LogException$Kind/DECODE (.kind e))
    (-> counts (update :undecodable inc) (update :first-failure #(or % e)))
    (throw e)))

(defn print-all
  "Prints the records, a reducible of entries of an offset and data, as the options say, which are `resolved`, at most `:limit` of
   them. Calls `after-each` behind each line. Returns the exit code: 1 when nothing was printed, 4 when records could not be
   decoded."
  ([log records options] (print-all log records options (fn [])))
  ([log records {:keys [limit offsets codec] :as options} after-each]
   (let [line (line-fn log codec options)
         print! (fn [counts [offset data]]
                  (if-let [line (line offset data)]
                    (do (output/write-line! (when offsets offset) line)
                        (after-each)
                        (update counts :printed inc))
                    counts))
         limit (long (or limit Long/MAX_VALUE))
         done? #(<= limit (long (:printed %)))
         step (fn [counts record]
                (let [counts (try (print! counts record) (catch LogException e (failed counts e)))]
                  (if (done? counts) (reduced counts) counts)))
         none {:printed 0, :undecodable 0}]
     (exit-code (if (done? none) none (reduce step none records))))))
