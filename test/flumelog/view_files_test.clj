(ns flumelog.view-files-test
  "What is kept of views on disk: when a view goes on from it, and when it is built anew."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.db.absence :as absence]
            [flumelog.db.handle :as handle]
            [flumelog.fixtures :refer [error eventually files-in logged path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]]
            [flumelog.view :as view]
            [flumelog.view-kinds :refer [difference numbers versions views-of words]])
  (:import (java.io Closeable File)
           (java.util Random)
           (java.util.logging LogRecord SimpleFormatter)))

(set! *warn-on-reflection* true)

(defn- total
  ([] (total 1))
  ([version] (view/reduce {:version version :init 0 :step (fn [acc _ m] (+ acc (* version (:n m))))
                           :retract (fn [acc _ m] (- acc (* version (:n m))))})))

(defn- lines
  "The logged lines that have these words."
  [words records]
  (filter #(str/includes? % words) (map #(.formatMessage (SimpleFormatter.) ^LogRecord %) records)))

(defn- with-views
  "Calls f with the log and the db of a folder; both are closed then. Returns its result, and how many views were built anew
   although they were on disk."
  [folder views f]
  (let [result (atom nil)
        records (logged #(with-open [l (log/open (path-in folder "a.log"))
                                     ^Closeable db (db/open l {:dir (path-in folder "views") :views views})]
                           (reset! result (f l db))))]
    [@result (count (lines "is built anew" records))]))

(defn- ask [_ db]
  (into {} (for [name [:total :numbers] :when (name db)]
             [name (if (= :total name) @(:total db) @(handle/fresh (:numbers db) nil))])))

(defn- append! [l numbers]
  (log/append-all! l (map (fn [n] {:n n}) numbers)))

(deftest a-view-goes-on-from-where-it-was
  (with-temp-folder [folder]
    (let [views {:total (total) :numbers (numbers 1 1)}]
      (is (= [{:total 6 :numbers {22 2, 44 3}} 0] (with-views folder views (fn [l db] (append! l [1 2 3]) (ask l db)))))
      (is (= [{:total 10 :numbers {22 2, 44 3, 66 4}} 0] (with-views folder views (fn [l db] (append! l [4]) (ask l db)))))
      (let [stepped (atom 0)
            counting (view/reduce {:init 0 :step (fn [acc _ m] (swap! stepped inc) (+ acc (:n m)))})]
        (is (= [10 0] (with-views folder {:total counting} (fn [_ db] @(:total db)))))
        (is (= 0 @stepped))))))

(deftest a-view-with-another-version-is-built-anew
  (with-temp-folder [folder]
    (is (= [{:total 6} 0] (with-views folder {:total (total)} (fn [l db] (append! l [1 2 3]) (ask l db)))))
    (is (= [{:total 12} 1] (with-views folder {:total (total 2)} ask)))
    (is (= [{:total 12} 0] (with-views folder {:total (total 2)} ask)))
    (is (= [{:total {22 2, 44 3}} 1] (with-views folder {:total (numbers 2 1)} (fn [_ db] {:total (update-vals @(handle/fresh (:total db) nil) #(quot % 2))}))))))

(deftest records-that-were-deleted-while-no-db-was-open-are-noticed
  (with-temp-folder [folder]
    (let [views {:total (total) :numbers (numbers 1 0)}]
      (with-views folder views (fn [l db] (append! l [1 2 3]) (ask l db)))
      (with-open [l (log/open (path-in folder "a.log"))] (log/delete! l 22))
      (is (= [{:total 4 :numbers {0 1, 44 3}} 0] (with-views folder views ask)))
      (is (= [{:total 4 :numbers {0 1, 44 3}} 0] (with-views folder views ask))))))

(deftest a-log-that-was-closed-is-not-read-again-to-find-deletions
  (with-temp-folder [folder]
    (let [views {:total (total) :numbers (numbers 1 0)}]
      (with-views folder views (fn [l db] (append! l [1 2 3]) (log/delete! l 22) (log/count l) (ask l db)))
      (with-open [l (log/open (path-in folder "a.log"))] (append! l [4]))
      (with-redefs [absence/sums (fn [& _] (throw (Error. "it was read")))]
        (is (= [{:total 8 :numbers {0 1, 44 3, 66 4}} 0] (with-views folder views ask)))))))

(deftest a-db-leaves-its-log-with-a-count
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), walked (atom 0)]
      (with-open [l (log/open path)] (append! l [1 2 3]))
      (io/delete-file (str path ".checkpoint"))
      (is (= [{:total 6} 0] (with-views folder {:total (total)} ask)))
      (Thread/sleep 1100)                                    ; after which a checkpoint is believed
      (with-open [l (log/open path)]
        (is (= 3 (log/count l {:progress (fn [_] (swap! walked inc))})))
        (is (= 0 @walked) "the next db need not walk over the log")))))

;; A reader does not know whether the writer's deletions are on disk, so its views can lack a record that comes back.
(deftest a-record-that-came-back-does-not-hide-the-absence-of-another-one
  (let [d (disk/disk), options {:sync :none}
        values (view/index {:keys (fn [m] [(:n m)])})
        ask #(mapv :n (view/lookup (:values %) {} {:as :values}))
        came-back (fn [d] (with-open [l (disk/open d "a.log" {:mode :read})] (= (range 1 9) (map :n l))))]
    (with-open [l (disk/open d "a.log" options)]
      (append! l (range 1 9))
      (log/sync! l)
      (log/delete! l 0)
      (with-open [reader (disk/open d "a.log" {:mode :read})
                  ^Closeable db (db/open reader {:dir (disk/folder d) :views {:values values}})]
        (is (= (range 2 9) (ask db))))
      (when-let [d (is (some #(let [d (disk/lose-power d %)] (when (came-back d) d)) (range 100)) "the deletion is not on disk each time")]
        (with-open [l (disk/open d "a.log" options)]
          (log/delete! l 22)
          (with-open [^Closeable db (db/open l {:dir (disk/folder d) :views {:values values}})]
            (is (= [1 3 4 5 6 7 8] (ask db)))))))))

(deftest a-deletion-that-a-written-view-knows-is-on-disk
  (let [d (disk/disk), file #(first (filter (fn [name] (str/ends-with? name ".view")) (disk/files d)))]
    (with-open [l (disk/open d "a.log" {:sync :none})
                ^Closeable db (db/open l {:dir (disk/folder d) :views {:total (total)}})]
      (append! l (range 1 9))
      (log/sync! l)
      (is (eventually #(= @(log/since l) (:persisted (:total (db/status db))))))
      (let [before (vec (disk/contents d (file)))]
        (log/delete! l 0)
        (is (= (reduce + (range 2 9)) @(:total db)))
        (is (eventually #(not= before (vec (disk/contents d (file)))))))
      (doseq [seed (range 20)]
        (with-open [l (disk/open (disk/lose-power d seed) "a.log" {:mode :read})]
          (is (= (range 2 9) (map :n l)) (str "seed " seed)))))))

(deftest a-view-that-still-has-a-deleted-record-is-not-written
  (with-temp-folder [folder]
    (let [views {:values (view/reduce {:init [] :step (fn [acc _ m] (conj acc (:n m)))})}]
      (with-views folder views (fn [l db]
                                 (append! l [1 2 3])
                                 (db/await db)
                                 (db/pause! db)
                                 (log/delete! l 22)))
      (is (= [1 3] (first (with-views folder views (fn [_ db] @(:values db)))))))))

(defn- compact! [folder] (log/compact! (path-in folder "a.log")))

(deftest a-view-that-can-goes-with-a-compacted-log
  (with-temp-folder [folder]
    (let [views {:total (total) :numbers (numbers 1 0)}]
      (with-views folder views (fn [l db] (append! l (range 1 20)) (log/delete! l [0 66]) (ask l db)))
      (with-open [l (log/open (path-in folder "a.log"))] (log/delete! l 88))
      (compact! folder)
      (let [wanted {:total (- 190 1 4 5) :numbers (zipmap (iterate #(+ 22 %) 0) [2 3 6 7 8 9])}
            [answer anew] (with-views folder views ask)]
        (is (= (:total wanted) (:total answer)))
        (is (= (:numbers wanted) (into {} (take 6) (into (sorted-map) (:numbers answer)))))
        (is (= 16 (count (:numbers answer))))
        (is (= 1 anew) "only the reduce, whose value may have offsets"))
      (is (not (.exists (io/file folder "a.log.moves"))) "nobody needs it any more")
      (is (= 0 (second (with-views folder views ask)))))))

(deftest a-view-goes-with-a-log-that-has-lost-its-newest-records
  (with-temp-folder [folder]
    (let [views {:numbers (numbers 1 0)}]
      (with-views folder views (fn [l db] (append! l (range 1 30)) (ask l db)))
      (with-open [l (log/open (path-in folder "a.log"))]
        (log/delete! l (into [] (take-nth 2) (log/offsets l {:reverse true}))))
      (compact! folder)
      (let [[{:keys [numbers]} anew] (with-views folder views (fn [l db] (append! l [100]) (ask l db)))]
        (is (= (concat (range 2 29 2) [100]) (vals (into (sorted-map) numbers))))
        (is (= 0 anew))))))

(deftest a-record-deleted-after-the-compaction-is-noticed
  (with-temp-folder [folder]
    (let [views {:numbers (numbers 1 0)}]
      (with-views folder views (fn [l db] (append! l (range 1 9)) (log/delete! l 0) (ask l db)))
      (compact! folder)
      (with-open [l (log/open (path-in folder "a.log"))] (log/delete! l 22))
      (is (= [2 4 5 6 7 8] (vals (into (sorted-map) (:numbers (first (with-views folder views ask))))))))))

(deftest a-log-that-grew-anew-from-an-older-copy-is-noticed
  (with-temp-folder [folder]
    (let [views {:total (total) :numbers (numbers 1 0)}
          copy! (fn [from to] (doseq [end ["" ".checkpoint"]] (io/copy (io/file folder (str from end)) (io/file folder (str to end)))))]
      (with-views folder views (fn [l db] (append! l [1 2]) (ask l db)))
      (copy! "a.log" "older.log")
      (with-views folder views (fn [l db] (append! l [3 4 5]) (ask l db)))
      (copy! "older.log" "a.log")
      (with-open [l (log/open (path-in folder "a.log"))] (append! l [6 7 8 9]))
      (is (= [{:total 33 :numbers {0 1, 22 2, 44 6, 66 7, 88 8, 110 9}} 2] (with-views folder views ask))))))

(deftest one-db-at-a-time-has-a-folder
  (with-temp-folder [folder]
    (with-views folder {:total (total)}
      (fn [l db]
        (is (= :locked (error (db/open l {:dir (path-in folder "views")}))))
        (db/close db)
        (with-open [^Closeable again (db/open l {:dir (path-in folder "views") :views {:total (total)}})]
          (is (= 0 @(:total again))))))))

(deftest a-folder-that-can-t-be-used-is-an-error-of-open
  (with-temp-folder [folder]
    (spit (io/file folder "views") "a file")
    (with-open [l (log/open (path-in folder "a.log"))]
      (is (= :failed (error (db/open l {:dir (path-in folder "views")})))))))

(deftest names-of-views-are-names-of-files
  (with-temp-folder [folder]
    (let [views (zipmap [:a :a.b/c :A :total/x :with*star (keyword "with space/and:more")] (map total (range 1 7)))]
      (with-views folder views (fn [l db] (append! l [1]) (run! #(deref (% db)) (keys views))))
      (is (= [[1 2 3 4 5 6] 0] (with-views folder views (fn [_ db] (mapv #(deref (% db)) (keys views)))))))))

;; Damage

(defn- damage!
  "Changes, cuts or removes a file."
  [^File file ^Random random]
  (let [data (read-bytes file)]
    (case (.nextInt random 4)
      0 (.delete file)
      1 (write-bytes! file (java.util.Arrays/copyOf data (.nextInt random (max 1 (alength data)))))
      2 (write-bytes! file (java.util.Arrays/copyOf data (+ 1 (alength data) (.nextInt random 50))))
      (let [at (.nextInt random (alength data))]
        (aset data at (unchecked-byte (bit-xor (aget data at) (inc (.nextInt random 255)))))
        (write-bytes! file data)))))

(deftest a-view-whose-files-are-damaged-is-built-anew-with-one-line
  (dotimes [seed (size 24 250)]
    (with-temp-folder [folder]
      (let [views (views-of versions), random (Random. seed)
            right? (fn [l db] (nil? (difference l db versions nil)))
            _ (with-views folder views (fn [l db]
                                         (log/append-all! l (for [n (range 1 40)] {:n n :k (nth words (rem n 4))}))
                                         (right? l db)))
            files (vec (remove #{"db" "db.lock"} (files-in (io/file folder "views"))))
            file (io/file folder "views" (nth files (rem seed (count files))))]
        (damage! file random)
        (is (= [true (if (or (.exists file) (not (str/ends-with? (str file) ".view"))) 1 0)] (with-views folder views right?))
            (str "seed " seed " " file))))))

;; What is durable

(deftest what-is-on-disk-is-never-ahead-of-the-log
  (let [d (disk/disk)]
    (with-open [l (disk/open d "a.log" {:sync :none})
                ^Closeable db (db/open l {:dir (disk/folder d) :views {:total (total)}})]
      (append! l [1 2])
      (is (= 3 @(:total db)))
      (Thread/sleep 700)
      (is (= -1 (:persisted (:total (db/status db)))))
      (log/sync! l)
      (is (eventually #(= 22 (:persisted (:total (db/status db)))))))))

(defn- until-power-fails!
  "Works on the disk until the power goes."
  [d ^Random random views]
  (try
    (with-open [l (disk/open d "a.log" {:sync (if (.nextBoolean random) :each :none)})
                ^Closeable db (db/open l {:dir (disk/folder d) :views views})]
      (disk/break-at! d (inc (.nextInt random 250)))
      (dotimes [n 20]
        (log/append! l {:n (inc n) :k (nth words (rem n 4))})
        (when (= 7 n) (log/delete! l @(log/since l)))
        (when (= 9 n) (db/close db))))
    (catch Exception _ nil)))

(deftest after-a-power-loss-views-answer-what-the-log-has
  (dotimes [seed (size 20 500)]
    (let [random (Random. seed), views (views-of versions)
          d (nth (iterate (fn [d]
                            (until-power-fails! d random views)
                            (disk/lose-power d (.nextLong random)))
                          (disk/disk)) 3)]
      (with-open [l (disk/open d "a.log")
                  ^Closeable db (db/open l {:dir (disk/folder d) :views views})]
        (is (nil? (difference l db versions {:timeout-ms 60000})) (str "seed " seed))))))

(deftest on-a-full-disk-views-go-on-in-memory
  (let [d (disk/disk)
        records (logged (fn []
                        (with-open [l (disk/open d "a.log" {:sync :each})
                                    ^Closeable db (db/open l {:dir (disk/folder d) :views {:total (total)}})]
                          (append! l [1 2])
                          (is (= 3 @(:total db)))
                          (disk/fail! d {:op :append :with :full :for-ever true :file #"view"})
                          (is (eventually #(:persist-error (:total (db/status db)))))
                          (append! l [4])
                          (is (= 7 @(:total db)))
                          (is (= :ready (:state (:total (db/status db))))))))]
    (is (= 1 (count (lines "can't be written" records))))
    (disk/heal! d)
    (with-open [l (disk/open d "a.log")
                ^Closeable db (db/open l {:dir (disk/folder d) :views {:total (total)}})]
      (is (= 7 @(:total db))))))

(deftest a-reader-s-view-forgets-records-of-an-append-that-failed
  (let [d (disk/disk), options {:codec :utf8 :sync :none}]
    (with-open [writer (disk/open d "a.log" options)]
      (log/append-all! writer ["a" "b"])
      (log/sync! writer)
      (with-open [reader (disk/open d "a.log" (assoc options :mode :read))
                  ^Closeable db (db/open reader {:views {:values (view/reduce {:init [] :step (fn [acc _ text] (conj acc text))})}})]
        (is (= ["a" "b"] @(:values db)))
        (disk/fail! d {:op :append :file #"a.log$" :with :half :for-ever true})
        (disk/fail! d {:op :truncate :file #"a.log$" :with :full :for-ever true})
        (is (= :full (error (log/append-all! writer (repeat 10 "of a failed append")))))
        (is (< 2 (count @(:values db))) "the reader can't tell them from others")
        (disk/heal! d)
        (log/append-all! writer ["c" "d"])
        (is (= ["a" "b" "c" "d"] @(:values db)))))))
