(ns planted-test
  "The list of bin/planted-bugs is true: each bug can be planted where the list says, in one place, and names tests."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]))

(set! *warn-on-reflection* true)

(defn- times-in [^String text ^String part]
  (count (take-while nat-int? (iterate #(.indexOf text part (inc (long %))) (.indexOf text part)))))

(defn- exists?
  "Whether there is the test namespace, or the test in it."
  [test]
  (let [file (io/file "test" (str (-> (or (namespace test) (name test)) (str/replace "." "/") (str/replace "-" "_")) ".clj"))]
    (and (.exists file)
         (or (nil? (namespace test))
             (some? (re-find (re-pattern (str "\\((deftest|defspec) (\\^\\{[^}]*\\} )?" (name test) "\\s")) (slurp file)))))))

(deftest each-bug-can-be-planted
  (let [bugs (edn/read-string (slurp "dev/planted/bugs.edn"))]
    (is (<= 12 (count bugs)))
    (doseq [{:keys [bug edits tests]} bugs]
      (doseq [[file find] edits]
        (is (= 1 (times-in (slurp (io/file (if (str/ends-with? file ".clj") "src/flumelog" "java-src/flumelog") file)) find)) (str bug ": " file " has " (pr-str find))))
      (doseq [test tests]
        (is (exists? test) (str bug ": there is no " test))))))
