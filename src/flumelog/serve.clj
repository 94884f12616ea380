(ns flumelog.serve
  "A page in the browser that shows a log: its records, the newest first, one record as data and as bytes, a search, and what is
   appended. It only reads. The document doc/serve.md shows it.

   * `start`: serves the page of a log that is open"
  (:require [flumelog.arguments :refer [->log refuse]]
            [flumelog.options :refer [->options]]
            [flumelog.serve.server :as server])
  (:import (flumelog.log OptionMap)
           (java.net InetAddress UnknownHostException)))

(set! *warn-on-reflection* true)

(defn- ->port [port]
  (if (and (int? port) (<= 0 (long port) 65535)) port (refuse ":port" port "a whole number from 0 to 65535")))

(defn- ->address ^InetAddress [address]
  (let [refuse #(refuse ":address" address "an address of this machine, such as \"127.0.0.1\" or \"0.0.0.0\"")]
    (try
      (if (and (string? address) (not= "" address)) (InetAddress/getByName address) (refuse))
      (catch UnknownHostException _ (refuse)))))

(defn start
  "Serves the page of the log. Returns a map that is closeable: `:address` is what to open in a browser; it contains a token, without
   which the server answers nothing. `:port` is its port. Close it with `.close` or `with-open`; the log stays open.
   The server only reads the log, so open it with `:mode :read`, unless this process writes it.

   Options: `:port`, 0 to 65535; the default, 0, takes any that is free. `:address`: where the server listens; the default,
   \"127.0.0.1\", can be reached from this machine only. Elsewhere, everybody who sees the traffic can read the token and the records, since
   nothing is encrypted.

   Throws `:bad-option`, and `:failed` when the port is taken or the address is not this machine's.

     (with-open [page (start log)] (subs (:address page) 0 17))   ;=> \"http://127.0.0.1:\""
  (^java.io.Closeable [log] (start log nil))
  (^java.io.Closeable [log options]
   (let [log (->log log), options (->options options)]
     (OptionMap/check options [":port" ":address"])
     (let [{:keys [port address]} (merge {:port 0 :address "127.0.0.1"} options)]
       (server/start log (->address address) address (->port port))))))
