(ns flumelog.repl-test
  "What a real REPL prints when something goes wrong. It prints the message of the root cause and no other, so the
   sentence of the log has to be that one. Also asked: what stays at hand for a stack trace, for Java, and for
   `ex-data`."
  (:require [clojure.java.io :as io]
            [clojure.main :as main]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [files-in path-in with-temp-folder]]
            [flumelog.process :as process])
  (:import (flumelog.error LogException)
           (java.io PrintWriter StringWriter)))

(set! *warn-on-reflection* true)

(defn- printed
  "What `clojure.main/repl` prints to *err* for these forms, which are text."
  [forms]
  (let [err (StringWriter.)]
    (binding [*err* (PrintWriter. err true), *out* (StringWriter.), *ns* *ns*]
      (with-in-str forms
        (main/repl :prompt (fn []) :need-prompt (constantly false)
                   :init #(do (in-ns 'user) (require '[flumelog.core :as log] '[flumelog.memory :as memory])))))
    (str err)))

(defn- sentences
  "The sentence that is printed for each failure: the line behind the one that names the class and the place."
  [text]
  (map second (re-seq #"(?:Execution|Syntax) error .* at .*\n(.*)" text)))

(defn- failing
  "Forms that fail, with the words that have to be in what a REPL prints."
  [folder]
  (let [none (path-in folder "nope.log"), log (path-in folder "a.log"), text (path-in folder "text.log")]
    (spit text "this is no log, but some text of an ordinary length\n")
    (.mkdir (io/file (path-in folder "a-folder.log")))
    [[(pr-str (list 'log/open none {:mode :read}))
      [(str "cannot open " none) "there is no"]]
     [(pr-str (list 'def 'l (list 'log/open none {:mode :read})))
      [(str "cannot open " none)]]
     [(pr-str (list 'log/open (path-in folder "a-folder.log")))
      ["cannot open " "a-folder.log" "Is a directory"]]
     [(pr-str (list 'log/open "/proc/no/a.log"))
      ["cannot open /proc/no/a.log"]]
     [(pr-str (list 'log/open text))
      [text "nothing was changed"]]
     [(pr-str (list 'with-open ['l (list 'log/open log)] '(log/append! l (Object.))))
      ["cannot encode a value for " log]]
     [(pr-str (list 'with-open ['l (list 'log/open log)] '@(log/append-async! l (Object.))))
      ["cannot encode a value for " log]]
     [(pr-str (list 'with-open ['l (list 'log/open log {:codec :utf8})] '(log/append! l "{:a")))
      nil]
     [(pr-str (list 'with-open ['l (list 'log/open log)] '(get l 0)))
      ["the record at offset 0 in " log "is not :edn"]]
     [(pr-str (list 'with-open ['l (list 'log/open log)] '(run! prn (rseq l))))
      ["the record at offset 0 in " log]]
     [(pr-str (list 'log/compact! none))
      [(str "cannot open " none)]]
     [(pr-str (list 'log/convert log "/proc/b.log"))
      ["/proc/b.log"]]
     [(pr-str (list 'with-open ['l '(memory/open)] '(.close l) '(log/append! l 1)))
      ["memory is closed"]]]))

(deftest a-repl-prints-the-sentence-and-not-what-the-system-said
  (with-temp-folder [folder]
    (doseq [[form words] (failing folder) :let [said (sentences (printed form))]]
      (testing form
        (is (= (if words 1 0) (count said)) (pr-str said))
        (doseq [word words]
          (is (str/includes? (str (first said)) word)))))))

(deftest a-repl-of-a-process-of-its-own-prints-the-same
  (with-temp-folder [folder]
    (let [forms (failing folder)
          process (process/start-main)
          in (io/writer (.getOutputStream process))]
      (.write in "(require '[flumelog.core :as log] '[flumelog.memory :as memory])\n")
      (doseq [[form] forms] (.write in (str form "\n")))
      (.close in)
      (let [said (sentences (slurp (.getInputStream process)))]
        (is (= (keep second forms)
               (map (fn [words sentence] (filter #(str/includes? (str sentence) %) words))
                    (keep second forms) (concat said (repeat nil)))))))))

(deftest the-tour-prints-the-same-and-leaves-nothing-behind
  (with-temp-folder [folder]
    (let [none (path-in folder "nope.log")
          process (process/start-main [(str "-Djava.io.tmpdir=" folder)] ["-m" "show"] {"FLUMELOG_REPL" "1"})]
      (with-open [in (io/writer (.getOutputStream process))]
        (.write in (str (pr-str (list 'log/open none {:mode :read})) "\n")))   ; and then Ctrl-D
      (let [text (slurp (.getInputStream process))]
        (is (= 0 (.waitFor process)))
        (is (str/includes? text "earthquakes.log"))
        (is (= [(str "cannot open " none ": there is no " none)] (sentences text)))
        (is (= #{} (files-in folder)))))))

(deftest the-original-exception-is-attached-but-is-not-the-cause
  (with-temp-folder [folder]
    (let [^LogException e (try (log/open (path-in folder "nope.log") {:mode :read}) (catch LogException e e))
          trace (StringWriter.)]
      (.printStackTrace e (PrintWriter. trace true))
      (is (nil? (ex-cause e)))
      (is (instance? java.nio.file.NoSuchFileException (.origin e)))
      (is (= [(.origin e)] (vec (.getSuppressed e))))
      (is (str/includes? (str trace) "Suppressed: java.nio.file.NoSuchFileException")))
    (let [^LogException e (try (log/since nil) (catch LogException e e))]
      (is (nil? (.origin e))))))

(deftest an-error-is-shown-whatever-its-data-is
  (let [e (try (log/open (range)) (catch LogException e e))]
    (is (= "path must be a string that is not empty, a java.io.File or a java.nio.file.Path, was a clojure.lang.Iterate"
           (ex-message e)))
    (is (str/includes? (str e) "value=a clojure.lang.Iterate"))))
