(ns flumelog.db-test
  "What a db does for readers of its views: waiting, deletions, and the errors of both. Failing and rebuilding are in
   `flumelog.db-rebuild-test`."
  (:require [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.db.kind :as kind]
            [flumelog.fixtures :refer [error eventually failure path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.view :as view])
  (:import (flumelog.coll LogCollection)
           (flumelog.log Log$DeletionWatch)
           (java.io Closeable)))

(set! *warn-on-reflection* true)

(def ^:private total
  (view/reduce {:init 0 :step (fn [acc _ m] (+ acc (:n m))) :retract (fn [acc _ m] (- acc (:n m)))}))

(def ^:private values
  "Has no :retract."
  (view/reduce {:init [] :step (fn [acc _ m] (conj acc (:n m)))}))

(defmacro ^:private with-db
  "Runs the body with a log in memory that has `records`, and a db over it."
  [[log db views & records] & body]
  `(with-open [~(with-meta log {:tag `LogCollection}) (memory/open)]
     (log/append-all! ~log [~@records])
     (with-open [~(with-meta db {:tag `Closeable}) (db/open ~log {:views ~views})]
       ~@body)))

;; Freshness

(deftest a-read-has-what-was-appended-before-it
  (with-db [l db {:total total}]
    (is (= 0 @(:total db)))
    (doseq [n (range 1 200)]
      (log/append! l {:n 1})
      (is (= n @(:total db))))))

(deftest a-read-waits-for-the-offset-that-it-names
  (with-db [l db {:total total} {:n 1}]
    (let [offset (log/append! l {:n 2})]
      (is (= 3 (view/value (:total db) {:await offset})))
      (is (= 3 (view/value (:total db) {:await (log/position l)})))
      (let [reader (future (view/value (:total db) {:await (inc offset) :timeout-ms 60000}))]
        (log/append! l {:n 4})
        (is (= 7 @reader))))))

(deftest a-read-that-does-not-wait-gives-what-is-there
  (with-db [l db {:total total} {:n 1}]
    (is (= 1 @(:total db)))
    (db/pause! db :total)
    (log/append! l {:n 2})
    (is (= 1 (view/value (:total db) {:await :none})))
    (is (= 1 (view/value (:total db) {:await 0})) "it has that record")
    (db/resume! db)
    (is (= 3 @(:total db)))))

(deftest a-wait-that-takes-too-long-is-a-timeout
  (with-db [l db {:total total} {:n 1}]
    (db/await db)
    (db/pause! db)
    (let [offset (log/append! l {:n 2})
          e (failure (view/value (:total db) {:timeout-ms 20}))]
      (is (= {:flumelog/error :timeout :view ":total" :await offset :since 0 :timeout-ms 20}
             (select-keys (ex-data e) [:flumelog/error :view :await :since :timeout-ms])))
      (is (= :timeout (error (view/value (:total db) {:await offset :timeout-ms 0}))))
      (is (= :timeout (error (db/read db [:total] {:timeout-ms 10} identity))))
      (is (= :timeout (error (db/await db {:timeout-ms 10}))))
      (is (= :late (deref (:total db) 10 :late))))))

(deftest a-closed-db-says-so
  (with-db [_ db {:total total} {:n 1}]
    (let [v (:total db)]
      (is (= 1 @v))
      (db/close db)
      (db/close db)
      (doseq [f [#(deref v) #(view/value v {:await :none}) #(db/read db [:total] identity) #(db/await db) #(db/rebuild! db)
                 #(db/pause! db) #(db/add! db :other total)]]
        (is (= :closed (error (f))))))))

(deftest a-reader-that-waits-when-the-db-closes-learns-of-it
  (with-db [_ db {:total total} {:n 1}]
    (let [reader (future (error (view/value (:total db) {:await 1000000})))]
      (Thread/sleep 20)
      (db/close db)
      (is (= :closed (deref reader 60000 :hangs))))))

(deftest a-reader-that-waits-when-the-log-closes-learns-of-it
  (with-db [l db {:total total} {:n 1}]
    (let [reader (future (error (view/value (:total db) {:await 1000000})))]
      (Thread/sleep 20)
      (log/close! l)
      (is (= :closed (deref reader 60000 :hangs))))))

(deftest several-views-are-read-as-of-one-moment
  (with-db [l db {:total total :values values :count (view/reduce {:init 0 :step (fn [n _ _] (inc n))})}]
    (let [writer (future (dotimes [_ 2000] (log/append! l {:n 1})))]
      (while (not (realized? writer))
        (is (apply = (db/read db [:total :values :count] (fn [{:keys [total values count]}] [@total @count (clojure.core/count @values)])))))
      @writer
      (db/read db [:total :count]
               (fn [{:keys [total]}]
                 (log/append! l {:n 1})
                 (is (= 2001 @(:total db)))
                 (is (= 2000 @total) "what was read stays as it was"))))))

;; Deletion

(deftest a-deleted-record-is-in-no-value
  (with-db [l db {:total total :values values} {:n 1} {:n 2} {:n 4}]
    (is (= 7 @(:total db)))
    (is (= [1 2 4] @(:values db)))
    (log/delete! l 0)
    (is (= 6 @(:total db)))
    (is (= [2 4] @(:values db)) "it was built anew")
    (log/append! l {:n 8})
    (is (= [2 4 8] @(:values db)))))

(deftest when-the-newest-record-is-deleted-views-can-be-rebuilt
  (with-db [l db {:total total :values values} {:n 1} {:n 2}]
    (log/delete! l @(log/since l))
    (is (= [1] @(:values db)))
    (db/rebuild! db)
    (is (= [1 [1]] [@(:total db) @(:values db)]))
    (is (= [:ready :ready] (map :state (vals (db/status db)))))
    (log/delete! l (log/offsets l))
    (db/rebuild! db)
    (is (= [0 []] [@(:total db) @(:values db)]))))

(deftest a-record-that-was-skipped-is-not-taken-out-again
  (with-db [l db {:odd (view/reduce {:init 0 :on-error :skip :retract (fn [acc _ m] (- acc (:n m)))
                                     :step (fn [acc _ m] (if (even? (:n m)) (throw (ex-info "even" m)) (+ acc (:n m))))})}
            {:n 1} {:n 2} {:n 3}]
    (is (= 4 @(:odd db)))
    (is (= 1 (:skipped (:odd (db/status db)))))
    (log/delete! l [22 44])
    (is (= 1 @(:odd db)))
    (is (= 0 (:skipped (:odd (db/status db)))))))

(deftest a-record-that-is-deleted-while-it-is-prepared-is-in-no-value
  (let [slow? (atom false), reached (promise), go-on (promise)
        codec {:encode (fn [n] (.getBytes (str n)))
               :decode (fn [^bytes data]
                         (when @slow? (deliver reached true) @go-on)
                         {:n (parse-long (String. data))})}]
    (with-open [l (memory/open {:codec codec})
                ^Closeable db (db/open l {:views {:total total}})]
      (db/pause! db)
      (log/append-all! l [1 2 4])
      (reset! slow? true)
      (db/resume! db)
      (is (deref reached 60000 false))
      (log/delete! l 0)
      (deliver go-on true)
      (is (= 6 @(:total db))))))

;; Views

(deftest a-record-that-was-gone-when-it-was-read-is-not-taken-out-again
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log"))]
      (log/append-all! l [{:n 1} {:n 2}])
      (let [db (promise), level? #(every? (fn [view] (= (:since view) (:log view))) (vals (db/status @db)))]
        ;; This watch is called before that of the db: the record is gone, and views have not heard of it.
        (.watchDeletions (.log ^LogCollection l)
                         (reify Log$DeletionWatch
                           (deleting [_ _])
                           (deleted [_ _]
                             (db/resume! @db)
                             (eventually level?))))
        (with-open [^Closeable opened (db/open l {:views {}})]
          (deliver db opened)
          (db/add! opened :total total)
          (db/add! opened :values values)
          (db/pause! opened)
          (let [again (log/append! l {:n 4})]
            (log/delete! l again)
            (is (= 3 @(:total opened)))
            (is (= [1 2] @(:values opened)))
            (is (= [2 2] (mapv :records (vals (db/status opened)))))))))))

(deftest a-view-is-added-to-an-open-db
  (with-db [l db {} {:n 1}]
    (is (nil? (:total db)))
    (is (= 1 @(db/add! db :total total)))
    (log/append! l {:n 2})
    (is (= 3 @(:total db)))
    (is (= :bad-option (error (db/add! db :total total))))))

(deftest a-watch-hears-of-each-new-value
  (with-db [l db {:total total} {:n 1}]
    (is (= 1 @(:total db)))
    (let [seen (atom [])]
      (add-watch (:total db) :key (fn [key _ before now] (swap! seen conj [key before now])))
      (log/append! l {:n 2})
      (is (eventually #(seq @seen)))
      (is (= [[:key 1 3]] @seen))
      (is (= [:key] (keys (.getWatches ^clojure.lang.IRef (:total db)))))
      (remove-watch (:total db) :key)
      (log/append! l {:n 4})
      (is (= 7 @(:total db)))
      (is (= 1 (count @seen))))))

(deftest a-watch-may-read-views-and-close-the-db
  (with-db [l db {:total total :values values}]
    (let [seen (promise), closed (promise)]
      (add-watch (:total db) :key (fn [_ v _ now]
                                    (deliver seen [now @v @(:values db)])
                                    (db/close db)
                                    (deliver closed true)))
      (log/append! l {:n 2})
      (is (= [2 2 [2]] (deref seen 60000 :hangs)))
      (is (true? (deref closed 60000 :hangs))))))

(deftest a-mapped-value-is-what-views-get
  (with-open [l (memory/open)]
    (log/append-all! l [1 2])
    (with-open [^Closeable db (db/open l {:map (fn [n] {:n n}) :views {:total total}})]
      (is (= 3 @(:total db))))
    (let [by-path (reify kind/Kind (traits [_] {:kind :index :version 1 :paths [[:n]] :on-error :halt}))]
      (is (= :bad-option (error (db/open l {:map identity :views {:x by-path}})))))))

(deftest what-is-no-option-is-refused
  (with-db [_ db {:total total} {:n 1}]
    (doseq [f [#(db/open {} {}) #(db/open (memory/open) {:view {}}) #(db/open (memory/open) {:views {"a" total}})
               #(db/open (memory/open) {:views {:a 1}}) #(db/open (memory/open) {:views [total]}) #(db/open (memory/open) {:map 1})
               #(view/reduce {:init 0}) #(view/reduce {:steps +}) #(view/reduce {:step + :on-error :ignore})
               #(view/value (:total db) {:awit 3}) #(view/value (:total db) {:await "x"}) #(view/value (:total db) {:timeout-ms -1})
               #(view/value 1) #(db/rebuild! db :other) #(db/status 1) #(db/read db [:other] identity)
               #(db/await db :total {:progres 1})]]
      (is (= :bad-option (error (f)))))))

(deftest a-db-prints-without-reading
  (with-db [_ db {:total total} {:n 1}]
    (db/await db)
    (is (= "#flumelog/Db[\"memory\" [:total]]" (pr-str db)))
    (is (= "#flumelog/View[:total {:since 0}]" (pr-str (:total db)))))
  (is (= "#flumelog/View[:reduce {:version 1}]" (pr-str (view/reduce {:step +})) (str (view/reduce {:step +}))))
  (is (= "#flumelog/View[:index {:version 2, :paths [[:author]]}]" (pr-str (view/index {:version 2 :keys [[:author]]}))))
  (is (= "#flumelog/View[:bitmap {:version 1, :paths [[:type]]}]" (pr-str (view/bitmap {:fields {:type :type}}))))
  (is (= "view must be a view of a db, made by view/index, was #flumelog/View[:index {:version 1, :paths [[:a]]}]"
         (ex-message (failure (view/lookup (view/index {:keys [[:a]]}) 1)))) "and a sentence shows it so"))

(deftest a-log-that-is-opened-for-reading-has-views-too
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [writer (log/open path)]
        (log/append-all! writer [{:n 1} {:n 2}])
        (with-open [l (log/open path {:mode :read})
                    ^Closeable db (db/open l {:dir (path-in folder "views") :views {:total total}})]
          (is (= 3 @(:total db)))
          (let [offset (log/append! writer {:n 4})]
            (is (= 7 (view/value (:total db) {:await offset}))))
          (is (= 7 @(:total db))))))))
