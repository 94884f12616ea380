(ns flumelog.docs-test
  "What the documents say is so: every example runs and gives what stands behind its `;=>`, every hex dump is what the
   log writes, and every table lists what there is."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.repl :as repl]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing use-fixtures]]
            [flumelog.core :as log]
            flumelog.db                                      ; whose printers stay, see forget-printers
            [flumelog.fixtures :refer [failure path-in read-bytes with-temp-folder]]
            [flumelog.test-disk]
            [show])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException$Kind)
           (flumelog.log LogOptions)))

(set! *warn-on-reflection* true)

(defn- blocks
  "The fenced blocks of a document that are of the kind; with what stands behind the kind."
  [document kind]
  (for [[_ more text] (re-seq (re-pattern (str "(?s)```" kind "([^\n]*)\n(.*?)```")) (slurp document))]
    [(str/trim more) text]))

(defn- differing
  "The forms of a text that don't give what it says. Logs with a name of their own are made in the folder."
  [folder prelude text]
  (let [file (io/file folder "example.clj")]
    (spit file (str/replace (str prelude "\n" text) #"\"([\w-]+\.log|views)\"" #(pr-str (path-in folder (second %)))))
    (seq (show/check (str file)))))

(def ^:private documents
  "All that is written for people, but the decisions and the list of changes."
  (cons "README.md" (sort (filter #(str/ends-with? % ".md") (map #(str "doc/" %) (.list (io/file "doc")))))))

(defn- forget-printers
  "Of types that an example has taught to print, for the tests behind it."
  [f]
  (let [known (set (keys (methods print-method)))]
    (try (f) (finally (run! #(remove-method print-method %) (remove #(contains? known %) (keys (methods print-method))))))))

(use-fixtures :each forget-printers)

(defn- differing-in [folder text]
  (differing folder (str "(ns flumelog.example-" (hash text) ")") text))

(deftest every-example-of-the-documents-gives-what-it-says
  (doseq [document (remove #{"doc/kafka.md"} documents), [_ text] (blocks document "clojure")] ; that has a test of its own
    (testing document
      (with-temp-folder [folder]
        (is (nil? (differing-in folder text)))))))

(deftest the-example-of-the-readme-works-a-second-time
  (let [[[_ text] & others] (blocks "README.md" "clojure")]
    (is (empty? others))
    (is (= 10 (count (str/split-lines text))) "ten lines, as on the front of the project")
    (with-temp-folder [folder]
      (is (nil? (differing-in folder text)))
      (is (nil? (differing-in folder text)) "the second time"))))

(deftest the-readme-is-short
  (is (<= (count (str/split-lines (slurp "README.md"))) 100)))

(defn- source-of-test [ns-name]
  (io/file "test" (str (str/replace (str/replace ns-name "." "/") "-" "_") ".clj")))

(deftest every-promise-names-tests-that-exist
  (let [named (re-seq #"`(flumelog\.[a-z-]+-test)(?:/([^`]+))?`" (str/join (map slurp documents)))]
    (is (< 40 (count (distinct (map second named)))))
    (doseq [[_ ns-name test-name] (distinct named), :let [source (source-of-test ns-name)]]
      (is (.exists ^java.io.File source) ns-name)
      (is (or (nil? test-name) (re-find (re-pattern (str "\\((deftest|defspec) " (java.util.regex.Pattern/quote test-name) "\\s")) (slurp source)))
          (str ns-name "/" test-name)))))

(deftest every-event-has-a-promise-and-a-test
  (let [[_ events] (re-find #"(?s)\n## The process ends\n(.*)\n## Not promised\n" (slurp "doc/recovery.md"))
        sections (rest (str/split events #"(?m)^### "))]
    (is (< 40 (count sections)))
    (doseq [section sections]
      (testing (first (str/split-lines section))
        (is (str/includes? section "* **Promised:** "))
        (is (re-find #"\* \*\*Tests:\*\* `(flumelog|bin)" section))))))

(deftest the-tour-shows-what-it-says
  (is (nil? (seq (show/check)))))

;; Docstrings: an example is a line of code followed by `;=>`, under an indent of its own.

(def ^:private writes '#{append! append-all! append-async! appending open block-cache})

(defn- examples [docstring]
  (->> (str/split-lines docstring)
       (map #(str/replace-first % #"^ {2}" ""))
       (drop-while #(not (re-find #"^ {3,}@?\(" %)))
       (filter #(re-find #"^ {3,}" %))
       (str/join "\n")))

(def ^:private public-namespaces
  (for [root ["src" "flumelog-test/src"], file (sort (file-seq (io/file root))) :when (str/ends-with? (str file) ".clj")
        :let [[kind ns-name] (read-string (slurp file))]
        :when (and (= 'ns kind) (not (:no-doc (meta ns-name))))]
    ns-name))

(defn- prelude
  "What stands before the examples of a namespace: where it is about a log there is one with three records."
  [ns-name example]
  (let [open (str "(def log (open \"example.log\"))\n"), fill "(append-all! log [{:n 1} {:n 2} {:n 3}])\n"
        refer #(str "(ns flumelog.example-" (abs (hash [ns-name example])) " (:require " (str/join " " %&) "))\n")]
    (case ns-name
      flumelog.core (str (str/replace (refer "[flumelog.core :refer :all]") "(:require" "(:refer-clojure :exclude [count]) (:require") open (when-not (writes example) fill)
                         (when (= 'recovery example) (str "(.close log)\n" open)))
      flumelog.async (str (refer "[flumelog.core :refer [append! append-all! open]]" "[flumelog.async :refer :all]"
                                 "[clojure.core.async :as async]") open fill)
      (flumelog.stats flumelog.stats.page)
      (str (refer "[flumelog.core :as log]" "[flumelog.stats :as stats]" "[flumelog.stats.page :as page]")
           "(def log (log/open \"example.log\"))\n" "(log/append-all! log [{:n 1} {:n 2} {:n 3}])\n")
      flumelog.serve (str (refer "[flumelog.core :refer [open]]" "[flumelog.serve :refer :all]") open)
      flumelog.test-disk (str (refer "[flumelog.test-disk :refer :all]") "(def d (disk))\n")
      (flumelog.db flumelog.view)
      (str (refer "[flumelog.core :as log]" "[flumelog.db :as db]" "[flumelog.view :as view]")
           "(def log (log/open \"example.log\"))\n" "(log/append-all! log [{:n 1} {:n 2} {:n 3}])\n"
           "(def db (db/open log {:views {:total (view/reduce {:init 0 :step (fn [acc _ m] (+ acc (:n m)))})
                                         :count (view/reduce {:init 0 :step (fn [n _ _] (inc n))})
                                         :by-n  (view/index {:keys [[:n]]})
                                         :fields (view/bitmap {:fields {:n [:n], :odd (fn [m] (odd? (:n m)))}})}}))\n")
      (refer (str "[" ns-name " :refer :all]")))))

(deftest every-public-var-has-an-example-that-runs
  (is (= '#{flumelog.async flumelog.codec.edn flumelog.codec.json flumelog.codec.nippy flumelog.core flumelog.db flumelog.kafka flumelog.memory flumelog.serve
            flumelog.specs flumelog.stats flumelog.stats.page flumelog.test-disk flumelog.view} (set public-namespaces)))
  (doseq [ns-name public-namespaces
          [symbol v] (do (require ns-name) (ns-publics ns-name))
          :when (not (or (:no-doc (meta v)) (str/includes? (str symbol) ".proxy$")))] ; what proxy makes
    (testing (str ns-name "/" symbol)
      (let [text (examples (str (:doc (meta v))))]
        (is (str/includes? text ";=>") "has an example")
        (with-temp-folder [folder]
          (is (nil? (differing folder (prelude ns-name symbol) text))))))))

(deftest a-repl-finds-the-source-of-each-public-var
  (doseq [ns-name public-namespaces
          [symbol v] (do (require ns-name) (ns-publics ns-name))
          :when (not (str/includes? (str symbol) ".proxy$"))]
    (is (re-find (re-pattern (str "^\\(def\\S* (\\^\\S+ )*" (java.util.regex.Pattern/quote (str symbol)) "\\s"))
                 (str (repl/source-fn (clojure.core/symbol v))))
        (str v " is in " (:file (meta v))))))

(deftest the-examples-of-namespaces-give-what-they-say
  (doseq [ns-name public-namespaces :let [text (do (require ns-name) (examples (str (:doc (meta (find-ns ns-name))))))]]
    (testing ns-name
      (is (or (= "" text) (str/includes? text ";=>")))
      (with-temp-folder [folder]
        (is (nil? (differing folder (prelude ns-name nil) text)))))))

;; Hex dumps

(defn- hex-bytes
  "The bytes of a dump: hex pairs at the start of each line, what is behind three spaces is for people."
  [text]
  (for [line (str/split-lines text)
        pair (re-seq #"\b[0-9a-f]{2}\b" (first (str/split line #" {3,}")))]
    (Integer/parseInt pair 16)))

(defn- file-bytes [path] (map #(bit-and 0xFF (long %)) (read-bytes path)))

(deftest the-hex-dumps-of-the-format-are-what-is-written
  (let [[dumps protected] (split-at 6 (blocks "doc/format.md" "hex"))]
    (is (= ["32" "48" "53" "legacy" "edn" "deleted"] (map first dumps)))
    (is (= ["checked" "encrypted" "sealed"] (map first protected)))
    (doseq [[what text] dumps]
      (testing what
        (with-temp-folder [folder]
          (let [path (path-in folder "a.log")
                format (case what
                         "legacy" {:framing :legacy :codec :utf8}
                         "deleted" {:offset-bits 32 :codec :utf8}
                         "edn" {}                              ; what a log is without options
                         {:offset-bits (parse-long what) :codec :utf8})]
            (with-open [^LogCollection l (log/open path format)]
              (log/append-all! l (if (= "edn" what) [{:n 1} "hello"] ["hello" "hi"]))
              (when (= "deleted" what) (log/delete! l 0)))
            (is (= (hex-bytes text) (file-bytes path)))))))))

(defn- log-of-dump [folder what]
  (let [path (path-in folder what)]
    (with-open [out (io/output-stream path)]
      (.write out (byte-array (map unchecked-byte (hex-bytes (get (into {} (blocks "doc/format.md" "hex")) what))))))
    path))

(deftest the-dumps-of-protected-logs-are-logs
  (with-temp-folder [folder]
    (let [path (log-of-dump folder "encrypted"), options {:codec :utf8 :sync :none :protect {:key (byte-array (range 32))}}]
      (with-open [^LogCollection l (log/open path options)]
        (is (= [[111 "hello"]] (vec (log/entries l))))))
    (let [path (log-of-dump folder "sealed")]
      (is (= {:ok true :deleted 1 :seals 1 :sealed-end 314} (select-keys (log/verify path {:codec :utf8}) [:ok :deleted :seals :sealed-end])))
      (with-open [^LogCollection l (log/open path {:codec :utf8 :sync :none})]
        (is (= [[149 "hi"]] (vec (log/entries l))))
        (is (= "257927771ae57bf4878907ddb8ce6a547a5f5072c6401b54eaadcb75a6471f28" (:root (log/head l))))
        (is (log/proves? (log/prove l 149) "hi" {:codec :utf8}))))
    (let [path (log-of-dump folder "checked")]
      (with-open [^LogCollection l (log/open path {:codec :utf8 :sync :none})]
        (is (= [[111 "hello"] [133 "hi"] [152 ""]] (vec (log/entries l))))
        (is (= "000102030405060708090a0b0c0d0e0f" (log/id l)))
        (is (= {:protect :checked :offset-bits 32 :end 169} (select-keys (log/info l) [:protect :offset-bits :end])))))))

;; Tables

(defn- table-options [text]
  (set (map second (re-seq #"(?m)^\s*\| `(:[\w-]+)`" text))))

(defn- known-options []
  (let [e (failure (LogOptions/of {:unknown 1}))]
    (set (re-seq #":[\w-]+" (second (str/split (ex-message e) #"Known: "))))))

(def ^:private kinds
  "Of errors, as `ex-data` names them."
  (set (map #(str ":" (str/lower-case (str/replace % "_" "-"))) (LogException$Kind/values))))

(deftest the-tables-list-every-option
  (is (= (known-options)
         (table-options (first (str/split (slurp "doc/api.md") #"(?m)^## Errors$")))
         (table-options (:doc (meta #'log/open))))))

(deftest the-page-of-calls-has-every-call
  (let [page (slurp "doc/api.md")]
    (doseq [call (keys (ns-publics 'flumelog.core))]
      (is (re-find (re-pattern (str "log/" (java.util.regex.Pattern/quote (str call)) "[ )`]")) page) (str call)))))

(deftest the-readme-has-the-five-options-that-matter
  (let [options (table-options (slurp "README.md"))]
    (is (= 5 (count options)))
    (is (every? (known-options) options))))

(deftest the-table-of-errors-has-every-kind
  (let [[_ errors] (str/split (slurp "doc/api.md") #"(?m)^## Errors$")]
    (is (= kinds (set (mapcat #(re-seq #":[a-z-]+" (second %)) (re-seq #"(?m)^\| ((?:`:[a-z-]+` ?)+) \|" errors)))))))

(defn- anchors
  "What links may name in a document: its headings, as GitHub spells them in addresses."
  [document]
  (set (for [[_ heading] (re-seq #"(?m)^#+ (.*)$" (str/replace (slurp document) #"(?s)```.*?```" ""))]
         (-> (str/lower-case heading) (str/replace #"[^\p{L}\p{N} _-]" "") (str/replace " " "-")))))

(deftest links-lead-somewhere
  (doseq [document (concat documents ["CHANGELOG.md"] (map #(str "doc/adr/" %) (.list (io/file "doc/adr"))))
          [_ path anchor] (re-seq #"\]\((?!http)([^)#]*)(?:#([^)]*))?\)" (str/replace (slurp document) #"(?s)```.*?```" ""))
          :let [target (if (= "" path) (io/file document) (io/file (.getParentFile (.getAbsoluteFile (io/file document))) path))]]
    (is (.exists ^java.io.File target) (str document " -> " path))
    (when anchor
      (is (contains? (anchors target) anchor) (str document " -> " path "#" anchor)))))

(deftest the-tree-of-cljdoc-has-every-document
  (let [listed (keep :file (filter map? (tree-seq sequential? seq (:cljdoc.doc/tree (edn/read-string (slurp "doc/cljdoc.edn"))))))]
    (is (= (sort (concat ["CHANGELOG.md" "README.md"] (filter #(str/ends-with? % ".md") (map str (file-seq (io/file "doc"))))))
           (sort listed)))))

(defn- slug [title] (str/replace (str/replace (str/lower-case title) #"[`',:*]" "") " " "-"))

(deftest decisions-are-named-after-their-titles
  (let [contents (into {} (filter (fn [[_ more]] (:file more)))
                       (filter vector? (tree-seq sequential? seq (:cljdoc.doc/tree (edn/read-string (slurp "doc/cljdoc.edn"))))))]
    (doseq [file (.list (io/file "doc/adr"))
            :let [[_ n title] (re-find #"^# (\d+)\. (.*)\n" (slurp (str "doc/adr/" file)))]]
      (is (str/starts-with? (format "%04d-%s.md" (parse-long n) (slug title)) (subs file 0 (- (count file) 3))) file)
      (is (= {:file (str "doc/adr/" file)} (get contents (str n ". " title))) file))))

;; The map of the code

(def ^:private java-root (io/file "java-src/flumelog"))

(defn- java-classes
  "Names of the classes of the core."
  []
  (set (for [file (map str (file-seq java-root)) :when (str/ends-with? file ".java")]
         (str/replace (.getName (io/file file)) ".java" ""))))

(defn- core-path []
  (let [[_ table] (re-find #"(?s)## The core path\n(.*?)\n###" (slurp "doc/architecture.md"))]
    (map second (re-seq #"`([a-z]+/\w+\.java)`" table))))

(deftest the-core-path-can-be-read-in-an-evening
  (let [files (map #(io/file java-root %) (core-path))]
    (is (<= 15 (count files) 22))
    (doseq [^java.io.File file files] (is (.exists file) (str file)))
    (is (<= (reduce + (map #(count (str/split-lines (slurp %))) files)) 3850))))

(deftest the-map-names-what-there-is
  (let [text (str/join (map slurp ["doc/architecture.md" "doc/maintaining.md"])), known (java-classes)]
    (doseq [[_ file] (re-seq #"`((?:java-src|src|test|dev|bin|resources)/[\w./-]+)`" text)]
      (is (.exists (io/file file)) file))
    (doseq [name (distinct (map second (re-seq #"`([A-Z]\w*[a-z]\w*)(?:\.\w+(?:\([^)`]*\))?)?`" text)))
            :when (not= "Flow" name)]
      (is (contains? known name) name))
    (doseq [[_ name method] (distinct (re-seq #"`([A-Z]\w+)\.(\w+)(?:\([^)`]*\))?`" text))
            :let [file (first (filter #(= (str name ".java") (.getName ^java.io.File %)) (file-seq java-root)))]
            :when (and file (not= "java" method))]
      (is (re-find (re-pattern (str "\\b" method "\\b")) (slurp file)) (str name "." method)))))

(deftest the-steps-of-opening-are-those-of-the-code
  (let [[_ code] (re-find #"(?s)LogFiles toWrite\(\)(.*?)catch" (slurp (io/file java-root "recovery/Opening.java")))
        [_ document] (re-find #"(?s)### One open\n(.*?)\n## " (slurp "doc/architecture.md"))]
    (is (= (for [[_ call n what] (re-seq #"(?m)^\s*(\S.*?);\s+// (\d+)\s+(.*)$" code)] (str n ". `" call "`: " what))
           (re-seq #"(?m)^\d+\. .*$" document)))))

(deftest every-package-has-a-page
  (doseq [^java.io.File file (file-seq java-root) :when (= "package-info.java" (.getName file))]
    (let [text (slurp file), known (java-classes)]
      (is (str/includes? text "Begin with") (str file))
      (is (str/includes? text "It may use") (str file))
      (doseq [[_ name] (re-seq #"\{@(?:code|link) (?:flumelog\.[a-z]+\.)?([A-Z]\w+)\}" text)]
        (is (contains? known name) (str file " names " name)))
      (is (str/includes? (slurp "doc/architecture.md") (str "| `" (.getName (.getParentFile file)) "` |")) (str file)))))

;; What clj-kondo is told

(defn- arities
  "How many arguments a function takes: a set of numbers."
  [v]
  (set (map count (:arglists (meta v)))))

(deftest clj-kondo-is-told-of-functions-that-exist
  (let [config (edn/read-string (slurp (io/resource "clj-kondo.exports/flumelog/flumelog/config.edn")))]
    (doseq [[ns-name functions] (get-in config [:linters :type-mismatch :namespaces])
            [function {told :arities}] functions
            :let [v (do (require ns-name) (ns-resolve ns-name function))]]
      (is (some? v) function)
      (doseq [[n {:keys [args]}] told]
        (is (contains? (arities v) n) (str function " of " n))
        (is (or (nil? args) (= n (count args))) (str function " of " n)))
      (doseq [{:keys [op opt]} (tree-seq coll? seq told) :when (= :keys op), option (keys opt)]
        (is (some #(re-find (re-pattern (str option "(?![\\w-])")) (:doc (meta %))) [v #'log/entries]) (str function " " option))))))
