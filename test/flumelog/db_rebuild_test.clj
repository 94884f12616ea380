(ns flumelog.db-rebuild-test
  "What becomes of views that fail, are paused or are built anew, and what a db says about them."
  (:require [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.fixtures :refer [error eventually failure]]
            [flumelog.memory :as memory]
            [flumelog.view :as view])
  (:import (flumelog.coll LogCollection)
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

(defn- state [db name] (:state (name (db/status db))))

;; Failing

(defn- failing-at [n on-error]
  (view/reduce {:init 0 :on-error on-error
                :step (fn [acc _ m] (if (= n (:n m)) (throw (ex-info "no such number" {})) (+ acc (:n m))))}))

(deftest a-view-that-throws-fails-and-the-others-go-on
  (with-db [l db {:bad (failing-at 2 :halt) :total total} {:n 1} {:n 2} {:n 4}]
    (let [e (failure @(:bad db))]
      (is (= {:flumelog/error :view-failed :view ":bad" :offset 22 :cause "no such number"}
             (select-keys (ex-data e) [:flumelog/error :view :offset :cause]))))
    (is (= 7 @(:total db)))
    (is (= :view-failed (error (db/read db [:bad :total] identity))))
    (is (= :view-failed (error (db/await db))))
    (is (= 1 (view/value (:bad db) {:await :none})))
    (is (= {:state :failed :since 0 :offset 22 :cause "no such number" :records 1}
           (select-keys (:bad (db/status db)) [:state :since :offset :cause :records])))
    (is (= :ready (state db :total)))
    (log/append! l {:n 8})
    (is (= 15 @(:total db)))))

(deftest a-view-skips-what-it-can-t-take
  (with-db [_ db {:bad (failing-at 2 :skip)} {:n 1} {:n 2} {:n 4}]
    (is (= 5 @(:bad db)))
    (is (= {:state :ready :skipped 1 :skipped-records {22 "no such number"} :records 3}
           (select-keys (:bad (db/status db)) [:state :skipped :skipped-records :records])))))

(deftest a-failed-view-tries-again-when-it-is-resumed
  (let [broken (atom true)
        v (view/reduce {:init 0 :step (fn [acc _ m] (if (and @broken (= 2 (:n m))) (throw (ex-info "broken" {})) (+ acc (:n m))))})]
    (with-db [_ db {:v v} {:n 1} {:n 2} {:n 4}]
      (is (= :view-failed (error @(:v db))))
      (reset! broken false)
      (db/resume! db :v)
      (is (= 7 @(:v db))))))

(deftest an-undecodable-record-is-a-failure-of-the-view
  (doseq [[on-error wanted] [[:halt :view-failed] [:skip 5]]]
    (with-open [l (memory/open {:codec {:encode (fn [n] (.getBytes (str n))) :decode (fn [^bytes data] (Long/parseLong (String. data)))}})]
      (log/append-all! l [1 "x" 4])
      (with-open [^Closeable db (db/open l {:views {:sum (view/reduce {:init 0 :on-error on-error :step (fn [acc _ n] (+ acc n))})}})]
        (is (= wanted (try @(:sum db) (catch Exception e (:flumelog/error (ex-data e))))))))))

(deftest a-retract-that-throws-has-the-view-rebuilt
  (with-db [l db {:v (view/reduce {:init 0 :step (fn [acc _ m] (+ acc (:n m))) :retract (fn [& _] (throw (ex-info "no" {})))})}
            {:n 1} {:n 2}]
    (is (= 3 @(:v db)))
    (log/delete! l 0)
    (is (= 2 @(:v db)))))

(deftest an-interrupt-is-no-failure-of-the-view
  (let [v (view/reduce {:init 0 :step (fn [acc _ m] (Thread/sleep 1) (+ acc (:n m)))})]
    (with-db [l db {:v v}]
      (dotimes [_ 20]
        (log/append! l {:n 1})
        (let [reader (Thread. #(try @(:v db) (catch Throwable _ nil)))]
          (.start reader)
          (.interrupt reader)
          (.join reader)))
      (is (= 20 @(:v db))))))

;; Rebuilding, pausing

(deftest a-rebuild-tells-how-far-it-is
  (with-open [l (memory/open)]
    (log/append-all! l (repeat 9000 {:n 1}))
    (log/delete! l @(log/since l))
    (with-open [^Closeable db (db/open l {:views {:total total}})]
      (let [told (atom [])]
        (is (= 8999 @(:total (db/rebuild! db :total {:progress #(swap! told conj %)}))))
        (is (apply <= (map :done @told)))
        (is (= (:total (peek @told)) (:done (peek @told))))
        (is (= #{:rebuilding} (set (map :phase @told))))
        (is (= #{:phase :done :total :unit :per-second :remaining-seconds} (set (mapcat keys @told))))
        (reset! told [])
        (is (= @(log/since l) (db/await db {:progress #(swap! told conj %)})))
        (is (= (:total (peek @told)) (:done (peek @told))))))))

(deftest a-rebuild-that-is-stopped-leaves-the-view-as-it-was
  (with-db [l db {:total total} {:n 1} {:n 2}]
    (is (= 3 @(:total db)))
    (is (= "stop" (ex-message (failure (db/rebuild! db :total {:progress (fn [_] (throw (ex-info "stop" {})))})))))
    (is (= 3 @(:total db)))
    (log/append! l {:n 4})
    (is (= 7 @(:total db)))
    (is (= :ready (state db :total)))))

(deftest a-rebuilt-view-answers-meanwhile
  (let [slow (promise), slow? (atom false)
        v (view/reduce {:init 0 :step (fn [acc _ m] (when (and @slow? (zero? acc)) @slow) (+ acc (:n m)))})]
    (with-db [_ db {:v v :total total} {:n 1} {:n 2}]
      (is (= 3 @(:v db)))
      (reset! slow? true)
      (let [rebuild (future (db/rebuild! db :v))]
        (is (eventually #(= :rebuilding (state db :v))))
        (is (= 3 (view/value (:v db) {:await :none})))
        (deliver slow true)
        @rebuild
        (is (= 3 @(:v db)))))))

(deftest a-paused-view-can-be-rebuilt
  (with-db [l db {:total total} {:n 1}]
    (db/await db)
    (db/pause! db)
    (log/append! l {:n 2})
    (db/rebuild! db)
    (is (= 3 (view/value (:total db) {:await :none})))
    (is (= :paused (state db :total)))))

(deftest a-rebuild-learns-that-the-log-was-closed
  (let [go-on (promise), slow? (atom false)
        codec {:encode (fn [n] (.getBytes (str n)))
               :decode (fn [^bytes data] (when @slow? (deref go-on 60000 nil)) {:n (parse-long (String. data))})}]
    (with-open [l (memory/open {:codec codec})
                ^Closeable db (db/open l {:views {:total total}})]
      (log/append! l 1)
      (is (= 1 @(:total db)))
      (reset! slow? true)
      (let [rebuild (future (error (db/rebuild! db)))]
        (is (eventually #(= :rebuilding (state db :total))))
        (log/close! l)
        (is (= :closed (deref rebuild 60000 :hangs)))
        (deliver go-on true)))))

(deftest a-view-that-fails-while-it-is-rebuilt-keeps-its-answers
  (let [fails? (atom false)
        v (view/reduce {:init 0 :step (fn [acc _ m] (if @fails? (throw (ex-info "no" {})) (+ acc (:n m))))})]
    (with-db [_ db {:v v} {:n 1} {:n 2}]
      (is (= 3 @(:v db)))
      (reset! fails? true)
      (is (= :view-failed (error (db/rebuild! db :v))))
      (is (= 3 @(:v db))))))

(deftest a-paused-view-stays-where-it-is
  (with-db [l db {:total total :values values} {:n 1}]
    (db/await db)
    (db/pause! db :total)
    (log/append! l {:n 2})
    (is (= [1 2] @(:values db)) "the others go on")
    (is (= :paused (state db :total)))
    (is (= 0 (:since (:total (db/status db)))))
    (let [reader (future @(:total db))]
      (is (= :waits (deref reader 20 :waits)))
      (db/resume! db)
      (is (= 3 (deref reader 60000 :hangs))))))
