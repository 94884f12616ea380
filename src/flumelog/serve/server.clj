(ns ^:no-doc flumelog.serve.server
  "The server of a page: the JDK's own, of the module `jdk.httpserver`."
  (:require [flumelog.serve.guard :as guard]
            [flumelog.serve.handler :as handler]
            [flumelog.serve.threads :as threads])
  (:import (com.sun.net.httpserver HttpServer)
           (flumelog.coll LogCollection)
           (flumelog.error UseFailures)
           (java.io Closeable IOException Writer)
           (java.net InetAddress InetSocketAddress)
           (java.util.concurrent Executor)))

(set! *warn-on-reflection* true)

(defrecord Page [address port stop]
  Closeable
  (close [_] (stop)))

(defmethod print-method Page [{:keys [address]} ^Writer out]
  (.write out (str "#flumelog.serve/Page[" (pr-str address) "]")))

(def ^:private limits
  "Limits of the JDK's servers, which can be set for the whole process only: how many connections all servers have, and for how many
   seconds a connection may say nothing."
  {"jdk.httpserver.maxConnections" "160"
   "sun.net.httpserver.idleInterval" "10"})

(defn- limit-connections!
  "Sets the limits that are not set yet. They count if this process had no such server before."
  []
  (doseq [[property value] limits]
    (when-not (System/getProperty property) (System/setProperty property value))))

(defn- bind ^HttpServer [^LogCollection log ^InetSocketAddress place]
  (limit-connections!)
  (try
    (HttpServer/create place 50)
    (catch IOException e
      (throw (UseFailures/cannotServe (.path (.log log)) (str (guard/literal (.getAddress place)) ":" (.getPort place)) e)))))

(defn- answering
  "Has the server answer requests. Returns a function that ends it."
  [^HttpServer server log allowed]
  (let [[executor stop] (threads/executor)]
    (.createContext server "/" (handler/handler log allowed))
    (.setExecutor server ^Executor executor)
    (.start server)
    (fn []
      (.stop server 0)
      (stop))))

(defn start
  "Serves the page of the log at the address, which the user named so, and the port."
  [log ^InetAddress address name port]
  (let [server (bind log (InetSocketAddress. address (int port)))
        port (.getPort (.getAddress server)), token (guard/token)
        host (if (.isAnyLocalAddress address) "127.0.0.1" (guard/literal address))]
    (->Page (str "http://" host ":" port "/" token "/") port
            (answering server log {:token token :hosts (guard/hosts address name port)}))))
