(ns ^:no-doc flumelog.datafy
  "`datafy` and `nav` lead from a log to pages of its records, to one record, and to its frame as it is in the file.

     (datafy log)                            what `info` says, `:recovery`, and links to the `:oldest` and `:newest` page
     (nav log-data :newest link)             {:records [{:offset n :value v} ...] :older link :newer link}
     (nav (:records page) index in-page)     {:offset n :value v :frame link}
     (nav record :frame link)                {:start n :length n :data bytes ...}, of a file also :end, :bytes, :framing

   What the last of them has, the back end says: `describe`. A link says how to find what it leads to: for a page the options of `entries`. Datafying a log reads nothing, and each
   step after that its own page or record. The records of a page are in the order of the log; one that can't be read has
   the exception as its value."
  (:require [clojure.core.protocols :as p]
            [flumelog.facts :as facts])
  (:import (flumelog.coll LogCollection LogView Projection)
           (flumelog.error LogException)
           (flumelog.log Range)))

(set! *warn-on-reflection* true)

(def ^:private ^:const page-records 20)

(defn- navigable
  "The data, from whose key k `(step k v)` leads on."
  [data step]
  (vary-meta data assoc `p/nav (fn [_ k v] (step k v))))

;; Records

(defn- value-at
  "The value of the record, the exception where it can't be read, or `none` where it was deleted meanwhile."
  [^LogCollection log offset none]
  (try
    (.valAt log offset none)
    (catch LogException e
      (if (.isClosed (.log log)) (throw e) e))))

(defn- in-page [log offset]
  (let [value (value-at log offset ::none)]
    (when-not (= ::none value)
      (navigable {:offset offset :value value}
                 (fn [k v] (if (= :frame k) (facts/record (.log ^LogCollection log) offset) v))))))

(defn- with-frame [{:keys [offset] :as record}]
  (assoc record :frame {:start offset}))

;; Pages

(defn- offsets ^LogView [^LogCollection log options]
  (.view log (Range/of options) Projection/OFFSETS))

(defn- link
  "The options of a page, or nil where it would have no record."
  [log options]
  (when (seq (offsets log (assoc options :limit 1)))
    (assoc options :limit page-records)))

(defn- page
  "The page of a range. Its offsets are read first, so that a record which can't be read doesn't hide the others."
  [log {:keys [reverse] :as options}]
  (let [found (cond-> (into [] (offsets log options)) reverse rseq)
        older (when found (link log {:lt (first found) :reverse true}))
        newer (when found (link log {:gt (last found)}))]
    (navigable (cond-> {:records (navigable (into [] (keep #(in-page log %)) found)
                                            (fn [_ record] (with-frame record)))}
                 older (assoc :older older)
                 newer (assoc :newer newer))
               (fn [k v] (if-let [link ({:older older :newer newer} k)] (page log link) v)))))

;; The log

(def ^:private ends
  {:oldest {:limit page-records}
   :newest {:limit page-records :reverse true}})

(extend-protocol p/Datafiable
  LogCollection
  (datafy [log]
    (let [back-end (.log ^LogCollection log)]
      (navigable (merge (facts/info back-end) {:recovery (facts/recovery back-end)} ends)
                 (fn [k v] (if-let [options (ends k)] (page log options) v))))))
