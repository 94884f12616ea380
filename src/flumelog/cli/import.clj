(ns ^:no-doc flumelog.cli.import
  "The verb import: appends records from lines of JSON or EDN, or from a log.bipf."
  (:require [flumelog.arguments :refer [refuse]]
            [flumelog.cli.job :as job :refer [many size]]
            [flumelog.cli.lines :as lines]
            [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.core :as log]
            [flumelog.options :as options])
  (:import (flumelog.cli Topics)
           (flumelog.codec Codec)
           (flumelog.error CommandFailures LogException)
           (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private at-once "How many records are appended with one write, at most." 500)

;; The log

(defn- has-records? [{:keys [log] :as options}]
  (if (Topics/isOne log)
    (opening/reading options #(<= 0 (long @(log/since %))))
    (pos? (.length (File. ^String log)))))

(defn- codec-of-log
  "The codec of the records that are there; nil if there are none."
  ^Codec [options]
  (when (has-records? options) (opening/codec-in options)))

(defn- codec-of-new-log [{:keys [codec]} form]
  (options/->codec (or codec (if (= :edn form) :edn :json))))

(defn- form [options ^Codec codec]
  (or (lines/form options (some-> codec .codecName (subs 1) keyword))
      (throw (CommandFailures/usedWrongly "import" "neither the name of FILE nor the log tells what the input is: --json, --edn or --bipf does"))))

;; Appending

(defn- write-offsets [waiting offsets]
  (run! (fn [[{:keys [old]} now]] (output/write-line! old (str now))) (map vector waiting offsets)))

(defn- append! [l done {:keys [offsets]} waiting]
  (let [appended (log/append-all! l (map :value waiting))]
    (when offsets (write-offsets waiting appended))
    (swap! done #(assoc % :appended (+ (long (:appended %)) (count waiting)) :place (:place (peek waiting))
                        :last (peek appended) :first (:first % (first appended))))))

(defn- append-all!
  "Appends records with one write; or one by one, up to the one that can't be appended."
  [l done options waiting]
  (when (seq waiting)
    (try (append! l done options waiting)
         (catch LogException e
           (when-not (#{:encode :too-large} (:flumelog/error (ex-data e))) (throw e))
           (run! #(append! l done options [%]) waiting)))))

(defn- append-records
  "Appends the records, several at once. Those before one that can't be read are appended too."
  [l done options records tell!]
  (let [waiting (atom [])
        flush! (fn [] (let [[records _] (reset-vals! waiting [])] (append-all! l done options records)))]
    (try
      (reduce (fn [_ {:keys [at place more] :as record}]
                (swap! waiting conj record)
                (when (or (= at-once (count @waiting)) (not more)) (flush!))
                (tell! (or at place)))
              nil records)
      (finally (flush!)))))

(defn- check-file [{:keys [^String file bipf]}]
  (when (and file (or (not (.exists (File. file))) (.isDirectory (File. file))))
    (refuse "FILE" file "the path of a file that is there"))
  (when (and bipf (nil? file))
    (refuse "FILE" file "the path of a log.bipf, which can't be read from standard input")))

(defn- work [{:keys [file] :as options} done progress]
  (let [codec (codec-of-log options), form (form options codec)
        total (when (and file (.isFile (File. ^String file))) (.length (File. ^String file)))
        tell! (job/teller progress :importing (if total :bytes :lines))
        damaged #(swap! done update :damaged-bytes (fnil + 0) %)]
    (with-open [l (opening/writing (assoc options :progress progress) (or codec (codec-of-new-log options form)))]
      (append-records l done options (lines/records options form damaged) #(tell! % total)))
    (output/flush!)
    @done))

(defn- in-numbers [{:keys [log]} {:keys [appended place]}]
  (str "appended " (many appended "record") " to " log
       (when place (str "; --skip " place " goes on behind the last one"))))

(defn- without-dash
  "A dash as FILE is standard input."
  [options]
  (if (= "-" (:file options)) (dissoc options :file) options))

(defn run [{:keys [log] :as options}]
  (let [options (without-dash options), done (atom {:appended 0})]
    (check-file options)
    (job/run #(work options done %)
             {:done (fn [{:keys [appended damaged-bytes] :as report}]
                      (when-not (:offsets options) (job/report! {} (dissoc report :place)))
                      {:said ["appended " (many appended "record") " to " log
                              (when damaged-bytes (str "; " (size damaged-bytes) " of the input are no whole records"))]
                       :exit (cond damaged-bytes 4 (zero? (long appended)) 1 :else 0)})
              :stopped #(in-numbers options @done)
              :failed #(when (pos? (long (:appended @done))) (in-numbers options @done))})))
