(ns ^:no-doc flumelog.cli.view.definition
  "The file that `--views` names: views by field paths, as EDN.

     {:by-author {:kind :index,  :keys [[:value :author]]}
      :fields    {:kind :bitmap, :fields {:type [:value :content :type]}, :version 2}
      :total     {:kind :reduce}}

   An index and a bitmap may have the options that these have in `flumelog.view`. Views of other kinds, and those whose program
   uses functions, can be named; only their status can be asked for."
  (:require [clojure.edn :as edn]
            [flumelog.arguments :refer [refuse]]
            [flumelog.options :refer [->path]])
  (:import (java.nio.charset CharacterCodingException)
           (java.nio.file Files NoSuchFileException)))

(set! *warn-on-reflection* true)

(defn- text-of [file]
  (try (Files/readString (->path file))
       (catch NoSuchFileException _ (refuse "--views" file "a file that exists"))
       (catch CharacterCodingException _ (refuse "--views" file "a file of EDN"))))

(defn- data-of [file]
  (try (edn/read-string (text-of file))
       (catch RuntimeException e
         (if (ex-data e) (throw e) (refuse "--views" file (str "a file of EDN (" (ex-message e) ")"))))))

(defn- view? [[name definition]]
  (and (keyword? name) (map? definition) (keyword? (:kind definition))))

(defn definitions
  "The views of the file by name."
  [file]
  (let [views (data-of file)]
    (when-not (and (map? views) (every? view? views))
      (refuse "--views" file "a file with a map such as {:by-author {:kind :index :keys [[:value :author]]}}"))
    views))

(defn by-paths?
  "Whether the definition has all that is needed to build the view."
  [{:keys [kind keys fields]}]
  (or (and (= :index kind) (some? keys)) (and (= :bitmap kind) (some? fields))))

(defn name-of
  "The name of a view, with or without its colon, as a keyword."
  [^String text]
  (keyword (if (.startsWith text ":") (subs text 1) text)))
