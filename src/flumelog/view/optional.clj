(ns ^:no-doc flumelog.view.optional
  "Calls functions of kinds of views that need a library, whose namespaces are loaded only then."
  (:import (flumelog.error LogException)))

(set! *warn-on-reflection* true)

(defn- own-failure
  "What the namespace itself threw; Clojure wraps what is thrown while a namespace loads."
  [e]
  (or (first (filter #(instance? LogException %) (take-while some? (iterate ex-cause e)))) e))

(defn function
  "The function that the symbol names. Throws `:bad-option` with the dependency that is missing."
  [symbol]
  (try
    (requiring-resolve symbol)
    (catch Exception e (throw (own-failure e)))))
