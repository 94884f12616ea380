(ns flumelog.serve-safety-test
  "The page of a log answers only who has its address, only reads, and is not held up by anybody."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [contents-of error eventually path-in with-temp-folder]]
            [flumelog.serve :as serve]
            [flumelog.serving :refer [answer await-answer connect ended? request-text send! status token with-page]]
            [flumelog.test-support :refer [size skip]])
  (:import (java.io Closeable)
           (java.net InetAddress InetSocketAddress NetworkInterface Socket)))

(set! *warn-on-reflection* true)

(defmacro ^:private with-log
  "Runs the body with the page of a log that has a few records."
  [[page folder log] & body]
  `(with-temp-folder [~folder]
     (with-open [writer# (log/open (path-in ~folder "a.log"))]
       (log/append-all! writer# [{:n 1} {:n 2} {:text "</script><script>alert(1)</script>"}]))
     (with-open [~log (log/open (path-in ~folder "a.log") {:mode :read})]
       (with-page [~page ~log] ~@body))))

(def ^:private paths ["/" "/app.js" "/api/log" "/api/records" "/api/record?offset=0" "/api/bytes?offset=0&from=0&to=9" "/api/search?text=a" "/api/tail?gt=0"])

(deftest without-the-token-nothing-is-answered
  (with-log [page folder l]
    (let [token (token page)]
      (is (<= 24 (count token)))
      (doseq [whole ["/" "/api/log" "/index.html" (str "/" (subs token 1) "/") (str "/" token "x/") (str "/" (str/lower-case token) "x/api/log")
                     (str "/x/" token "/api/log") (str "/?token=" token)]]
        (let [{:keys [status body]} (answer page nil {:path whole})]
          (is (= 403 status) whole)
          (is (not (str/includes? body token)))))
      (with-page [other l]
        (is (not= token (flumelog.serving/token other)) "each has its own")
        (is (= 403 (status other nil {:path (str "/" token "/")})))))))

(deftest a-name-of-somebody-else-leads-nowhere
  (with-log [page folder l]
    (let [port (:port page)]
      (doseq [host [(str "localhost:" port) (str "127.0.0.1:" port) (str "[::1]:" port) (str "LOCALHOST:" port)]]
        (is (= 200 (status page "/api/log" {:headers {"Host" host}})) host))
      (doseq [host ["evil.example" (str "evil.example:" port) "127.0.0.1" "127.0.0.1:1" (str "127.0.0.1.evil.example:" port) (str "localhost.:" port)
                    (str "10.0.0.1:" port) "" [(str "localhost:" port) (str "evil.example:" port)]]
              path paths]
        (is (contains? #{400 421} (status page path {:headers {"Host" host}})) (str host path)))
      (is (contains? #{400 421} (status page "/" {:headers {"Host" nil}})) "none"))))

(deftest other-sites-are-refused
  (with-log [page folder l]
    (let [own (str "http://127.0.0.1:" (:port page))]
      (doseq [headers [{} {"Origin" own} {"Sec-Fetch-Site" "same-origin"} {"Sec-Fetch-Site" "none"}]]
        (is (= 200 (status page "/api/log" {:headers headers})) headers))
      (let [by-a-link {"Sec-Fetch-Site" "cross-site" "Sec-Fetch-Mode" "navigate" "Sec-Fetch-Dest" "document"}]
        (is (= 200 (status page "/" {:headers by-a-link})) "a link from elsewhere leads to the page")
        (is (= 403 (status page "/api/log" {:headers by-a-link})) "but to nothing else")
        (is (= 403 (status page "/" {:headers (assoc by-a-link "Sec-Fetch-Dest" "iframe")}))))
      (doseq [headers [{"Origin" "http://evil.example"} {"Origin" "null"} {"Origin" "http://127.0.0.1:1"} {"Sec-Fetch-Site" "cross-site"}
                       {"Sec-Fetch-Site" "same-site"} {"Origin" own "Sec-Fetch-Site" "cross-site"}]
              path paths]
        (is (= 403 (status page path {:headers headers})) (str headers path)))
      (is (not-any? #(str/starts-with? % "access-control") (keys (:headers (answer page "/api/log" {:headers {"Origin" own}}))))))))

(deftest it-only-reads
  (with-log [page folder l]
    (let [before (contents-of folder)]
      (doseq [method ["POST" "PUT" "DELETE" "PATCH" "OPTIONS" "TRACE"], path ["/" "/api/log" "/api/record?offset=0"]]
        (is (= 405 (status page path {:method method})) (str method path)))
      (doseq [path paths :when (not= "/api/tail?gt=0" path)] (is (= 200 (status page path {})) path))
      (is (= 200 (status page "/api/log" {:method "HEAD"})))
      (is (= before (contents-of folder))))))

(deftest each-answer-keeps-the-page-to-itself
  (with-log [page folder l]
    (doseq [[path options] [["/" {}] ["/app.js" {}] ["/api/log" {}] ["/none" {}] ["/api/record?offset=7" {}] ["/api/log" {:method "POST"}]
                            ["/api/log" {:headers {"Origin" "http://evil.example"}}]]
            :let [{:keys [headers]} (answer page path options), policy (get headers "content-security-policy")]]
      (testing path
        (is (str/includes? policy "default-src 'none'"))
        (is (not (re-find #"unsafe|http|\*|data:" policy)))
        (is (= "nosniff" (headers "x-content-type-options")))
        (is (= "no-referrer" (headers "referrer-policy")))
        (is (= "no-store" (headers "cache-control")))
        (is (= "same-origin" (headers "cross-origin-resource-policy")))
        (is (not (contains? headers "set-cookie")))))))

(deftest the-page-needs-no-inline-script-and-nothing-from-elsewhere
  (doseq [file (.listFiles (io/file "resources/flumelog/serve")) :let [text (slurp file)]]
    (testing (str file)
      (is (not (re-find #"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function" text)))
      (is (not (re-find #"(?i)(src|href)=\"(https?:)?//|url\(|@import|<style|<script(?! type=\"module\" src=)| on[a-z]+=\"| style=\"" text))))))

(deftest only-its-own-files-are-sent
  (with-log [page folder l]
    (doseq [path ["/../a.log" "/%2e%2e/a.log" "/..%2fa.log" "/flumelog/core.clj" "/../../../project.clj" "/api" "/api/" "/app.js/" "//app.js" "/index.html%00"]]
      (is (contains? #{400 404} (status page path {})) path))))

(deftest no-record-ends-a-text-early
  (with-log [page folder l]
    (doseq [path ["/api/records" "/api/record?offset=44" "/api/search?text=alert"]]
      (let [{:keys [status body]} (answer page path)]
        (is (= 200 status))
        (is (str/includes? body "alert(1)"))
        (is (not (re-find #"[<>&]" body)))))))

(deftest mistakes-in-an-address-are-told
  (with-log [page folder l]
    (doseq [[path wanted] {"/api/record" 400, "/api/record?offset=x" 400, "/api/record?offset=1" 404, "/api/record?offset=99999999999999999999" 400
                           "/api/records?lt=a" 400, "/api/tail" 400, "/api/search?field0=a&is0=like&value0=1" 400, "/api/search?field0=[1.5]&is0=%3D&value0=1" 400
                           "/api/records?lt=%zz" 400, "/api/bytes?offset=0" 400}]
      (is (= wanted (status page path {})) path))))

;; Where it listens

(defn- other-addresses []
  (for [interface (enumeration-seq (NetworkInterface/getNetworkInterfaces))
        address (enumeration-seq (.getInetAddresses ^NetworkInterface interface))
        :when (and (instance? java.net.Inet4Address address) (not (.isLoopbackAddress ^InetAddress address)))]
    address))

(defn- reachable? [^InetAddress address port]
  (try (with-open [socket (Socket.)] (.connect socket (InetSocketAddress. address (int port)) 2000) true)
       (catch java.io.IOException _ false)))

(deftest no-other-machine-reaches-it-unless-asked-for
  (with-log [page folder l]
    (is (str/starts-with? (:address page) "http://127.0.0.1:"))
    (if-let [address (first (other-addresses))]
      (do
        (is (not (reachable? address (:port page))))
        (with-page [open l {:address "0.0.0.0"}]
          (is (reachable? address (:port open)))
          (let [text #(str (.getHostAddress ^InetAddress address) ":" %)]
            (is (= 200 (status open "/api/log" {:headers {"Host" (text (:port open))}})))
            (is (= 421 (status open "/api/log" {:headers {"Host" "evil.example"}}))))))
      (skip "this machine has no address but that of itself"))))

(deftest wrong-options-are-refused
  (with-log [page folder l]
    (doseq [options [{:port -1} {:port 65536} {:port "80"} {:address ""} {:address 1} {:address "no.such.name.invalid"} {:prot 1} {:open true}]]
      (is (= :bad-option (error (serve/start l options))) options))
    (is (= :bad-option (error (serve/start "a.log"))))
    (is (= :failed (error (serve/start l {:port (:port page)}))) "the port is taken")
    (is (= :failed (error (serve/start l {:address "192.0.2.1"}))) "not this machine's")))

;; Clients that hold others up

(defn- long-test? "Whether a test may take seconds." [] (< 1 (long (size 1 2))))

(deftest slow-clients-keep-nobody-waiting
  (with-log [page folder l]
    (let [slow (vec (repeatedly 100 #(doto (connect page) (send! "GET / HTTP/1.1\r\nHost:"))))]
      (try
        (is (= 200 (status page "/api/log" {})))
        (is (ended? (first slow) 10000) "the slowest were closed to make room")
        (when (long-test?)
          (is (every? #(ended? % 15000) slow) "and in time the others, too"))
        (finally (run! #(.close ^Closeable %) slow))))))

(deftest there-are-only-so-many-streams
  (with-log [page folder l]
    (let [open #(doto (connect page) (send! (request-text page "/api/tail?gt=44")) await-answer)
          streams (vec (repeatedly 32 open))]
      (try
        (is (= 503 (status page "/api/tail?gt=44" {})))
        (is (= 200 (status page "/api/log" {})) "other requests are answered")
        (finally (run! #(.close ^Closeable %) streams)))
      (when (long-test?)
        (is (eventually #(with-open [socket (connect page)]
                           (send! socket (request-text page "/api/tail?gt=44"))
                           (not (ended? socket 100)))) "there is room again when they are gone")))))

(deftest closing-ends-all-connections
  (with-log [page folder l]
    (with-open [stream (doto (connect page) (send! (request-text page "/api/tail?gt=44")) await-answer)]
      (.close ^Closeable page)
      (is (ended? stream 10000))
      (is (= 3 (count (into [] l))) "the log stays open"))))
