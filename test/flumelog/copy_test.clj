(ns flumelog.copy-test
  "A log that is copied to another codec or format has the same values in the same order, and the map of offsets leads to each."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error failure files-in formats in-range path-in read-bytes with-temp-folder]]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.error LogException)))

(set! *warn-on-reflection* true)

(defn- make-log
  "Makes a log of the values and deletes those at the indices; the entries that are left."
  [path options values deleted]
  (with-open [l (log/open path (merge {:sync :none} options))]
    (log/delete! l (map (log/append-all! l values) deleted))
    (into [] (log/entries l))))

(defn- entries-of [path options]
  (with-open [l (log/open path options)] (into [] (log/entries l))))

(def ^:private gen-log
  (gen/let [values (gen/vector (gen/vector gen/small-integer 1 5) 1 20)
            deleted (gen/vector-distinct (gen/choose 0 (dec (count values))) {:max-elements (count values)})]
    [values deleted]))

(def ^:private gen-range
  (gen/fmap #(into {} (remove (comp nil? val)) %)
            (gen/hash-map :gt (gen/one-of [(gen/return nil) (gen/choose -5 300)]) :lte (gen/one-of [(gen/return nil) (gen/choose -5 500)])
                          :limit (gen/one-of [(gen/return nil) (gen/choose 0 20)]))))

(defspec a-copy-has-the-values-of-the-range-and-the-map-leads-to-them (size 25 1000)
  (prop/for-all [[values deleted] gen-log
                 from (gen/elements (vals formats)), to (gen/elements (vals formats))
                 [codec new-codec] (gen/elements [[:edn :json] [:json :edn] [:nippy :json] [:edn :edn] [:edn nil]])
                 bounds gen-range]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), target (path-in folder "b.log"), moved (atom {})
            wanted (in-range (make-log path (merge {:codec codec} from) values deleted) bounds)
            report (log/copy! path target (merge (when new-codec {:codec new-codec :from {:codec codec}}) to bounds
                                                 {:moved #(swap! moved assoc %1 %2)}))
            copied (entries-of target {:codec (or new-codec codec)})
            offsets (:offsets report)]
        (and (= (map second wanted) (map second copied))
             (= (count wanted) (:frames report) (count offsets))
             (= @moved (zipmap (map first wanted) (map first copied)) (into {} offsets) (reduce-kv assoc {} (log/offset-map (str target ".offsets"))))
             (every? #(= (@moved %) (get offsets %) (offsets %)) (range -1 300))
             (= :none (get offsets "no offset" :none)))))))

(deftest data-is-copied-as-it-is-unless-a-codec-is-named
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), target (path-in folder "b.log")]
      (make-log path {:codec :utf8} ["{:n 1,  :m 2}" "no EDN at all }"] [])
      (is (= {:frames 2 :end (.length (io/file path))} (log/copy! path target {:offsets false})))
      (is (bytes= (read-bytes path) (read-bytes target)))
      (is (= ["a.log" "b.log"] (sort (remove #(re-find #"lock|checkpoint" %) (files-in folder))))))))

(deftest a-copy-that-fails-leaves-nothing
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), target (path-in folder "b.log")
          stop (fn [& _] (throw (ex-info "stop" {})))
          [_ [second-offset]] (make-log path {:codec :utf8} (into ["1" "}"] (repeat 30 (.repeat "7" 100000))) [])
          before (set (files-in folder))
          left #(remove before (files-in folder))
          copy #(failure (log/copy! path target %))]
      (testing "since a record can't be decoded"
        (is (= [:decode second-offset] ((juxt :flumelog/error :offset) (ex-data (copy {:codec :json :from {:codec :edn}}))))))
      (testing "since a record can't be encoded"
        (is (= :encode (:flumelog/error (ex-data (copy {:codec {:encode (fn [_] (byte-array 1)) :decode identity} :from {:codec :utf8}}))))))
      (testing "since a record is too long"
        (is (= :too-large (:flumelog/error (ex-data (copy {:max-record-bytes 5000}))))))
      (testing "since it was stopped"
        (is (= "stop" (ex-message (copy {:moved stop})) (ex-message (copy {:progress stop})))))
      (testing "since there is a file with the name"
        (spit (path-in folder "mine") "mine")
        (is (= :bad-option (error (log/copy! path (path-in folder "mine")))))
        (is (re-find #"map of offsets" (ex-message (copy {:offsets (path-in folder "mine")}))))
        (is (= "mine" (slurp (path-in folder "mine"))))
        (io/delete-file (path-in folder "mine")))
      (testing "since an option is wrong"
        (doseq [options [{:reverse true} {:from :edn} {:from {:sync :each}} {:codec :edm} {:moved 1} {:limit -1} {:offsets 1}]]
          (is (= :bad-option (error (log/copy! path target options))) options)))
      (is (empty? (left))))))

(deftest an-older-map-of-offsets-gives-way
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), target (path-in folder "b.log")]
      (make-log path {} [1 2 3] [0])
      (log/copy! path target)
      (io/delete-file target)
      (is (= {17 0} (into {} (:offsets (log/copy! path target {:lt 34})))))
      (testing "and what is no map is refused"
        (is (= :bad-option (error (log/offset-map path))))
        (is (= :failed (error (log/offset-map (path-in folder "none")))))))))

(deftest a-copy-tells-its-progress
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), seen (atom [])]
      (make-log path {:codec :utf8} (repeat 40 (.repeat "x" 100000)) [])
      (log/copy! path (path-in folder "b.log") {:progress #(swap! seen conj %)})
      (is (= #{[:copying :bytes]} (set (map (juxt :phase :unit) @seen))))
      (is (apply < (map :done @seen)))
      (is (every? #(and (nat-int? (:per-second %)) (nat-int? (:remaining-seconds %))) @seen))
      (is (= [(.length (io/file path)) 0] ((juxt :total :remaining-seconds) (peek @seen)))))))

(deftest a-damaged-log-is-not-copied
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), [_ [offset]] (make-log path {} (range 5) []), data (read-bytes path)]
      (aset data (int offset) (byte 1))
      (io/copy data (io/file path))
      (is (= [:corrupt offset] ((juxt :flumelog/error :offset) (ex-data (is (thrown? LogException (log/copy! path (path-in folder "b.log")))))))))))
