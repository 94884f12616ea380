(ns flumelog.side-files-test
  "Files that version 0.1.0 before this one left beside its logs, closed or killed: test/side_files, made by dev/side_files.clj.
   Whoever opens a copy of them finds all records."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [files-in path-in with-temp-folder]])
  (:import (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private values (mapv #(str "record " % (.repeat "." (rem (* 7 (long %)) 40))) (range 20)))

(defn- copied
  "Calls f with the path of a copy of what was left under that name."
  [name f]
  (with-temp-folder [folder]
    (doseq [^File file (.listFiles (io/file "test/side_files" name))]
      (io/copy file (io/file folder (.getName file))))
    (f folder (path-in folder "a.log"))))

(defn- opened [path options]
  (with-open [l (log/open path (merge {:codec :utf8} options))]
    [(into [] l) (log/recovery l)]))

(def ^:private left
  "What is found of each, and what recovery tells a writer."
  {"closed"                     [values {:tail :none}]
   "closed-legacy"              [values {:tail :none}]
   "killed"                     [values {:tail :none}]
   "killed-torn"                [(pop values) {:tail :torn}]
   "killed-at-its-first-append" [values {:tail :none}]
   "buffer"                     [values {:tail :none :kept-buffer nil}]
   "buffer-alone"               [values {:tail :none :kept-buffer nil}]
   "room"                       [values {:tail :none :cut-bytes 0}]
   "deleted"                    [(subvec values 1) {:deletions-finished nil :deletions-left nil}]
   "half-deleted"               [(into (subvec values 0 3) (subvec values 4)) {:deletions-finished 1}]
   "not-deleted"                [values {:deletions-left 1}]})

(deftest side-files-of-an-earlier-version-lose-nothing
  (is (= (set (keys left)) (files-in "test/side_files")) "each is looked at")
  (doseq [[name [wanted told]] left]
    (testing name
      (copied name (fn [_ path]
                     (when-not (= "half-deleted" name) (is (= wanted (first (opened path {:mode :read})))))
                     (let [[found recovery] (opened path {})]
                       (is (= wanted found))
                       (is (= told (into {} (map (fn [[k _]] [k (k recovery)])) told)))
                       (is (nil? (:given-up recovery)) (:given-up recovery)))
                     (testing "and then again"
                       (let [id (with-open [l (log/open path {:codec :utf8})] (log/append! l "more") (log/id l))]
                         (is (= (conj wanted "more") (first (opened path {:mode :read})) (first (opened path {}))))
                         (is (= id (with-open [l (log/open path)] (log/id l)))))))))))

(deftest an-earlier-versions-buffer-does-not-enter-another-log
  (copied "buffer" (fn [folder path]
                     (io/copy (io/file "test/side_files/closed-legacy/a.log") (io/file path))
                     (is (= values (first (opened path {:mode :read}))))
                     (is (= values (first (opened path {}))))
                     (is (some #(re-matches #"a\.log\.buffer-\d+" %) (files-in folder))))))
