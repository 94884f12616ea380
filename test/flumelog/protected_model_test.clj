(ns flumelog.protected-model-test
  "Generated commands give the same values on a log of each protection as on a vector, with every option, and whatever is done
   to the file between: a log is protected without being another log to its user."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.test-support :refer [is-each size]]
            [flumelog.view :as view])
  (:import (java.util.concurrent Callable Executors Future)))

(set! *warn-on-reflection* true)

(def ^:private protections
  {:checked {:protect :checked}
   :encrypted {:protect {:key (byte-array (range 32))}}
   :sealed {:protect :sealed, :seal {:every-records 3}}
   :signed {:protect {:sign (byte-array (range 32))}, :seal {:every-records 2}}
   :encrypted-and-signed {:protect {:key (byte-array (range 32)) :sign (byte-array (range 32))}}
   :by-function {:protect {:key (fn [number _] (byte-array 32 (byte number))) :key-number 2}}})

;; The model: a vector of values, in which a deleted one is ::deleted. Values are never that, and may be empty.

(defn- present [model] (filterv #(not= ::deleted %) model))

(defn- offset-of
  "The offset of the nth value that is present; nil if there is none."
  [l n]
  (nth (vec (log/offsets l)) n nil))

(defn- delete-nth [model n]
  (let [places (keep-indexed #(when (not= ::deleted %2) %1) model)]
    (if-let [place (nth places n nil)] (assoc model place ::deleted) model)))

(defmulti ^:private on-log "Does the command on the open log; `state` has its path and options." (fn [_ _ [op]] op))
(defmethod on-log :append [l _ [_ value]] (log/append! l value))
(defmethod on-log :batch [l _ [_ values]] (log/append-all! l values))
(defmethod on-log :async [l _ [_ values]] (run! deref (mapv #(log/append-async! l %) values)))
(defmethod on-log :delete [l _ [_ n]] (some->> (offset-of l n) (log/delete! l)))
(defmethod on-log :sync [l _ _] (log/sync! l))

(def ^:private between "What is done to the file while it is closed."
  {:reopen  (fn [_ _])
   :compact (fn [path options] (log/compact! path (select-keys options [:protect])))
   :replace (fn [path options]
              (let [copy (str path ".copy")]
                (log/convert path copy (assoc (select-keys options [:offset-bits]) :from (select-keys options [:protect])))
                (log/drop-side-files! path (select-keys options [:protect]))
                (run! #(io/delete-file (str path %) true) ["" ".checkpoint" ".moves"])
                (.renameTo (io/file copy) (io/file path))))
   :salvage (fn [path options]
              (let [copy (str path ".copy")]
                (log/salvage path copy (select-keys options [:protect]))
                (run! #(io/delete-file (str path %) true) ["" ".checkpoint" ".moves"])
                (.renameTo (io/file copy) (io/file path))))
   :crash   (fn [path _] (io/delete-file (str path ".checkpoint") true))})

(defn- on-model [model [op x]]
  (case op
    :append (conj model x)
    (:batch :async) (into model x)
    :delete (delete-nth model x)
    model))

(def ^:private gen-value
  (gen/one-of [gen/string (gen/return "") (gen/return "\u0000\u0000") (gen/fmap #(apply str (repeat % "long ")) (gen/choose 50 400))]))

(def ^:private gen-commands
  (gen/vector (gen/frequency [[6 (gen/tuple (gen/return :append) gen-value)]
                              [4 (gen/tuple (gen/return :batch) (gen/vector gen-value 0 6))]
                              [1 (gen/tuple (gen/return :async) (gen/vector gen-value 0 4))]
                              [3 (gen/tuple (gen/return :delete) (gen/choose 0 8))]
                              [1 (gen/return [:sync])]
                              [1 (gen/tuple (gen/elements (keys between)))]])
              1 20))

(def ^:private gen-options
  (gen/let [protection (gen/elements (vals protections)), bits (gen/elements [32 48 53]), block-bytes (gen/elements [23 16384])
            sync (gen/elements [:none :each]), room (gen/elements [nil 4096]), buffer (gen/elements [nil 4096])]
    (merge protection {:codec :utf8 :offset-bits bits :block-bytes block-bytes :sync sync :room-bytes room :write-buffer-bytes buffer})))

(defn- differs
  "The first difference between the log and the model; nil if there is none."
  [l model]
  (let [wanted (present model)]
    (cond (not= wanted (vec l)) {:wanted wanted :got (vec l)}
          (not= (reverse wanted) (or (rseq l) [])) :backwards
          (not= wanted (map #(log/fetch l %) (log/offsets l))) :one-by-one
          (not= (count wanted) (log/count l)) :count)))

(defn- check [path options commands]
  (loop [l (log/open path options), model [], [[op :as command] & more] (concat commands [[:reopen]])]
    (cond (nil? command) (log/close! l)
          (between op)   (let [_ (log/close! l), _ ((between op) path options)
                               l (log/open path options), model (if (#{:compact :replace} op) (present model) model)]
                           (if-let [wrong (differs l model)] (do (log/close! l) {:after command :wrong wrong}) (recur l model more)))
          :else          (let [_ (on-log l nil command), model (on-model model command)]
                           (if-let [wrong (differs l model)] (do (log/close! l) {:after command :wrong wrong}) (recur l model more))))))

(defspec a-protected-log-has-the-values-of-the-model (size 15 300)
  (prop/for-all [options gen-options, commands gen-commands]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log")]
        (and (nil? (check path options commands))
             (:ok (log/verify path (select-keys options [:codec :protect]))))))))

(deftest many-threads-append-and-read-an-encrypted-log
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") (assoc (:encrypted protections) :sync :none))]
      (let [pool (Executors/newFixedThreadPool 16), each (long (size 20 2000))
            work (fn [thread] (reify Callable
                                (call [_] (doseq [n (range each) :let [offset (log/append! l [thread n])]]
                                            (is-each (= [thread n] (get l offset))))
                                  (reduce (fn [n _] (inc (long n))) 0 l))))]
        (try
          (run! #(.get ^Future %) (.invokeAll pool ^java.util.Collection (mapv work (range 16))))
          (finally (.shutdownNow pool)))
        (is (= (sort (for [thread (range 16), n (range each)] [thread n])) (sort (vec l))))))))

(deftest views-of-an-encrypted-log-answer-as-of-any
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), options (:encrypted protections)
          views {:total (view/reduce {:init 0 :step (fn [acc _ m] (+ (long acc) (long (:n m))))})}
          total #(with-open [^java.io.Closeable d (db/open % {:dir (path-in folder "views") :views views})] @(:total d))]
      (with-open [l (log/open path options)]
        (let [offsets (log/append-all! l (map #(hash-map :n %) (range 20)))]
          (is (= 190 (total l)))
          (is (= {:n 1} (get l (log/position l (second offsets)))) "a position fits")))
      (with-open [l (log/open path options)]
        (log/append! l {:n 10})
        (is (= 200 (total l)))))))
