(ns flumelog.toolchain-test
  "What runs is what the build files ask for. Some distributions' jars bring a Clojure of their own
   onto the class path, through their manifest and without a word."
  (:require [clojure.edn :as edn]
            [clojure.test :refer [deftest is]]))

(def ^:private project (apply hash-map (drop 3 (read-string (slurp "project.clj")))))
(def ^:private deps (edn/read-string (slurp "deps.edn")))

(defn- version [dependencies lib]
  (some (fn [[l v]] (when (= l lib) v)) dependencies))

(deftest runs-on-the-clojure-asked-for
  (is (= (if-let [profile (System/getProperty "flumelog.clojure")]
           (version (get-in project [:profiles (keyword profile) :dependencies]) 'org.clojure/clojure)
           (version (:dependencies project) 'org.clojure/clojure))
         (clojure-version))))

(deftest both-build-files-ask-for-the-same
  (is (= (into {} (map (fn [[lib v]] [lib v])) (:dependencies project))
         (update-vals (:deps deps) :mvn/version)))
  (is (= (version (get-in project [:profiles :1.11 :dependencies]) 'org.clojure/clojure)
         (get-in deps [:aliases :1.11 :override-deps 'org.clojure/clojure :mvn/version]))))
