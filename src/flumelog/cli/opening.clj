(ns ^:no-doc flumelog.cli.opening
  "Opens logs for the verbs.

   * `reading`: opens a log for a verb that reads, and says when it is damaged
   * `codec`: the codec that was asked for, or else the one that the records show; `codec-in` opens the log for that"
  (:require [flumelog.cli.output :as output]
            [flumelog.core :as log]
            [flumelog.options :as options])
  (:import (flumelog.codec Codec Codecs Looks)))

(set! *warn-on-reflection* true)

;; Which codec

(def ^:private looked-at "How many records at each end of the log show the codec." 4)

(defn- samples [log]
  (concat (into [] (log/values log {:limit looked-at}))
          (into [] (log/values log {:limit looked-at, :reverse true}))))

(defn- text? [^bytes data]
  (try (string? (Codecs/string data 0 (alength data)))
       (catch java.nio.charset.CharacterCodingException _ false)))

(defn- guess
  "The codec that most of the samples look like. Where none is clear: `:edn` for numbers and the like, which EDN and JSON write
   alike, `:utf8` for other text, or `:bytes`."
  [samples]
  (let [likes (keep #(Looks/like %) samples)]
    (cond
      (seq likes) (key (apply max-key val (frequencies likes)))
      (every? #(Looks/isEither %) samples) ":edn"
      (every? text? samples) ":utf8"
      :else ":bytes")))

(defn codec
  "The Codec that `--codec` names, or else the one that the first and last records show, which is told on standard error."
  ^Codec [log {:keys [codec]}]
  (if codec
    (options/->codec codec)
    (let [guessed (guess (samples log))]
      (output/say "the records look like " guessed "; --codec reads them with another")
      (options/->codec guessed))))

(defn codec-in
  "As `codec`, of the log in a file that is not open."
  ^Codec [options]
  (if (:codec options)
    (codec nil options)
    (with-open [log (log/open (:log options) (assoc (select-keys options [:framing :offset-bits :progress]) :codec :bytes, :mode :read))]
      (codec log options))))

;; Damage

(defn- damage
  "What is wrong with the end of the log, in a sentence, or nil."
  [log]
  (let [{:keys [tail damage end next-good]} (log/recovery log)]
    (when (= :corrupt tail)
      (str "the file is damaged at position " end " (" damage "), and only what is before it was read"
           (when next-good (str "; the next whole record is at " next-good)) ". flumelog verify says more, flumelog salvage copies what is whole"))))

(defn reading
  "Opens the log for reading, with records as bytes, and calls `f` with it. Returns the exit code: that of `f`, or that of damage,
   which is told."
  [options f]
  (with-open [log (log/open (:log options) {:codec :bytes, :mode :read})]
    (let [code (f log)]
      (if-let [damage (damage log)]
        (do (output/say damage) 4)
        code))))
