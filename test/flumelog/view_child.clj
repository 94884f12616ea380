(ns flumelog.view-child
  "What other JVMs do with views until they are killed: see flumelog.view-kill-test."
  (:require [flumelog.child :refer [say!]]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.fixtures :refer [path-in]]
            [flumelog.view-kinds :refer [difference versions views-of words]])
  (:import (java.io Closeable File)
           (java.util Random)))

(set! *warn-on-reflection* true)

(defn views-in
  "A db with a view of every kind over the log."
  ^Closeable [^File folder l]
  (db/open l {:dir (path-in folder "views") :views (views-of versions)}))

(defn- value [^Random random]
  {:n (inc (.nextInt random 1000)) :k (nth words (.nextInt random (count words)))})

(defn- delete-some! [l ^Random random]
  (let [offsets (into [] (log/offsets l))]
    (when (seq offsets) (log/delete! l (nth offsets (.nextInt random (count offsets)))))))

(defn- step! [l db ^Random random]
  (let [dice (.nextInt random 100)]
    (cond
      (< dice 60) (log/append-all! l (repeatedly (inc (.nextInt random 30)) #(value random)))
      (< dice 75) (delete-some! l random)
      (< dice 95) (when-let [wrong (difference l db versions nil)] (say! wrong))
      (< dice 97) (db/rebuild! db)
      :else nil)))

(defn work-until-killed
  "Appends, deletes, reads views, rebuilds them, and closes and opens all again. Says :open before it begins, and says what is
   wrong with views."
  [folder seed]
  (let [random (Random. seed), folder (File. ^String folder)]
    (say! :open)
    (while true
      (with-open [l (log/open (path-in folder "a.log") {:sync (nth [:each :none {:every-ms 5}] (.nextInt random 3))})
                  db (views-in folder l)]
        (dotimes [_ (.nextInt random 40)] (step! l db random))))))
