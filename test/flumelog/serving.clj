(ns flumelog.serving
  "Requests to the page of a log, written byte by byte, so that they may be wrong.

   * `with-page`: serves a log
   * `answer`: the answer to a request; `status`: only its status; `data`: that of one that is right, read as JSON
   * `connect`, `send!`, `answer-of`: the same in steps; `await-answer`, `ended?`: whether there is one, and whether
     the server has closed the connection
   * `events`: those of a stream, up to one that a predicate takes"
  (:require [clojure.data.json :as json]
            [clojure.string :as str]
            [flumelog.serve :as serve])
  (:import (java.io BufferedReader Closeable InputStream InputStreamReader)
           (java.net InetSocketAddress Socket SocketTimeoutException URI)
           (java.nio.charset StandardCharsets)))

(set! *warn-on-reflection* true)

(defmacro with-page
  "Runs the body with `page` bound to the page of the log."
  [[page log & [options]] & body]
  `(let [~page (serve/start ~log ~options)]
     (try ~@body (finally (.close ^Closeable ~page)))))

(defn token [{:keys [address]}] (second (str/split (.getPath (URI. address)) #"/")))

(defn connect
  "A connection to the page that waits at most 20 seconds for bytes."
  ^Socket [{:keys [port]}]
  (doto (Socket.)
    (.setSoTimeout 20000)
    (.connect (InetSocketAddress. "127.0.0.1" (int port)))))

(defn send! [^Socket socket ^String text]
  (doto (.getOutputStream socket) (.write (.getBytes text StandardCharsets/ISO_8859_1)) (.flush)))

(defn request-text
  "The text of a GET of the path below the token. `headers` replace those that a browser sends; a header that is nil is left out. With
   `:path` all of the path is given."
  ([page path] (request-text page path {}))
  ([{:keys [port] :as page} path {:keys [method headers version] whole :path, :or {method "GET" version "HTTP/1.1"}}]
   (let [headers (merge {"Host" (str "127.0.0.1:" port)} headers)]
     (str method " " (or whole (str "/" (token page) path)) " " version "\r\n"
          (str/join (for [[k v] headers, v (if (coll? v) v [v]) :when v] (str k ": " v "\r\n")))
          "\r\n"))))

(defn- parse [^String text]
  (let [[head body] (str/split text #"\r\n\r\n" 2), [status & headers] (str/split-lines head)]
    (when-let [[_ status] (re-find #"^HTTP/1.1 (\d+)" (str status))]
      {:status (parse-long status)
       :headers (into {} (map #(let [[k v] (str/split % #": ?" 2)] [(str/lower-case k) v])) headers)
       :body body})))

(defn answer-of
  "All that comes on the connection, until the server closes it; nil when nothing comes."
  [^Socket socket]
  (parse (String. (.readAllBytes (.getInputStream socket)) StandardCharsets/UTF_8)))

(defn answer
  "`:status`, `:headers` (in small letters) and `:body` of the answer."
  ([page path] (answer page path {}))
  ([page path options]
   (with-open [socket (connect page)]
     (send! socket (request-text page path options))
     (answer-of socket))))

(defn status
  "The status of the answer, whose rest is not read: it may have no end."
  [page path options]
  (with-open [socket (connect page)]
    (send! socket (request-text page path options))
    (let [line (.readLine (BufferedReader. (InputStreamReader. (.getInputStream socket) StandardCharsets/UTF_8)))]
      (some-> (re-find #"^HTTP/1.1 (\d+)" (str line)) second parse-long))))

(defn data [page path]
  (json/read-str (:body (answer page path)) :key-fn keyword))

(defn ended?
  "Whether the server closes the connection before it has said nothing for so many milliseconds."
  [^Socket socket ms]
  (.setSoTimeout socket (int ms))
  (try (.readAllBytes (.getInputStream socket)) true
       (catch SocketTimeoutException _ false)
       (catch java.io.IOException _ true)))

(defn await-answer
  "Waits until the first byte of an answer comes."
  [^Socket socket]
  (.read (.getInputStream socket)))

;; Streams

(defn- event-of [lines]
  (let [part #(some (fn [line] (when (str/starts-with? line (str % ": ")) (subs line (+ 2 (count %))))) lines)]
    (when-let [name (part "event")]
      (cond-> (assoc (json/read-str (part "data") :key-fn keyword) :event (keyword name))
        (part "id") (assoc :id (parse-long (part "id")))))))

(defn events
  "The events of a stream, up to the first one that `last?` takes, or to the end. `at` is called with each."
  ([page path last?] (events page path last? {}))
  ([page path last? {:keys [at headers] :or {at identity}}]
   (with-open [socket (connect page)]
     (send! socket (request-text page path {:headers headers :version "HTTP/1.0"}))    ; which does not know chunks
     (let [in (BufferedReader. (InputStreamReader. ^InputStream (.getInputStream socket) StandardCharsets/UTF_8))]
       (loop [lines [], found []]
         (let [line (.readLine in)]
           (cond
             (nil? line) found
             (not= "" line) (recur (conj lines line) found)
             :else (let [event (event-of lines), found (cond-> found event (conj event))]
                     (when event (at event))
                     (if (and event (last? event)) found (recur [] found))))))))))
