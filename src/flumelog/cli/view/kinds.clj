(ns ^:no-doc flumelog.cli.view.kinds
  "The kinds of views that a definition can describe by paths, and what can be asked of them. The public functions are in
   `flumelog.view`, which would load all kinds."
  (:require [flumelog.view.optional :as optional]))

(set! *warn-on-reflection* true)

(def ^:private functions
  '{:index  {:kind flumelog.view.index/kind,  :ask flumelog.view.lookup/lookup,           :count flumelog.view.lookup/count-of}
    :bitmap {:kind flumelog.view.bitmap/kind, :ask flumelog.view.bitmap.querying/query, :count flumelog.view.bitmap.querying/count-of}})

(defn function
  "Of a kind, the function with which views are made, `:kind`, or asked, `:ask` and `:count`."
  [kind what]
  (optional/function (get-in functions [kind what])))

(defn view
  "The view that a definition by paths describes. Throws `:bad-option`."
  [{:keys [kind] :as definition}]
  ((function kind :kind) (dissoc definition :kind)))
