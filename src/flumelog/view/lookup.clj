(ns ^:no-doc flumelog.view.lookup
  "What can be asked of an index.

   * `lookup`, `page`, `count-of`: see `flumelog.view`
   * for `flumelog.view.following` and `flumelog.view.bitmap.querying`: `asked`, `scan`, `item-fn`, `none`, `reduce-scan`, `reduce-without-init`"
  (:require [flumelog.db.handle :as handle]
            flumelog.view.index                              ; whose answers are read
            [flumelog.view.options :as options]
            [flumelog.view.token :as token])
  (:import (clojure.lang IReduce MapEntry Seqable)
           (flumelog.coll LogCollection)
           (flumelog.error OptionFailures)
           (flumelog.key Keys)
           (flumelog.run Bound KeyScan NewestScan OffsetWindow RangeScan Scan)
           (flumelog.view.index Answer)
           (java.util List)))

(set! *warn-on-reflection* true)

;; Which keys: one, or a range. A map is a range, since no key is a map.

(def ^:private range-options [:gt :gte :lt :lte :prefix])

(defn- bound
  "The bound that an option of the range gives, unless it is absent or nil."
  [options k f]
  (when-some [key (get options k)] (f key)))

(defn- before [key] (Bound/before (Keys/encode key)))
(defn- after [key] (Bound/after (Keys/encode key)))

(def ^:private least (Bound/before (byte-array 0)))
(def ^:private greatest (Bound/before (byte-array [-1])))

(defn- tightest [pick otherwise bounds]
  (reduce (fn [a b] (if (pick (compare a b)) a b)) otherwise (remove nil? bounds)))

(defn- keys-range [options]
  (let [prefix (bound options :prefix #(Keys/prefix %))]
    {:low  (tightest pos? least [(bound options :gt after) (bound options :gte before) (some-> prefix Bound/before)])
     :high (tightest neg? greatest [(bound options :lt before) (bound options :lte after)
                                    (when prefix (Bound/before (Keys/after prefix)))])}))

(def reading-options (into [:reverse :limit :as] handle/await-options))

(defn- question
  "What is asked: a map of the options, with `:key` or with `:low` and `:high`."
  [known key-or-range options]
  (let [options (options/check-keys known options)]
    (if (map? key-or-range)
      (let [both (merge options (options/check-keys (into range-options known) key-or-range))]
        (merge both (keys-range both)))
      (assoc options :key (Keys/encode key-or-range)))))

(defn check-limit [{:keys [limit]}]
  (when-not (or (nil? limit) (nat-int? limit)) (throw (OptionFailures/badOption ":limit" limit "a whole number, 0 or more"))))

(defn check-flag [k value]
  (when-not (contains? #{nil true false} value) (throw (OptionFailures/badOption (str k) value "true or false"))))

(defn- check [{:keys [reverse] :as question}]
  (check-limit question)
  (check-flag :reverse reverse)
  question)

;; Scans

(defn- window ^OffsetWindow [^Answer answer above]
  (OffsetWindow. (long above) (.since answer) (.hidden answer)))

(defn- scan-key ^Scan [^Answer answer {:keys [key reverse above given]}]
  (let [^OffsetWindow all (window answer above), at (when given (long (.offset ^Bound given)))
        within (cond (nil? at) all, reverse (OffsetWindow. above (min (.most all) (dec (long at))) (.hidden all))
                     :else (OffsetWindow. (max (long above) (long at)) (.most all) (.hidden all)))]
    (KeyScan. (.segments answer) ^bytes key within (boolean reverse))))

(defn- scan-range
  "With `newest?` what was given of a key is all of that key."
  ^Scan [^Answer answer {:keys [^Bound low ^Bound high reverse above ^Bound given newest?]}]
  (let [low (if (and given newest? (not reverse)) (Bound/after (.key given)) low)
        high (if (and given newest? reverse) (Bound/before (.key given)) high)]
    (RangeScan. (.segments answer) low high (window answer above) (boolean reverse) (when-not newest? given))))

(defn- one-of-key
  "A scan of one key that has its newest offset only. What was given already is all."
  ^Scan [answer {:keys [given] :as question}]
  (if given
    (scan-key answer (assoc question :above Long/MAX_VALUE))
    (NewestScan. (scan-key answer (assoc question :reverse true)) true)))

(defn scan
  "A scan of what the question asks. `:above` is an offset above which all are, `:given` where another scan has ended."
  ^Scan [^Answer answer {:keys [key newest?] :as question}]
  (cond
    (and key newest?) (one-of-key answer question)
    key               (scan-key answer question)
    newest?           (NewestScan. (scan-range answer question) (boolean (:reverse question)))
    :else             (scan-range answer question)))

(defn next!
  "Has the scan go on. Tells the db when that fails, since the view's files may be damaged."
  [view ^Scan scan]
  (try (.next scan) (catch Throwable e (handle/failed! view e) (throw e))))

;; From offsets to what is asked for

(def none
  "Stands for the item of a record that was deleted."
  (Object.))

(defn item-fn
  "A function from an offset to the item, or to `none` when the record was deleted."
  [^LogCollection log as]
  (case as
    (nil :entries) (fn [offset] (let [value (.valAt log offset none)]
                                  (if (identical? none value) none (MapEntry/create offset value))))
    :values        (fn [offset] (.valAt log offset none))
    :offsets       identity
    (throw (OptionFailures/badOption ":as" as ":entries, :values or :offsets"))))

(defn reduce-scan
  "Reduces at most `limit` items. The result may be `reduced`."
  [view ^Scan scan item f init limit]
  (loop [acc init, left (long limit)]
    (if (or (zero? left) (reduced? acc) (not (next! view scan)))
      acc
      (let [x (item (.offset scan))]
        (if (identical? none x) (recur acc left) (recur (f acc x) (dec left)))))))

(defn- scan-seq [view ^Scan scan item left]
  (lazy-seq
    (loop []
      (when (and (pos? (long left)) (next! view scan))
        (let [x (item (.offset scan))]
          (if (identical? none x) (recur) (cons x (scan-seq view scan item (dec (long left))))))))))

(defn limit-of ^long [{:keys [limit]}]
  (if (nil? limit) Long/MAX_VALUE (long limit)))

(defn reduce-without-init [coll f]
  (let [found (reduce (fn [acc x] (if (identical? none acc) x (let [acc (f acc x)] (if (reduced? acc) (reduced acc) acc)))) none coll)]
    (cond (identical? none found) (f), (reduced? found) @found, :else found)))

(deftype Found [view answer item question]
  IReduce
  (reduce [_ f init] (unreduced (reduce-scan view (scan answer question) item f init (limit-of question))))
  (reduce [this f] (reduce-without-init this f))
  Seqable
  (seq [_] (seq (scan-seq view (scan answer question) item (limit-of question))))
  Object
  (toString [_] "#flumelog/Found[...]"))

(defn asked
  "The question, with what the view's kind says."
  [view known key-or-range options]
  (let [kind (handle/kind-of (handle/check view :index))]
    (assoc (check (question known key-or-range options)) :above -1 :newest? (:unique kind))))

(defn lookup [view key-or-range options]
  (let [{:keys [as] :as question} (asked view reading-options key-or-range options), item (item-fn (handle/log-of view) as)]
    (->Found view (handle/fresh view question) item question)))

(defn count-of [view key-or-range options]
  (let [question (asked view handle/await-options key-or-range options), scan (scan (handle/fresh view question) question)]
    (loop [n 0] (if (next! view scan) (recur (inc n)) n))))

;; Pages

(def ^:const page-limit 100)

(defn- page-of [view ^Scan scan item limit]
  (let [raw (.log ^LogCollection (handle/log-of view)), limit (long limit)]
    (loop [items [], token nil]
      (let [full? (= limit (count items)), token (if (and full? (nil? token) (pos? limit)) (token/token raw (.key scan) (.offset scan)) token)]
        (if-not (next! view scan)
          {:entries items :after nil}
          (let [x (item (.offset scan))]
            (cond (identical? none x) (recur items token)
                  full? {:entries items :after token}
                  :else (recur (conj items x) nil))))))))

(defn page [view key-or-range options]
  (let [{:keys [as after key limit] :as question} (asked view (conj reading-options :after) key-or-range options)
        ^LogCollection log (handle/log-of view), item (item-fn log as)
        given (when (some? after) (token/bound (.log log) after key))]
    (page-of view (scan (handle/fresh view question) (assoc question :given given)) item (if (nil? limit) page-limit limit))))
