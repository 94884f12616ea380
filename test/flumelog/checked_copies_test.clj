(ns flumelog.checked-copies-test
  "Copies of a checked log have its records, are protected unless somebody says otherwise, and are logs of their own. Readers follow it,
   and the original walks it."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.fixtures :refer [error eventually overhead path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.original :refer [their-reading with-original]]
            [flumelog.stats :as stats]
            [flumelog.test-support :refer [is-each]]
            [flumelog.view :as view])
  (:import (flumelog.coll LogCollection)
           (flumelog.file LogPath)
           (flumelog.log OffsetLog Progress)
           (java.util Base64)))

(set! *warn-on-reflection* true)

(def ^:private utf8 {:codec :utf8 :sync :none})
(def ^:private checked (assoc utf8 :protect :checked))

(defn- values-in [path] (with-open [l (log/open path utf8)] (vec l)))

(defn- facts-of [path] (with-open [l (log/open path utf8)] (select-keys (log/info l) [:protect :offset-bits])))

(defn- good? [path] (:ok (log/verify path {:codec :utf8})))

(deftest each-protection-converts-into-each
  (with-temp-folder [folder]
    (let [values ["one" "two" "three" "four"]]
      (doseq [from [:none :checked], to [nil :none :checked], bits [32 53], copy! [log/convert log/copy!]
              :let [[a b] (map #(path-in folder (str (gensym) %)) ["a" "b"])
                    kept (if to to from)]]
        (with-open [l (log/open a (assoc utf8 :protect from))]
          (let [offsets (log/append-all! l values)] (log/delete! l (second offsets))))
        (copy! a b (cond-> {:offset-bits bits} to (assoc :protect to)))
        (testing [from to bits]
          (is (= ["one" "three" "four"] (values-in b)))
          (is (= (cond-> {:offset-bits bits} (= :checked kept) (assoc :protect :checked)) (facts-of b)))
          (is (good? b))
          (when (= :checked kept)
            (is (not= (with-open [l (log/open a utf8)] (log/id l)) (with-open [l (log/open b utf8)] (log/id l))))))))))

(deftest what-only-a-protected-log-holds-goes-into-no-other
  (with-temp-folder [folder]
    (let [[a b] (map #(path-in folder %) ["a.log" "b.log"])]
      (doseq [value ["" "\u0000\u0000"]]
        (with-open [l (log/open a checked)] (log/append! l value))
        (is (= [:encode :encode :bad-option]
               [(error (log/convert a b {:protect :none})) (error (log/copy! a b {:protect :none})) (error (log/convert a b {:framing :legacy}))]))
        (is (not (.exists (io/file b))))))))

(deftest a-compaction-leaves-no-zeros-and-no-notes-and-tells-where-records-went
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), moved (atom []), long-text (.repeat "x" 3000000)
          id (with-open [l (log/open path checked)]
               (let [offsets (mapv #(log/append! l (str % long-text)) (range 13))]
                 (log/delete! l (take-nth 3 offsets))
                 (log/delete! l (nth offsets 1))
                 (log/append! l "last")
                 (log/id l)))
          kept (with-open [l (log/open path utf8)] (into [] (map (fn [[k ^String v]] [k (subs v 0 (min 4 (count v)))])) (log/entries l)))
          report (log/compact! path {:moved #(swap! moved conj [%1 %2])})]
      (is (= {:frames 8 :deleted 6} (select-keys report [:frames :deleted])))
      (with-open [l (log/open path utf8)]
        (is (= (map second kept) (map #(subs % 0 (min 4 (count %))) l)))
        (is (= (map first kept) (map first @moved)))
        (is (= (map second @moved) (into [] (log/offsets l))))
        (let [moves (.moves (.log l) id)]
          (is (= (map second @moved) (map #(.newOffset moves %) (map first kept))) "also behind the heads"))
        (is (not= id (log/id l)))
        (is (= 8 (log/count l))))
      (is (good? path))
      (testing "down to nothing"
        (with-open [l (log/open path utf8)] (log/delete! l (into [] (log/offsets l))))
        (log/compact! path)
        (is (= [] (values-in path)))
        (is (= {:protect :checked :offset-bits 53} (facts-of path)))
        (is (= [115 115] [(count (read-bytes path)) (with-open [l (log/open path utf8)] (log/append! l "new"))]))
        (is (= ["new"] (values-in path)))))))

(deftest a-salvage-keeps-offsets-deletions-and-protection
  (with-temp-folder [folder]
    (let [[a b] (map #(path-in folder %) ["a.log" "b.log"])
          offsets (with-open [l (log/open a checked)]
                    (let [offsets (log/append-all! l ["one" "two" "three" "four"])]
                      (log/delete! l (second offsets))
                      (conj offsets (log/append! l "five"))))
          bytes (read-bytes a)]
      (aset bytes (+ 7 (long (nth offsets 3))) (byte 1))
      (write-bytes! a bytes)
      (is (= {:frames 4 :skipped [[(nth offsets 3) (+ 25 (long (nth offsets 3)))]]} (select-keys (log/salvage a b {:codec :utf8}) [:frames :skipped])))
      (is (= ["one" "three" "five"] (values-in b)))
      (is (= (take 1 offsets) (with-open [l (log/open b utf8)] (into [] (take 1) (log/offsets l)))))
      (is (good? b)))))

(defn- backup-with [^LogCollection l path f]
  (.backup ^OffsetLog (.log l) (LogPath/of (.toPath (io/file path))) (reify Progress (at [_ position _] (f position)))))

(deftest a-backup-has-the-notes-of-what-is-deleted-meanwhile
  (doseq [mode [:read-write :read]]
    (with-temp-folder [folder]
      (let [[path copy] (map #(path-in folder %) ["a.log" "copy.log"])
            values (map #(.repeat (str %) 1500000) (range 4))]
        (with-open [l (log/open path checked)]
          (let [offsets (log/append-all! l values), deleted (atom nil)
                delete-once! (fn [_] (when (compare-and-set! deleted nil true) (log/delete! l [(first offsets) (nth offsets 2)])))]
            (with-open [r (log/open path (assoc utf8 :mode :read))]
              (backup-with (if (= :read mode) r l) copy delete-once!))
            (is @deleted)
            (is (good? copy))
            (is (= [1 3] (map #(parse-long (subs % 0 1)) (values-in copy))))
            (log/append! l "more")
            (log/delete! l (second offsets))
            (log/backup! l copy)
            (is (good? copy) "also the second time")
            (is (= (log/id l) (with-open [c (log/open copy utf8)] (log/id c))))))))))

(deftest a-reader-learns-the-protection-of-a-file-that-was-empty
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (spit path "")
      (with-open [r (log/open path (assoc utf8 :mode :read)), strict (log/open path (assoc checked :mode :read))]
        (is (= [-1 nil] [@(log/since r) (log/id r)]))
        (with-open [w (log/open path checked)]
          (is (= [-1 (log/id w)] [@(log/since r) (log/id r)]))
          (log/append-all! w ["a" "" "c"])
          (is (= ["a" "" "c"] (vec r) (vec strict)))
          (is (= "a" (get r 115)))
          (log/delete! w 115)
          (is (= ["" "c"] (vec r) (vec strict)))
          (is (= [nil nil :deleted :not-a-record] [(get r 115) (get r 0) (error (log/fetch r 115)) (error (log/fetch r 0))]))
          (is (= {:since @(log/since w) :protect :checked} (select-keys (log/info r) [:since :protect]))))))
    (let [path (path-in folder "b.log")]
      (spit path "")
      (with-open [strict (log/open path (assoc checked :mode :read)), w (log/open path utf8)]
        (log/append! w "plain")
        (is (= :wrong-format (error (vec strict))) "and is not shown another one")))))

(deftest views-live-and-asynchronous-appends-see-records-only
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") (assoc checked :codec :edn))]
      (let [offsets (mapv deref (mapv #(log/append-async! l {:n %}) (range 100)))]
        (is (= (range 100) (sort (map :n l))))
        (log/delete! l (first offsets))
        (with-open [^java.io.Closeable d (db/open l {:views {:sum (view/reduce {:version 1 :init 0 :step (fn [acc _ v] (+ acc (:n v)))})}})]
          (is (= (- 4950 (:n (get l (first offsets) {:n 0}))) (+ @(:sum d) (- 4950 (reduce + (map :n l)) 0))))
          (log/append! l {:n 1000})
          (is (= (reduce + (map :n l)) @(:sum d))))
        (is (= 100 (count (into [] (take 100) (log/live l {:as :values :old true})))))
        (is (= 100 (log/count l)))))))

(deftest the-original-walks-a-checked-log-and-leaves-it-as-it-is
  (with-original folder
    (doseq [bits [32 48 53]
            :let [path (path-in folder (str bits ".log")), options {:codec :base64 :offset-bits bits :block-bytes 64}
                  format {:offset-bits bits}
                  offsets (with-open [l (log/open path (merge checked format))]
                            (let [offsets (log/append-all! l (map #(.repeat "r" (inc (* 7 (long %)))) (range 20)))]
                              (log/delete! l (nth offsets 4))
                              offsets))
                  before (vec (read-bytes path))
                  {:keys [since entries reverse]} (their-reading path options [])
                  live (concat [0] (remove #{(nth offsets 4)} offsets) [(- (count before) (+ 13 (overhead format)))])]]
      (testing bits
        (is (= live (map first entries)) "the head, the records and the note")
        (is (= (rseq (vec live)) (map first reverse)))
        (is (= (last live) since))
        (is (= before (vec (read-bytes path))))
        (let [[_ data] (second entries), bytes (vec (.decode (Base64/getDecoder) ^String data))]
          (is (= [-7 (int \r)] (take 2 bytes)) "kind and payload"))))))

(deftest heads-and-notes-are-neither-records-nor-deleted-ones-in-numbers
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") checked)]
      (let [offsets (log/append-all! l ["one" "two" "three"])]
        (log/delete! l (second offsets))
        (is (= {:records 2 :deleted 1 :live-bytes 50 :deleted-bytes 24 :data-bytes 8}
               (select-keys (stats/stats l) [:records :deleted :live-bytes :deleted-bytes :data-bytes])))
        (is (= 3 (:appends (log/info l))))))))

(deftest a-cut-at-the-damage-leaves-a-log
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          offsets (with-open [l (log/open path checked)] (mapv #(log/append! l %) ["one" "two" "three"]))
          bytes (read-bytes path), at (second offsets)]
      (aset bytes (+ 5 (long at)) (byte 1))
      (write-bytes! path bytes)
      (is (= :corrupt (error (log/open path utf8))))
      (is (= ["one"] (with-open [r (log/open path (assoc utf8 :mode :read))] (vec r))))
      (is (= {:end at} (select-keys (log/recover! path {:cut-at at}) [:end])))
      (is (= ["one"] (values-in path)))
      (is (good? path)))))
