(ns ^:no-doc flumelog.cli.records
  "Prints records by their values, for flumelog.cli.Lines and for verbs that choose records themselves.

   * `line-fn`: what is printed of a record
   * `print-all`: prints records, and returns the exit code"
  (:require [clojure.edn :as edn]
            [flumelog.arguments :refer [refuse]]
            [flumelog.cli.output :as output]
            [flumelog.options :as options]
            [flumelog.where :as where])
  (:import (flumelog.cli OwnText Printer)
           (flumelog.codec Codec Looks)
           (flumelog.coll LogCollection)
           (flumelog.error CodecFailure RecordFailures)))

(set! *warn-on-reflection* true)

(defn- query [where]
  (where/predicate (try (edn/read-string where)
                        (catch RuntimeException e (refuse "--where" where (str "a query in EDN (" (ex-message e) ")"))))))

(defn- decode [path ^Codec codec offset ^bytes data]
  (try (.decode codec data)
       (catch Throwable e                                   ; data that is nested too deeply overflows the stack
         (CodecFailure/throwUnlessOfRecord path e)
         (throw (RecordFailures/decode path offset (.codecName codec) (Looks/like data) e)))))

(defn- written [path offset form value]
  (try (output/text form value)
       (catch Exception e (throw (RecordFailures/decode path offset (str form) nil e)))))

(defn line-fn
  "A function of an offset and data, which gives the line to print, text or bytes, or nil where the record does not match. The
   codec is a Codec or its name, `where` a query in EDN or nil."
  [path codec form where]
  (let [codec (options/->codec codec), matches? (some-> where query), own (when (= form (keyword (subs (.codecName codec) 1))) (.codecName codec))]
    (fn [offset data]
      (let [value (decode path codec offset data)]
        (when (or (nil? matches?) (matches? value))
          (cond
            (= :raw form) data
            (= :hex form) (output/hex data)
            (and own (OwnText/is own data)) data
            :else (written path offset form value)))))))

(defn print-all
  "Prints the records, a reducible of entries of an offset and data, as the options say. Returns the exit code: 1 when nothing was
   printed, 4 when records could not be decoded."
  [^LogCollection log records options]
  (let [printer (Printer/of (.log log) (update-keys options name))
        step (fn [^Printer printer [offset data]]
               (.print printer offset data)
               (if (.isDone printer) (reduced printer) printer))]
    (when-not (.isDone printer) (reduce step printer records))
    (.finish printer)))
