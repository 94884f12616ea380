(ns flumelog.toolchain-test
  "What runs is what the build files ask for, and the poms ask others for no more. Some distributions' jars bring a Clojure
   of their own onto the class path, through their manifest and without a word."
  (:require [clojure.edn :as edn]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [clojure.xml :as xml])
  (:import (java.io ByteArrayInputStream)))

(def ^:private project-form (read-string (slurp "project.clj")))
(def ^:private project (apply hash-map (drop 3 project-form)))
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

;; The poms

(defn- pom
  "The elements of a pom, as {:tag :content}, below its root."
  [artifact]
  (:content (xml/parse (ByteArrayInputStream. (.getBytes ^String (slurp (str "dev/jar/" artifact ".xml")))))))

(defn- child [tag elements]
  (:content (first (filter #(= tag (:tag %)) elements))))

(defn- text [tag elements] (first (child tag elements)))

(defn- coordinates [elements]
  [(symbol (text :groupId elements) (text :artifactId elements)) (text :version elements)])

(defn- dependencies
  "What a pom asks for, as {library [version optional? excluded]}."
  [artifact]
  (into {} (for [{dependency :content} (child :dependencies (pom artifact)), :let [[lib v] (coordinates dependency)]]
             [lib [v (= "true" (text :optional dependency))
                   (mapv #(symbol (text :groupId (:content %)) (text :artifactId (:content %))) (child :exclusions dependency))]])))

(deftest the-poms-ask-for-what-the-build-files-ask-for
  (is (= (into {} (for [[lib v & {:keys [optional exclusions]}] (:dependencies project)]
                    [lib [v (true? optional) (vec exclusions)]]))
         (dependencies "flumelog")))
  (is (= (update-vals (:deps deps) (fn [{:keys [mvn/version optional exclusions]}] [version (true? optional) (vec exclusions)]))
         (dependencies "flumelog")))
  (let [own [(second project-form) (nth project-form 2)]]
    (is (= own (coordinates (pom "flumelog"))))
    (is (= {(first own) [(second own) false []]} (dependencies "flumelog-test")))
    (is (= [(namespace (first own)) (second own)] [(text :groupId (pom "flumelog-test")) (text :version (pom "flumelog-test"))]))))

(deftest a-program-has-to-use-no-repository-and-no-library-but-clojure
  (doseq [artifact ["flumelog" "flumelog-test"]]
    (is (nil? (child :repositories (pom artifact)))))
  (is (= ['org.clojure/clojure] (for [[lib [_ optional?]] (dependencies "flumelog") :when (not optional?)] lib))))

(deftest the-documents-name-the-versions-of-the-build-files
  (let [[own v] (rest project-form), known (into {own v, 'io.github.flumelog/flumelog-test v}
                    (map (juxt first second))
                    (concat (:dependencies project) (get-in project [:profiles :dev :dependencies])))
        said (fn [text] (map (fn [[_ lib v]] [(symbol lib) v])
                             (re-seq #"\[?([a-z0-9.]+/[a-z0-9.-]+) (?:\{:mvn/version )?\\?\"([0-9][^\"\\]*)" text)))]
    (doseq [[file least] {"README.md" 1, "doc/api.md" 6, "src/flumelog/options.clj" 3}]
      (is (<= least (count (said (slurp file)))) file)
      (doseq [[lib v] (said (slurp file))] (is (= (get known lib) v) (str file " names " lib " " v))))
    (is (str/includes? (slurp "README.md") (str "[" own " " (pr-str v) "]")))
    (is (str/includes? (slurp "doc/java.md") (str "(\"" (str/replace (str own) "/" ":") ":" v "\")")))
    (doseq [file ["doc/java.md" "dev/java/plain/pom.xml" "dev/java/spring/pom.xml"]]
      (is (re-find (re-pattern (str "<groupId>" (namespace own) "</groupId>\\s*<artifactId>" (name own) "</artifactId>\\s*<version>"
                                    v "</version>"))
                   (slurp file))
          file))))

;; How it is compiled

(deftest all-builds-compile-with-names-of-parameters-and-variables
  (let [options ["--release" "17" "-g" "-parameters" "-XDstringConcat=inline"]]
    (is (= options (take 5 (:javac-options project))))
    (is (str/includes? (slurp "build.clj") (str/join " " (map pr-str options))))
    (is (str/includes? (slurp "bin/jar") (str/join " " options)))))
