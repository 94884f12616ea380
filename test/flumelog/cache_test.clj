(ns flumelog.cache-test
  "The option `:cache` takes the cache of another library: whatever it forgets, and whoever shares it, a log reads what it would
   read without."
  (:require [clojure.test :refer [deftest is]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (com.github.benmanes.caffeine.cache Caffeine)
           (flumelog.coll LogCollection)
           (flumelog.log Cache)
           (java.util.concurrent Executor)))

(set! *warn-on-reflection* true)

(defn- caffeine ^com.github.benmanes.caffeine.cache.Cache [max-blocks]
  (-> (Caffeine/newBuilder)
      (.maximumSize max-blocks)
      (.executor (reify Executor (execute [_ task] (.run ^Runnable task))))
      .recordStats
      .build))

(defn- over-caffeine [^com.github.benmanes.caffeine.cache.Cache blocks]
  (reify Cache
    (get [_ key] (.getIfPresent blocks key))
    (set [_ key block] (.put blocks key block))))

(defn- forgetful
  "A cache of two functions that forgets every third block at once and all of them now and then."
  []
  (let [kept (atom {}), calls (atom 0)]
    {:get #(get @kept %)
     :set (fn [key block]
            (let [n (long (swap! calls inc))]
              (when (zero? (rem n 17)) (reset! kept {}))
              (when-not (zero? (rem n 3)) (swap! kept assoc key block))))}))

(def ^:private caches
  {"Caffeine of 3 blocks" #(over-caffeine (caffeine 3)), "large Caffeine" #(over-caffeine (caffeine 1000)), "forgetful" forgetful
   "our own" #(log/block-cache 100)})

(def ^:private action
  (gen/frequency [[5 (gen/tuple (gen/return :append) (gen/choose 0 1) gen/string-alphanumeric)]
                  [2 (gen/tuple (gen/return :delete) (gen/choose 0 1) gen/nat)]
                  [4 (gen/tuple (gen/return :read) (gen/choose 0 1) gen/nat)]
                  [1 (gen/tuple (gen/return :reopen) (gen/choose 0 1) gen/nat)]]))

(defn- record-at [l n]
  (let [offsets (into [] (log/offsets l))]
    (when (seq offsets) (nth offsets (rem (long n) (count offsets))))))

(defn- answer [l [what _ arg]]
  (case what
    :append (log/append! l arg)
    :delete (some->> (record-at l arg) (log/delete! l))
    :read   [(some->> (record-at l arg) (get l)) (into [] (log/entries l)) (into [] (rseq l))]
    :reopen nil))

(defspec a-log-reads-the-same-with-any-cache (size 40 1000)
  (prop/for-all [actions (gen/vector action 1 40)
                 cache-name (gen/elements (keys caches))
                 block-bytes (gen/elements [3 16 4096])]
    (with-temp-folder [folder]
      (let [cache ((caches cache-name))
            open #(log/open (path-in folder (str %)) {:cache cache :block-bytes block-bytes :sync :none})
            logs (atom (mapv open [0 1])), models [(memory/open) (memory/open)]]
        (try
          (every? (fn [[what n :as action]]
                    (when (= :reopen what)
                      (log/close! (@logs n))
                      (swap! logs assoc n (open n)))
                    (= (answer (models n) action) (answer (@logs n) action)))
                  actions)
          (finally (run! log/close! @logs)))))))

(deftest what-is-in-the-cache-is-not-read-again
  (let [d (disk/disk), blocks (caffeine 1000), reads #(count (filter (comp #{:read} first) (:calls @d)))]
    (with-open [l (disk/open d "a.log" {:cache (over-caffeine blocks) :sync :none})]
      (let [offsets (log/append-all! l (range 500))]
        (is (= (range 500) (map l offsets)))
        (let [hits (.hitCount (.stats blocks)), before (reads)]
          (is (= (range 500) (map l offsets)))
          (is (< (+ 500 hits) (.hitCount (.stats blocks))))
          (is (= before (reads))))))))

(deftest what-was-deleted-is-not-found-in-the-cache
  (doseq [[cache-name cache] caches]
    (with-temp-folder [folder]
      (with-open [l (log/open (path-in folder "a.log") {:cache (cache) :block-bytes 16 :sync :none})]
        (let [[a b c] (log/append-all! l ["first" "second" "third"])]
          (is (= ["first" "second" "third"] (map l [a b c])))
          (log/delete! l b)
          (is (= ["first" nil "third"] (map l [a b c])) cache-name))))))

(deftest a-compacted-log-finds-nothing-of-the-old-file
  (doseq [[cache-name cache] caches]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), options {:cache (cache) :block-bytes 64 :sync :none}]
        (with-open [l (log/open path options)]
          (log/append-all! l (map #(str "record " %) (range 50)))
          (is (= 50 (count (mapv l (log/offsets l)))))
          (log/delete! l (take 25 (log/offsets l))))
        (log/compact! path)
        (with-open [l (log/open path options)]
          (is (= (map #(str "record " %) (range 25 50)) (map l (log/offsets l)) (into [] l)) cache-name))))))

(deftest what-is-no-cache-is-refused
  (with-temp-folder [folder]
    (doseq [cache [{} {:get identity} {:get identity :set nil} identity "cache"]]
      (is (= :bad-option (error (log/open (path-in folder "a.log") {:cache cache})))))
    (with-open [^LogCollection l (log/open (path-in folder "a.log") {:cache (forgetful)})]
      (is (nil? (:cache-bytes (log/info l))) "how much another cache holds is not known"))))
