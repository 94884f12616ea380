(ns bench.views.step
  "One measured step of our views, in a process of its own, as step.js is for the JavaScript ones. Prints one line of EDN.
   The clock starts when everything is loaded: another log, a small one, was opened before."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.data.json :as json]
            flumelog.codec.json
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.view :as view])
  (:import (com.sun.management OperatingSystemMXBean)
           (java.lang.management ManagementFactory)
           (java.io Closeable File)
           (java.nio.file Files)))

(set! *warn-on-reflection* true)

(defn- millis ^double [] (/ (System/nanoTime) 1e6))

(defn- cpu ^double []
  (/ (.getProcessCpuTime ^OperatingSystemMXBean (ManagementFactory/getOperatingSystemMXBean)) 1e6))

(defn- bytes-in [folder] (transduce (map #(.length ^File %)) + 0 (filter #(.isFile ^File %) (file-seq (io/file folder)))))

(defn- resident []
  (some->> (Files/readAllLines (.toPath (io/file "/proc/self/status"))) (some #(second (re-find #"VmRSS:\s+(\d+)" %))) parse-long (* 1024)))

(def ^:private count-by-type
  (fn [counts _ message] (let [type (get-in message [:value :content :type])] (assoc counts type (inc (long (get counts type 0)))))))

(defn- newest [view author] (into [] (view/lookup view author {:reverse true :limit 10 :as :values})))

(def ^:private views
  "By peer: the view, and what it is asked first."
  {"reduce" {:view #(view/reduce {:version 1 :init {} :step count-by-type})
             :answer (fn [view _] @view)}
   "index"  {:view #((resolve 'flumelog.view/index) {:version 1 :keys [[:value :author]]})
             :answer (fn [view author] (mapv :key (newest view author)))}
   "bitmap" {:view #((requiring-resolve 'flumelog.view/bitmap) {:version 1 :fields {:type [:value :content :type]}})
             :answer (fn [view _] ((resolve 'flumelog.view/count) view [:= :type "post"]))}})

(defn- path-in [folder name] (str (io/file folder name)))

(defn- open ^Closeable [folder view]
  (let [l (log/open (path-in folder "a.log") {:codec :json})
        d (db/open l {:dir (path-in folder "views") :views {:it view}})]
    {:log l, :db d, :view (:it d)}))

(defn- close [{:keys [log db]}]
  (db/close db)
  (log/close! log))

(defn- load! [folder {:keys [view answer]}]
  (let [opened (open folder (view))]
    (answer (:view opened) (slurp (path-in folder "author.txt")))
    (close opened)))

(defn- first-answer [folder {:keys [view answer] :as peer} {:keys [small]}]
  (load! small peer)
  (let [view (view), author (slurp (path-in folder "author.txt"))
        cpu-before (cpu), before (millis)
        opened (open folder view)
        found (answer (:view opened) author)
        took {:millis (- (millis) before) :cpu (- (cpu) cpu-before) :answer found}]
    (close opened)
    (assoc took :bytes (bytes-in (path-in folder "views")) :resident (resident))))

(defn- lookups [folder {:keys [view]} {:keys [authors n warmup]}]
  (let [authors (str/split-lines (slurp authors)), n (parse-long n)
        {:keys [view] :as opened} (open folder (view))
        run #(dotimes [i %] (newest view (nth authors (rem i (count authors)))))]
    (run (parse-long warmup))
    (let [cpu-before (cpu), before (millis)]
      (run n)
      (let [took {:millis (/ (- (millis) before) n) :cpu (/ (- (cpu) cpu-before) n)}]
        (try (assoc took :answer (mapv :key (newest view (first authors))))
             (finally (close opened)))))))

(defn- messages [file] (mapv #(json/read-str % :key-fn keyword) (str/split-lines (slurp file))))

(defn- timed [f]
  (let [before (millis)] (f) (- (millis) before)))

(defn- check-newest [view {:keys [key value]}]
  (when-not (= key (:key (first (newest view (:author value))))) (throw (ex-info "not the newest" {}))))

(defn- follow [folder peer {:keys [view answer]} {:keys [messages-of]}]
  (let [{:keys [log view] :as opened} (open folder (view))
        author (slurp (path-in folder "author.txt"))
        _ (answer view author)
        times (sort (mapv (fn [m] (timed #(do (log/append! log m)
                                              (if (= "index" peer) (check-newest view m) (answer view author)))))
                          (messages messages-of)))]
    (close opened)
    {:millis (nth times (quot (count times) 2)) :p99 (nth times (quot (* 99 (count times)) 100))}))

(defn- append [folder {:keys [messages-of]}]
  (with-open [l (log/open (path-in folder "a.log") {:codec :json})] (log/append-all! l (messages messages-of)))
  {})

(defn -main [action peer folder & options]
  (let [options (into {} (map (fn [word] (let [[k v] (str/split word #"=" 2)] [(keyword k) v]))) options)
        view (views peer)]
    (prn (case action
           "open"    (first-answer folder view options)
           "lookups" (lookups folder view options)
           "follow"  (follow folder peer view options)
           "append"  (append folder options)))
    (flush)
    (shutdown-agents)))
