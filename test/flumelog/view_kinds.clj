(ns flumelog.view-kinds
  "The kinds of views, for the tests of what every view does. A kind joins with an entry in `kinds`:

   * `:view`, a function of a version that makes a view, which differs from version to version
   * `:ask`, a function of the view in a db, and options of reading, that gives all that it answers, as a value
   * `:model`, a function of the version and the entries of a log, that gives the same by plain means

   `views-of` makes all of them, `difference` says where one is wrong. The values of the logs are maps `{:n number, :k one of a few words}`."
  (:require [flumelog.core :as log]
            [flumelog.db.handle :as handle]
            [flumelog.db.kind :as kind :refer [Kind State]]
            [flumelog.view :as view]))

(set! *warn-on-reflection* true)

(def words ["a" "b" "ab" "c"])

(defn- weight [version m] (* version (:n m)))

;; A kind of view as simple as one can be that hides, forgets and moves: the number of each record by its offset.

(deftype ^:private Numbers [records hidden]
  State
  (add! [_ offsets prepared n]
    (dotimes [i n]
      (when-let [number (aget ^objects prepared i)] (swap! records assoc (aget ^longs offsets i) number))))
  (hide! [_ offset hidden?] (swap! hidden (if hidden? conj disj) offset))
  (forget! [_ offset _]
    (swap! records dissoc offset)
    (swap! hidden disj offset)
    true)
  (answer [_ _] (let [records @records] (delay (apply dissoc records @hidden))))
  (freeze! [_] @records)
  (write! [_ frozen _] {:head frozen})
  (written! [_ _])
  (move! [_ moved]
    (swap! records #(into (sorted-map) (keep (fn [[offset n]] (let [to (long (moved offset))] (when (>= to 0) [to n])))) %))
    true)
  (close! [_]))

(defn numbers
  "A view with the numbers of the records that are greater than `least`, by offset."
  [version least]
  (reify Kind
    (traits [_] {:kind :numbers :version version :paths [[:n]] :value? false :on-error :halt})
    (prepare [_ _ _ fields] (let [n (aget ^objects fields 0)] (when (> n least) (* version n))))
    (start [_ _] (->Numbers (atom (sorted-map)) (atom #{})))
    (restore [_ _ head _] (->Numbers (atom (into (sorted-map) head)) (atom #{})))))

(def ^:private bitmap-query [:and [:or [:= :k "a"] [:in :k ["ab" "c" "d"]] [:= :even false]] [:not [:= :weight 7]]])

(defn- matches-bitmap-query? [version {:keys [k n] :as m}]
  (and (or (#{"a" "ab" "c"} k) (odd? n)) (not= 7 (weight version m))))

(def kinds
  {"reduce that retracts"
   {:view  (fn [version] (view/reduce {:version version :init {}
                                       :step    (fn [acc _ m] (update acc (:k m) (fnil + 0) (weight version m)))
                                       :retract (fn [acc _ m] (update acc (:k m) - (weight version m)))}))
    :ask   (fn [v options] (into {} (remove (comp zero? val)) (view/value v options)))
    :model (fn [version entries]
             (into {} (remove (comp zero? val))
                   (update-vals (group-by :k (map val entries)) #(apply + (map (partial weight version) %)))))}

   "numbers"
   {:view  (fn [version] (numbers version 50))
    :ask   (fn [v options] @(handle/fresh v options))
    :model (fn [version entries] (into {} (keep (fn [[offset m]] (when (> (:n m) 50) [offset (weight version m)]))) entries))}

   "index"
   {:view  (fn [version] (view/index {:version version :keys (fn [m] [(:k m) [version (:n m)]])}))
    :ask   (fn [v options]
             {:words  (into {} (map (fn [k] [k (vec (view/lookup v k options))])) words)
              :newest (into {} (map (fn [k] [k (vec (view/lookup v k (merge options {:reverse true :limit 2 :as :offsets})))])) words)
              :a      (view/count v {:prefix "a"} options)
              :great  (vec (view/lookup v {:prefix [(:version (kind/traits (handle/kind-of v)))]} (merge options {:as :values})))})
    :model (fn [_ entries]
             (let [of (fn [k] (filterv #(= k (:k (val %))) entries))]
               {:words  (into {} (map (juxt identity of)) words)
                :newest (into {} (map (juxt identity #(vec (take 2 (rseq (mapv key (of %))))))) words)
                :a      (count (filter #(#{"a" "ab"} (:k (val %))) entries))
                :great  (sort-by :n (map val entries))}))}

   "unique index by path"
   {:view  (fn [version] (view/index {:version version :unique true :keys [[:n]]}))
    :ask   (fn [v options] (vec (view/lookup v {} (merge options {:as :offsets}))))
    :model (fn [_ entries] (mapv (comp key val) (into (sorted-map) (map (fn [e] [(:n (val e)) e])) entries)))}

   "reduce that does not"
   {:view  (fn [version] (view/reduce {:version version :init [] :step (fn [acc offset m] (conj acc [offset (weight version m)]))}))
    :ask   (fn [v options] (view/value v options))
    :model (fn [version entries] (mapv (fn [[offset m]] [offset (weight version m)]) entries))}

   "bitmap"
   {:view  (fn [version] (view/bitmap {:version version :fields {:k [:k], :even (fn [m] (even? (:n m))), :weight (partial weight version)}}))
    :ask   (fn [v options]
             (let [found (into [] (view/query v bitmap-query (assoc options :reverse false)))]
               {:entries found, :count (view/count v bitmap-query options), :all (view/count v [:all] options)}))
    :model (fn [version entries]
             (let [found (filterv #(matches-bitmap-query? version (val %)) entries)]
               {:entries found, :count (count found), :all (count entries)}))}})

(def versions
  "Of all kinds the first one."
  (update-vals kinds (constantly 1)))

(defn key-of
  "The name in a db of a kind."
  [^String kind]
  (keyword (.replace kind " " "-")))

(defn views-of
  "The views of a db by name, in these versions by kind."
  [versions]
  (into {} (map (fn [[kind {:keys [view]}]] [(key-of kind) (view (versions kind))])) kinds))

(defn difference
  "What is wrong with the answers of the db's views, as the records of the log are; nil if nothing is."
  [log db versions options]
  (let [entries (into [] (log/entries log))]
    (first (for [[kind {:keys [ask model]}] kinds
                 :let [got (ask (get db (key-of kind)) options), wanted (model (versions kind) entries)]
                 :when (not= got wanted)]
             {:view kind :got got :wanted wanted}))))
