(ns ^:no-doc flumelog.datafy
  "With `datafy` and `nav` one can browse from a log to pages of its records, to one record, and to its frame in the
   file.

     (datafy log)                            the facts of `info`, `:recovery`, links to the `:oldest` and `:newest` page
     (nav log-data :newest link)             {:records [{:offset n :value v} ...] :older link :newer link}
     (nav (:records page) index in-page)     {:offset n :value v :frame link}
     (nav record :frame link)                {:start n :length n :data bytes ...}, of a file also :end, :bytes, :framing

   The back end gives the facts of a frame: see `Log/describe`. A link to a page is a map of options for `entries`.
   Datafying a log reads nothing; each step after that reads only its own page or record. The records of a page are in
   the order of the log. A record that can't be read has the exception as its value."
  (:require [clojure.core.protocols :as p]
            [flumelog.facts :as facts])
  (:import (flumelog.coll LogCollection LogView Projection)
           (flumelog.error LogException)
           (flumelog.log Range)))

(set! *warn-on-reflection* true)

(def ^:private ^:const page-records 20)

(defn- navigable
  "The data with metadata by which `nav` to the key k and its value v gives `(step k v)`."
  [data step]
  (vary-meta data assoc `p/nav (fn [_ k v] (step k v))))

;; Records

(defn- value-at
  "The value of the record; the exception when it can't be read; `none` when it was deleted meanwhile."
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
  (.view log (Range/of options) Projection/OFFSETS nil))

(defn- link
  "The options of a page, or nil when the page would be empty."
  [log options]
  (when (seq (offsets log (assoc options :limit 1)))
    (assoc options :limit page-records)))

(defn- page
  "The page for these options. The offsets are read first, so that a record which can't be read doesn't hide the
   others."
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
