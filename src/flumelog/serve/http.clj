(ns ^:no-doc flumelog.serve.http
  "Requests and answers of the JDK's HTTP server.

   * `query`: the parameters of a request
   * `answer!`, `answer-json!`, `answer-file!`: send an answer
   * `stream!`: sends server-sent events for as long as a function goes on"
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.serve.guard :as guard]
            [flumelog.serve.json :as json]
            [flumelog.serve.threads :as threads])
  (:import (com.sun.net.httpserver HttpExchange)
           (java.io InputStream OutputStream)
           (java.net URLDecoder)
           (java.nio.charset StandardCharsets)
           (java.util.concurrent Semaphore)))

(set! *warn-on-reflection* true)

(def ^:const ^:private making-ms
  "An answer must have been made within this time: a log that is being written is read once from its start, when records far from its end are
   first asked for." 600000)

(def ^:const ^:private sending-ms "The client must have taken an answer within this time." 30000)

(defn making!
  "The request has arrived, and its answer is being made."
  []
  (threads/answering! making-ms))

(defn- decoded [^String text] (URLDecoder/decode text StandardCharsets/UTF_8))

(defn query
  "The parameters of the request, a map of keywords and strings; of a name that occurs several times, the last."
  [^HttpExchange exchange]
  (let [text (.getRawQuery (.getRequestURI exchange))]
    (into {} (for [pair (when text (str/split text #"&")), :let [[k v] (str/split pair #"=" 2)] :when v]
               [(keyword (decoded k)) (decoded v)]))))

(defn- set-headers! [^HttpExchange exchange more]
  (let [headers (.getResponseHeaders exchange)]
    (doseq [[k v] (merge guard/headers more)] (.set headers k v))))

(defn answer!
  "Sends an answer with the bytes."
  [^HttpExchange exchange status type ^bytes body]
  (threads/answering! sending-ms)
  (set-headers! exchange (cond-> {"Content-Type" type} (= 405 status) (assoc "Allow" "GET, HEAD")))
  (if (= "HEAD" (.getRequestMethod exchange))
    (.sendResponseHeaders exchange status -1)
    (do (.sendResponseHeaders exchange status (if (zero? (alength body)) -1 (alength body)))
        (with-open [out (.getResponseBody exchange)] (.write out body)))))

(defn answer-text! [exchange status ^String text]
  (answer! exchange status "text/plain; charset=utf-8" (.getBytes (str text "\n") StandardCharsets/UTF_8)))

(defn answer-json! [exchange status value]
  (answer! exchange status "application/json" (json/utf8 value)))

(def ^:private types
  {"html" "text/html; charset=utf-8", "css" "text/css; charset=utf-8", "js" "text/javascript; charset=utf-8", "svg" "image/svg+xml"})

(defn answer-file!
  "Sends a file of the page, whose name must be one that the caller knows."
  [exchange name]
  (with-open [^InputStream in (io/input-stream (io/resource (str "flumelog/serve/" name)))]
    (answer! exchange 200 (types (last (str/split name #"\."))) (.readAllBytes in))))

;; Streams of events

(def ^:const ^:private writing-ms "The client must take each event within this time." 10000)

(def ^:const ^:private most-streams "As many streams run at most." 32)

(def ^:private ^Semaphore streams "Free places for streams." (Semaphore. most-streams))

(defn- sender
  "A function that sends an event, with its name and its data; without arguments it sends a comment, which shows whether the client
   is still there. Its exception says that it is not."
  [^OutputStream out]
  (fn
    ([] (threads/allow! writing-ms)
        (.write out (.getBytes ":\n\n"))
        (.flush out)
        (threads/allow! writing-ms))
    ([event data]
     (threads/allow! writing-ms)
     (.write out (.getBytes (str "event: " (name event) "\n" (when-let [id (:id data)] (str "id: " id "\n"))
                                 "data: " (json/text (dissoc data :id)) "\n\n")))
     (.flush out)
     (threads/allow! writing-ms))))

(defn- stream-now! [^HttpExchange exchange f]
  (threads/answering! making-ms)
  (set-headers! exchange {"Content-Type" "text/event-stream; charset=utf-8"})
  (.sendResponseHeaders exchange 200 0)
  (with-open [out (.getResponseBody exchange)]
    (f (sender out))))

(defn stream!
  "Answers with events: calls `f` with the function that sends one. `f` must send something, or at least a comment, every few
   seconds."
  [exchange f]
  (if (.tryAcquire streams)
    (try
      (stream-now! exchange f)
      (finally (.release streams)))
    (answer-text! exchange 503 (str "There are " most-streams " streams already: close other pages of this log, and try again."))))
