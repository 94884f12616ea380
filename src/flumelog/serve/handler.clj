(ns ^:no-doc flumelog.serve.handler
  "What the server answers at each path below the token."
  (:require [flumelog.arguments :refer [refuse]]
            [flumelog.serve.filter :as filter]
            [flumelog.serve.guard :as guard]
            [flumelog.serve.http :as http]
            [flumelog.serve.records :as records]
            [flumelog.serve.search :as search]
            [flumelog.serve.tail :as tail])
  (:import (com.sun.net.httpserver HttpExchange HttpHandler)
           (flumelog.error LogException LogException$Kind)
           (java.io IOException)))

(set! *warn-on-reflection* true)

(def ^:private files
  "Those of the page."
  #{"index.html" "page.css" "record.css" "app.js" "api.js" "bytes.js" "dom.js" "keys.js" "list.js" "record.js" "search.js" "strip.js"
    "tail.js" "value.js" "icon.svg"})

;; Parameters

(defn- number
  "The parameter as a whole number, nil when it is absent."
  [query k]
  (when-let [text (k query)]
    (or (parse-long text) (refuse (name k) text "a whole number"))))

(defn- required [query k]
  (or (number query k) (refuse (name k) nil "a whole number")))

(defn- page-query [query]
  {:lt (number query :lt) :gte (number query :gte) :limit (min 200 (max 1 (long (or (number query :limit) 50))))})

(defn- conditions
  "The conditions of a search: each has its field, what it asks and its value in parameters with a number behind the name."
  [query]
  (for [i (range 20), :let [of #(get query (keyword (str % i)))], :when (of "field")]
    {:field (of "field") :is (of "is") :value (or (of "value") "")}))

(defn- wanted [query]
  {:text (:text query) :conditions (conditions query) :lt (number query :lt)})

;; Answers

(defn- from-last
  "The offset behind which a tail begins: the last one that the client got, when it comes again."
  [^HttpExchange exchange query]
  (or (some-> (.getFirst (.getRequestHeaders exchange) "Last-Event-ID") parse-long) (required query :gt)))

(defn- answer [exchange log path query]
  (case path
    "/api/log"     (http/answer-json! exchange 200 (records/about log))
    "/api/records" (http/answer-json! exchange 200 {:rows (records/page log (page-query query)) :end (:end (records/about log))})
    "/api/record"  (http/answer-json! exchange 200 (records/record log (required query :offset)))
    "/api/bytes"   (http/answer-json! exchange 200 (records/bytes-of log (required query :offset) (required query :from)
                                                                     (required query :to)))
    "/api/search"  (let [wanted (wanted query)]
                     (filter/matching wanted)                       ; so that a mistake in it is told before the stream begins
                     (http/stream! exchange #(search/search! log wanted %)))
    "/api/tail"    (let [last (from-last exchange query)] (http/stream! exchange #(tail/tail! log last %)))
    (let [file (if (= "/" path) "index.html" (subs path (min 1 (count path))))]
      (if (contains? files file)
        (http/answer-file! exchange file)
        (http/answer-text! exchange 404 "There is nothing at this address.")))))

(def ^:private statuses
  {LogException$Kind/BAD_OPTION 400, LogException$Kind/NOT_A_RECORD 404, LogException$Kind/DELETED 410, LogException$Kind/TOO_LARGE 413})

(defn- begun? [^HttpExchange exchange]
  (not= -1 (.getResponseCode exchange)))

(defn- answer-failure! [exchange status message]
  (when-not (begun? exchange)
    (http/answer-json! exchange status {:message message})))

(defn- answer-or-fail [exchange log path query]
  (try
    (answer exchange log path query)
    (catch LogException e (answer-failure! exchange (statuses (.kind e) 503) (ex-message e)))
    (catch IllegalArgumentException e (answer-failure! exchange 400 (str "The address can't be read: " (ex-message e))))))

(defn- handle [^HttpExchange exchange log allowed]
  (http/making!)
  (let [path (second (guard/path exchange))]
    (if-let [[status sentence] (guard/refusal exchange allowed)]
      (http/answer-text! exchange status sentence)
      (answer-or-fail exchange log path (http/query exchange)))))

(defn handler
  "Answers requests that `allowed`, with its `:hosts` and `:token`, allows. If the client has gone away, the exception ends
   with the connection."
  ^HttpHandler [log allowed]
  (reify HttpHandler
    (handle [_ exchange]
      (try
        (handle exchange log allowed)
        (catch IOException _)
        (catch InterruptedException _)
        (finally (.close exchange))))))
