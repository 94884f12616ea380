(ns ^:no-doc flumelog.view.options
  "Checks the options of views and of their readings.

   * `check`: the options as a map, if each is known
   * `common`: `:version` and `:on-error`, which every kind of view has"
  (:require [flumelog.options :refer [->options]])
  (:import (flumelog.error OptionFailures Suggestion)
           (java.util List)))

(set! *warn-on-reflection* true)

(defn- refuse-unknown [known k]
  (throw (OptionFailures/unknownOption (str k) (Suggestion/ofOption (str k) (map str known)) (into (array-map) (map (juxt str identity)) known))))

(defn check-keys
  "The options as a map, if each is one of `known`."
  [known options]
  (let [options (->options options)]
    (run! #(when-not (.contains ^List known %) (refuse-unknown known %)) (keys options))
    options))

(defn check
  "The options of a view, which may have `own` ones and those of every kind."
  [own options]
  (check-keys (into own [:version :on-error]) options))

(defn common
  "`:version` and `:on-error` of a view."
  [{:keys [version on-error]}]
  (when-not (contains? #{nil :halt :skip} on-error)
    (throw (OptionFailures/badOption ":on-error" on-error ":halt or :skip")))
  {:version (if (nil? version) 1 version), :on-error (or on-error :halt)})
