(ns ^:no-doc flumelog.cli.append
  "The verb append: appends lines of standard input as records."
  (:require [clojure.string :as str]
            [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.core :as log]
            [flumelog.options :as options])
  (:import (flumelog.codec Codec Codecs)
           (flumelog.error CommandFailures LogException)
           (java.io BufferedReader InputStreamReader)
           (java.nio.charset CharacterCodingException CodingErrorAction StandardCharsets)
           (java.util HexFormat)))

(set! *warn-on-reflection* true)

;; From a line to a value

(defn- form
  "What a line is: the one that was asked for, or that in which `cat` prints values of the codec."
  [options codec]
  (or (some #(when (options %) %) [:edn :json :text :hex]) (output/form {} codec)))

(defn- parser
  "A function from a line to a value."
  [form]
  (case form
    :text identity
    :hex  (fn [^String line] (.parseHex (HexFormat/of) line))
    (let [codec (options/->codec form)]
      (fn [^String line] (.decode codec (Codecs/utf8 line))))))

(defn- value [parse form line-number line]
  (try (parse line)
       (catch Exception e (throw (CommandFailures/badLine line-number (name form) (ex-message e))))))

;; Standard input

(defn- standard-input ^BufferedReader []
  (BufferedReader. (InputStreamReader. System/in (-> (.newDecoder StandardCharsets/UTF_8)
                                                     (.onMalformedInput CodingErrorAction/REPORT)
                                                     (.onUnmappableCharacter CodingErrorAction/REPORT)))))

(defn- next-line [^BufferedReader in line-number]
  (try (.readLine in)
       (catch CharacterCodingException _ (throw (CommandFailures/badLine line-number "UTF-8" "its bytes are no text")))))

(def ^:private batch-lines "At most so many lines are appended at once." 1024)

(defn- batch
  "The lines that have come, as [number line], after waiting for the first; empty at the end."
  [^BufferedReader in ^long line-number]
  (loop [lines [], n line-number]
    (if (and (seq lines) (or (= batch-lines (count lines)) (not (.ready in))))
      lines
      (if-let [line (next-line in n)]
        (recur (conj lines [n line]) (inc n))
        lines))))

;; Appending

(defn- print-offsets! [offsets]
  (run! #(output/write-line! nil (str %)) offsets)
  (output/flush!))

(defn- append-values!
  "Appends the values of the lines in front of one that is none, whose failure is thrown then."
  [log ->value lines]
  (let [[values failure] (reduce (fn [[values _] [n line]]
                                   (try [(conj values (->value n line)) nil]
                                        (catch LogException e (reduced [values e]))))
                                 [[] nil] lines)]
    (print-offsets! (log/append-all! log values))
    (when failure (throw failure))))

(defn- append-lines! [log ->value]
  (let [in (standard-input)]
    (loop [line-number 1, any? false]
      (let [lines (batch in line-number), filled (remove (comp str/blank? second) lines)]
        (append-values! log ->value filled)
        (if (seq lines)
          (recur (+ line-number (count lines)) (or any? (boolean (seq filled))))
          (if any? 0 1))))))

(defn run [{:keys [log] :as options}]
  (let [codec (opening/codec-to-append log options)]
    (with-open [log (opening/opened #(log/open log {:codec codec, :progress %}))]
      (let [form (form options codec), parse (parser form)]
        (append-lines! log #(value parse form %1 %2))))))
