(ns flumelog.view-contract-test
  "What every view answers, over every log: the same as a plain recomputation from the records that the log has. The kinds are
   in `flumelog.view-kinds`."
  (:require [broker]
            [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check :as check]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :refer [for-all]]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.back-ends :refer [open-new-topic]]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.kafka-broker :as topics]
            [flumelog.memory :as memory]
            [flumelog.odd-log :as odd]
            [flumelog.test-support :refer [size]]
            [flumelog.view-kinds :refer [difference key-of kinds versions views-of words]])
  (:import (flumelog.coll LogCollection)
           (java.io Closeable File)))

(set! *warn-on-reflection* true)

;; A world is an atom of {:folder f, :open (fn [world] log), :log l, :db d, :versions {name version}, ...}.

(def ^:private options {:sync :none})

(def ^:private logs
  "How the log of a world is opened: again, or anew as another log."
  {"file"   {:open (fn [{:keys [folder]}] (log/open (path-in folder "a.log") options))}
   "memory" {:open (fn [{:keys [kept]}] (or kept (memory/open options))) :keep true}
   "odd"    {:open (fn [{:keys [store]}] (odd/open store options))}
   "kafka"  {:open (fn [{:keys [topic]}] (open-new-topic {:topic topic}))}})

(defn- kinds-of-logs
  "With Kafka from the size ci on, where there can be a broker."
  []
  (if (and (< 1 (size 1 2)) (not (broker/why-none))) (keys logs) (remove #{"kafka"} (keys logs))))

(defn- open-db! [{:keys [folder versions] :as world}]
  (assoc world :db (db/open (:log world) {:dir (path-in folder "views") :views (views-of versions)})))

(defn- open-log! [world]
  (let [l ((:open world) world)]
    (assoc world :log l :kept l)))

(defn- close! [{:keys [log db keep] :as world} log-too?]
  (.close ^Closeable db)
  (when (and log-too? (not keep)) (.close ^Closeable log))
  world)

(defn- world [folder kind]
  (-> {:kind kind :folder folder :store (odd/new-store) :topic (topics/new-topic) :versions versions}
      (merge (logs kind)) open-log! open-db!))

(defn- close-all! [world]
  (close! world false)
  (.close ^Closeable (:log world)))

(def ^:private soon {:timeout-ms 60000})

(defn- check! [{:keys [log db versions] :as world}]
  (when-let [difference (difference log db versions soon)]
    (throw (ex-info "a view is wrong" difference)))
  world)

;; Actions

(defn- append! [{:keys [log] :as world} values]
  (log/append-all! log values)
  world)

(defn- delete! [{:keys [^LogCollection log] :as world} which]
  (let [offsets (into [] (log/offsets log))]
    (when (and (seq offsets) (#{"file" "memory"} (:kind world)))
      (log/delete! log (distinct (map #(nth offsets (mod % (count offsets))) which))))
    world))

(defn- while-closed! [world f]
  (-> world (close! true) f open-log! open-db!))

(defn- delete-while-closed! [{:keys [log keep] :as world} which]
  (.close ^Closeable (:db world))
  (delete! world which)
  (when-not keep (.close ^Closeable log))
  (-> world open-log! open-db!))

(defn- copy! [folder from to]
  (doseq [end ["" ".checkpoint"] :let [source (io/file folder (str from end)), target (io/file folder (str to end))]]
    (if (.exists source) (io/copy source target) (.delete ^File target))))

(defn- save! [{:keys [kind folder] :as world}]
  (if (= "file" kind)
    (while-closed! world (fn [world] (copy! folder "a.log" "saved.log") (assoc world :saved true)))
    world))

(defn- cut-back-and-regrow! [{:keys [kind folder saved] :as world} values]
  (case kind
    "file" (if saved
             (-> world (close! true) (doto (-> :folder (copy! "saved.log" "a.log"))) open-log! (append! values) open-db!)
             world)
    ("odd" "kafka") (-> world (close! true) (assoc :store (odd/new-store) :topic (topics/new-topic)) open-log! (append! values) open-db!)
    world))

(defn- compact! [{:keys [kind folder] :as world}]
  (if (= "file" kind)
    (while-closed! world (fn [world]
                           (when (.exists (io/file folder "a.log"))
                             (when (pos? (.length (io/file folder "a.log"))) (log/compact! (path-in folder "a.log"))))
                           world))
    world))

(defn- new-version! [world which]
  (let [name (nth (sort (keys kinds)) (mod which (count kinds)))]
    (-> world (close! false) (update-in [:versions name] inc) open-db!)))

(defn- rebuild! [{:keys [db] :as world}]
  (db/rebuild! db)
  world)

(defn- act! [world [action arg]]
  (case action
    :append (append! world arg)
    :append-and-check (check! (append! world arg))
    :delete (delete! world arg)
    :delete-and-check (check! (delete! world arg))
    :delete-newest (check! (delete! world [-1]))
    :delete-while-closed (check! (delete-while-closed! world arg))
    :reopen (check! (while-closed! world identity))
    :reopen-db (check! (-> world (close! false) open-db!))
    :new-version (check! (new-version! world arg))
    :save (save! world)
    :cut-back (check! (cut-back-and-regrow! world arg))
    :compact (check! (compact! world))
    :rebuild (check! (rebuild! world))))

(def ^:private some-values
  (gen/vector (gen/hash-map :n (gen/choose 1 1000) :k (gen/elements words)) 1 12))

(def ^:private which (gen/vector gen/nat 1 5))

(def ^:private action
  (gen/frequency
    [[6 (gen/tuple (gen/return :append) some-values)]
     [6 (gen/tuple (gen/return :append-and-check) some-values)]
     [2 (gen/tuple (gen/return :delete) which)]
     [3 (gen/tuple (gen/return :delete-and-check) which)]
     [2 (gen/tuple (gen/elements [:delete-newest :reopen :reopen-db :save :compact :rebuild]))]
     [2 (gen/tuple (gen/return :delete-while-closed) which)]
     [1 (gen/tuple (gen/return :new-version) gen/nat)]
     [2 (gen/tuple (gen/return :cut-back) some-values)]]))

(defn- run-in [folder kind actions]
  (let [last-world (atom (world folder kind))]
    (try
      (doseq [action actions] (swap! last-world act! action))
      (check! @last-world)
      true
      (finally (close-all! @last-world)))))

(defn- answers-rightly [kind]
  (for-all [actions (gen/vector action 1 25)]
    (with-temp-folder [folder] (run-in folder kind actions))))

(defn- said [{error :clojure.test.check.properties/error}]
  (when error [(ex-message error) (ex-data error)]))

(deftest every-view-answers-what-a-recomputation-gives
  (doseq [kind (kinds-of-logs)]
    (testing kind
      (let [trials (if (= "kafka" kind) (size 1 8) (size 15 60))
            {:keys [pass? shrunk seed result-data]} (check/quick-check trials (answers-rightly kind))]
        (is (true? pass?) (pr-str {:seed seed :actions (:smallest shrunk) :error (said (or (:result-data shrunk) result-data))}))))))

(deftest views-are-right-when-many-records-come-while-they-are-read
  (doseq [kind (kinds-of-logs)]
    (testing kind
      (with-temp-folder [folder]
        (let [n (if (= "kafka" kind) (size 100 1000) (size 1000 20000)), world (world folder kind)
              writer (future (dotimes [i n] (log/append! (:log world) {:n (inc (rem i 7)) :k (nth words (rem i 4))})))]
          (try
            (while (not (realized? writer))
              (doseq [[name {:keys [ask]}] kinds] (ask (get (:db world) (key-of name)) {:await :none})))
            @writer
            (is (nil? (difference (:log world) (:db world) (:versions world) soon)))
            (finally (close-all! world))))))))
