(ns flumelog.index-test
  "An index finds by key what a walk over the log finds: after appends and deletions, reopened, built anew, at any crash."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.fixtures :refer [error eventually]]
            [flumelog.memory :as memory]
            [flumelog.shapes :refer [below pick rng seed]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size]]
            [flumelog.view :as view])
  (:import (flumelog.key Keys)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

;; The views, and the keys they give a value

(def ^:private authors ["ann" "bob" "cy" "cyd" "ann\u0000x" "é"])

(defn- random-value [random]
  {:author (pick random [nil (pick random authors) (pick random authors)]), :n (pick random [0 1 1.0 2 -1 1/2 0.5])
   :tags (vec (distinct (repeatedly (below random 4) #(pick random [:a :b "a" [1 2] [1] nil])))), :id (below random 40)})

(defn- views [version]
  {:by-author (view/index {:version version :keys [[:author]]})
   :by-either (view/index {:version version :keys [[:author] [:n]]})
   :by-tag    (view/index {:version version :keys (fn [m] (:tags m))})
   :by-id     (view/index {:version version :keys [[:id]] :unique true})})

(def ^:private keys-of
  {:by-author #(filter some? [(:author %)]), :by-either #(filter some? [(:author %) (:n %)]), :by-tag :tags, :by-id #(vector (:id %))})

;; What a walk over the log finds

(defn- bytes-order [a b] (Arrays/compareUnsigned (Keys/encode a) (Keys/encode b)))

(defn- same-key? [a b] (zero? (long (bytes-order a b))))

(defn- newest-of-each [found]
  (map last (partition-by #(vec (Keys/encode (first %))) found)))

(defn- walked
  "Pairs of key and entry, in the order of an index."
  [log view in-range?]
  (cond->> (sort (fn [[a [at]] [b [bt]]] (let [order (long (bytes-order a b))] (if (zero? order) (compare at bt) order)))
                 (for [[_ value :as entry] (log/entries log)
                       key (reduce (fn [found key] (if (some #(same-key? key %) found) found (conj found key))) [] ((keys-of view) value))
                       :when (in-range? key)]
                   [key entry]))
    (= :by-id view) newest-of-each
    true (mapv (comp vec second))))

;; Questions

(defn- random-key [random view]
  (case view
    :by-author (pick random authors)
    :by-either (pick random (into authors [0 1 1.0 2 0.5M 7]))
    :by-tag    (pick random [:a :b "a" [1 2] [1] nil :none])
    :by-id     (below random 45)))

(def ^:private inside
  {:gt #(pos? (long (bytes-order %1 %2))), :gte #(>= (long (bytes-order %1 %2)) 0), :lt #(neg? (long (bytes-order %1 %2)))
   :lte #(<= (long (bytes-order %1 %2)) 0), :prefix #(and (string? %1) (str/starts-with? %1 %2))})

(defn- random-range [random view]
  (into {} (for [k (take (below random 3) (pick random [[:gt :lt] [:gte :lte] [:lt :gte] [:prefix] [:prefix :gt]]))]
             [k (if (= :prefix k) (pick random ["" "a" "cy" "ann\u0000"]) (random-key random view))])))

(defn- question [random view]
  (if (zero? (below random 2))
    (let [key (random-key random view)] [key #(same-key? key %)])
    (let [range (random-range random view)]
      [range (fn [key] (every? (fn [[k bound]] (or (nil? bound) ((inside k) key bound))) range))])))

(defn- all-pages [view asked options]
  (loop [found [], after nil]
    (let [{:keys [entries after]} (view/page view asked (assoc options :after after))]
      (if after (recur (into found entries) after) (into found entries)))))

(defn- check-reading! [db log random note]
  (let [view (pick random (keys keys-of)), [asked in-range?] (question random view)
        reverse? (pick random [true false]), limit (pick random [nil 0 1 3]), as (pick random [nil :entries :values :offsets])
        project (case as (nil :entries) identity, :values second, :offsets first)
        all (cond-> (walked log view in-range?) reverse? rseq), options {:reverse reverse? :as as}
        expected (map project (if limit (take limit all) all))
        note (str note " " view " " asked " " options " " limit)]
    (is-each (= expected (into [] (view/lookup (view db) asked (assoc options :limit limit)))) note)
    (is-each (= expected (or (seq (view/lookup (view db) asked (assoc options :limit limit))) ())) note)
    (is-each (= (count all) (view/count (view db) asked)) note)
    (is-each (= (map project all) (all-pages (view db) asked (assoc options :limit (inc (below random 4))))) note)
    (when-not (or (= :by-id view) reverse? (empty? all))
      (is-each (= (map project all) (into [] (view/live (view db) asked {:as as :limit (count all)}))) note))))

;; Histories

(defn- append-some! [log random]
  (log/append-all! log (vec (repeatedly (pick random [1 2 30]) #(random-value random)))))

(defn- delete-some! [log random]
  (when-let [offsets (seq (log/offsets log))]
    (log/delete! log (vec (distinct (repeatedly (pick random [1 3]) #(pick random (vec offsets))))))))

(defn- one-step
  "The db after a random step."
  [db log folder version random]
  (let [reopened (fn [change!] (.close ^java.io.Closeable db) (change!) (db/open log {:dir folder :views (views @version)}))]
    (case (below random 7)
      (0 1 2) (do (append-some! log random) db)
      3 (do (delete-some! log random) db)
      4 (reopened #(append-some! log random))
      5 (reopened #(delete-some! log random))
      6 (reopened #(when (zero? (below random 3)) (swap! version inc))))))

(deftest an-index-finds-what-a-walk-over-the-log-finds
  (dotimes [round (size 4 200)]
    (let [random (rng (+ (long seed) round)), version (atom 1), d (disk/disk), folder (disk/folder d)]
      (with-open [log (if (zero? (rem round 2)) (disk/open d "a.log") (memory/open))]
        (loop [^java.io.Closeable db (db/open log {:dir folder :views (views @version)}), step 0]
          (dotimes [_ 4] (check-reading! db log random (str "seed " (+ (long seed) round) " step " step)))
          (if (< step 12)
            (recur (one-step db log folder version random) (inc step))
            (.close ^java.io.Closeable db)))))))

(deftest after-a-power-loss-an-index-finds-what-a-walk-over-the-log-finds
  (dotimes [round (size 6 300)]
    (let [random (rng (+ (long seed) round)), d (disk/disk), n (atom 0)]
      (try
        (with-open [log (disk/open d "a.log" {:sync (pick random [:each :none])}), ^java.io.Closeable db (db/open log {:dir (disk/folder d) :views (views 1)})]
          (append-some! log random)
          (disk/break-at! d (inc (below random 150)))
          (dotimes [_ 30]
            (swap! n inc)
            (append-some! log random)
            (when (zero? (below random 3)) (delete-some! log random))
            (when (zero? (below random 3)) (view/count (:by-author db) "ann"))))
        (catch Exception _ nil))
      (let [found (disk/lose-power d (+ (long seed) round))]
        (with-open [log (disk/open found "a.log"), ^java.io.Closeable db (db/open log {:dir (disk/folder found) :views (views 1)})]
          (dotimes [_ 6] (check-reading! db log random (str "seed " (+ (long seed) round) " after " @n " appends"))))))))

;; Deletion

(defn- holds? [d text]
  (let [pattern (String. (.getBytes ^String text "UTF-8") "ISO-8859-1")]
    (some #(str/includes? (String. (disk/contents d %) "ISO-8859-1") pattern) (remove #{"a.log"} (disk/files d)))))

(deftest a-deleted-record-is-in-no-answer-and-its-key-in-no-file
  (let [d (disk/disk), folder (disk/folder d), by-name (fn [] {:by-name (view/index {:keys [[:name]]})})]
    (with-open [log (disk/open d "a.log")]
      (let [offset (with-open [^java.io.Closeable db (db/open log {:dir folder :views (by-name)})]
                     (let [offset (log/append! log {:name "a secret name"})]
                       (log/append-all! log (for [i (range 1000)] {:name (str "name " i)}))
                       (is (= 1 (view/count (:by-name db) "a secret name")))
                       offset))]
        (is (holds? d "a secret name"))
        (with-open [^java.io.Closeable db (db/open log {:dir folder :views (by-name)})]
          (let [before (view/lookup (:by-name db) {:prefix "a secret"})]
            (is (= 1 (count (vec before))))
            (log/delete! log offset)
            (is (= [[] []] [(vec before) (vec (view/lookup (:by-name db) {:prefix "a secret"} {:await :none :as :offsets}))]))
            (is (= 0 (view/count (:by-name db) "a secret name")))))
        (is (not (holds? d "a secret name")))
        (with-open [^java.io.Closeable db (db/open log {:dir folder :views (by-name)})]
          (is (= 1000 (view/count (:by-name db) {}))))))))

(defn- damage! [d]
  (doseq [name (disk/files d) :when (re-find #"run-" name) :let [data (aclone (disk/contents d name))]]
    (dotimes [i 40] (aset data i (byte 7)))
    (disk/put-contents d name data)))

(deftest a-view-whose-file-is-found-damaged-is-built-anew
  (doseq [ask [(fn [db] (view/count (:i db) {:gte 0})), (fn [db] (count (vec (view/lookup (:i db) {:gte 0}))))
               (fn [db] (count (:entries (view/page (:i db) {:gte 0} {:limit 2000}))))]]
    (let [d (disk/disk), options {:dir (disk/folder d) :views {:i (view/index {:keys [[:a]]})}}]
      (with-open [log (disk/open d "a.log")]
        (log/append-all! log (for [i (range 2000)] {:a i}))
        (with-open [db ^java.io.Closeable (db/open log options)] (view/count (:i db) 1))
        (with-open [db ^java.io.Closeable (db/open log options)]
          (view/count (:i db) 1999)                          ; which keeps the last block in memory
          (damage! d)
          (is (= :corrupt (error (ask db))))
          (is (= 2000 (ask db)) "and the next reading waits until it is")
          (is (= 2000 (view/count (:i db) {:gte 0}))))
        (with-open [db ^java.io.Closeable (db/open log options)]
          (is (= 2000 (view/count (:i db) {:gte 0}))))))))

;; Uses

(defmacro ^:private with-index [[db log] keys & body]
  `(with-open [~log (memory/open), ~(with-meta db {:tag `java.io.Closeable}) (db/open ~log {:views {:i (view/index {:keys ~keys})}})] ~@body))

(deftest a-lookup-stays-as-it-was
  (with-index [db log] [[:a]]
    (log/append! log {:a 1})
    (let [before (view/lookup (:i db) 1)]
      (log/append! log {:a 1})
      (is (= [1 2] [(count (vec before)) (count (vec (view/lookup (:i db) 1)))])))))

(deftest a-lookup-reads-no-more-than-is-taken
  (let [decoded (atom 0)]
    (with-open [log (memory/open {:codec {:encode (fn [^String s] (.getBytes s)) :decode (fn [^bytes b] (swap! decoded inc) (String. b))}})
                ^java.io.Closeable db (db/open log {:views {:i (view/index {:keys (fn [s] [(count s)])})}})]
      (log/append-all! log (repeat 100 "abc"))
      (view/count (:i db) 3)
      (reset! decoded 0)
      (is (= ["abc" "abc"] (into [] (take 2) (view/lookup (:i db) 3 {:as :values}))))
      (is (= "abc" (first (view/lookup (:i db) 3 {:as :values :reverse true}))))
      (is (= 3 @decoded))
      (is (= 100 (count (vec (view/lookup (:i db) 3 {:as :offsets})))))
      (is (= 3 @decoded)))))

(deftest live-gives-what-is-there-and-then-what-comes
  (with-index [db log] (fn [m] (:keys m))
    (let [a (log/append! log {:keys [1]}), b (log/append! log {:keys [2]})
          seen (atom []), follower (future (reduce (fn [_ offset] (swap! seen conj offset)) nil (view/live (:i db) {:gte 1} {:as :offsets})))]
      (is (eventually #(= [a b] @seen)))
      (let [[c d] (log/append-all! log [{:keys [9]} {:keys [3]}])
            e (log/append! log {:keys [0]})
            f (log/append! log {:keys [3]})]
        (is (eventually #(= [a b c d f] @seen)))
        (is (< d e)))
      (.close ^java.io.Closeable db)
      (is (not= :late (deref follower 60000 :late))))))

(deftest a-token-of-another-log-or-reading-is-refused
  (with-index [db log] [[:a]]
    (log/append-all! log [{:a 1} {:a 1} {:a 2} {:a 2}])
    (let [{:keys [after]} (view/page (:i db) 1 {:limit 1})]
      (is (string? after))
      (is (= :bad-option (error (view/page (:i db) 2 {:after after}))))
      (is (= :bad-option (error (view/page (:i db) 2 {:after "x"}))))
      (with-index [other l] [[:a]]
        (log/append-all! l [{:a 3} {:a 1} {:a 1}])
        (is (= :wrong-log (error (view/page (:i other) 1 {:after after}))))))))

(deftest a-key-that-has-no-order-fails-the-view
  (doseq [value [{:a {:b 1}} {:a ##NaN} {:a #{1}}]]
    (with-index [db log] [[:a]]
      (log/append! log value)
      (is-each (= :view-failed (error (view/count (:i db) 1))) value)))
  (doseq [f [identity (fn [_] 1) (fn [_] "text")]]
    (with-index [db log] f
      (log/append! log {:a 1})
      (is-each (= :view-failed (error (view/count (:i db) 1))) (f {:a 1})))))

(deftest wrong-options-are-refused
  (doseq [options [{} {:keys []} {:keys [:a]} {:keys [[]]} {:keys :a} {:keys [[:a]] :unique 1} {:keys [[:a]] :uniq true} nil]]
    (is-each (= :bad-option (error (view/index options))) options))
  (with-index [db log] [[:a]]
    (doseq [[asked options] [[{:gt 1 :foo 2} nil] [1 {:prefix "a"}] [1 {:limit -1}] [1 {:reverse 1}] [1 {:as :keys}] [{:prefix 1} nil]
                             [##NaN nil] [#{} nil] [{:gt {}} nil] [1 {:after "x"}]]]
      (is-each (= :bad-option (error (view/lookup (:i db) asked options))) [asked options]))
    (is (= :bad-option (error (view/live (:i db) 1 {:old 1}))))
    (is (= :bad-option (error (view/live (:i db) 1 {:reverse true}))))
    (is (= :bad-option (error (view/lookup log 1))))))
