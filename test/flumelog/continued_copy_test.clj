(ns flumelog.continued-copy-test
  "A copy between two open logs goes on where it has stopped, and has each record once, wherever that was."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error in-range path-in with-temp-folder]]
            [flumelog.options :as options]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.log ContinuedCopy Progress Range Rewrite$Moved)
           (java.io RandomAccessFile)
           (java.nio.file Path)))

(set! *warn-on-reflection* true)

(defn- stopping
  "Hears of the records that were copied, and throws at the one with this number."
  ^Rewrite$Moved [n]
  (let [left (atom n)]
    (reify Rewrite$Moved
      (record [_ _ _] (when (neg? (swap! left dec)) (throw (ex-info "stop" {})))))))

(defn- copy!
  "Copies from one open log to another. The report, or nil if `:stop` has stopped it. `:map` is the path of the map of offsets."
  [^LogCollection from ^LogCollection to {:keys [bounds map stop codecs] :or {codecs [:utf8]}}]
  (let [[old new] (mapv options/->codec codecs)]
    (try
      (into {} (ContinuedCopy/run (.log from) (.log to) old (or new old) (Range/of bounds) (when map (Path/of map (make-array String 0)))
                                  (if stop (stopping stop) Rewrite$Moved/NONE) Progress/NONE))
      (catch clojure.lang.ExceptionInfo e (when-not (= "stop" (ex-message e)) (throw e))))))

(defn- cut-map!
  "Cuts bytes off the end of the map, as a crash may leave it."
  [map n]
  (with-open [file (RandomAccessFile. ^String map "rw")]
    (.setLength file (max 16 (- (.length file) (long n))))))

(defmacro ^:private with-logs [[from to folder] & body]
  `(with-temp-folder [~folder]
     (with-open [~from (log/open (path-in ~folder "a.log") {:codec :utf8 :sync :none :offset-bits 32})
                 ~to (log/open (path-in ~folder "b.log") {:codec :utf8 :sync :none})]
       ~@body)))

(def ^:private gen-step
  (gen/hash-map :add (gen/choose 0 30) :stop (gen/one-of [(gen/return nil) (gen/choose 0 20)]) :cut (gen/choose 0 70)))

(defspec a-copy-that-is-stopped-again-and-again-has-each-record-once (size 12 1000)
  (prop/for-all [steps (gen/vector gen-step 1 6), mapped? gen/boolean, bounds (gen/elements [{} {:limit 25} {:gte 100}])]
    (with-logs [from to folder]
      (let [map (when mapped? (path-in folder "map"))]
        (doseq [{:keys [add stop cut]} steps]
          (log/append-all! from (repeatedly add #(str (random-uuid))))
          (copy! from to {:bounds bounds :map map :stop stop})
          (when mapped? (cut-map! map cut)))
        (let [wanted (in-range (into [] (log/entries from)) bounds), report (copy! from to {:bounds bounds :map map})]
          (and (= (mapv val wanted) (into [] (log/values to)))
               (= (count wanted) (get report "frames"))
               (or (not mapped?)
                   (= (zipmap (mapv key wanted) (log/offsets to)) (reduce-kv assoc {} (log/offset-map map))))))))))

(deftest a-log-with-other-records-is-refused-and-stays-as-it-is
  (doseq [strangers [["x"] ["1" "x"] ["1" "2" "3"]], mapped? [true false]]
    (with-logs [from to folder]
      (log/append-all! from ["1" "2"])
      (log/append-all! to strangers)
      (is (= :wrong-log (error (copy! from to {:map (when mapped? (path-in folder "map"))}))))
      (is (= strangers (into [] to))))))

(deftest a-record-that-was-deleted-after-it-was-copied-keeps-nobody-from-going-on
  (with-logs [from to folder]
    (let [map (path-in folder "map"), [_ second-one] (log/append-all! from ["1" "2"])]
      (copy! from to {:map map})
      (log/delete! from second-one)
      (log/append! from "3")
      (is (= {"frames" 3 "copied" 1} (select-keys (copy! from to {:map map}) ["frames" "copied"])))
      (is (= ["1" "2" "3"] (into [] to))))))

(deftest a-log-that-has-lost-its-last-records-gets-them-again
  (with-temp-folder [folder]
    (let [map (path-in folder "map"), open (fn ^LogCollection [name] (log/open (path-in folder name) {:codec :utf8}))]
      (with-open [^LogCollection from (open "a.log"), ^LogCollection to (open "b.log")]
        (log/append-all! from ["1" "2" "3"])
        (copy! from to {:map map}))
      (with-open [file (RandomAccessFile. (path-in folder "b.log") "rw")] (.setLength file 20))
      (run! #(.delete (java.io.File. (path-in folder (str "b.log" %)))) [".checkpoint"])
      (with-open [^LogCollection from (open "a.log"), ^LogCollection to (open "b.log")]
        (is (= {"frames" 3 "copied" 2} (select-keys (copy! from to {:map map}) ["frames" "copied"])))
        (is (= ["1" "2" "3"] (into [] to)))))))

(deftest records-are-recoded-if-the-codecs-differ
  (with-logs [from to folder]
    (log/append-all! from ["{:a 1}" "[2]"])
    (copy! from to {:codecs [:edn :json]})
    (testing "and recognized"
      (is (= 0 (get (copy! from to {:codecs [:edn :json]}) "copied"))))
    (is (= ["{\"a\":1}" "[2]"] (into [] to)))))
