(ns ^:no-doc flumelog.cli.opening
  "Opens logs for the verbs.

   * `opened`: opens a log, and shows how far that is where it takes long
   * `reading`: opens a log for a verb that reads, and says when it is damaged
   * `codec`: the codec that was asked for, or else the one that the records show; `codec-in`: the same, of a log that is not
     open; `codec-to-append`: the same, of a log that may be missing or empty"
  (:require [clojure.java.io :as io]
            [flumelog.cli.output :as output]
            [flumelog.core :as log]
            [flumelog.options :as options])
  (:import (flumelog.cli Damage FirstScan)
           (flumelog.codec Codec Codecs Looks)
           (flumelog.coll LogCollection)))

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
    (if (instance? Codec codec) codec (options/->codec codec))
    (let [samples (samples log), guessed (guess samples)]
      (when (seq samples) (output/say "the records look like " guessed "; --codec reads them with another"))
      (options/->codec guessed))))

(defn codec-in
  "As `codec`, of the log in a file that is not open."
  ^Codec [options]
  (if (:codec options)
    (codec nil options)
    (with-open [log (log/open (:log options) (assoc (select-keys options [:framing :offset-bits :progress]) :codec :bytes, :mode :read))]
      (codec log options))))

(defn opened
  "The log that `f` opens, a function of the option `:progress`. How far a long opening is, is shown."
  ^LogCollection [f]
  (with-open [shown (FirstScan.)] (f shown)))

(defn reading
  "Opens the log for reading, with records as bytes, and calls `f` with it. Returns the exit code: that of `f`, or that of damage,
   which is told."
  [options f]
  (with-open [log (opened #(log/open (:log options) {:codec :bytes, :mode :read, :progress %}))]
    (let [code (f log)]
      (if-let [damage (Damage/of (.log log))]
        (do (output/say damage) 4)
        code))))

(defn codec-to-append
  "As `codec-in`, of a log that may be missing or empty: then it is `:edn`, if none was asked for."
  ^Codec [path options]
  (cond
    (:codec options)        (codec nil options)
    (.exists (io/file path)) (with-open [log (opened #(log/open path {:codec :bytes, :mode :read, :progress %}))]
                               (if (neg? (long @(log/since log))) (codec nil {:codec :edn}) (codec log options)))
    :else                   (codec nil {:codec :edn})))
