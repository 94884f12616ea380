(ns ^:no-doc flumelog.db.handle
  "What a program has of a view: `(:total db)` is a handle, see `flumelog.db.following-handle`. `db/read` gives handles that
   stay at one since, and `flumelog.db.once` those of views that nobody follows.

   * `fresh`: the answer of the view's state, after waiting as the options say
   * `failed!`: tells the db of an exception while an answer was read
   * `log-of`: the log, a LogCollection, whose values are what the view's functions get
   * `kind-of`: the `flumelog.db.kind/Kind` of the view
   * `check`: refuses what is no handle of a kind of view"
  (:require [flumelog.arguments :refer [refuse]]
            [flumelog.db.kind :as kind])
  (:import (clojure.lang IDeref)
           (java.io Writer)))

(set! *warn-on-reflection* true)

(defprotocol Handle
  (fresh [handle options]
    "The answer of the view's state, as far as `:await` and `:timeout-ms` of the options ask for. Other options are ignored.")
  (failed! [handle e]
    "Reading an answer has thrown. When that is because files of the view are damaged, the view is built anew.")
  (log-of [handle])
  (kind-of [handle])
  (name-of [handle]))

(def await-options
  "The options that `fresh` reads."
  [:await :timeout-ms])

(defn check-reduce [handle]
  (when (not= :reduce (:kind (kind/traits (kind-of handle))))
    (refuse "view" handle "a view/reduce, which has a value; ask other views by lookup, page or query")))

(deftype PinnedHandle [handle answer]
  Handle
  (fresh [_ _] answer)
  (failed! [_ e] (failed! handle e))
  (log-of [_] (log-of handle))
  (kind-of [_] (kind-of handle))
  (name-of [_] (name-of handle))
  IDeref
  (deref [_]
    (check-reduce handle)
    answer)
  Object
  (toString [_] (str handle)))

(.addMethod ^clojure.lang.MultiFn print-method PinnedHandle (fn [handle ^Writer w] (.write w (str handle))))

(defn of-kind?
  "Whether it is a handle of a view of the kind `:reduce`, `:index` or `:bitmap`."
  [handle kind]
  (and (satisfies? Handle handle) (= kind (:kind (kind/traits (kind-of handle))))))

(defn check
  "The handle, if it is of a view of the kind."
  [handle kind]
  (if (of-kind? handle kind)
    handle
    (refuse "view" handle (str "a view of a db, made by view/" (name kind)))))
