(ns flumelog.core-async-test
  "Live records on channels: each once and in order, no faster than they are taken, and no thread is left behind."
  (:require [clojure.core.async :as async :refer [>!! close!]]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.async :refer [live-chan]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error eventually path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-disk :as disk])
  (:import (flumelog.coll LogCollection)))

(set! *warn-on-reflection* true)

(defmacro ^:private on-every-log [[log options] & body]
  `(doseq [[kind# open#] {"file" log/open, "memory" (fn [_# options#] (memory/open options#))}]
     (testing kind#
       (with-temp-folder [folder#]
         (with-open [~(with-meta log {:tag `LogCollection}) (open# (path-in folder# "a.log") (merge {:sync :none} ~options))]
           ~@body)))))

(defn- take-soon
  "What comes from the channel within a minute, or :never."
  [ch]
  (async/alt!! ch ([item] item) (async/timeout 60000) :never))

(defn- drain [ch] (vec (take-while #(and (some? %) (not= :never %)) (repeatedly #(take-soon ch)))))

(defn- readers
  "The threads that read for channels of the log."
  [l]
  (filter #(= (str "flumelog live " (:path (log/info l))) (.getName ^Thread %)) (keys (Thread/getAllStackTraces))))

(defn- no-reader-is-left [l] (eventually #(empty? (readers l))))

(deftest old-records-come-first-then-new-ones
  (on-every-log [l {}]
    (log/append-all! l [:a :b])
    (let [ch (live-chan l {:limit 5}), values (live-chan l {:as :values :limit 5}), new-offsets (live-chan l {:old false :as :offsets :limit 3})]
      (is (= [0 :a] (take-soon ch)))
      (is (= :a (take-soon values)))
      (log/append! l :c)
      (log/append-all! l [:d :e])
      (is (= (rest (log/entries l)) (drain ch)))
      (is (= [:b :c :d :e] (drain values)))
      (is (= (drop 2 (log/offsets l)) (drain new-offsets)) "and the limit closes the channel")
      (is (no-reader-is-left l)))))

(deftest bounds-and-deleted-records
  (on-every-log [l {}]
    (let [[a b c] (log/append-all! l [1 2 3]), ch (live-chan l {:gt a :as :values})]
      (is (= 2 (take-soon ch)))
      (log/delete! l (peek (log/append-all! l [4 5])))
      (log/append! l 6)
      (is (= [3 4 6] (repeatedly 3 #(take-soon ch))))
      (is (= [] (drain (live-chan l {:limit 0})))))))

(deftest records-are-read-no-faster-than-they-are-taken
  (doseq [buffer [0 1 7]]
    (let [decoded (atom 0)]
      (on-every-log [l {:codec {:encode (fn [n] (.getBytes (str n))) :decode (fn [^bytes b] (swap! decoded inc) (parse-long (String. b)))}}]
        (reset! decoded 0)
        (log/append-all! l (range 100))
        (let [ch (live-chan l {:as :values :buffer buffer})]
          (is (= (range 10) (repeatedly 10 #(take-soon ch))))
          (is (eventually #(= (+ 10 buffer 1) @decoded)))
          (Thread/sleep 150)
          (is (= (+ 10 buffer 1) @decoded))
          (is (= (range 10 100) (repeatedly 90 #(take-soon ch))))
          (close! ch))))))

(deftest closing-the-log-closes-the-channel
  (let [decoded (atom 0)]
    (on-every-log [l {:codec {:encode #(.getBytes ^String %) :decode (fn [^bytes b] (swap! decoded inc) (String. b))}}]
      (reset! decoded 0)
      (log/append-all! l ["a" "b" "c"])
      (let [idle (live-chan l {:gt 1000}), waiting (live-chan l {:as :values}), forgotten (live-chan l {:as :values :buffer 1})]
        (is (= "a" (take-soon waiting)))
        (is (eventually #(= [3 4] [(count (readers l)) @decoded])))
        (.close l)
        (is (no-reader-is-left l) "also where nobody takes")
        (is (= [] (drain idle)))
        (doseq [[ch values] [[waiting ["b"]] [forgotten ["a" "b"]]] :let [items (drain ch)]]
          (is (= values (pop items)) "what waited for a taker is still given")
          (is (= :closed (error (throw (peek items)))) "and then that there was more"))))))

(deftest a-channel-that-has-all-records-is-closed-without-an-error
  (on-every-log [l {}]
    (log/append-all! l [1 2])
    (let [to-the-end (live-chan l {:as :values}), bounded (live-chan l {:as :values :lte @(log/since l)})]
      (is (= [1 2] (drain bounded)))
      (is (= [1 2] (repeatedly 2 #(take-soon to-the-end))))
      (.close l)
      (is (= [] (drain to-the-end)))
      (is (no-reader-is-left l)))))

(deftest closing-the-channel-ends-the-reading
  (on-every-log [l {}]
    (log/append-all! l [:a :b :c])
    (doseq [[what options] {"while it waits for a record" {:gt 1000} "while it waits for a taker" {} "of a buffer" {:buffer 2}}]
      (testing what
        (let [ch (live-chan l options)]
          (is (eventually #(= 1 (count (readers l)))))
          (close! ch)
          (is (no-reader-is-left l)))))
    (testing "by its transducer"
      (is (= [:a :b] (drain (live-chan l {:as :values :chan (async/chan 1 (take 2))}))))
      (is (no-reader-is-left l)))))

(deftest an-unreadable-record-is-the-last-item-on-the-channel
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8})] (log/append-all! l ["1" "{" "nil" "4"]))
      (with-open [l (log/open path)]
        (let [[one failure & more] (drain (live-chan l {:as :values}))]
          (is (= 1 one))
          (is (= :decode (:flumelog/error (ex-data failure))))
          (is (nil? more)))
        (is (= [1 4] (drain (live-chan l {:on-decode-error :skip :limit 3 :chan (async/chan 5 (keep val))}))))
        (let [ch (live-chan l {:on-decode-error (constantly :bad)})]
          (is (= [0 1] (take-soon ch)))
          (is (= :bad (val (take-soon ch)))))
        (is (instance? IllegalArgumentException (peek (drain (live-chan l {:as :values :on-decode-error :skip})))) "as is a nil")
        (is (eventually #(>= 1 (count (readers l)))))))))

(deftest several-logs-share-a-channel
  (with-open [a (memory/open), b (memory/open)]
    (let [ch (async/chan 10)]
      (log/append-all! a [1 2])
      (log/append-all! b [3 4])
      (doseq [l [a b]] (live-chan l {:chan ch :close? false :limit 2 :as :values}))
      (is (= #{1 2 3 4} (set (repeatedly 4 #(take-soon ch)))))
      (is (no-reader-is-left a))
      (is (>!! ch :open)))))

(deftest durable-records-come-once-they-are-on-disk
  (with-open [l (disk/open (disk/disk) "a.log" {:sync :none})]
    (log/append-all! l [1 2])
    (let [ch (live-chan l {:durable true :as :values})]
      (is (= :nothing (async/alt!! ch :something (async/timeout 250) :nothing)))
      (log/sync! l)
      (is (= 1 (take-soon ch)))
      (is (= 2 (take-soon ch))))))

(deftest contradictory-options-are-refused
  (with-open [l (memory/open)]
    (doseq [options [{:reverse true} {:bufer 1} {:buffer -1} {:buffer :big} {:chan 5} {:chan (async/chan) :buffer 1} {:close? 1}
                     {:limit -1} {:as :maps}]]
      (is (= :bad-option (error (live-chan l options))) (pr-str options)))
    (is (= :bad-option (error (live-chan [1 2]))))
    (is (= :bad-option (error (live-chan l [:limit 1]))))
    (.close l)
    (is (= :closed (error (live-chan l))))
    (is (no-reader-is-left l))))

(deftest without-core-async-one-sentence-says-what-to-add
  (let [class-path (str/join java.io.File/pathSeparator
                             (remove #(re-find #"core\.async" %)
                                     (str/split (System/getProperty "java.class.path") (re-pattern java.io.File/pathSeparator))))
        form '(try (require 'flumelog.async) (catch Throwable e (println (ex-message (or (ex-cause e) e)))))
        ^java.util.List command [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1" "-cp" class-path
                                 "clojure.main" "-e" (pr-str form)]
        process (.start (ProcessBuilder. command))
        [_ version] (re-find #"org\.clojure/core\.async \"([^\"]+)\"" (slurp "project.clj"))]
    (is (= (str "flumelog.async needs a library that is not on the class path: add org.clojure/core.async {:mvn/version \"" version "\"}")
           (str/trim (slurp (.getInputStream process)))))))
