(ns flumelog.original
  "Compares flumelog with the original, flumelog-offset 3.4.4 under Node (flumelog.peer): makes the same calls to both,
   and gives their answers the same shape.

   * `with-original`: a folder for a test, which is skipped if the original can't be run
   * `theirs`, `their-answer`, `their-reading`, `their-cuts`, `they-write!`; `open-theirs!`, `close-theirs!`, `ask`
   * `our-value`, `our-reading`, `we-write!`; `reading`: the expected result of reading
   * `four-records`, `our-stream`, `their-stream`: a log to stream from; `original-agrees?`
   * `bytes-of`, `size-of`, `file-of`, `new-folder`, `golden-bytes`: files"
  (:require [clojure.java.io :as io]
            [flumelog.core :as log]
            [flumelog.fixtures :as fixtures :refer [path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.peer :as peer]
            [flumelog.test-support :refer [skip]])
  (:import (flumelog.error LogException)))

(set! *warn-on-reflection* true)

(defmacro with-original
  "Runs the body with a new folder. Skips the test if the original can't be run."
  [folder & body]
  `(if-let [reason# (peer/available)]
     (skip reason#)
     (with-temp-folder [~folder] ~@body)))

;; ---- files

(defn bytes-of [path]
  (seq (read-bytes path)))

(defn size-of ^long [path]
  (.length (io/file path)))

(defn file-of
  "The path of a new file with this name in the folder, with these bytes."
  [folder file-name bytes]
  (doto (path-in folder file-name) (write-bytes! (byte-array bytes))))

(defn new-folder
  "A new folder in the folder."
  [folder]
  (doto (io/file folder (str (gensym))) .mkdir))

(defn golden-bytes [file-name]
  (bytes-of (or (io/resource (str "interop/golden/" file-name)) (io/file "test" "interop" "golden" file-name))))

;; ---- the original

(def formats (vals fixtures/formats))
(def flume-formats (filter :offset-bits formats))

(defn legacy? [{:keys [framing]}]
  (= :legacy framing))

(defn- in-their-words
  "The options of open, translated to those of the original."
  [{:keys [offset-bits codec block-bytes] :as options}]
  (cond-> {:codec (name codec) :legacy (legacy? options)}
    offset-bits (assoc :bits offset-bits)
    block-bytes (assoc :blockSize block-bytes)))

(defn ask [path cmd args]
  (peer/call (peer/shared) cmd (assoc args :id path)))

(defn open-theirs! [path options]
  (ask path :open (assoc (in-their-words options) :path path)))

(defn close-theirs! [path]
  (try
    (ask path :close {})
    (catch clojure.lang.ExceptionInfo e                  ; a peer that was started again has no open logs
      (when-not (= "unknown-id" (:code (ex-data e))) (throw e)))))

(defn theirs
  "Opens the log with the original, and returns the result of f, which gets a function of a command and its arguments."
  [path options f]
  (open-theirs! path options)
  (try
    (f (fn [cmd & {:as args}] (ask path cmd args)))
    (finally (close-theirs! path))))

(defn their-failure
  "The answer of the original, or the :code and :partial of its error."
  [f]
  (try
    (f)
    (catch clojure.lang.ExceptionInfo e
      (if (:cmd (ex-data e)) (select-keys (ex-data e) [:code :partial]) (throw e)))))

(defn their-answer
  "The answer of the original, which opens the log for this command only. An error is a map with :code."
  [path options cmd & {:as args}]
  (their-failure #(theirs path options (fn [ask] (ask cmd args)))))

(defn pairs [items]
  (mapv (juxt :seq :value) items))

(def ^:private gone "flumelog:deleted")

(defn their-value [ask offset]
  (let [answer (their-failure #(ask :get :offset offset))]
    (if (= gone (:code answer)) :deleted answer)))

(defn their-reading
  "Everything that the original reads of the log. The records at the offsets are read one by one too."
  [path options offsets]
  (theirs path options
    (fn [ask]
      {:since   (ask :since)
       :entries (pairs (ask :stream))
       :reverse (pairs (ask :stream :opts {:reverse true}))
       :values  (ask :stream :opts {:seqs false})
       :at      (mapv #(their-value ask %) offsets)})))

(defn their-cuts
  "The original's reading of the log after each cut: see peer.js."
  [path options]
  (peer/call (peer/shared) :cutPoints (assoc (in-their-words options) :path path)))

(defn they-write!
  "Lets the original append the values, the last two as one batch, and delete those at some indexes. Returns the
   offsets."
  [path options values deleted]
  (theirs path options
    (fn [ask]
      (let [[single batch] (split-at (- (count values) 2) values)
            singles (mapv (fn [value] (ask :append :value value)) single)
            offsets (into singles (:offsets (ask :appendAll :values batch)))]
        (when (seq deleted) (ask :del :offsets (mapv offsets deleted)))
        offsets))))

;; ---- flumelog, with results of the same shape

(defn our-value
  "The value at the offset, or the kind of the error."
  [l offset]
  (try (log/fetch l offset) (catch LogException e (:flumelog/error (ex-data e)))))

(defn our-reading [path options offsets]
  (with-open [l (log/open path options)]
    {:since   @(log/since l)
     :entries (into [] (log/entries l))
     :reverse (into [] (log/entries l {:reverse true}))
     :values  (vec l)
     :at      (mapv #(our-value l %) offsets)}))

(defn we-write! [path options values deleted]
  (with-open [l (log/open path options)]
    (let [[single batch] (split-at (- (count values) 2) values)
          offsets (into (mapv #(log/append! l %) single) (log/append-all! l batch))]
      (when (seq deleted) (log/delete! l (map offsets deleted)))
      offsets)))

(defn reading
  "The expected reading of a log with these values at these offsets, some of them deleted."
  [values offsets deleted]
  (let [live (vec (keep-indexed (fn [i entry] (when-not (contains? deleted i) entry)) (map vector offsets values)))]
    {:since   (peek offsets)
     :entries live
     :reverse (vec (rseq live))
     :values  (mapv second live)
     :at      (vec (map-indexed (fn [i value] (if (contains? deleted i) :deleted value)) values))}))

;; ---- streams: records at 0, 16, 32 and 48, end at 64

(def four-options {:framing :flume :offset-bits 32 :codec :json :block-bytes 64})

(defn four-records [folder]
  (doto (path-in folder "four") (they-write! four-options [1111 2222 3333 4444] #{})))

(defn our-stream [path options]
  (with-open [l (log/open path (assoc four-options :mode :read))]
    (into [] (log/offsets l options))))

(defn their-stream
  "The offsets that the original streams, or its error."
  [path options]
  (let [answer (their-answer path four-options :stream :opts options)]
    (if (map? answer) answer (mapv first (pairs answer)))))

(defn original-agrees?
  "Whether the original streams records, none of them deleted, as flumelog does. flumelog.interop-stream-test says where
   it differs."
  [{:keys [gt gte lt lte reverse]} since]
  (let [low (or gt gte), high (or lt lte)]
    (cond
      (and low high)    (< low high)
      (and low reverse) (< low since)
      :else             true)))
