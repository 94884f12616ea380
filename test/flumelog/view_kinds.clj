(ns flumelog.view-kinds
  "The kinds of views, for the tests of what every view does. A kind joins with an entry in `kinds`:

   * `:view`, a function of a version that makes a view, which differs from version to version
   * `:ask`, a function of the view in a db, and options of reading, that gives all that it answers, as a value
   * `:model`, a function of the version and the entries of a log, that gives the same by plain means

   The values of the logs are maps `{:n number, :k one of a few words}`."
  (:require [flumelog.view :as view]))

(set! *warn-on-reflection* true)

(def words ["a" "b" "ab" "c"])

(defn- weight [version m] (* version (:n m)))

(def kinds
  {"reduce that retracts"
   {:view  (fn [version] (view/reduce {:version version :init {}
                                       :step    (fn [acc _ m] (update acc (:k m) (fnil + 0) (weight version m)))
                                       :retract (fn [acc _ m] (update acc (:k m) - (weight version m)))}))
    :ask   (fn [v options] (into {} (remove (comp zero? val)) (view/value v options)))
    :model (fn [version entries]
             (into {} (remove (comp zero? val))
                   (update-vals (group-by :k (map val entries)) #(apply + (map (partial weight version) %)))))}

   "reduce that does not"
   {:view  (fn [version] (view/reduce {:version version :init [] :step (fn [acc offset m] (conj acc [offset (weight version m)]))}))
    :ask   (fn [v options] (view/value v options))
    :model (fn [version entries] (mapv (fn [[offset m]] [offset (weight version m)]) entries))}})
