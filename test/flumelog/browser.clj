(ns flumelog.browser
  "Checks of pages in a browser, Chromium, which scripts in test/browser drive.

   * `why-not`: why no browser can be driven here, or nil
   * `results`: what a script found"
  (:require [clojure.data.json :as json]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.test-support :refer [size]])
  (:import (java.io BufferedReader Writer)
           (java.util List)))

(set! *warn-on-reflection* true)

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
  (try (zero? (.waitFor (.start (ProcessBuilder. ^List (list "node" "--version"))))) (catch java.io.IOException _ false)))

(defn why-not
  "nil when a browser can be driven, else a sentence that says what is missing."
  []
  (cond
    (zero? (long (size 0 1))) "drives a browser: only from the size ci on"
    (not (node?)) "There is no node on the PATH. Install Node.js 20 or newer."
    (seq (wrong-versions)) (str "Not installed: " (str/join ", " (wrong-versions)) ". Run: npm ci --prefix " folder)
    (nil? @chromium) "There is no Chromium on the PATH. Run: bin/setup browser"))

(defn results
  "Runs a script of test/browser on the page at the address. Returns what it says, maps of `:check` and `:error`, and calls `answer`
   with each word that it asks for."
  [script address words answer]
  (let [^List command (concat ["node" (str folder "/" script) address @chromium] words)
        process (.start (doto (ProcessBuilder. command) (.redirectError java.lang.ProcessBuilder$Redirect/INHERIT)))]
    (try
      (with-open [^BufferedReader in (io/reader (.getInputStream process)), ^Writer out (io/writer (.getOutputStream process))]
        (reduce (fn [results line]
                  (let [{:keys [ask] :as said} (json/read-str line :key-fn keyword)]
                    (if ask
                      (do (doto out (.write (str (json/write-str (answer ask)) "\n")) (.flush)) results)
                      (conj results said))))
                [] (line-seq in)))
      (finally (.destroyForcibly process)))))
