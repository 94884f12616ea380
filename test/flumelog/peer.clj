(ns flumelog.peer
  "The JavaScript original, flumelog-offset, at the other end of a pipe: test/interop/peer.js describes the commands.

    (with-peer [p]
      (call p :open {:id \"a\" :path \"a.log\" :bits 32 :codec \"json\"})  ;=> -1
      (call p :append {:id \"a\" :value {:n 1}}))                         ;=> 0

  An error is an ex-info with :code and, for a stream that broke, :partial. After a timeout the process is started again,
  because the state of the original is unknown: every log must then be opened again. Answers have keyword keys."
  (:require [clojure.data.json :as json]
            [clojure.java.io :as io]
            [clojure.string :as str])
  (:import (java.io BufferedReader File Writer)
           (java.util List)
           (java.util.concurrent LinkedBlockingQueue TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private default-timeout-ms {:cutPoints 120000})
(def ^:private margin-ms
  "How much longer we wait than the peer itself does. It fails to answer only if the original is in an endless loop."
  10000)

;; ---- the folder and its packages

(defn- folder ^File []
  (if-let [script (io/resource "interop/peer.js")]
    (.getParentFile (io/file script))
    (io/file "test" "interop")))

(defn- run-node
  "The output of node for these arguments; nil if it can't be run."
  [& args]
  (try
    (let [process (-> (ProcessBuilder. ^List (into ["node"] args))
                      (.redirectErrorStream true)
                      (.start))
          out     (slurp (.getInputStream process))]
      (when (zero? (.waitFor process)) (str/trim out)))
    (catch java.io.IOException _ nil)))

(defn- package-json [& path]
  (let [file ^File (apply io/file (folder) path)]
    (when (.exists file) (json/read-str (slurp file)))))

(defn- wrong-versions
  "The pinned packages that are not installed in exactly this version."
  []
  (for [[package wanted] (get (package-json "package.json") "dependencies")
        :let  [found (get (package-json "node_modules" package "package.json") "version")]
        :when (not= wanted found)]
    (str package " " wanted " is wanted, " (or found "none") " is installed")))

(defn- why-not []
  (let [wrong (wrong-versions)]
    (cond
      (nil? (run-node "--version"))
      "The JavaScript original can't run: there is no node on the PATH. Install Node.js 18 or newer."

      (seq wrong)
      (str "The JavaScript original is not installed: " (str/join "; " wrong) ". Run: npm ci --prefix test/interop"))))

(def ^:private availability (delay (why-not)))

(defn available
  "nil if the original can be run, else a sentence that says why not and what to do."
  []
  @availability)

;; ---- one process

(defonce ^:private running (atom #{}))

(defn- kill! [{:keys [^Process process]}]
  (.destroyForcibly process)
  (swap! running disj process))

(defonce ^:private kill-at-exit
  (.addShutdownHook (Runtime/getRuntime)
                    (Thread. ^Runnable #(run! (fn [^Process p] (.destroyForcibly p)) @running))))

(defn- read-answers
  "Puts each line into the queue, and ::ended at the end. A separate thread does that, so that a caller can give up
   waiting."
  [^Process process ^LinkedBlockingQueue answers]
  (doto (Thread. ^Runnable
         (fn []
           (with-open [^BufferedReader in (io/reader (.getInputStream process) :encoding "UTF-8")]
             (try (run! #(.put answers %) (line-seq in))
                  (catch java.io.IOException _ nil)))
           (.put answers ::ended))
         "flumelog-peer")
    (.setDaemon true)
    (.start)))

(defn- launch []
  (let [command ["node" (str (io/file (folder) "peer.js"))]
        process (-> (ProcessBuilder. ^List command)
                    (.redirectError java.lang.ProcessBuilder$Redirect/INHERIT)
                    (.start))
        answers (LinkedBlockingQueue.)]
    (swap! running conj process)
    (read-answers process answers)
    {:process process
     :answers answers
     :in      (io/writer (.getOutputStream process) :encoding "UTF-8")}))

;; ---- a peer: an atom with the current process

(defn start
  "A peer with its own process. End it with stop."
  []
  (when-let [reason (available)]
    (throw (ex-info reason {:code "unavailable"})))
  (atom (launch)))

(defn stop [peer]
  (locking peer (kill! @peer)))

(defn- restart! [peer]
  (kill! @peer)
  (reset! peer (launch)))

(defn- key-name
  "The text of a keyword with its namespace, so that the keys of a record survive the round trip."
  [k]
  (if (keyword? k) (subs (str k) 1) (str k)))

(defn- send-line! [{:keys [^Writer in]} command]
  (.write in (str (json/write-str command :key-fn key-name) "\n"))
  (.flush in))

(defn- await-line [{:keys [^LinkedBlockingQueue answers]} ms]
  (or (.poll answers (long ms) TimeUnit/MILLISECONDS) ::silent))

(defn- read-answer [line]
  (case line
    ::silent {:error {:code "timeout" :message "the peer is silent"}}
    ::ended  {:error {:code "died" :message "the peer's process has ended"}}
    (json/read-str line :key-fn keyword)))

(defn- exchange [process command wait-ms]
  (try
    (send-line! process command)
    (read-answer (await-line process wait-ms))
    (catch java.io.IOException e
      {:error {:code "died" :message (str "the peer's process has ended: " (ex-message e))}})))

(defn call
  "Sends one command and returns its answer. Throws an ex-info with the peer's error. :timeout in args is in
   milliseconds."
  ([peer cmd] (call peer cmd {}))
  ([peer cmd args]
   (locking peer
     (let [patience (or (:timeout args) (default-timeout-ms cmd) 5000)
           command  (assoc args :cmd (name cmd))
           {:keys [ok error]} (exchange @peer command (+ (long patience) (long margin-ms)))]
       (when (contains? #{"timeout" "died"} (:code error))
         (restart! peer))
       (if error
         (throw (ex-info (str (name cmd) ": " (:message error)) (assoc error :cmd cmd)))
         ok)))))

(defmacro with-peer
  "Runs the body with a new peer bound to the name."
  [[peer] & body]
  `(let [~peer (start)]
     (try ~@body (finally (stop ~peer)))))

(def ^:private one-for-all (delay (start)))

(defn shared
  "The peer that all tests of this JVM share. It ends with the JVM. Each test must use its own ids of logs."
  []
  @one-for-all)
