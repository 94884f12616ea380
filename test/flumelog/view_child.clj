(ns flumelog.view-child
  "What other JVMs do with views: until they are killed, see flumelog.view-kill-test; with a small heap, see
   flumelog.scarce-test."
  (:require [flumelog.child :refer [say!]]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.fixtures :refer [path-in]]
            [flumelog.view :as view]
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

;; A log that is larger than the heap

(defn- message [^long n]
  {:n n :author (str "author " (rem n 500)) :type (nth ["post" "vote" "about"] (rem n 3)) :text (.repeat "text " 180)})

(defn- views-of-messages []
  {:count (view/reduce {:init 0 :step (fn [n _ _] (inc (long n)))})
   :by-author (view/index {:keys [[:author]]})
   :by-n (view/index {:keys [[:n]] :unique true})
   :fields (view/bitmap {:fields {:type [:type]}})})

(defn- answers [db ^long n]
  {:count @(:count db)
   :of-author (view/count (:by-author db) "author 7")
   :newest (mapv :n (view/lookup (:by-author db) "author 7" {:reverse true :limit 2 :as :values}))
   :by-n (mapv #(:n (first (view/lookup (:by-n db) % {:as :values}))) [0 (quot n 2) (dec n)])
   :votes (view/count (:fields db) [:= :type "vote"])})

(defn- right-answers [^long n]
  {:count n
   :of-author (quot n 500)
   :newest [(- n 493) (- n 993)]
   :by-n [0 (quot n 2) (dec n)]
   :votes (quot n 3)})

(defn follow-a-large-log
  "Appends n messages of a kilobyte, n being a multiple of 1,500, has views follow them, and opens all again. Prints {} when the
   answers are right both times; else the wrong ones."
  [folder n]
  (with-open [l (log/open (path-in folder "a.log") {:codec :json :sync :none})]
    (transduce (map message) (log/appending l) (range n)))
  (let [open-and-ask #(with-open [l (log/open (path-in folder "a.log") {:codec :json})
                                  ^Closeable db (db/open l {:dir (path-in folder "views") :views (views-of-messages)})]
                        (answers db n))
        wrong (remove #(= (right-answers n) %) [(open-and-ask) (open-and-ask)])]
    (say! (if (seq wrong) {:wrong wrong} {}))))
