(ns ^:no-doc flumelog.view.bitmap.querying
  "What can be asked of a bitmap view: `query`, `page`, `count-of`, `explain`, see `flumelog.view`."
  (:require [flumelog.db.handle :as handle]
            [flumelog.view.bitmap :as bitmap]
            [flumelog.view.bitmap.answer :as answer]
            [flumelog.view.bitmap.query :as query]
            [flumelog.view.lookup :as lookup]
            [flumelog.view.options :as options]
            [flumelog.view.token :as token])
  (:import (clojure.lang IReduce Seqable)
           (flumelog.coll LogCollection)
           (flumelog.log Log)
           (flumelog.run Bound)))

(set! *warn-on-reflection* true)

;; Options

(defn- check [known options]
  (let [{:keys [reverse] :as options} (options/check-keys known options)]
    (lookup/check-flag :reverse reverse)
    (lookup/check-limit options)
    (assoc options :reverse (not (false? reverse)))))

(defn- asked
  "The answer to read, and the function of the query."
  [view query options]
  (let [f (query/compiled (bitmap/names (handle/kind-of (handle/check view :bitmap))) query)]
    [(handle/fresh view options) f]))

;; Items

(defn- items
  "A transducer from offsets to what is asked for. Some of the records may have been deleted."
  [log as]
  (comp (map (lookup/item-fn log as)) (remove #(identical? lookup/none %))))

(deftype ^:private Found [offsets xform]
  IReduce
  (reduce [_ f init] (transduce xform (completing f) init offsets))
  (reduce [this f] (lookup/reduce-without-init this f))
  Seqable
  (seq [_] (seq (sequence xform (seq offsets))))
  Object
  (toString [_] "#flumelog/Found[...]"))

(.addMethod ^clojure.lang.MultiFn print-method Found (fn [found ^java.io.Writer w] (.write w (str found))))

(defn query [view query options]
  (let [{:keys [limit as reverse] :as options} (check lookup/reading-options options)
        [answer f] (asked view query options)
        items (items (handle/log-of view) as)]
    (Found. (answer/offsets answer f reverse nil) (if limit (comp items (take limit)) items))))

(defn count-of [view query options]
  (let [[answer f] (asked view query (options/check-keys handle/await-options options))]
    (answer/number answer f)))

(defn- behind
  "How far the newest record of the log is beyond the answer, in offsets."
  [^LogCollection log answer]
  (max 0 (- (.get (.since ^Log (.log log))) (answer/since answer))))

(defn explain [view query options]
  (let [[answer f] (asked view query (options/check-keys handle/await-options options)), {:keys [deleted size-in-bytes]} (answer/facts answer)]
    (array-map :records (answer/number answer f), :bitmaps (query/leaves (answer/names answer) query), :deleted deleted
               :behind (behind (handle/log-of view) answer), :size-in-bytes size-in-bytes)))

;; Pages

(def ^:private ^bytes no-key (byte-array 0))

(defn- page-of
  "The items of `limit` of the offsets, and the last of these when there are more."
  [^Log log offsets xform ^long limit]
  (let [item (xform conj)
        [found last-offset more?]
        (reduce (fn [[found last-offset] offset]
                  (if (= limit (count found))
                    (reduced [found last-offset true])
                    (let [more (item found offset)]
                      (if (identical? more found) [found last-offset] [more offset]))))
                [[] nil] offsets)]
    {:entries found, :after (when (and more? last-offset) (token/token log no-key last-offset))}))

(defn page [view query options]
  (let [{:keys [after limit as reverse] :as options} (check (conj lookup/reading-options :after) options)
        ^LogCollection log (handle/log-of view)
        after (when (some? after) (.offset ^Bound (token/bound (.log log) after no-key)))
        [answer f] (asked view query options)]
    (page-of (.log log) (answer/offsets answer f reverse after) (items log as) (or limit lookup/page-limit))))
