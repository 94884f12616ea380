(ns ^:no-doc flumelog.view.index
  "The kind of view that finds records by keys. Its storage is the segments of the package `flumelog.run`: tables in memory for
   the newest records, and runs in files, all in the order of the log.

   The state is an atom of `:segments`; `:sealed`, how many of them, from the first on, must not be merged in memory;
   `:forgotten`, the offsets of deleted records that segments still have; `:next`, the number of the next run; and `:replaced`,
   the names of runs that only earlier heads name. Calls outside of the turn exchange segments too, for ones with the same
   records."
  (:require [flumelog.db.files :as files]
            [flumelog.db.kind :as kind :refer [Kind State]]
            [flumelog.view.options :as options])
  (:import (flumelog.error OptionFailures)
           (flumelog.file LogFolder)
           (flumelog.key Keys)
           (flumelog.run Hiding Keep Run RunWriter Segment Table Tiers)
           (java.io IOException)
           (java.util Arrays Collection List)))

(set! *warn-on-reflection* true)

(defrecord Answer [kind ^List segments ^long since hidden])

;; The keys of a record

(defn- distinct-bytes
  "Keys as bytes for a table, each once."
  [keys]
  (case (count keys)
    0 nil
    1 (first keys)
    (let [^objects sorted (into-array keys)]
      (Arrays/sort sorted (reify java.util.Comparator (compare [_ a b] (Arrays/compareUnsigned ^bytes a ^bytes b))))
      (into-array (map first (partition-by #(java.nio.ByteBuffer/wrap ^bytes %) sorted))))))

(defn- of-fields [^objects fields]
  (if (= 1 (alength fields))
    (let [key (aget fields 0)] (when (some? key) (Keys/encode key)))
    (distinct-bytes (into [] (comp (filter some?) (map #(Keys/encode %))) fields))))

(defn- of-function [f value]
  (let [keys (f value)]
    (when-not (or (nil? keys) (and (or (coll? keys) (instance? Collection keys)) (not (map? keys))))
      (throw (OptionFailures/badArgument "what the function :keys returns" keys "a collection of keys, such as a vector, or nil")))
    (distinct-bytes (into [] (map #(Keys/encode %)) keys))))

;; Files

(defn- run-part ^String [n] (str "run-" n))

(defn- run-name ^String [files n] (files/file-name files (run-part n)))

(def ^:private ^:const most-tried
  "More runs than are written between two heads."
  64)

(defn- delete-left-over!
  "Deletes the runs that no head names: those that a head before it named, and those that were written after it."
  [files used next]
  (when files
    (files/delete! files (remove (set used) (concat (files/names files) (map #(run-name files %) (range next (+ (long next) most-tried))))))))

(defn- close-runs! [runs]
  (doseq [^Run run runs] (.close run)))

(defn- open-runs
  "Opens the runs and reads all of them. Throws when one is damaged; then none stays open."
  [files parts]
  (let [opened (volatile! [])]
    (try
      (doseq [{:keys [part check]} parts
              :let [run (Run/open (files/folder files) (files/file-name files part) (int check))]]
        (vswap! opened conj run)
        (.verify run))
      @opened
      (catch Throwable e
        (close-runs! @opened)
        (throw e)))))

(defn- run? [segment] (instance? Run segment))

(defn- head [files {:keys [segments next]}]
  (let [prefix (count (files/file-name files ""))]
    {:next next, :runs (vec (for [^Run run segments] {:part (subs (.name run) prefix) :check (.check run)}))}))

;; Writing

(defn- keep-all-but ^Keep [forgotten]
  (if (empty? forgotten)
    Keep/ALL
    (reify Keep (of [_ offset] (if (contains? forgotten offset) -1 offset)))))

(defn- concerns? [forgotten ^Segment segment]
  (let [[offset] (first (subseq forgotten >= (.first segment)))]
    (and offset (<= (long offset) (.last segment)))))

(defn- groups
  "The segments in groups, each of which becomes one run: all tables and the runs that are to be merged with them, and runs by
   themselves."
  [^List segments]
  (let [from (min (Tiers/first segments) (count (take-while run? segments)))]
    (cond-> (mapv vector (subvec segments 0 from))
      (< from (count segments)) (conj (subvec segments from)))))

(defn- write-group
  "The run for a group; nil when none of its records is left."
  [^LogFolder folder ^String name group keep most]
  (RunWriter/write folder name ^List group ^Keep keep (long most)))

(defn- rewritten
  "The runs for groups of segments, and the number for the next one. A group for which `stays?` holds stays as it is. `most` gives
   a bound of a group's new offsets. Leaves no new file when it throws."
  [files next groups stays? keep most]
  (let [made (volatile! [])]
    (try
      (reduce (fn [[runs next] group]
                (if (stays? group)
                  [(into runs group) next]
                  (let [run (write-group (files/folder files) (run-name files next) group keep (most group))]
                    (when run (vswap! made conj run))
                    [(cond-> runs run (conj run)) (inc (long next))])))
              [[] next] groups)
      (catch Throwable e
        (close-runs! @made)
        (files/delete! files (map #(.name ^Run %) @made))
        (throw e)))))

(defn- replace-segments
  "The state after segments that were frozen were written as `runs`."
  [{:keys [segments] :as now} frozen runs next]
  (let [gone (into [] (comp (filter run?) (remove (set runs)) (map #(.name ^Run %))) (:segments frozen))]
    (assoc now
           :segments (into (vec runs) (drop (count (:segments frozen)) segments))
           :sealed (count runs)
           :next next
           :forgotten (reduce dissoc (:forgotten now) (keys (:forgotten frozen)))
           :replaced (into (:replaced now) gone))))

(defn- last-of [group] (.last ^Segment (peek group)))

(defn- write-frozen! [{:keys [segments forgotten] :as frozen} now ^Hiding hiding files]
  (let [stays? (fn [group] (and (nil? (next group)) (run? (first group)) (not (concerns? forgotten (first group)))))
        [runs next] (rewritten files (:next @now) (groups (vec segments)) stays? (keep-all-but forgotten) last-of)
        after (swap! now replace-segments frozen runs next)]
    (.forget hiding (or (keys forgotten) ()))
    {:head (head files (assoc after :segments runs))}))

;; Moving to other offsets

(defn- moved-last [moved group]
  (let [last (long (moved (last-of group)))]
    (if (neg? last) Long/MAX_VALUE last)))

(defn- move-all! [now files moved]
  (let [keep (reify Keep (of [_ offset] (long (moved offset))))
        {:keys [segments] :as before} @now
        [runs next] (rewritten files (:next before) (map vector segments) (fn [[run]] (.isKept ^Run run keep)) keep #(moved-last moved %))]
    (swap! now replace-segments before runs next)))

(deftype ^:private IndexState [kind files ^Hiding hiding now]
  State
  (add! [_ offsets prepared n]
    (when-let [table (Table/of offsets prepared n)]
      (swap! now (fn [{:keys [segments sealed] :as now}] (assoc now :segments (vec (Tiers/added segments sealed table)))))))
  (hide! [_ offset hidden?] (.set hiding offset hidden?))
  (forget! [_ offset prepared]
    (.set hiding offset true)
    (swap! now update :forgotten assoc offset true)
    true)
  (answer [_ since]
    ;; In this order: when a write comes in between, what is hidden is not in the segments any more.
    (let [hidden (.current hiding)]
      (->Answer kind (:segments @now) since hidden)))
  (freeze! [_] (swap! now (fn [now] (assoc now :sealed (count (:segments now))))))
  (write! [_ frozen files] (write-frozen! frozen now hiding files))
  (written! [_ _]
    (let [names (:replaced @now)]
      (files/delete! files names)
      (swap! now update :replaced #(into [] (remove (set names)) %))))
  (move! [_ moved]
    (move-all! now files moved)
    true)
  (close! [_] (close-runs! (filter run? (:segments @now)))))

(defn- state [kind files runs next]
  (IndexState. kind files (Hiding.)
               (atom {:segments (vec runs) :sealed (count runs) :forgotten (sorted-map) :next next :replaced []})))

(defrecord ^:private IndexKind [traits f unique]
  Kind
  (traits [_] traits)
  (prepare [_ _ value fields] (if f (of-function f value) (of-fields fields)))
  (start [kind files]
    (delete-left-over! files nil 0)
    (state kind files [] 0))
  (restore [kind files {:keys [runs next]} _]
    (let [opened (open-runs files runs)]
      (delete-left-over! files (map #(.name ^Run %) opened) next)
      (state kind files opened next)))
  Object
  (toString [this] (kind/shown this)))

(kind/print-by-text! IndexKind)

;; The options

(defn- path? [path] (and (vector? path) (seq path)))

(defn- check-keys [keys]
  (when-not (if (vector? keys) (and (seq keys) (every? path? keys)) (and (ifn? keys) (not (coll? keys)) (not (keyword? keys))))
    (throw (OptionFailures/badOption ":keys" keys "a vector of field paths, such as [[:value :author]], or a function of the value that returns a collection of keys")))
  keys)

(defn kind
  "The kind for the options of `flumelog.view/index`."
  [options]
  (let [{:keys [unique] :as options} (options/check [:keys :unique] options), keys (check-keys (:keys options)), paths? (vector? keys)]
    (when-not (contains? #{nil true false} unique) (throw (OptionFailures/badOption ":unique" unique "true or false")))
    (->IndexKind (merge {:kind :index, :paths (if paths? keys []), :value? (not paths?)} (options/common options))
                 (when-not paths? keys) (true? unique))))
