(ns ^:no-doc flumelog.serve.guard
  "Which requests the page answers. A request must name this machine in its Host header, so that no name that somebody else
   controls leads here (DNS rebinding). It must have the token in its path. It must not be another site's, and must only read.

   * `token`: a new one
   * `hosts`: the names that a Host header may have
   * `refusal`: why a request is refused
   * `headers`: of every answer"
  (:require [clojure.string :as str])
  (:import (com.sun.net.httpserver HttpExchange)
           (java.net Inet6Address InetAddress NetworkInterface)
           (java.nio.charset StandardCharsets)
           (java.security MessageDigest SecureRandom)
           (java.util Base64)))

(set! *warn-on-reflection* true)

(defn token
  "A text of 24 characters that nobody can guess."
  []
  (let [bytes (byte-array 18)]
    (.nextBytes (SecureRandom.) bytes)
    (.encodeToString (.withoutPadding (Base64/getUrlEncoder)) bytes)))

(defn literal
  "The address as it stands in a URL."
  [^InetAddress address]
  (let [text (first (str/split (.getHostAddress address) #"%"))]
    (if (instance? Inet6Address address) (str "[" text "]") text)))

(defn- addresses-of-machine []
  (mapcat #(enumeration-seq (.getInetAddresses ^NetworkInterface %)) (enumeration-seq (NetworkInterface/getNetworkInterfaces))))

(defn hosts
  "What a Host header may say when the server listens at the address under the name that the user gave."
  [^InetAddress address name port]
  (let [names (cond
                (.isAnyLocalAddress address) (cons "localhost" (map literal (addresses-of-machine)))
                (.isLoopbackAddress address) ["localhost" "127.0.0.1" "[::1]" (literal address)]
                :else [(literal address) (str/lower-case name)])]
    (into #{} (mapcat #(cond-> [(str % ":" port)] (= 80 port) (conj %))) names)))

(defn- header [^HttpExchange exchange name]
  (.getFirst (.getRequestHeaders exchange) name))

(defn- only-header
  "The header, or nil when there is none or more than one."
  [^HttpExchange exchange name]
  (let [found (.get (.getRequestHeaders exchange) name)]
    (when (= 1 (count found)) (first found))))

(defn- same?
  "Whether the texts are the same. Takes equally long wherever they differ."
  [^String a ^String b]
  (MessageDigest/isEqual (.getBytes a StandardCharsets/UTF_8) (.getBytes b StandardCharsets/UTF_8)))

(defn path
  "The path of the request as `[token rest]`."
  [^HttpExchange exchange]
  (let [[_ token rest] (re-matches #"(?s)/([^/]*)(.*)" (.getRawPath (.getRequestURI exchange)))]
    [(or token "") (or rest "")]))

(defn- to-the-page?
  "Whether the browser goes to the page itself, as by a link; it does not read it for another site then."
  [exchange]
  (and (= "/" (second (path exchange)))
       (= "navigate" (header exchange "Sec-Fetch-Mode"))
       (= "document" (header exchange "Sec-Fetch-Dest"))
       (nil? (header exchange "Origin"))))

(defn- foreign?
  "Whether the browser says that another site makes the request."
  [exchange]
  (let [origin (header exchange "Origin")]
    (not (and (or (contains? #{nil "same-origin" "none"} (header exchange "Sec-Fetch-Site")) (to-the-page? exchange))
              (or (nil? origin) (= origin (str "http://" (header exchange "Host"))))))))

(defn refusal
  "The status and the sentence with which the request is refused; nil when it is answered."
  [^HttpExchange exchange {:keys [hosts token]}]
  (cond
    (not (contains? hosts (some-> (only-header exchange "Host") str/lower-case)))
    [421 "This server answers only under its own address, which flumelog serve has printed."]

    (foreign? exchange)
    [403 "This server does not answer other sites."]

    (not (same? token (first (path exchange))))
    [403 "This address has no token, or a wrong one: use the whole address that flumelog serve has printed."]

    (not (contains? #{"GET" "HEAD"} (.getRequestMethod exchange)))
    [405 "This server only reads: it answers GET and HEAD."]))

(def headers
  "Of every answer. The page loads and sends nothing elsewhere, nothing else shows it or reads it, and nobody keeps it."
  {"Content-Security-Policy"      (str "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                                       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                                       "require-trusted-types-for 'script'; trusted-types 'none'")
   "X-Content-Type-Options"       "nosniff"
   "X-Frame-Options"              "DENY"
   "Referrer-Policy"              "no-referrer"
   "Cross-Origin-Resource-Policy" "same-origin"
   "Cross-Origin-Opener-Policy"   "same-origin"
   "Cache-Control"                "no-store"
   "Connection"                   "close"})
