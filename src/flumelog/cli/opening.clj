(ns ^:no-doc flumelog.cli.opening
  "Opens logs for the verbs.

   * `open`: opens the log in a file
   * `opened`: opens a log, and shows how far that is where it takes long
   * `reading`: opens a log for a verb that reads, and says when it is damaged
   * `place`: what functions of `flumelog.core` take as the log that was named
   * `writing`: opens a log for a verb that appends
   * `codec`: the codec that was asked for, or else the one that the records show; `codec-in`: the same, of a log that is not open"
  (:require [flumelog.cli.output :as output]
            [flumelog.options :as options])
  (:import (flumelog.cli Damage FirstScan Topics WhichCodec)
           (flumelog.codec Codec)
           (flumelog.coll LogCollection)
           (flumelog.log OffsetLog)))

(set! *warn-on-reflection* true)

;; Opening

(defn open
  "Opens the log in the file as `flumelog.core/open` does. Verbs that need no more of that namespace start sooner without it."
  ^LogCollection [path options]
  (options/open-with options #(OffsetLog/open (options/->path path) %)))

(defn- with-keys [f m]
  (into {} (map (fn [[k v]] [(f k) v])) m))

(defn place
  "What functions of `flumelog.core` take as the log with the name: its path, or the options of its topic."
  [log options]
  (if (Topics/isOne log)
    (with-keys keyword (Topics/options log (with-keys name options)))
    log))

(defn- open-given
  "Opens the log that was given, in a file or in a topic."
  ^LogCollection [{:keys [log] :as given} options]
  (if (Topics/isOne log)
    ((requiring-resolve 'flumelog.topics/open) (place log given) (dissoc options :progress))
    (open log options)))

;; Which codec

(defn codec
  "The Codec that `--codec` names, or else the one that the first and last records show, which is told on standard error."
  ^Codec [log {:keys [codec]}]
  (if codec
    (if (instance? Codec codec) codec (options/->codec codec))
    (options/->codec (WhichCodec/guess (.log ^LogCollection log)))))

(defn codec-in
  "As `codec`, of the log in a file that is not open."
  ^Codec [options]
  (if (:codec options)
    (codec nil options)
    (with-open [log (open-given options (assoc (select-keys options [:framing :offset-bits :protect :progress]) :codec :bytes, :mode :read))]
      (codec log options))))

(defn opened
  "The log that `f` opens, a function of the option `:progress`. How far a long opening is, is shown."
  ^LogCollection [f]
  (with-open [shown (FirstScan.)] (f shown)))

(defn reading
  "Opens the log for reading, with records as bytes, and calls `f` with it. Returns the exit code: that of `f`, or that of damage,
   which is told."
  [options f]
  (with-open [log (opened #(open-given options {:codec :bytes, :mode :read, :protect (:protect options), :progress %}))]
    (let [code (f log)]
      (if-let [damage (Damage/of (.log log))]
        (do (output/say damage) 4)
        code))))

(defn writing
  "Opens the log for appending, with the format that was given."
  ^LogCollection [options codec]
  (open-given options (assoc (select-keys options [:framing :offset-bits :max-record-bytes :protect :progress]) :codec codec)))
