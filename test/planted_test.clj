(ns planted-test
  "The list of bin/planted-bugs is true: each bug can be planted where the list says, in one place, and names tests."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]))

(set! *warn-on-reflection* true)

(defn- times-in [^String text ^String part]
  (count (take-while nat-int? (iterate #(.indexOf text part (inc (long %))) (.indexOf text part)))))

(deftest each-bug-can-be-planted
  (let [bugs (edn/read-string (slurp "dev/planted/bugs.edn"))]
    (is (<= 12 (count bugs)))
    (doseq [{:keys [bug edits tests]} bugs]
      (doseq [[file find] edits]
        (is (= 1 (times-in (slurp (io/file "java-src/flumelog" file)) find)) (str bug ": " file " has " (pr-str find))))
      (doseq [test tests :let [namespace (or (namespace test) (name test))]]
        (is (.exists (io/file "test" (str (-> namespace (str/replace "." "/") (str/replace "-" "_")) ".clj"))) bug)))))
