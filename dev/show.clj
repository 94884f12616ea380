(ns show
  "Shows dev/tour.clj as if someone typed it at a REPL: its comments as text, its forms behind a prompt
   with their results below. `bin/tour` runs it, and then starts a REPL in the tour's namespace.

   In the file, a form may be followed by its expected result:

     (log/append! l {:n 1})   ;=> 0
     (log/fetch l 7)          ;=> throws offset 7 is not the start of a record ...

   `...` stands for any text. A longer result continues in lines that begin with `;` and three spaces.
   ` ; ` begins a remark. A form that throws ends the show, unless the file says that it throws.

   * `check`: the forms whose result is not the expected one
   * `-main`: the show"
  (:require [clojure.java.io :as io]
            [clojure.main :as main]
            [clojure.string :as str])
  (:import (clojure.lang LineNumberingPushbackReader)
           (java.io StringWriter)
           (java.util.regex Pattern)))

(set! *warn-on-reflection* true)

(def ^:private tour "dev/tour.clj")

;;; Reading

(defn- read-form
  "The next form of the file, its source as written, and the text before it. At the end :form is ::end."
  [^LineNumberingPushbackReader in]
  (.captureString in)
  (let [form   (read {:eof ::end :read-cond :allow} in)
        text   (.getString in)
        before (re-find #"^(?:[\s,]|;[^\n]*)*" text)
        source (subs text (count before))]
    {:form   form
     :source source
     :before before
     :line   (- (.getLineNumber in) (count (filter #{\newline} source)))}))

(def ^:private expectation
  "Matches a result, on the line of its form or below, and all the text behind it."
  #"(?s)[ \t]*\n?[ \t]*;=>([^\n]*(?:\n[ \t]*;   [^\n]*)*)(.*)")

(defn- parse-between
  "Takes apart the text between two forms: the expected result of the first form, a remark on it, and the
   lines that are meant for the reader."
  [between]
  (let [[_ result others] (re-matches expectation between)
        [expected remark] (some-> result (str/replace #"\n[ \t]*;" " ") (str/split #"\s;\s" 2))]
    {:expected (some-> expected str/trim)
     :remark   (some-> remark str/trim)
     :text     (str/split-lines (str/replace (or others between) #"^[ \t]*\n" ""))}))

;;; Running

(defn- message
  "The message that a REPL prints of a Throwable: that of the root cause."
  [thrown]
  (or (:cause (Throwable->map thrown)) (.getName (class thrown))))

(defn- evaluate
  "Evaluates the form as a REPL does: sets *1, *2, *3 and *e, and returns the printed result."
  [form]
  (try
    (let [value (eval form)
          shown (pr-str value)]
      (set! *3 *2)
      (set! *2 *1)
      (set! *1 value)
      {:result shown})
    (catch Throwable e
      (set! *e e)
      {:result (str "throws " (message e)), :thrown? true})))

(defn- as-expected? [expected result]
  (let [one-spaced #(str/replace (str/trim %) #"\s+" " ")
        literally  #(Pattern/quote %)
        parts      (str/split (one-spaced expected) #"\.\.\." -1)]
    (some? (re-matches (re-pattern (str/join ".*" (map literally parts))) (one-spaced result)))))

(defn- stops-the-tour? [{:keys [thrown? expected]}]
  (and thrown? (not (str/starts-with? (or expected "") "throws"))))

(defn- play
  "Evaluates the forms of a file in turn, in the namespace that its ns form makes. Calls
   (before step) before each form, and once at the end of the file. Calls (after step) after each form;
   the step then has :result, and :expected and :remark if the file has them. Returns the name of the
   namespace, or nil if a form stopped the tour."
  [path before after]
  (with-open [in (LineNumberingPushbackReader. (io/reader path))]
    (main/with-bindings
      (in-ns 'user)
      (set! *print-length* 10)
      (set! *print-level* 5)
      (loop [{:keys [form] :as step} (read-form in)
             text (:text (parse-between (:before step)))]
        (before (assoc step :text text))
        (if (= ::end form)
          (ns-name *ns*)
          (let [outcome (evaluate form)
                next    (read-form in)
                between (parse-between (:before next))
                step    (merge step outcome (select-keys between [:expected :remark]))]
            (after step)
            (when-not (stops-the-tour? step)
              (recur next (:text between)))))))))

(defn check
  "Runs the tour without showing it. Returns the forms whose result is not the expected one, as maps with
   :line, :source, :expected and :result."
  ([] (check tour))
  ([path]
   (let [differing (atom [])
         differs?  (fn [{:keys [expected result] :as step}]
                     (if expected (not (as-expected? expected result)) (stops-the-tour? step)))]
     (binding [*out* (StringWriter.)]
       (play path
             (constantly nil)
             #(when (differs? %)
                (swap! differing conj (select-keys % [:line :source :expected :result])))))
     @differing)))

;;; Showing

(defn- print-text [lines]
  (doseq [line (map #(str/replace % #"^\s*;+ ?" "") lines)]
    (println line)))

(defn- print-source [{:keys [form source text]}]
  (print-text text)
  (when-not (= ::end form)
    (let [prompt (str (ns-name *ns*) "=> ")]
      (println (str prompt (str/replace source "\n" (str "\n" (str/replace prompt #"." " "))))))
    (flush)))

(defn- print-result [{:keys [result remark] :as step}]
  (println (str ";=> " result (when remark (str "   ; " remark))))
  (when (stops-the-tour? step)
    (println)
    (println "The tour ends here: this should not have been thrown."))
  (flush))

(defn- start-nrepl
  "Starts nREPL, so that an editor can connect. It is not a dependency: bin/tour adds it if it finds it."
  []
  (if-let [start-server (try (requiring-resolve 'nrepl.server/start-server)
                             (catch java.io.FileNotFoundException _ nil))]
    (let [{:keys [port]} (start-server)]
      (doto (io/file ".nrepl-port") (spit port) .deleteOnExit)
      (println (str "An editor can connect to nREPL on port " port " (also in .nrepl-port).")))
    (println "No nREPL for editors here: neither lein nor a repository that has it was found.")))

(defn- clean-up-at-the-end
  "Calls the tour's clean-up! when the JVM ends, by Ctrl-D or by Ctrl-C."
  [ns-name]
  (when-let [clean-up! (ns-resolve ns-name 'clean-up!)]
    (.addShutdownHook (Runtime/getRuntime) (Thread. ^Runnable clean-up!))))

(defn- repl [ns-name]
  (clean-up-at-the-end ns-name)
  (println)
  (start-nrepl)
  (println "Now it is your turn, in the namespace" (str ns-name ": (doc log/open) says more; Ctrl-D ends it."))
  (main/repl :init (fn []
                     (in-ns ns-name)
                     (apply require main/repl-requires)
                     (set! *print-length* 10)
                     (set! *print-level* 5))))

(defn -main
  "Shows the tour. Then, if FLUMELOG_REPL is set, as bin/tour does at a terminal, starts a REPL."
  [& [path]]
  (let [ns-name (play (or path tour) print-source print-result)]
    (when (and ns-name (System/getenv "FLUMELOG_REPL"))
      (repl ns-name))
    (shutdown-agents)
    (System/exit (if ns-name 0 1))))
