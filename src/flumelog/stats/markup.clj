(ns ^:no-doc flumelog.stats.markup
  "HTML and SVG from vectors, `[:p {:class \"note\"} \"text\" ...]`. All text and all attributes are escaped."
  (:require [clojure.string :as str]))

(set! *warn-on-reflection* true)

(deftype ^:private Raw [text])

(defn raw
  "Text that is not escaped: of our own, such as a style sheet."
  [text]
  (->Raw text))

(def ^:private void #{:meta :br})

(defn escape [text]
  (str/escape (str text) {\& "&amp;", \< "&lt;", \> "&gt;", \" "&quot;", \' "&#39;"}))

(defn- write-attributes! [^StringBuilder out attributes]
  (doseq [[k v] attributes :when (some? v)]
    (.append out (str " " (name k) "=\"" (escape v) "\""))))

(defn- write! [^StringBuilder out node]
  (cond
    (nil? node) nil
    (vector? node) (let [[tag & more] node, [attributes children] (if (map? (first more)) [(first more) (rest more)] [nil more])]
                     (.append out (str "<" (name tag)))
                     (write-attributes! out attributes)
                     (.append out ">")
                     (run! #(write! out %) children)
                     (when-not (void tag) (.append out (str "</" (name tag) ">"))))
    (seq? node) (run! #(write! out %) node)
    (instance? Raw node) (.append out ^String (.text ^Raw node))
    :else (.append out ^String (escape node))))

(defn render ^String [node]
  (let [out (StringBuilder.)]
    (write! out node)
    (str out)))
