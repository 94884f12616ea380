;; Compiles namespaces ahead for the command line: clojure.main dev/cli/compile.clj FOLDER NAMESPACE...
;;
;; The compiled code of a namespace does not refer to clojure.core again when it is loaded: its symbols were resolved when it
;; was compiled. For each of some thirty namespaces that would put 700 names into a map, which takes a third of the time that
;; a command needs to start. So the macro ns refers while it is expanded, and leaves it out of its expansion.
(require '[clojure.java.io :as io]
         '[clojure.walk :as walk])

(defn- filters
  "Which names a form refers to of clojure.core, as the arguments of `refer` behind the namespace; nil for any other form."
  [form]
  (when (seq? form)
    (cond (= `refer-clojure (first form))                   (vec (rest form))
          (= [`refer ''clojure.core] (take 2 form))         (vec (drop 2 form)))))

(defn- refer-now! [ns-name filters]
  (binding [*ns* (create-ns ns-name)]
    (apply refer 'clojure.core (map eval filters))))

(defn- without-loader
  "The form without a class loader of its own. All namespaces are loaded by the one that flumelog.cli.ClojureVerb sets."
  [form]
  (if (and (seq? form) (= `with-loading-context (first form))) (cons 'do (rest form)) form))

(alter-var-root #'clojure.core/ns
  (fn [ns]
    (fn [form env ns-name & references]
      (walk/prewalk #(if-let [filters (filters %)] (refer-now! ns-name filters) (without-loader %))
                    (apply ns form env ns-name references)))))

(defn- compile-again!
  "Compiles a namespace of Clojure, which `compile` would not do, since it is compiled already."
  [ns-name]
  (let [file (str (.. (str ns-name) (replace \. \/) (replace \- \_)) ".clj")]
    (with-open [source (io/reader (io/resource file))]
      (binding [*compile-files* true]
        (clojure.lang.Compiler/compile source file (last (.split file "/")))))))

(let [[folder & namespaces] *command-line-args*]
  (binding [*compile-path* folder]
    (doseq [ns-name (map symbol namespaces)]
      (if (.startsWith (str ns-name) "clojure.") (compile-again! ns-name) (compile ns-name)))))
