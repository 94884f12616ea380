(ns flumelog.serve-browser-test
  "The page of a log in a browser, Chromium, which test/browser/drive.js drives. What is checked stands in test/browser/checks.js."
  (:require [clojure.data.json :as json]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in read-bytes with-temp-folder]]
            [flumelog.options :as options]
            [flumelog.serving :refer [with-page]]
            [flumelog.test-support :refer [size skip]])
  (:import (flumelog.codec Codec)
           (java.io BufferedReader Writer)
           (java.util Arrays HexFormat)))

(set! *warn-on-reflection* true)

;; What is needed

(def ^:private folder "test/browser")

(def ^:private chromium
  "Where Chromium is installed; nil when it is not."
  (delay (first (filter #(.canExecute (io/file %))
                        (for [path (str/split (str (System/getenv "PATH")) #":"), name ["chromium" "chromium-browser" "google-chrome"]]
                          (str path "/" name))))))

(defn- wrong-versions []
  (for [[package wanted] (get (json/read-str (slurp (str folder "/package.json"))) "dependencies")
        :let [file (io/file folder "node_modules" package "package.json")
              found (when (.exists file) (get (json/read-str (slurp file)) "version"))]
        :when (not= wanted found)]
    (str package " " wanted)))

(defn- node? []
  (try (zero? (.waitFor (.start (ProcessBuilder. ^"[Ljava.lang.String;" (into-array ["node" "--version"]))))) (catch java.io.IOException _ false)))

(defn- why-not
  "nil when a browser can be driven, else a sentence that says what is missing."
  []
  (cond
    (zero? (long (size 0 1))) "drives a browser: only from the size ci on"
    (not (node?)) "There is no node on the PATH. Install Node.js 20 or newer."
    (seq (wrong-versions)) (str "Not installed: " (str/join ", " (wrong-versions)) ". Run: npm ci --prefix " folder)
    (nil? @chromium) "There is no Chromium on the PATH. Run: bin/setup browser"))

;; The log

(def ^:private evil
  {:html "<img src=x onerror=\"window.evil=1\"><script>window.evil=1</script>" :turned "\u202egnp.exe" :lines "first\nsecond"
   :nested {:a [1 2 {:b #{:x}}] "text key" nil} :at 1517966781617})

(defn- message [n] {:key n :value {:author (if (even? (long n)) "alice" "bob") :n (rem (long n) 100) :text (str "message " n)}})

(defn- sleepy
  "EDN, of which each record takes some time while `slow?` holds."
  [slow?]
  (let [^Codec edn (options/->codec :edn)]
    {:encode #(.encode edn %) :decode (fn [data] (when @slow? (Thread/sleep 2)) (.decode edn data))}))

(defn- facts
  "What the checks compare with."
  [log path evil-offset]
  (let [present (into [] (log/offsets log)), newest (peek present), end (:end (log/info log)), data (- end newest 16)]
    {:newest newest :oldest (first present) :middle (nth present (quot (count present) 2)) :end end :evil evil-offset
     :frame {:places [newest (+ newest 4) (+ newest 4 data) (+ newest 8 data)]
             :hex (.formatHex (HexFormat/of) (Arrays/copyOfRange ^bytes (read-bytes path) (int newest) (int end)))}
     :hits (for [[offset {:keys [value]}] (rseq (log/entries log)) :when (and (= "alice" (:author value)) (< 90 (:n value)))] offset)}))

(defn- asked [word log path evil-offset slow?]
  (case word
    "ends"   (facts log path evil-offset)
    "append" {:newest (log/append! log (message 0))}
    "slow"   (reset! slow? true)
    "fast"   (reset! slow? false)))

;; Driving

(defn- drive
  "Runs the checks, and calls `report` with each result."
  [address answer report]
  (let [process (-> (ProcessBuilder. ^"[Ljava.lang.String;" (into-array ["node" (str folder "/drive.js") address @chromium (if (< 1 (long (size 1 2))) "ci" "quick")]))
                    (.redirectError java.lang.ProcessBuilder$Redirect/INHERIT)
                    (.start))]
    (try
      (with-open [^BufferedReader in (io/reader (.getInputStream process)), ^Writer out (io/writer (.getOutputStream process))]
        (doseq [line (line-seq in), :let [{:keys [ask] :as said} (json/read-str line :key-fn keyword)]]
          (if ask
            (doto out (.write (str (json/write-str (answer ask)) "\n")) (.flush))
            (report said))))
      (finally (.destroyForcibly process)))))

;; At most 200 records of the log are found by the search, which waits after so many.
(deftest the-page-does-in-a-browser-what-people-expect
  (if-let [reason (why-not)]
    (skip reason)
    (with-temp-folder [folder]
      (let [path (path-in folder "messages.log"), half (size 350 2400), slow? (atom false), results (atom [])]
        (with-open [l (log/open path {:codec (sleepy slow?) :sync :none})]
          (log/append-all! l (map message (range half)))
          (let [evil-offset (log/append! l evil)]
            (log/append-all! l (map message (range half)))
            (with-page [page l]
              (drive (:address page) #(asked % l path evil-offset slow?) #(swap! results conj %)))))
        (is (<= (long (size 11 16)) (count @results)))
        (doseq [{:keys [check error]} @results]
          (testing check (is (nil? error))))))))
